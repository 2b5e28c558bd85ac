//! A pool of threads: Python's `ThreadPoolExecutor`.
//!
//! One queue, one lock. Whoever submits appends to the queue; a worker takes
//! from its front, runs, and comes back. The questions are when to start another
//! worker, and when a worker may go home.
//!
//! **Another worker** is started when more tasks are queued than workers are
//! idle. A worker counts as idle from just *before* its result can be seen:
//! whoever waits for that result and then submits the next task finds this
//! worker idle, and no thread is started for it. (If callbacks are to be run
//! after the result, the worker takes its word back.)
//!
//! **Going home**: a pool that shuts down takes no tasks from outside, but a
//! running task, or a callback, may still submit, so that a chain of them is
//! finished. A worker therefore leaves only when the queue is empty *and* no
//! other worker is busy.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Weak};
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::executor::Executor;
use super::map::Results;
use super::register::register;
use super::sizes::default_threads;
use crate::error::{BrokenPool, PoolError, Result, TaskError};
use crate::future::{self, Future, Promise};
use crate::primitives::{self, Condvar, JoinHandle, Mutex, MutexGuard, Patience};
use stage::record::{self, Kind, TaskId};
use stage::work::{self, Report, Work};
use stage::{context, narrate, panics, waits};

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
    core: Arc<Core>,
}

/// Submits to a [`ThreadPool`] without keeping it open: for tasks and callbacks
/// that submit more. See [`ThreadPool::handle`].
#[derive(Clone)]
pub struct PoolHandle {
    core: Arc<Core>,
}

/// Makes a [`ThreadPool`] with more say in it. See [`ThreadPool::builder`].
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let builder: ThreadPoolBuilder = ThreadPool::builder();
/// let pool = builder.workers(2).name_prefix("crawler").build()?;
/// assert_eq!(pool.workers(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct ThreadPoolBuilder {
    workers: Option<usize>,
    prefix: Option<String>,
    initializer: Option<Initializer>,
}

type Initializer = Box<dyn Fn() -> Result + Send + Sync>;

/// A task in the queue. Dropped unrun, it cancels its future.
type Job = Box<dyn FnOnce(&Arc<Core>, &mut Standing) + Send>;

struct Core {
    number: u32,
    prefix: String,
    workers: usize,
    initializer: Option<Initializer>,
    state: Mutex<State>,
    /// A task has come, or it is time to go home.
    work: Condvar,
    /// The last worker has gone.
    empty: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    submitted: u64,
    done: u64,
    /// Workers that run a task or its callbacks.
    busy: usize,
    /// Workers asleep on `work`.
    asleep: usize,
    /// Workers that have promised to come back to the queue at once.
    coming: usize,
    /// Living workers by name, in the order of their start.
    names: Vec<String>,
    started: usize,
    threads: Vec<JoinHandle<()>>,
    shut_down: bool,
    broken: Option<BrokenPool>,
}

/// What a worker knows of its pool while it runs a task.
struct Standing {
    /// There was no other task when it took this one.
    queue_was_empty: bool,
    broken: Option<BrokenPool>,
    /// It has promised to come back at once.
    coming: bool,
}

primitives::thread_local! {
    /// The pool whose worker this thread is.
    static MY_POOL: std::cell::RefCell<Option<Weak<Core>>> = const { std::cell::RefCell::new(None) };
}

impl ThreadPool {
    /// A pool of at most `workers` threads. None is started before it is needed.
    ///
    /// # Errors
    ///
    /// If `workers` is zero.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// assert!(ThreadPool::new(2).is_ok());
    /// assert!(ThreadPool::new(0).is_err());
    /// ```
    #[track_caller]
    pub fn new(workers: usize) -> Result<Self, PoolError> {
        Self::builder().workers(workers).build()
    }

    /// A pool with [`default_threads`] workers.
    ///
    /// # Errors
    ///
    /// None at present; as for [`new`](Self::new).
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// assert_eq!(ThreadPool::with_default_size()?.workers(), shared::pool::default_threads());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn with_default_size() -> Result<Self, PoolError> {
        Self::builder().build()
    }

    /// To choose a name prefix or an initializer as well.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::builder().workers(1).name_prefix("cook").build()?;
    /// let name = pool.submit(|| stage::context::current_actor().name.clone())?;
    /// assert_eq!(name.result()?, "cook_0");
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder::default()
    }

    /// Queues a task and returns at once: Python's `submit`.
    ///
    /// What the task captured is dropped as soon as it has run. Its panic goes
    /// into the future and costs no worker.
    ///
    /// # Errors
    ///
    /// If the pool is shut down (its own tasks and callbacks may still submit
    /// while it drains) or broken, or no first worker could be started.
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
        T: Send + 'static,
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
        R: Clone + Send + 'static,
        F: Fn(A) -> R + Send + Sync + 'static,
    {
        let called = Instant::now();
        let task = Arc::new(task);
        let mut futures = VecDeque::new();
        for item in items {
            let task = Arc::clone(&task);
            futures.push_back(self.submit(move || task(item))?);
        }
        Ok(Results::each(called, futures))
    }

    /// For tasks and callbacks that submit more: a handle that can be cloned and
    /// moved into them, and that does not keep the pool from being finished.
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
            let name = || self.core.prefix.clone();
            record::enter(Kind::Shutdown, None, None, Location::caller(), name);
        }
        drop(state);
        self.core.work.notify_all();
    }

    /// Cancels every task that has not started, and returns how many those are.
    /// With [`begin_shutdown`](Self::begin_shutdown) before it, Python's
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
        self.core.cancel_queued()
    }

    /// How many threads it may have.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert_eq!(ThreadPool::new(3).unwrap().workers(), 3);
    /// ```
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
    pub fn worker_names(&self) -> Vec<String> {
        self.core.state.lock().names.clone()
    }
}

