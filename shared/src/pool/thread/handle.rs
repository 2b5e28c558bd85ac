//! What a program holds of a pool: submit, map, cancel, shut down.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::state::{Cancelling, Core};
use super::task;
use crate::error::{PoolError, Result};
use crate::future::Future;
use crate::pool::executor::Executor;
use crate::pool::map::{Part, Results};
use crate::primitives;
use stage::record::{self, About, Kind, Target, TaskId};
use stage::waits;
use stage::work::Work;

/// A bounded number of threads that run what is submitted.
///
/// Dropping the pool finishes everything that was submitted, and then ends the
/// threads.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(5)?;
/// let squares: Vec<_> = (0..13).map(|n| pool.submit(move || n * n)).collect::<Result<_, _>>()?;
/// assert_eq!(squares[12].result()?, 144);
/// # Ok(())
/// # }
/// ```
pub struct ThreadPool {
    pub(super) core: Arc<Core>,
}

/// Submits to a [`ThreadPool`] without keeping it open: for tasks and callbacks
/// that submit more. See [`ThreadPool::handle`].
#[derive(Clone)]
pub struct PoolHandle {
    core: Arc<Core>,
}

impl ThreadPool {
    /// Queues a task and returns at once: Python's `submit`.
    ///
    /// What the task captured is dropped as soon as it has run: that is a part of
    /// the task. Its panic goes into the future and costs no worker.
    ///
    /// The result is shared by all who hold the future, so it has to be `Sync`. If
    /// the caller drops the future before the task ends, a thread of its own drops
    /// the result: its destructor holds up no other task, whatever it does.
    ///
    /// If the system refuses to start a worker, the pool goes on with those it has,
    /// and says so once.
    ///
    /// # Errors
    ///
    /// If the pool is shut down (its own tasks and callbacks may still submit
    /// while it drains) or broken: an initializer failed, or the system refused the
    /// first worker.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let name = String::from("egon");
    /// assert_eq!(pool.submit(move || name.len())?.result()?, 4);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, PoolError>
    where
        T: Send + Sync + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.core.submit(task)
    }

    /// Submits `task(item)` for every item at once; the results come in the
    /// order of the items, whatever finishes first. Python's `Executor.map`.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(3)?;
    /// let squares: Vec<u32> = pool.map(1..=11, |n| n * n)?.collect::<Result<_, _>>()?;
    /// assert_eq!(squares[10], 121);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map<A, R, F>(
        &self,
        items: impl IntoIterator<Item = A>,
        task: F,
    ) -> Result<Results<R>, PoolError>
    where
        A: Send + 'static,
        R: Clone + Send + Sync + 'static,
        F: Fn(A) -> R + Send + Sync + 'static,
    {
        let called = Instant::now();
        let task = Arc::new(task);
        let mut parts = VecDeque::new();
        for item in items {
            let task = task::Shared::new(&self.core, &task);
            parts.push_back(Part::Item(self.submit(move || task.call(item))?));
        }
        Ok(Results::new(called, parts))
    }

    /// A handle for tasks and callbacks that submit more. It can be cloned and moved
    /// into them, and it does not keep the pool from being shut down.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let handle = pool.handle();
    /// pool.submit(|| "index")?.add_done_callback(move |_| {
    ///     handle.submit(|| say!("and now the details"))?;
    ///     Ok(())
    /// });
    /// pool.shutdown()?; // waits for the details, too
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn handle(&self) -> PoolHandle {
        PoolHandle {
            core: Arc::clone(&self.core),
        }
    }

    /// Takes no more tasks from outside, waits until everything is done and the
    /// threads have ended. Python's `shutdown(wait=True)`. May be called again.
    ///
    /// # Errors
    ///
    /// If one of the pool's own workers calls it: it would wait for itself.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// pool.submit(|| ())?;
    /// pool.shutdown()?;
    /// assert!(pool.submit(|| ()).is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn shutdown(&self) -> Result<(), PoolError> {
        if self.core.is_mine() {
            return Err(PoolError::FromItsOwnWorker);
        }
        self.begin_shutdown();
        let core = &self.core;
        {
            let state = core.state.lock();
            if state.names.is_empty() && state.threads.is_empty() {
                return Ok(());
            }
        }
        let waiting = waits::begin(
            || format!("the end of {}", core.prefix),
            || Target::Pool(core.number),
            Location::caller(),
            None,
        );
        let mut state = core.state.lock();
        while !state.names.is_empty() {
            state = core.empty.wait(state);
        }
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        // A worker catches every panic of its tasks. The last one's end ends the wait.
        let exits: Vec<_> = threads.into_iter().map(primitives::join_as_part).collect();
        waiting.over(exits.into_iter().flatten().max());
        Ok(())
    }

    /// Takes no more tasks from outside and returns at once; what is queued is
    /// still run. Python's `shutdown(wait=False)`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let done = pool.submit(|| "still run")?;
    /// pool.begin_shutdown();
    /// assert_eq!(done.result()?, "still run");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn begin_shutdown(&self) {
        let mut state = self.core.state.lock();
        if !state.shut_down {
            state.shut_down = true;
            let core = &self.core;
            record::enter_about(Kind::Shutdown, None, None, Location::caller(), || {
                (core.prefix.clone(), About::Of { pool: core.number })
            });
        }
        drop(state);
        self.core.work.notify_all();
    }

    /// Cancels every task that has not started, and returns how many it cancelled.
    /// Their callbacks run here. With [`begin_shutdown`](Self::begin_shutdown) before it, Python's
    /// `shutdown(cancel_futures=True)`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let gate = std::sync::Arc::new(std::sync::Barrier::new(2));
    /// let inside = std::sync::Arc::clone(&gate);
    /// pool.submit(move || { inside.wait(); inside.wait(); })?;
    /// let queued = pool.submit(|| ())?;
    /// gate.wait(); // the first task runs
    /// assert_eq!(pool.cancel_queued(), 1);
    /// assert!(queued.is_cancelled());
    /// gate.wait();
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_queued(&self) -> usize {
        // The callbacks of all of them belong to the pool.
        let _cancelling = Cancelling::begin(Arc::clone(&self.core));
        let queue = std::mem::take(&mut self.core.state.lock().queue);
        // Callbacks run: not under the lock.
        let cancelled = queue.into_iter().filter(|job| Arc::clone(job).cancel());
        cancelled.count()
    }

    /// How many threads it may have. It has fewer as long as fewer are enough: see
    /// [`worker_names`](Self::worker_names).
    #[must_use]
    pub fn workers(&self) -> usize {
        self.core.workers
    }

    /// The names of the threads it has now, in the order of their start.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::builder().workers(4).name_prefix("cook").build()?;
    /// assert!(pool.worker_names().is_empty());
    /// for _ in 0..3 {
    ///     pool.submit(|| ())?.result()?; // one after the other: one thread is enough
    /// }
    /// assert_eq!(pool.worker_names(), ["cook_0"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn worker_names(&self) -> Vec<String> {
        self.core.state.lock().names.clone()
    }
}

