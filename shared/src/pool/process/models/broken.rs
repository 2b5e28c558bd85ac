//! Machines that are wrong in one plausible decision, and what the checker finds with
//! them.

use super::*;
use workers::machine::{Action, Closed, Event, Job, Worker};

/// The right machine, and a wrong decision before or after it.
struct Wrong<D> {
    machine: Machine,
    decision: D,
}

trait Decision: Default + Send + 'static {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action>;

    fn may_submit(machine: &Machine, from_callback: bool) -> Result<(), Closed> {
        machine.may_submit(from_callback)
    }
}

impl<D: Decision> Decides for Wrong<D> {
    fn new(limit: usize, tasks_per_worker: Option<u64>) -> Self {
        Wrong {
            machine: Machine::new(limit, tasks_per_worker),
            decision: D::default(),
        }
    }

    fn on(&mut self, event: Event) -> Vec<Action> {
        self.decision.on(&mut self.machine, event)
    }

    fn may_submit(&self, from_callback: bool) -> Result<(), Closed> {
        D::may_submit(&self.machine, from_callback)
    }

    fn state(&self) -> &Machine {
        &self.machine
    }
}

/// A worker could not be replaced. The others will do its work: there are none.
#[derive(Default)]
struct HopesForTheOthers;
impl Decision for HopesForTheOthers {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        match event {
            Event::Refused(..) => Vec::new(),
            event => machine.on(event),
        }
    }
}

#[test]
fn a_retired_worker_that_cannot_be_replaced_is_caught() {
    let found =
        model::finds(one_that_cannot_be_replaced_breaks_the_pool::<Wrong<HopesForTheOthers>>);
    assert!(found.unwrap().contains("deadlock"));
}

/// Fails the tasks in the queue when a worker dies, and forgets the one that was on
/// its way to it.
#[derive(Default)]
struct ForgetsTheOneOnItsWay {
    sent: Vec<(Worker, Job)>,
}
impl Decision for ForgetsTheOneOnItsWay {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        let gone = match event {
            Event::Gone(worker, _) => Some(worker),
            _ => None,
        };
        let mut actions = machine.on(event);
        for action in &actions {
            if let Action::Send(worker, job) = action {
                self.sent.push((*worker, *job));
            }
        }
        actions.retain(|action| match action {
            Action::Fail(job) => !self
                .sent
                .iter()
                .any(|sent| (gone, *job) == (Some(sent.0), sent.1)),
            _ => true,
        });
        actions
    }
}

#[test]
fn a_death_while_delivering_that_is_forgotten_is_caught() {
    let found =
        model::finds(|| a_death_while_delivering_is_told::<Wrong<ForgetsTheOneOnItsWay>>(1));
    assert!(found.unwrap().contains("deadlock"));
}

/// Starts no worker once it is shut down: those that are there can finish. But they
/// retire.
#[derive(Default)]
struct StartsNoneAfterShutdown;
impl Decision for StartsNoneAfterShutdown {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        let mut actions = machine.on(event);
        if machine.is_shut_down() {
            actions.retain(|action| !matches!(action, Action::Start(_)));
        }
        actions
    }
}

#[test]
fn a_shutdown_that_does_not_reckon_with_retirement_is_caught() {
    let found = model::finds(a_retired_worker_is_replaced::<Wrong<StartsNoneAfterShutdown>>);
    assert!(found.unwrap().contains("deadlock"));
}

/// Waits for the callbacks that no thread will run.
#[derive(Default)]
struct IgnoresTheMissingThread;
impl Decision for IgnoresTheMissingThread {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        match event {
            Event::NoCallbackThread(_) => Vec::new(),
            event => machine.on(event),
        }
    }
}

#[test]
fn a_callback_thread_that_cannot_start_and_is_waited_for_is_caught() {
    let found = model::finds(
        without_a_callback_thread_the_pool_breaks_and_ends::<Wrong<IgnoresTheMissingThread>>,
    );
    assert!(found.unwrap().contains("deadlock"));
}

/// Runs a callback at once where there is no thread for it, before the other
/// futures have failed. It waits for one of them.
#[derive(Default)]
struct RunsTheCallbackFirst;
impl Decision for RunsTheCallbackFirst {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        let mut actions = machine.on(event);
        actions.sort_by_key(|action| *action != Action::RunRest);
        actions
    }
}

#[test]
fn a_callback_that_runs_before_all_futures_are_done_is_caught() {
    let found = model::finds(
        without_a_callback_thread_the_pool_breaks_and_ends::<Wrong<RunsTheCallbackFirst>>,
    );
    assert!(found.unwrap().contains("deadlock"));
}

/// Refuses the tasks of its own callbacks once it is shut down.
#[derive(Default)]
struct RefusesItsOwn;
impl Decision for RefusesItsOwn {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        machine.on(event)
    }

    fn may_submit(machine: &Machine, _: bool) -> Result<(), Closed> {
        machine.may_submit(false)
    }
}

#[test]
fn a_chain_that_is_torn_is_caught() {
    let found = model::finds(a_chain_of_callbacks_is_finished::<Wrong<RefusesItsOwn>>);
    assert!(found.unwrap().contains("called of the chain"));
}

/// Takes the last reply for the end: the callbacks that may submit are not waited
/// for.
#[derive(Default)]
struct ForgetsTheCallbacks;
impl Decision for ForgetsTheCallbacks {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        match event {
            Event::Answered { rest: true } => machine.on(Event::Answered { rest: false }),
            Event::RestDone => Vec::new(),
            event => machine.on(event),
        }
    }
}

#[test]
fn an_end_before_the_last_callback_is_caught() {
    let found = model::finds(a_chain_of_callbacks_is_finished::<Wrong<ForgetsTheCallbacks>>);
    assert!(found.unwrap().contains("called of the chain"));
}

/// Keeps the worker of a task that was cancelled, and gives it no other.
#[derive(Default)]
struct KeepsTheWorkerOfACancelledTask;
impl Decision for KeepsTheWorkerOfACancelledTask {
    fn on(&mut self, machine: &mut Machine, event: Event) -> Vec<Action> {
        match event {
            Event::Declined(_) => Vec::new(),
            event => machine.on(event),
        }
    }
}

#[test]
fn a_worker_lost_to_a_cancelled_task_is_caught() {
    let found = model::finds(what_is_cancelled_never_runs::<Wrong<KeepsTheWorkerOfACancelledTask>>);
    assert!(found.unwrap().contains("deadlock"));
}
