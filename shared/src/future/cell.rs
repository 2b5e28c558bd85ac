//! The box behind a future: the result, and the list of those who want to know.
//!
//! The result is written once and never changes. So it is read without a lock,
//! and a clone of it, however slow, holds up no other thread. Everything else is
//! behind a lock: whether the task has started, who sleeps, who listens.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::{Arc, OnceLock, PoisonError};
use std::task::Waker;

use super::arrivals::Arrivals;
use crate::error::{Result, TaskError};
use crate::primitives::{Condvar, Mutex, MutexGuard, Patience};
use stage::record::{self, EntryId, Kind, Target, TaskId};
use stage::waits::{self, Limit};
use stage::{narrate, panics};

/// One future's box. `B` is what stands behind it until the task starts.
pub(crate) struct Cell<T, B: ?Sized = dyn Behind> {
    task: TaskId,
    submitted: Option<EntryId>,
    end: OnceLock<End<T>>,
    done: Condvar,
    state: Mutex<State<T>>,
    /// Taken once, by the thread that starts or cancels the task. No thread ever waits
    /// for this lock.
    behind: std::sync::Mutex<B>,
}

/// How the task ended.
pub(crate) struct End<T> {
    pub(super) result: Result<T, TaskError>,
    /// The entry of the record that tells of it, the cause of all that follows.
    pub(super) ended: Option<EntryId>,
}

struct State<T> {
    running: bool,
    /// How many threads sleep on `done`. Notifying costs a system call even if none does.
    sleepers: usize,
    /// By a number each, so that one can be taken out again. The numbers grow,
    /// so callbacks are found in the order in which they were added.
    listeners: BTreeMap<u64, Listener<T>>,
    next_listener: u64,
}

/// Who is told of the end.
pub(super) enum Listener<T> {
    /// Is called once.
    Callback(Callback<T>),
    /// An executor that polls the future.
    Waker(Waker),
    /// A `wait` or an `as_completed`, which knows this future by a number.
    Arrivals(Arc<Arrivals>, usize),
}

pub(super) type Callback<T> = Box<dyn FnOnce(Arc<Cell<T>>) -> Result + Send>;

/// What stands behind a future whose task has not started: the task itself, say.
pub(crate) trait Behind: Send + 'static {
    /// The task was cancelled and will not run. What this returns is dropped once
    /// the future's callbacks have run, with no lock held.
    ///
    /// The future is locked meanwhile: do nothing here that takes its lock.
    fn cancelled(&mut self) -> Option<Box<dyn Any>>;
}

/// Nothing stands behind it.
impl Behind for () {
    fn cancelled(&mut self) -> Option<Box<dyn Any>> {
        None
    }
}

/// A future has been cancelled. What is left to be done for it.
pub(super) struct Cancelled<T> {
    pub(super) callbacks: Vec<Callback<T>>,
    pub(super) ended: Option<EntryId>,
    pub(super) behind: Option<Box<dyn Any>>,
}

impl<T, B: Behind> Cell<T, B> {
    pub(crate) fn new(task: TaskId, submitted: Option<EntryId>, behind: B) -> Arc<Self> {
        Arc::new(Cell {
            task,
            submitted,
            end: OnceLock::new(),
            done: Condvar::new(),
            state: Mutex::new(State {
                running: false,
                sleepers: 0,
                listeners: BTreeMap::new(),
                next_listener: 0,
            }),
            behind: std::sync::Mutex::new(behind),
        })
    }

    /// The task starts now, and gets what stands behind it: nothing if it has
    /// been cancelled. After this it cannot be cancelled any more.
    pub(super) fn start(&self) -> Option<B>
    where
        B: Default,
    {
        let mut state = self.state.lock();
        if self.end().is_some() {
            return None;
        }
        state.running = true;
        drop(state);
        Some(std::mem::take(&mut *self.behind()))
    }
}

impl<T, B: Behind + ?Sized> Cell<T, B> {
    pub(crate) fn task(&self) -> TaskId {
        self.task
    }

    pub(crate) fn submitted(&self) -> Option<EntryId> {
        self.submitted
    }

    /// How the task ended, if it has.
    pub(super) fn end(&self) -> Option<&End<T>> {
        self.end.get()
    }

    pub(super) fn is_running(&self) -> bool {
        let state = self.state.lock();
        state.running && self.end().is_none()
    }

