//! What the pool decides: an event in, a list of actions out.
//!
//! The machine knows workers and tasks by number, and nothing of processes,
//! sockets, threads or futures. So every order of events can be tried out on it.
//!
//! Three promises hold after each event:
//!
//! - A task that was submitted is answered exactly once: by
//!   [`Deliver`](Action::Deliver), [`Fail`](Action::Fail) or
//!   [`Cancel`](Action::Cancel), or by the driver's own
//!   [`Declined`](Event::Declined).
//! - As long as a task is queued, there is a worker: one that is being started,
//!   that works, or whose end frees a place.
//! - A pool that was shut down ends: [`Over`](Action::Over) comes when the last
//!   task has been answered, the last callback has run, and the last worker has
//!   gone.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

/// Which worker of the pool: they are counted in the order of their start.
pub type Worker = usize;

/// Which task of the pool: they are counted in the order of their submission.
pub type Job = u64;

/// Something has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A task was submitted.
    Submitted(Job),
    /// The tasks in the queue are to be cancelled.
    CancelQueued,
    /// A worker was started, as asked.
    Started(Worker),
    /// A worker could not be started, with the reason.
    Refused(Worker, String),
    /// The task for this worker was cancelled before it was sent.
    Declined(Worker),
    /// A worker's task has ended.
    Replied(Worker),
    /// A worker sent what no worker sends, with what that was.
    Corrupt(Worker, String),
    /// A worker's process has ended, in this way.
    Gone(Worker, String),
    /// A task's future is done. Callbacks, or a destructor, may be left to run.
    Answered {
        /// Whether something is left to run.
        rest: bool,
    },
    /// The thread that runs callbacks could not be started, with the reason.
    NoCallbackThread(String),
    /// What was left of a task has been run.
    RestDone,
    /// A task that leaves the queue was cancelled by a thread that still runs its
    /// callbacks. `CancelDone` follows.
    Cancelling,
    /// The tasks of a `Cancel` have been cancelled, and their callbacks have run; or
    /// those of a `Cancelling`.
    CancelDone,
    /// No task will be submitted from outside any more.
    Shutdown,
    /// The program is interrupted: nothing is answered any more.
    Abandoned,
}

/// Something has to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start this worker. Answered by `Started` or `Refused`.
    Start(Worker),
    /// Send the task to the worker. Answered by `Replied` or `Gone`, or, if the
    /// task was cancelled meanwhile, by `Declined`.
    Send(Worker, Job),
    /// Tell the worker that no more tasks will come. Answered by `Gone`.
    Dismiss(Worker),
    /// Kill the worker. Answered by `Gone`.
    Kill(Worker),
    /// Give the result that has just come to the task's future. Answered by
    /// `Answered`.
    Deliver(Job),
    /// Give the error of the broken pool to the task's future. Answered by
    /// `Answered`.
    Fail(Job),
    /// Cancel the tasks. Answered by one `CancelDone`.
    Cancel(Vec<Job>),
    /// Start the thread that runs callbacks. Answered only if that fails.
    StartCallbackThread,
    /// Run what is left of a task without a thread for it. Answered by `RestDone`.
    RunRest,
    /// Tell the user that the pool has fewer workers than it may have.
    Warn(String),
    /// Let the thread that runs callbacks end: none can come any more.
    Drained,
    /// The pool has ended: nothing is left, and nothing can come.
    Over,
}

/// Why a pool takes no task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Closed {
    /// It can run nothing any more.
    Broken,
    /// It was told to end.
    ShutDown,
}

/// What broke the pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// The worker, or `None` if it was the callback thread.
    pub worker: Option<Worker>,
    /// What happened, as the end of a sentence about the worker.
    pub how: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// It was asked for, and is not there yet.
    Starting,
    Idle,
    Busy(Job),
    /// It was dismissed or killed, so its end is expected.
    Leaving,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Member {
    worker: Worker,
    phase: Phase,
    calls: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum CallbackThread {
    NotNeededYet,
    Runs,
    Refused,
}

/// The decisions about the workers of one pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    limit: usize,
    tasks_per_worker: Option<u64>,
    queue: VecDeque<Job>,
    members: Vec<Member>,
    /// The number of the next worker.
    next: Worker,
    /// No other worker is asked for until one has gone: the system refused the
    /// last.
    refused: bool,
    done: u64,
    /// Tasks that have ended, but whose answer or callbacks are still under way.
    finishing: usize,
    /// Those of them of which something is left to run.
    rests: usize,
    callback_thread: CallbackThread,
    shut_down: bool,
    /// Nothing is left to do, and nothing can come: the workers were dismissed.
    drained: bool,
    over: bool,
    broken: Option<Cause>,
    abandoned: bool,
}