impl PoolHandle {
    /// As [`ThreadPool::submit`].
    ///
    /// # Errors
    ///
    /// As [`ThreadPool::submit`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// assert_eq!(pool.handle().submit(|| 1)?.result()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn submit<T, F>(&self, task: F) -> Result<Future<T>, PoolError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.core.submit(task)
    }
}

impl ThreadPoolBuilder {
    /// At most so many threads, instead of [`default_threads`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ThreadPool::builder().workers(3).build().is_ok());
    /// ```
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The workers are called `<prefix>_0`, `<prefix>_1`, … instead of
    /// `pool-<number of the pool>_0`, …: Python's `thread_name_prefix`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ThreadPool::builder().name_prefix("cook").build().is_ok());
    /// ```
    #[must_use]
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Runs in every new worker before its first task. If it fails, the pool is
    /// broken: what is queued and what comes says so. Python's `initializer`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::builder().initializer(|| Ok(say!("ready"))).build()?;
    /// pool.submit(|| ())?.result()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn initializer(mut self, initializer: impl Fn() -> Result + Send + Sync + 'static) -> Self {
        self.initializer = Some(Box::new(initializer));
        self
    }

    /// Makes the pool.
    ///
    /// # Errors
    ///
    /// If the number of workers is zero.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ThreadPool::builder().workers(0).build().is_err());
    /// ```
    #[track_caller]
    pub fn build(self) -> Result<ThreadPool, PoolError> {
        let workers = self.workers.unwrap_or_else(default_threads);
        if workers == 0 {
            return Err(PoolError::Zero("workers"));
        }
        let number = work::next_number();
        let core = Arc::new(Core {
            number,
            prefix: self.prefix.unwrap_or_else(|| format!("pool-{number}")),
            workers,
            initializer: self.initializer,
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            empty: Condvar::new(),
        });
        let weak: Weak<Core> = Arc::downgrade(&core);
        register(weak, number, workers, Location::caller());
        Ok(ThreadPool { core })
    }
}

impl State {
    fn idle(&self) -> usize {
        self.asleep + self.coming
    }
}

impl Core {
    /// Whether this thread is one of the pool's workers.
    fn is_mine(&self) -> bool {
        MY_POOL.with(|mine| {
            let mine = mine.borrow();
            mine.as_ref()
                .is_some_and(|mine| std::ptr::eq(mine.as_ptr(), self))
        })
    }

