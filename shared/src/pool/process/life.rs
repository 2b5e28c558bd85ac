//! The pool at work: how it begins, what may be asked of it, how it ends.
//!
//! Two threads belong to a pool. One watches the worker processes, starts them,
//! and finishes the futures. The other runs the callbacks, one after the other, so
//! that results do not wait for them; it is started for the first of them.

use std::collections::{HashMap, VecDeque};
use std::panic::Location;
use std::sync::Arc;

use super::answer::Answer;
use super::cancelling::{Mark, Pool};
use super::driver::{Driver, State, Task};
use crate::error::{PoolError, Result};
use crate::primitives::{self, Condvar, Mutex};
use stage::record::{self, About, Kind, Target};
use stage::waits;
use workers::machine::{Closed, Decides, Event, Job};
use workers::{Frame, News, Pace, World};

impl<W: World, M: Decides> Driver<W, M> {
    /// A pool without any worker yet.
    ///
    /// # Errors
    ///
    /// If the system cannot start the thread that watches.
    pub(super) fn begin(
        number: u32,
        name: String,
        world: W,
        workers: usize,
        tasks_per_worker: Option<u64>,
    ) -> Result<Arc<Self>, PoolError> {
        let driver = Arc::new(Driver {
            number,
            name,
            world,
            state: Mutex::new(State {
                machine: M::new(workers, tasks_per_worker),
                tasks: HashMap::new(),
                to_start: VecDeque::new(),
                rests: VecDeque::new(),
                watching_thread: None,
                callback_thread: None,
                last_exit: None,
            }),
            rests_changed: Condvar::new(),
            over: Condvar::new(),
        });
        let watching = Arc::clone(&driver);
        let name = format!("{}_watch", driver.name);
        let thread = primitives::try_spawn_unrecorded(name.clone(), move || watching.watch())
            .map_err(|error| PoolError::CannotStart {
                worker: name,
                error,
            })?;
        driver.state.lock().watching_thread = Some(thread);
        Ok(driver)
    }

    /// # Errors
    ///
    /// If the pool is broken or shut down.
    pub(super) fn may_submit(&self) -> Result<(), PoolError> {
        self.may_submit_to(&self.state.lock())
    }

    fn may_submit_to(&self, state: &State<M>) -> Result<(), PoolError> {
        match state.machine.may_submit(self.is_mine()) {
            Ok(()) => Ok(()),
            Err(Closed::ShutDown) => Err(PoolError::ShutDown),
            Err(Closed::Broken) => {
                let cause = state.machine.state().broken().expect("it is broken");
                Err(PoolError::Broken(self.broken(cause)))
            }
        }
    }

    /// Queues a task.
    ///
    /// # Errors
    ///
    /// If the pool is broken or shut down.
    pub(super) fn submit(
        self: &Arc<Self>,
        job: Job,
        frame: Frame,
        answer: Box<dyn Answer>,
        cancelled: Arc<Mark>,
    ) -> Result<(), PoolError> {
        let mut state = self.state.lock();
        if let Err(error) = self.may_submit_to(&state) {
            drop(state);
            return Err(error);
        }
        let task = Task {
            frame: Some(frame),
            answer,
            cancelled,
            under_way: None,
        };
        state.tasks.insert(job, task);
        self.tell(state, Event::Submitted(job), None);
        Ok(())
    }

    /// Cancels the tasks in the queue, and returns how many those are.
    pub(super) fn cancel_queued(self: &Arc<Self>) -> usize {
        let state = self.state.lock();
        let is_queued = |task: &&Task| task.frame.is_some() && !task.cancelled.has_begun();
        let queued = state.tasks.values().filter(is_queued).count();
        self.tell(state, Event::CancelQueued, None);
        queued
    }

    #[track_caller]
    pub(super) fn begin_shutdown(self: &Arc<Self>) {
        let state = self.state.lock();
        if state.machine.state().is_shut_down() {
            return;
        }
        let at = Location::caller();
        record::enter_about(Kind::Shutdown, None, None, at, || {
            (self.name.clone(), About::Of { pool: self.number })
        });
        self.tell(state, Event::Shutdown, None);
        // From now on, the watching thread looks for workers that were stopped.
        self.world.wake();
    }

    /// Waits until everything is done and the workers have ended.
    ///
    /// # Errors
    ///
    /// On a thread of the pool, which would wait for itself.
    #[track_caller]
    pub(super) fn shutdown(self: &Arc<Self>) -> Result<(), PoolError> {
        if self.is_mine() {
            return Err(PoolError::FromItsOwnWorker);
        }
        self.begin_shutdown();
        {
            let state = self.state.lock();
            if state.machine.state().is_over() && state.watching_thread.is_none() {
                return Ok(());
            }
        }
        let waiting = waits::begin(
            || format!("the end of {}", self.name),
            || Target::Pool(self.number),
            Location::caller(),
            None,
        );
        let mut state = self.state.lock();
        while !state.machine.state().is_over() {
            state = self.over.wait(state);
        }
        let watching_thread = state.watching_thread.take();
        let callback_thread = state.callback_thread.take();
        let last_exit = state.last_exit;
        drop(state);
        for thread in watching_thread.into_iter().chain(callback_thread) {
            primitives::join_as_part(thread);
        }
        waiting.over(last_exit);
        Ok(())
    }

    /// How many workers there are now, also those that start or end.
    pub(super) fn members(&self) -> usize {
        self.state.lock().machine.state().members()
    }

    /// Lets nothing new start, and answers nothing any more.
    pub(super) fn abandon(self: &Arc<Self>) {
        let mut state = self.state.lock();
        // The tasks are not dropped: their callbacks would run.
        std::mem::forget(std::mem::take(&mut state.tasks));
        self.tell(state, Event::Abandoned, None);
    }

    /// The life of the thread that watches.
    fn watch(self: &Arc<Self>) {
        self.enter();
        loop {
            let mut state = self.state.lock();
            if state.machine.state().is_over() {
                return;
            }
            let start = state.to_start.pop_front();
            let pace = if !state.to_start.is_empty() {
                Pace::Look
            } else if state.machine.state().is_shut_down() {
                Pace::End
            } else {
                Pace::Wait
            };
            drop(state);
            if let Some((worker, spawned)) = start {
                let name = self.worker_name(worker);
                let event = match self.world.start(worker, &name, spawned) {
                    Ok(()) => Event::Started(worker),
                    Err(error) => Event::Refused(worker, error.to_string()),
                };
                self.tell(self.state.lock(), event, None);
            }
            self.world.watch(pace, &mut |news| self.learn(news));
        }
    }

    fn learn(self: &Arc<Self>, news: News<'_>) {
        let mut state = self.state.lock();
        match news {
            News::Replied {
                worker,
                result,
                ended,
            } => self.tell(state, Event::Replied(worker), Some((result, ended))),
            News::Corrupt { worker, how } => self.tell(state, Event::Corrupt(worker, how), None),
            News::Gone { worker, how, exit } => {
                state.last_exit = exit.or(state.last_exit);
                self.tell(state, Event::Gone(worker, how), None);
            }
        }
    }
}