    fn behind(&self) -> std::sync::MutexGuard<'_, B> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the end of the task, or for the end of the limit.
    #[track_caller]
    pub(super) fn wait(&self, limit: Option<Limit>) -> Option<&End<T>> {
        let mut patience = Patience::default();
        while self.end().is_none() && limit.is_none() && patience.is_left() {
            patience.wait();
        }
        if let Some(end) = self.end() {
            return Some(end);
        }
        let mut state = self.state.lock();
        if let Some(end) = self.end() {
            return Some(end);
        }
        let what = || format!("the result of {}", self.task);
        let target = || Target::Result(self.task);
        let waiting = waits::begin(what, target, Location::caller(), limit);
        let deadline = limit.map(|limit| limit.deadline);
        let mut in_time = true;
        while self.end().is_none() && in_time {
            state.sleepers += 1;
            (state, in_time) = self.done.wait_until(state, deadline);
            state.sleepers -= 1;
        }
        drop(state);
        let end = self.end();
        match end {
            Some(end) => waiting.over(end.ended),
            None => waiting.gave_up(),
        }
        end
    }

    /// The end, once an [`Arrivals`] has told of it: that is a moment before it
    /// can be seen.
    pub(super) fn arrived(&self) -> Option<&End<T>> {
        // The thread that tells holds this lock until the end can be seen.
        drop(self.state.lock());
        self.end()
    }

    /// Enters a listener, and replaces the one whose number is given. Returns
    /// its number, or the listener if it is too late.
    pub(super) fn listen(
        &self,
        known: Option<u64>,
        listener: Listener<T>,
    ) -> Result<u64, Listener<T>> {
        let mut state = self.state.lock();
        // The look and the entry are one step: in between, the task could end,
        // and the listener would never be told.
        if self.end().is_some() {
            return Err(listener);
        }
        let number = known.unwrap_or(state.next_listener);
        state.next_listener = state.next_listener.max(number + 1);
        let before = state.listeners.insert(number, listener);
        // Its destructor is not ours, so it does not run under the lock.
        drop(state);
        drop(before);
        Ok(number)
    }

    /// Takes a listener out again.
    pub(super) fn forget(&self, number: u64) {
        let listener = self.state.lock().listeners.remove(&number);
        drop(listener);
    }

    /// The task has ended: wakes everyone who waits. The callbacks are left to
    /// the caller to run. A future that was cancelled meanwhile stays so.
    pub(super) fn finish(&self, end: End<T>) -> Vec<Callback<T>> {
        let state = self.state.lock();
        if self.end().is_some() {
            drop(state);
            return Vec::new();
        }
        self.tell(state, end)
    }

    /// The task will never run, unless it has started. Wakes everyone who waits.
    /// With `lost`, a task that has started will never end.
    pub(super) fn cancel(
        &self,
        lost: bool,
        at: &'static Location<'static>,
    ) -> Option<Cancelled<T>> {
        let state = self.state.lock();
        if state.running && !lost || self.end().is_some() {
            return None;
        }
        let behind = self.behind().cancelled();
        let ended = record::enter(
            Kind::Cancel,
            Some(self.task),
            self.submitted,
            at,
            String::new,
        );
        let result = Err(TaskError::Cancelled);
        Some(Cancelled {
            callbacks: self.tell(state, End { result, ended }),
            ended,
            behind,
        })
    }

    /// Makes the end known. What has to be *run* for it is handed back, so that
    /// the caller decides where.
    fn tell(&self, mut state: MutexGuard<'_, State<T>>, end: End<T>) -> Vec<Callback<T>> {
        let listeners = std::mem::take(&mut state.listeners);
        // Before the result can be seen: a thread that has seen it must not be
        // told a moment later, by a time limit, that it is missing.
        for listener in listeners.values() {
            if let Listener::Arrivals(arrivals, number) = listener {
                arrivals.add(*number, end.ended);
            }
        }
        let sleepers = state.sleepers > 0;
        // Nothing was there: `end` is set nowhere else, and under this lock.
        let _ = self.end.set(end);
        // Those who are woken want this lock.
        drop(state);
        if sleepers {
            self.done.notify_all();
        }
        let mut callbacks = Vec::new();
        for listener in listeners.into_values() {
            match listener {
                Listener::Callback(callback) => callbacks.push(callback),
                // An executor's code may panic. The callbacks still have to run.
                Listener::Waker(waker) => {
                    if let Err(caught) = panics::catch(|| waker.wake()) {
                        narrate::say(format_args!("waking an executor panicked: {caught}"));
                    }
                }
                Listener::Arrivals(..) => {}
            }
        }
        callbacks
    }

    #[cfg(test)]
    pub(super) fn listeners(&self) -> usize {
        self.state.lock().listeners.len()
    }
}