    #[track_caller]
    fn submit<T, F>(self: &Arc<Self>, task: F) -> Result<Future<T>, PoolError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let mut state = self.state.lock();
        if let Some(broken) = &state.broken {
            return Err(PoolError::Broken(broken.clone()));
        }
        // Asked under the same lock as the queue: were it let go in between,
        // the last worker could leave and the task would never run.
        if state.shut_down && !self.is_mine() {
            return Err(PoolError::ShutDown);
        }
        let id = TaskId {
            pool: self.number,
            number: state.submitted,
        };
        let submitted = record::enter(
            Kind::Submit,
            Some(id),
            None,
            Location::caller(),
            String::new,
        );
        let (promise, future) = future::pair(id, submitted);
        let at = Location::caller();
        state.submitted += 1;
        state.queue.push_back(Box::new(move |core, standing| {
            run(core, standing, at, promise, task)
        }));
        if state.queue.len() <= state.idle() {
            let somebody_sleeps = state.asleep > 0;
            drop(state);
            if somebody_sleeps {
                self.work.notify_one();
            }
        } else if let Err(error) = self.start_worker(&mut state) {
            // Too few workers are slow. None at all would be a hang.
            if state.names.is_empty() {
                let job = state.queue.pop_back();
                drop(state);
                drop(job);
                return Err(error);
            }
        }
        Ok(future)
    }

    /// One more worker, if the pool may have one.
    fn start_worker(self: &Arc<Self>, state: &mut MutexGuard<'_, State>) -> Result<(), PoolError> {
        if state.names.len() == self.workers {
            return Ok(());
        }
        let name = format!("{}_{}", self.prefix, state.started);
        let core = Arc::clone(self);
        let thread = primitives::try_spawn_worker(name.clone(), {
            let name = name.clone();
            move || core.work(&name)
        });
        match thread {
            Ok(thread) => {
                state.started += 1;
                state.names.push(name);
                state.threads.push(thread);
                Ok(())
            }
            Err(error) => Err(PoolError::CannotStart {
                worker: name,
                error,
            }),
        }
    }

    /// The life of a worker.
    fn work(self: &Arc<Self>, name: &str) {
        MY_POOL.with(|mine| *mine.borrow_mut() = Some(Arc::downgrade(self)));
        self.initialize(name);
        let mut patience = Patience::default();
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                patience = Patience::default();
                let mut standing = Standing {
                    queue_was_empty: state.queue.is_empty(),
                    broken: state.broken.clone(),
                    coming: false,
                };
                state.busy += 1;
                drop(state);
                // The task's own panic is caught inside. What it leaves behind may
                // panic as well when it is dropped.
                if let Err(caught) = panics::catch(|| job(self, &mut standing)) {
                    narrate::say(format_args!("a destructor panicked: {caught}"));
                }
                state = self.state.lock();
                state.busy -= 1;
                state.done += 1;
                state.coming -= usize::from(standing.coming);
            } else if state.shut_down && state.busy == 0 {
                break;
            } else if patience.is_left() {
                // It looks again before anything else, so it is as good as here.
                state.coming += 1;
                drop(state);
                patience.wait();
                state = self.state.lock();
                state.coming -= 1;
            } else {
                state.asleep += 1;
                state = self.work.wait(state);
                state.asleep -= 1;
            }
        }
        // Nobody is busy any more, so the others may go home, too.
        state.names.retain(|other| other != name);
        let last = state.names.is_empty();
        drop(state);
        self.work.notify_all();
        if last {
            self.empty.notify_all();
        }
    }

    fn initialize(&self, worker: &str) {
        let Some(initializer) = &self.initializer else {
            return;
        };
        let failure = match panics::catch(initializer) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(caught) => caught.to_string(),
        };
        let mut state = self.state.lock();
        if state.broken.is_none() {
            state.broken = Some(BrokenPool {
                worker: worker.to_string(),
                what: format!("the initializer of {worker} failed: {failure}"),
            });
        }
    }

    /// This worker's result is about to be seen. If nothing is queued, it will
    /// be back at once, so the next task needs no new worker.
    fn will_come_back(&self, standing: &mut Standing) {
        if standing.queue_was_empty {
            self.state.lock().coming += 1;
            standing.coming = true;
        }
    }

    /// There are callbacks to run first: whoever relied on this worker gets another.
    fn will_not_come_back_yet(self: &Arc<Self>, standing: &mut Standing) {
        if std::mem::take(&mut standing.coming) {
            let mut state = self.state.lock();
            state.coming -= 1;
            if state.queue.len() > state.idle() {
                // Without another worker the task waits for this one.
                let _ = self.start_worker(&mut state);
            }
        }
    }

    fn cancel_queued(&self) -> usize {
        let queue = std::mem::take(&mut self.state.lock().queue);
        // A worker on its way home may have waited for the queue to be empty.
        self.work.notify_all();
        // Dropping a job cancels it and runs its callbacks: not under the lock.
        queue.len()
    }
}

/// What a worker does with one task.
fn run<T, F>(
    core: &Arc<Core>,
    standing: &mut Standing,
    at: &'static Location<'static>,
    promise: Promise<T>,
    task: F,
) where
    F: FnOnce() -> T,
{
    if let Some(broken) = standing.broken.take() {
        promise.keep(Err(TaskError::BrokenPool(broken)), None).run();
        return;
    }
    if !promise.start() {
        return;
    }
    let id = promise.task();
    let inside = context::enter_task(id);
    let started = record::enter(Kind::Start, Some(id), promise.submitted(), at, String::new);
    let result = panics::catch(task).map_err(|caught| {
        narrate::say(format_args!("{id} panicked: {caught}"));
        TaskError::Panicked(caught.message)
    });
    let failure = || {
        result
            .as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    let ended = record::enter(Kind::End, Some(id), started, at, failure);
    core.will_come_back(standing);
    let callbacks = promise.keep(result, ended);
    if !callbacks.is_empty() {
        core.will_not_come_back_yet(standing);
        callbacks.run();
    }
    drop(inside);
}

/// Finishes everything that was submitted. On one of the pool's own workers,
/// which cannot wait for itself, the pool finishes on its own.
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
        R: DeserializeOwned + Send + 'static,
    {
        self.submit(move || function(argument))
    }

    #[track_caller]
    fn shutdown(&self) -> Result<(), PoolError> {
        ThreadPool::shutdown(self)
    }
}

impl Work for Core {
    fn report(&self) -> Report {
        let state = self.state.lock();
        Report {
            pool: self.prefix.clone(),
            done: state.done,
            running: state.busy,
            queued: state.queue.len(),
        }
    }

    fn abandon(&self) {
        // The tasks are not dropped: their callbacks would run.
        std::mem::forget(std::mem::take(&mut self.state.lock().queue));
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

impl fmt::Debug for ThreadPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("workers", &self.workers)
            .field("name_prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