/// What the driver asks of a machine. The model checker has wrong ones, too.
pub trait Decides: Send + 'static {
    /// For at most `limit` workers, each of which ends after `tasks_per_worker` tasks.
    fn new(limit: usize, tasks_per_worker: Option<u64>) -> Self;

    /// Takes an event in, and says what has to be done for it.
    fn on(&mut self, event: Event) -> Vec<Action>;

    /// Whether a task may be submitted. One that comes from a callback of this
    /// pool may, as long as the pool is not drained.
    ///
    /// # Errors
    ///
    /// If it is broken or shut down.
    fn may_submit(&self, from_callback: bool) -> Result<(), Closed>;

    /// The machine that keeps count.
    fn state(&self) -> &Machine;
}

impl Decides for Machine {
    fn new(limit: usize, tasks_per_worker: Option<u64>) -> Self {
        Machine {
            limit,
            tasks_per_worker,
            queue: VecDeque::new(),
            members: Vec::new(),
            next: 0,
            refused: false,
            done: 0,
            finishing: 0,
            rests: 0,
            callback_thread: CallbackThread::NotNeededYet,
            shut_down: false,
            drained: false,
            over: false,
            broken: None,
            abandoned: false,
        }
    }

    fn on(&mut self, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        let todo = &mut actions;
        match event {
            Event::Submitted(job) => self.queue.push_back(job),
            Event::Cancelling => self.finishing += 1,
            Event::CancelQueued if self.queue.is_empty() => {}
            Event::CancelQueued => {
                self.finishing += 1;
                todo.push(Action::Cancel(self.queue.drain(..).collect()));
            }
            Event::Started(worker) => self.started(worker, todo),
            Event::Refused(worker, why) => self.refused(worker, why, todo),
            Event::Declined(worker) => self.declined(worker),
            Event::Replied(worker) => {
                self.replied(worker, todo);
                return actions;
            }
            Event::Corrupt(worker, how) => self.break_down(Some(worker), how, todo),
            Event::Gone(worker, how) => self.gone(worker, how, todo),
            Event::Answered { rest: false } | Event::CancelDone => self.finishing -= 1,
            Event::RestDone => {
                self.finishing -= 1;
                self.rests -= 1;
            }
            Event::Answered { rest: true } => self.rest(todo),
            Event::NoCallbackThread(why) => {
                self.callback_thread = CallbackThread::Refused;
                let how = format!("cannot run callbacks: the system starts no thread: {why}");
                self.break_down(None, how, todo);
                todo.extend((0..self.rests).map(|_| Action::RunRest));
            }
            Event::Shutdown => self.shut_down = true,
            Event::Abandoned => self.abandoned(todo),
        }
        self.assign(todo);
        self.settle(todo);
        actions
    }

    fn may_submit(&self, from_callback: bool) -> Result<(), Closed> {
        if self.broken.is_some() {
            Err(Closed::Broken)
        } else if self.drained || (self.shut_down && !from_callback) {
            Err(Closed::ShutDown)
        } else {
            Ok(())
        }
    }

    fn state(&self) -> &Machine {
        self
    }
}

impl Machine {
    /// What broke the pool, if it is broken.
    #[must_use]
    pub fn broken(&self) -> Option<&Cause> {
        self.broken.as_ref()
    }

