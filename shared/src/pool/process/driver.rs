//! What a pool is made of, and the work on it: the machine is told what happens,
//! and what it decides is done.
//!
//! The machine is behind a lock. Whatever can take long or is the user's code is
//! done after the lock is free: writing, killing, finishing futures, running
//! callbacks.

use std::collections::{HashMap, VecDeque};
use std::panic::Location;
use std::sync::{Arc, Weak};

use super::answer::{Answer, Rest};
use super::cancelling::{Mark, Pool, Queued};
use crate::error::{BrokenPool, Result, TaskError};
use crate::future::{self, Future, Promise, without_panic};
use crate::pool::inside;
use crate::primitives::{self, Condvar, JoinHandle, Mutex, MutexGuard};
use stage::narrate;
use stage::record::{self, About, EntryId, Kind, TaskId};
use stage::waits::EndsByItself;
use workers::machine::{Action, Cause, Decides, Event, Job, Worker};
use workers::{Failure, Frame, World};

pub(super) struct Driver<W, M> {
    /// Which pool of the section, from 0.
    pub(super) number: u32,
    /// The pool's name, which begins those of its workers.
    pub(super) name: String,
    pub(super) world: W,
    pub(super) state: Mutex<State<M>>,
    /// There is a callback to run, or none will come any more.
    pub(super) rests_changed: Condvar,
    pub(super) over: Condvar,
}

pub(super) struct State<M> {
    pub(super) machine: M,
    pub(super) tasks: HashMap<Job, Task>,
    pub(super) to_start: VecDeque<(Worker, Option<EntryId>)>,
    pub(super) rests: VecDeque<Rest>,
    pub(super) watching_thread: Option<JoinHandle<()>>,
    pub(super) callback_thread: Option<JoinHandle<()>>,
    /// The last moment of the worker that ended last, in the record.
    pub(super) last_exit: Option<EntryId>,
}

pub(super) struct Task {
    pub(super) frame: Option<Frame>,
    pub(super) answer: Box<dyn Answer>,
    pub(super) cancelled: Arc<Mark>,
    /// While it is with a worker.
    pub(super) under_way: Option<EndsByItself>,
}

/// What is left to do of an action when the lock is free.
enum Deed {
    Send(Worker, Frame),
    Dismiss(Worker),
    Kill(Worker),
    Deliver(Task),
    Fail(Task, BrokenPool),
    Cancel(Vec<Task>),
    StartCallbackThread,
    RunRest,
    Warn(String),
    /// A task that was cancelled.
    Drop(Task),
    Wake,
}

/// What a worker has replied, and the last moment of its task in the record.
pub(super) type Reply<'a> = (Result<&'a [u8], Failure>, Option<EntryId>);

impl<W: World, M: Decides> Driver<W, M> {
    pub(super) fn worker_name(&self, worker: Worker) -> String {
        format!("{}_{worker}", self.name)
    }

    /// Whether this thread runs code for this pool, and so must not wait for it.
    pub(super) fn is_mine(&self) -> bool {
        inside::is_inside(self)
    }

    /// A future of this pool, the promise to fill it, and what becomes of it if it is
    /// cancelled.
    pub(super) fn pair<T>(
        self: &Arc<Self>,
        task: TaskId,
        submitted: Option<EntryId>,
    ) -> (Promise<T, Queued>, Future<T>, Arc<Mark>) {
        let mark = Arc::new(Mark::default());
        let pool: Weak<Self> = Arc::downgrade(self);
        let queued = Queued(Some((pool, Arc::clone(&mark))));
        let (promise, future) = future::pair_with(task, submitted, queued);
        (promise, future, mark)
    }

    pub(super) fn broken(&self, Cause { worker, how }: &Cause) -> BrokenPool {
        let worker = match worker {
            Some(worker) => self.worker_name(*worker),
            None => self.name.clone(),
        };
        let what = format!("{worker} {how}");
        BrokenPool { worker, what }
    }

    fn start_callback_thread(self: &Arc<Self>) -> std::io::Result<()> {
        let driver = Arc::clone(self);
        let name = format!("{}_callbacks", self.name);
        let thread =
            primitives::try_spawn_callbacks(self.number, name, move || driver.run_rests())?;
        self.state.lock().callback_thread = Some(thread);
        Ok(())
    }

    /// The life of the thread that runs the callbacks.
    fn run_rests(self: &Arc<Self>) {
        self.enter();
        let mut state = self.state.lock();
        loop {
            if let Some(rest) = state.rests.pop_front() {
                drop(state);
                without_panic(rest);
                self.tell(self.state.lock(), Event::RestDone, None);
                state = self.state.lock();
            } else if state.machine.state().is_drained() {
                return;
            } else {
                state = self.rests_changed.wait(state);
            }
        }
    }

    /// Tells the machine of an event, and does what it decides. `reply` is what the
    /// machine may decide to deliver.
    pub(super) fn tell(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State<M>>,
        event: Event,
        mut reply: Option<Reply<'_>>,
    ) {
        let mut deeds = VecDeque::new();
        self.decide(&mut state, event, &mut deeds);
        drop(state);
        // What follows from a deed comes after the deeds that are there already. So
        // each future is finished before the callbacks of any are run here.
        while let Some(deed) = deeds.pop_front() {
            let Some((event, rest)) = self.act(deed, &mut reply) else {
                continue;
            };
            let mut state = self.state.lock();
            if let Some(rest) = rest {
                // Under the lock under which the machine is told: otherwise it could
                // be run, and the machine told of its end, before that.
                state.rests.push_back(rest);
                self.rests_changed.notify_one();
            }
            self.decide(&mut state, event, &mut deeds);
        }
    }

