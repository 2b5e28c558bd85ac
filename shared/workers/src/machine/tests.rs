//! Every order of events that can happen to a small pool, on the machine alone.
//!
//! Around the machine stands a world that obeys: what is asked for is done, or
//! refused, or it goes wrong, a limited number of times. The test goes through
//! every order in which that can happen.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Action, Closed, Decides, Event, Job, Machine, Worker};

/// What may happen in a world, besides what is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Odds {
    tasks: u64,
    /// How often the system refuses a worker.
    refusals: u8,
    /// How many workers die unasked.
    deaths: u8,
    corrupt: u8,
    /// How many tasks are cancelled before they are sent.
    declined: u8,
    /// How many tasks have callbacks.
    callbacks: u8,
    no_callback_thread: bool,
    cancels_queued: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    machine: Machine,
    limit: usize,
    odds: Odds,
    submitted: u64,
    shut_down: bool,
    starting: BTreeSet<Worker>,
    alive: BTreeMap<Worker, Member>,
    /// Futures that are finished, and whose callbacks are not queued yet.
    answers: usize,
    /// Callbacks in the queue.
    rests: usize,
    thread: Thread,
    /// Callbacks that the machine wants to be run without a thread.
    run_rest: usize,
    cancels: usize,
    answered: BTreeSet<Job>,
    drained: bool,
    over: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Member {
    job: Option<Job>,
    dismissed: bool,
    killed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Thread {
    None,
    Asked,
    Runs,
}

/// Something that can happen next.
#[derive(Clone, Copy, Debug)]
enum Move {
    Submit,
    CancelQueued,
    Shutdown,
    Started(Worker),
    Refused(Worker),
    Replied(Worker),
    Declined(Worker),
    Corrupt(Worker),
    Gone(Worker),
    Answered { rest: bool },
    ThreadRuns,
    NoThread,
    Called,
    RunRest,
    Cancelled,
}

impl World {
    fn new(limit: usize, tasks_per_worker: Option<u64>, odds: Odds) -> Self {
        World {
            machine: Machine::new(limit, tasks_per_worker),
            limit,
            odds,
            submitted: 0,
            shut_down: false,
            starting: BTreeSet::new(),
            alive: BTreeMap::new(),
            answers: 0,
            rests: 0,
            thread: Thread::None,
            run_rest: 0,
            cancels: 0,
            answered: BTreeSet::new(),
            drained: false,
            over: false,
        }
    }

    /// What can happen although the machine did not ask for it.
    fn unasked(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        let may_submit = self.machine.may_submit(false).is_ok();
        if self.submitted < self.odds.tasks && may_submit {
            moves.push(Move::Submit);
        }
        if self.odds.cancels_queued {
            moves.push(Move::CancelQueued);
        }
        if !self.shut_down {
            moves.push(Move::Shutdown);
        }
        moves
    }

    /// What is under way.
    fn under_way(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for &worker in &self.starting {
            moves.push(Move::Started(worker));
            if self.odds.refusals > 0 {
                moves.push(Move::Refused(worker));
            }
        }
        for (&worker, member) in &self.alive {
            if member.killed || (member.dismissed && member.job.is_none()) {
                moves.push(Move::Gone(worker));
                continue;
            }
            if member.job.is_some() {
                moves.push(Move::Replied(worker));
                if self.odds.declined > 0 {
                    moves.push(Move::Declined(worker));
                }
            }
            if self.odds.deaths > 0 {
                moves.push(Move::Gone(worker));
            }
            if self.odds.corrupt > 0 {
                moves.push(Move::Corrupt(worker));
            }
        }
        if self.answers > 0 {
            moves.push(Move::Answered { rest: false });
            if self.odds.callbacks > 0 {
                moves.push(Move::Answered { rest: true });
            }
        }
        match self.thread {
            Thread::Asked if self.odds.no_callback_thread => moves.push(Move::NoThread),
            Thread::Asked => moves.push(Move::ThreadRuns),
            Thread::Runs if self.rests > 0 => moves.push(Move::Called),
            Thread::Runs | Thread::None => {}
        }
        if self.run_rest > 0 {
            moves.push(Move::RunRest);
        }
        if self.cancels > 0 {
            moves.push(Move::Cancelled);
        }
        moves
    }

    fn make(&mut self, next: Move) {
        let event = match next {
            Move::Submit => {
                self.submitted += 1;
                Event::Submitted(self.submitted)
            }
            Move::CancelQueued => {
                self.odds.cancels_queued = false;
                Event::CancelQueued
            }
            Move::Shutdown => {
                self.shut_down = true;
                Event::Shutdown
            }
            Move::Started(worker) => {
                self.starting.remove(&worker);
                self.alive.insert(worker, Member::default());
                Event::Started(worker)
            }
            Move::Refused(worker) => {
                self.odds.refusals -= 1;
                self.starting.remove(&worker);
                Event::Refused(worker, "refused".to_string())
            }
            Move::Replied(worker) => {
                self.member(worker).job = None;
                Event::Replied(worker)
            }
            Move::Declined(worker) => {
                self.odds.declined -= 1;
                let job = self.member(worker).job.take().unwrap();
                self.answer(job);
                Event::Declined(worker)
            }
            Move::Corrupt(worker) => {
                self.odds.corrupt -= 1;
                Event::Corrupt(worker, "nonsense".to_string())
            }
            Move::Gone(worker) => {
                let member = self.alive.remove(&worker).unwrap();
                if !member.killed && !member.dismissed {
                    self.odds.deaths -= 1;
                }
                Event::Gone(worker, "gone".to_string())
            }
            Move::Answered { rest } => {
                self.answers -= 1;
                if rest {
                    self.odds.callbacks -= 1;
                    self.rests += 1;
                }
                Event::Answered { rest }
            }
            Move::ThreadRuns => {
                self.thread = Thread::Runs;
                return;
            }
            Move::NoThread => {
                self.thread = Thread::None;
                Event::NoCallbackThread("no".to_string())
            }
            Move::Called => {
                self.rests -= 1;
                Event::RestDone
            }
            Move::RunRest => {
                self.run_rest -= 1;
                self.rests -= 1;
                Event::RestDone
            }
            Move::Cancelled => {
                self.cancels -= 1;
                Event::CancelDone
            }
        };
        for action in self.machine.on(event) {
            self.act(action);
        }
        let workers = self.starting.len() + self.alive.len();
        assert!(workers <= self.limit, "{workers} workers");
    }

    fn act(&mut self, action: Action) {
        assert!(!self.over, "{action:?} after the end");
        match action {
            Action::Start(worker) => assert!(self.starting.insert(worker), "started twice"),
            Action::Send(worker, job) => {
                let member = self.member(worker);
                assert_eq!(*member, Member::default(), "the worker is not free");
                member.job = Some(job);
            }
            Action::Dismiss(worker) => {
                let member = self.member(worker);
                assert_eq!(*member, Member::default(), "dismissed in a task");
                member.dismissed = true;
            }
            Action::Kill(worker) => self.member(worker).killed = true,
            Action::Deliver(job) => {
                self.answer(job);
                self.answers += 1;
            }
            Action::Fail(job) => {
                assert!(self.machine.broken().is_some());
                // It may have been declined at the same time.
                if self.answered.insert(job) {
                    self.answers += 1;
                }
            }
            Action::Cancel(jobs) => {
                jobs.into_iter().for_each(|job| self.answer(job));
                self.cancels += 1;
            }
            Action::StartCallbackThread => {
                assert_eq!(self.thread, Thread::None);
                self.thread = Thread::Asked;
            }
            Action::RunRest => self.run_rest += 1,
            Action::Warn(_) => {}
            Action::Drained => {
                assert_eq!((self.rests, self.answers, self.cancels), (0, 0, 0));
                self.drained = true;
            }
            Action::Over => {
                assert!(self.drained && self.alive.is_empty() && self.starting.is_empty());
                self.over = true;
            }
        }
    }

    fn member(&mut self, worker: Worker) -> &mut Member {
        self.alive.get_mut(&worker).expect("a worker that lives")
    }

    fn answer(&mut self, job: Job) {
        assert!(self.answered.insert(job), "task {job} is answered twice");
    }

    /// Nothing is under way. So nothing may be left to do.
    fn rests(&self) {
        let all: BTreeSet<Job> = (1..=self.submitted).collect();
        assert_eq!(self.answered, all, "a task is lost: {self:?}");
        assert_eq!(self.rests, 0, "a callback is lost: {self:?}");
        assert_eq!(self.over, self.shut_down, "{self:?}");
    }
}

/// Goes through every order of events, and returns how many states that were.
fn explore(world: World) -> usize {
    let mut seen = HashSet::new();
    let mut left = vec![world];
    while let Some(world) = left.pop() {
        let under_way = world.under_way();
        if under_way.is_empty() {
            world.rests();
        }
        for next in under_way.into_iter().chain(world.unasked()) {
            let mut after = world.clone();
            after.make(next);
            if seen.insert(after.clone()) {
                left.push(after);
            }
        }
    }
    seen.len()
}

/// Holds for each of them: no task is lost or answered twice, no worker too many is
/// started, nothing hangs, and a pool that was shut down ends.
#[test]
fn every_order_of_events_answers_each_task_once_and_ends() {
    let calm = Odds {
        tasks: 3,
        ..Odds::default()
    };
    let cases = [
        calm,
        Odds {
            refusals: 2,
            ..calm
        },
        Odds { deaths: 1, ..calm },
        Odds {
            deaths: 2,
            refusals: 1,
            declined: 1,
            ..calm
        },
        Odds {
            corrupt: 1,
            deaths: 1,
            cancels_queued: true,
            ..calm
        },
        Odds {
            callbacks: 2,
            declined: 1,
            cancels_queued: true,
            ..calm
        },
        Odds {
            callbacks: 2,
            no_callback_thread: true,
            ..calm
        },
        Odds {
            callbacks: 2,
            no_callback_thread: true,
            deaths: 1,
            refusals: 1,
            ..calm
        },
    ];
    let mut states = 0;
    for odds in cases {
        for limit in [1, 2] {
            for tasks_per_worker in [None, Some(1), Some(2)] {
                states += explore(World::new(limit, tasks_per_worker, odds));
            }
        }
    }
    assert!(states > 10_000, "only {states} states");
}

/// A retired worker's end frees its place and its descriptor: another try.
#[test]
fn a_worker_that_is_refused_beside_a_retiring_one_is_asked_for_again_when_that_has_gone() {
    let mut machine = Machine::new(2, Some(1));
    assert_eq!(machine.on(Event::Submitted(1)), [Action::Start(0)]);
    assert_eq!(machine.on(Event::Started(0)), [Action::Send(0, 1)]);
    assert_eq!(
        machine.on(Event::Replied(0)),
        [Action::Dismiss(0), Action::Deliver(1)]
    );
    assert_eq!(machine.on(Event::Submitted(2)), [Action::Start(1)]);
    let warned = machine.on(Event::Refused(1, "no descriptor".to_string()));
    assert!(matches!(&warned[..], [Action::Warn(text)] if text.contains("1 of 2 workers")));
    assert_eq!(machine.on(Event::Submitted(3)), []);
    let gone = machine.on(Event::Gone(0, "ended".to_string()));
    assert_eq!(gone, [Action::Start(2), Action::Start(3)]);
}

#[test]
fn a_retired_worker_that_cannot_be_replaced_breaks_the_pool() {
    let mut machine = Machine::new(1, Some(1));
    machine.on(Event::Submitted(1));
    machine.on(Event::Submitted(2));
    machine.on(Event::Started(0));
    machine.on(Event::Replied(0));
    assert_eq!(
        machine.on(Event::Gone(0, "ended".to_string())),
        [Action::Start(1)]
    );
    let refused = machine.on(Event::Refused(1, "no descriptor".to_string()));
    assert_eq!(refused, [Action::Fail(2)]);
    let cause = machine.broken().unwrap();
    assert_eq!(cause.how, "cannot be started: no descriptor");
    assert_eq!(machine.may_submit(true), Err(Closed::Broken));
}