    /// Whether no task will be submitted from outside any more.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.shut_down
    }

    /// Whether no callback can come any more.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.drained
    }

    /// Whether nothing is left, and nothing can come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// How many workers there are now, also those that start or end.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// How many tasks have ended, are being run, and are queued.
    #[must_use]
    pub fn counts(&self) -> (u64, usize, usize) {
        (self.done, self.busy(), self.queue.len())
    }

    /// Gives queued tasks to idle workers, and asks for workers while tasks are
    /// left and the pool may have more.
    fn assign(&mut self, todo: &mut Vec<Action>) {
        if self.broken.is_some() || self.abandoned {
            return;
        }
        while !self.queue.is_empty()
            && let Some(idle) = self.members.iter_mut().find(|m| m.phase == Phase::Idle)
            && let Some(job) = self.queue.pop_front()
        {
            idle.phase = Phase::Busy(job);
            todo.push(Action::Send(idle.worker, job));
        }
        let mut starting = self.count(|phase| phase == Phase::Starting);
        while starting < self.queue.len() && self.members.len() < self.limit && !self.refused {
            let worker = self.next;
            self.next += 1;
            self.members.push(Member {
                worker,
                phase: Phase::Starting,
                calls: 0,
            });
            todo.push(Action::Start(worker));
            starting += 1;
        }
    }

    /// Dismisses the workers when the pool was shut down and nothing is left to
    /// do, and ends the pool when they have gone.
    fn settle(&mut self, todo: &mut Vec<Action>) {
        let idle = self.queue.is_empty() && self.busy() == 0 && self.finishing == 0;
        if self.shut_down && idle && !self.drained {
            self.drained = true;
            todo.push(Action::Drained);
            for member in &mut self.members {
                if member.phase == Phase::Idle {
                    member.phase = Phase::Leaving;
                    todo.push(Action::Dismiss(member.worker));
                }
            }
        }
        if self.drained && self.members.is_empty() && !self.over {
            self.over = true;
            todo.push(Action::Over);
        }
    }

    fn started(&mut self, worker: Worker, todo: &mut Vec<Action>) {
        if self.broken.is_some() || self.abandoned {
            self.set(worker, Phase::Leaving);
            todo.push(Action::Kill(worker));
        } else if self.drained {
            // Its task was cancelled, or went to another worker.
            self.set(worker, Phase::Leaving);
            todo.push(Action::Dismiss(worker));
        } else {
            self.set(worker, Phase::Idle);
        }
    }

    fn refused(&mut self, worker: Worker, why: String, todo: &mut Vec<Action>) {
        self.members.retain(|member| member.worker != worker);
        if self.broken.is_some() || self.drained || self.abandoned {
            return;
        }
        if self.members.is_empty() {
            if !self.queue.is_empty() {
                // Without any worker the tasks would wait for ever.
                self.break_down(Some(worker), format!("cannot be started: {why}"), todo);
            }
        } else if !self.refused {
            self.refused = true;
            let (now, limit) = (self.members.len(), self.limit);
            todo.push(Action::Warn(format!(
                "the pool has {now} of {limit} workers, since the system starts no other: {why}"
            )));
        }
    }

    /// The worker is idle again, unless the pool broke meanwhile.
    fn declined(&mut self, worker: Worker) {
        let busy = |m: &&mut Member| m.worker == worker && matches!(m.phase, Phase::Busy(_));
        if let Some(member) = self.members.iter_mut().find(busy) {
            member.phase = Phase::Idle;
        }
    }

    /// The next task goes out before this one's result is delivered, so that the
    /// worker has something to do meanwhile; and a caller that has the result
    /// finds an idle worker idle.
    fn replied(&mut self, worker: Worker, todo: &mut Vec<Action>) {
        let Some(member) = self.members.iter_mut().find(|m| m.worker == worker) else {
            return;
        };
        let Phase::Busy(job) = member.phase else {
            if member.phase != Phase::Leaving {
                let how = "sent what no worker sends (a result of no task)".to_string();
                self.break_down(Some(worker), how, todo);
                self.settle(todo);
            }
            return;
        };
        member.calls += 1;
        member.phase = Phase::Idle;
        if self
            .tasks_per_worker
            .is_some_and(|limit| member.calls >= limit)
        {
            member.phase = Phase::Leaving;
            todo.push(Action::Dismiss(worker));
        }
        self.done += 1;
        self.finishing += 1;
        self.assign(todo);
        todo.push(Action::Deliver(job));
    }

    fn gone(&mut self, worker: Worker, how: String, todo: &mut Vec<Action>) {
        let Some(place) = self.members.iter().position(|m| m.worker == worker) else {
            return;
        };
        // What it held is free: perhaps enough to start another.
        self.refused = false;
        let member = self.members.remove(place);
        if member.phase == Phase::Leaving {
            return;
        }
        if let Phase::Busy(job) = member.phase {
            // How far the task had come is unknown: it fails with the others.
            self.queue.push_front(job);
        }
        self.break_down(Some(worker), how, todo);
    }

    /// Something is left to run of a task that was answered.
    fn rest(&mut self, todo: &mut Vec<Action>) {
        self.rests += 1;
        match self.callback_thread {
            CallbackThread::NotNeededYet => {
                self.callback_thread = CallbackThread::Runs;
                todo.push(Action::StartCallbackThread);
            }
            CallbackThread::Runs => {}
            // The pool is broken, so each of its futures is done or about to be:
            // a callback that waits for one of them goes on.
            CallbackThread::Refused => todo.push(Action::RunRest),
        }
    }

    /// Fails every task, and kills the workers.
    fn break_down(&mut self, worker: Option<Worker>, how: String, todo: &mut Vec<Action>) {
        if self.broken.is_some() || self.abandoned {
            return;
        }
        self.broken = Some(Cause { worker, how });
        let mut lost = Vec::new();
        for member in &mut self.members {
            match member.phase {
                // It is killed when it has been started.
                Phase::Starting => continue,
                Phase::Busy(job) => lost.push(job),
                Phase::Idle | Phase::Leaving => {}
            }
            member.phase = Phase::Leaving;
            todo.push(Action::Kill(member.worker));
        }
        lost.extend(self.queue.drain(..));
        self.finishing += lost.len();
        todo.extend(lost.into_iter().map(Action::Fail));
    }

    fn abandoned(&mut self, todo: &mut Vec<Action>) {
        self.abandoned = true;
        self.queue.clear();
        for member in &mut self.members {
            if member.phase != Phase::Starting {
                member.phase = Phase::Leaving;
                todo.push(Action::Kill(member.worker));
            }
        }
    }

    fn set(&mut self, worker: Worker, phase: Phase) {
        if let Some(member) = self.members.iter_mut().find(|m| m.worker == worker) {
            member.phase = phase;
        }
    }

    fn busy(&self) -> usize {
        self.count(|phase| matches!(phase, Phase::Busy(_)))
    }

    fn count(&self, is: impl Fn(Phase) -> bool) -> usize {
        self.members
            .iter()
            .filter(|member| is(member.phase))
            .count()
    }
}