    /// Lets the machine decide, and does what needs the lock.
    fn decide(&self, state: &mut State<M>, event: Event, deeds: &mut VecDeque<Deed>) {
        let mut actions = VecDeque::from(state.machine.on(event));
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Start(worker) => {
                    let spawned =
                        record::enter_about(Kind::Spawn, None, None, Location::caller(), || {
                            (self.worker_name(worker), About::Of { pool: self.number })
                        });
                    state.to_start.push_back((worker, spawned));
                    deeds.push_back(Deed::Wake);
                }
                Action::Send(worker, job) => match state.take_frame(job) {
                    Ok(frame) => deeds.push_back(Deed::Send(worker, frame)),
                    Err(cancelled) => {
                        if let Some(task) = cancelled {
                            if task.cancelled.tell() {
                                actions.extend(state.machine.on(Event::Cancelling));
                            }
                            deeds.push_back(Deed::Drop(task));
                        }
                        actions.extend(state.machine.on(Event::Declined(worker)));
                    }
                },
                Action::Dismiss(worker) => deeds.push_back(Deed::Dismiss(worker)),
                Action::Kill(worker) => deeds.push_back(Deed::Kill(worker)),
                Action::Deliver(job) => {
                    deeds.extend(state.tasks.remove(&job).map(Deed::Deliver));
                }
                Action::Fail(job) => {
                    let broken = state
                        .machine
                        .state()
                        .broken()
                        .map(|cause| self.broken(cause));
                    let failed = state.tasks.remove(&job).zip(broken);
                    deeds.extend(failed.map(|(task, broken)| Deed::Fail(task, broken)));
                }
                Action::Cancel(jobs) => {
                    let tasks = jobs.iter().filter_map(|job| state.tasks.remove(job));
                    let tasks: Vec<Task> = tasks.collect();
                    for _ in tasks.iter().filter(|task| task.cancelled.tell()) {
                        actions.extend(state.machine.on(Event::Cancelling));
                    }
                    deeds.push_back(Deed::Cancel(tasks));
                }
                Action::StartCallbackThread => deeds.push_back(Deed::StartCallbackThread),
                Action::RunRest => deeds.push_back(Deed::RunRest),
                Action::Warn(text) => deeds.push_back(Deed::Warn(text)),
                Action::Drained => self.rests_changed.notify_all(),
                Action::Over => {
                    self.over.notify_all();
                    deeds.push_back(Deed::Wake);
                }
            }
        }
    }

    /// Does what takes long, or is the user's code. No lock is held. Returns what
    /// the machine is to be told of it, and what is left to run.
    fn act(
        self: &Arc<Self>,
        deed: Deed,
        reply: &mut Option<Reply<'_>>,
    ) -> Option<(Event, Option<Rest>)> {
        match deed {
            Deed::Send(worker, frame) => self.world.send(worker, frame),
            Deed::Dismiss(worker) => self.world.dismiss(worker),
            Deed::Kill(worker) => self.world.kill(worker),
            Deed::Wake => self.world.wake(),
            Deed::Warn(text) => narrate::say(format_args!("{text}")),
            Deed::Drop(task) => drop(task),
            Deed::Deliver(task) => {
                let (result, ended) = reply.take()?;
                return Some(task.answer(result.map_err(TaskError::from), ended));
            }
            Deed::Fail(task, broken) => {
                return Some(task.answer(Err(TaskError::BrokenPool(broken)), None));
            }
            Deed::Cancel(tasks) => {
                for task in tasks {
                    // Its callbacks run here.
                    without_panic(|| drop(task));
                }
                return Some((Event::CancelDone, None));
            }
            Deed::StartCallbackThread => {
                let error = self.start_callback_thread().err()?;
                return Some((Event::NoCallbackThread(error.to_string()), None));
            }
            Deed::RunRest => {
                let rest = self.state.lock().rests.pop_front();
                rest.map(without_panic);
                return Some((Event::RestDone, None));
            }
        }
        None
    }
}

impl<W: World, M: Decides> Pool for Driver<W, M> {
    fn enter(&self) {
        inside::enter(self);
    }

    fn leave(self: Arc<Self>, mark: &Mark) {
        inside::leave(&*self);
        let state = self.state.lock();
        if mark.end() {
            self.tell(state, Event::CancelDone, None);
        }
    }
}

impl Task {
    /// Finishes its future.
    fn answer(
        self,
        result: Result<&[u8], TaskError>,
        ended: Option<EntryId>,
    ) -> (Event, Option<Rest>) {
        drop(self.under_way);
        let rest = self.answer.give(result, ended);
        let event = Event::Answered {
            rest: rest.is_some(),
        };
        (event, rest)
    }
}

impl<M> State<M> {
    /// The frame of a task that is sent now, or the task, if it was cancelled.
    fn take_frame(&mut self, job: Job) -> Result<Frame, Option<Task>> {
        if let Some(task) = self.tasks.get_mut(&job)
            && task.answer.start()
            && let Some(frame) = task.frame.take()
        {
            task.under_way = Some(EndsByItself::begin());
            return Ok(frame);
        }
        Err(self.tasks.remove(&job))
    }
}