impl PoolHandle {
    /// As [`ThreadPool::submit`]. In a task, do not wait for the result: if every
    /// worker does that, none is left to run what they wait for.
    ///
    /// # Errors
    ///
    /// As [`ThreadPool::submit`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let handle = pool.handle();
    /// let inner = pool.submit(move || handle.submit(|| 1).unwrap())?.result()?;
    /// assert_eq!(inner.result()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, PoolError>
    where
        T: Send + Sync + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.core.submit(task)
    }
}

impl Core {
    #[track_caller]
    fn submit<T, F>(self: &Arc<Self>, task: F) -> Result<Future<T>, PoolError>
    where
        T: Send + Sync + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let at = Location::caller();
        let mut state = self.state.lock();
        if let Some(broken) = &state.broken {
            return Err(PoolError::Broken(broken.clone()));
        }
        // Asked under the same lock as the queue: otherwise the last worker could
        // leave in between, and the task would never run.
        if state.shut_down && !self.is_mine() {
            return Err(PoolError::ShutDown);
        }
        let id = TaskId {
            pool: self.number,
            number: state.submitted,
        };
        let submitted = record::enter(Kind::Submit, Some(id), None, at, String::new);
        let cell = task::new(self, id, submitted, task);
        let future = Future::of(Arc::clone(&cell) as _);
        state.submitted += 1;
        state.queue.push_back(cell);
        self.provide_worker(state).map_err(PoolError::Broken)?;
        Ok(future)
    }
}

/// Finishes everything that was submitted. One of the pool's own workers cannot wait
/// for itself: if it drops the pool, the pool finishes on its own.
impl Drop for ThreadPool {
    fn drop(&mut self) {
        if matches!(self.shutdown(), Err(PoolError::FromItsOwnWorker)) {
            self.begin_shutdown();
        }
    }
}

impl Executor for ThreadPool {
    #[track_caller]
    fn submit_call<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy + Send + 'static,
        A: Serialize + Send + 'static,
        R: DeserializeOwned + Send + Sync + 'static,
    {
        self.submit(move || function(argument))
    }

    #[track_caller]
    fn shutdown(&self) -> Result<(), PoolError> {
        ThreadPool::shutdown(self)
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.core.report();
        write!(
            f,
            "<ThreadPool {}: {} of at most {} workers, {} queued>",
            report.pool,
            self.core.state.lock().names.len(),
            self.core.workers,
            report.queued
        )
    }
}

impl fmt::Debug for PoolHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<PoolHandle of {}>", self.core.prefix)
    }
}
