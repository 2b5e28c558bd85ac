//! A pool of processes: Python's `ProcessPoolExecutor`.
//!
//! Each worker is a child process with a socket. On this side a thread per
//! worker reads what the worker sends. Whoever changes something (a submission,
//! a reply, an end) looks afterwards, under the lock, which task can go to which
//! worker, and writes it to the worker's socket after letting go of the lock: a
//! large argument must not hold up the whole pool.
//!
//! One thread more runs the callbacks, one after the other. Results do not wait
//! for it.

use std::any::type_name;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufReader};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::Location;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::executor::Executor;
use super::map::Chunk;
use super::map::Results;
use super::protocol::{self, Reply, Request};
use super::register::register;
use super::sizes::default_processes;
use super::worker;
use crate::error::{BrokenPool, PoolError, Result, TaskError};
use crate::future::{self, Future, Promise};
use crate::primitives::{self, Condvar, JoinHandle, Mutex, MutexGuard};
use stage::record::{self, EntryId, Kind, TaskId};
use stage::threads::Background;
use stage::waits::EndsByItself;
use stage::work::{self, Report, Work};
use stage::{ending, narrate, panics, run, waits};

/// A bounded number of child processes that call functions.
///
/// The workers are this program, started again. They never run `main`; they know
/// the functions that [`process_task!`](crate::process_task) names, and
/// arguments and results travel to them and back as bytes. What they print
/// reaches the terminal.
///
/// A worker that dies breaks the pool: a task may have been half done, and
/// nobody can know. Every pending future and every later submission then says
/// who died and how.
///
/// Dropping the pool finishes everything that was submitted, and then ends the
/// processes. No worker outlives this process, however it ends.
///
/// Unix only: the workers get their socket in a way that Windows lacks.
///
/// ```
/// use shared::prelude::*;
///
/// process_task!(square);
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # fn main() -> Result {
/// let pool = ProcessPool::new(2)?;
/// let squares: Vec<u64> = pool.map(square, 1..=11)?.collect::<Result<_, _>>()?;
/// assert_eq!(squares[10], 121);
/// # Ok(())
/// # }
/// ```
pub struct ProcessPool {
    core: Arc<Core>,
}

/// Makes a [`ProcessPool`] with more say in it. See [`ProcessPool::builder`].
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let builder: ProcessPoolBuilder = ProcessPool::builder();
/// assert_eq!(builder.workers(2).build()?.workers(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProcessPoolBuilder {
    workers: Option<usize>,
    prefix: Option<String>,
    tasks_per_worker: Option<u64>,
}

struct Core {
    number: u32,
    prefix: String,
    workers: usize,
    tasks_per_worker: Option<u64>,
    submitted: AtomicU64,
    state: Mutex<State>,
    /// There are callbacks to run, or none will come any more.
    callbacks_changed: Condvar,
    /// The last worker has gone.
    empty: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    workers: Vec<Worker>,
    started: usize,
    done: u64,
    /// Tasks that have ended but whose callbacks may still have to run.
    finishing: usize,
    callbacks: VecDeque<Box<dyn FnOnce() + Send>>,
    callback_thread: Option<JoinHandle<()>>,
    readers: Vec<std::thread::JoinHandle<()>>,
    /// The last moment of the worker that ended last, in the event log.
    last_exit: Option<EntryId>,
    shut_down: bool,
    /// Nothing is left to do, and nothing can come: the workers were sent home.
    drained: bool,
    broken: Option<BrokenPool>,
}

struct Job {
    frame: Vec<u8>,
    answer: Box<dyn Answer>,
}

struct Worker {
    name: String,
    process: Arc<Process>,
    job: Option<(Box<dyn Answer>, EndsByItself)>,
    calls: u64,
    /// It was sent home, so that its end is no accident.
    leaving: bool,
}

/// A child process and this side of its socket.
struct Process {
    child: std::sync::Mutex<Child>,
    socket: UnixStream,
    id: u32,
}

/// A task to be written to a worker, once the lock is free.
struct Delivery {
    process: Arc<Process>,
    frame: Vec<u8>,
}

/// The promise of a task whose result type the pool need not know.
trait Answer: Send {
    fn start(&self) -> bool;
    /// Opens the future. What is handed back runs its callbacks.
    fn give(
        self: Box<Self>,
        result: Result<&[u8], TaskError>,
        ended: Option<EntryId>,
    ) -> Option<Box<dyn FnOnce() + Send>>;
}

/// A promise, and how to make its value of what comes back.
struct Decoding<T: 'static, D>(Promise<T>, D);

impl<T, D> Answer for Decoding<T, D>
where
    T: Send + Sync + 'static,
    D: FnOnce(&[u8]) -> Result<T, TaskError> + Send,
{
    fn start(&self) -> bool {
        self.0.start()
    }

    fn give(
        self: Box<Self>,
        result: Result<&[u8], TaskError>,
        ended: Option<EntryId>,
    ) -> Option<Box<dyn FnOnce() + Send>> {
        let Decoding(promise, decode) = *self;
        // Reading the result is code of its type, and may panic.
        let result = result.and_then(|bytes| {
            panics::catch(|| decode(bytes))
                .unwrap_or_else(|caught| Err(TaskError::Panicked(caught.message)))
        });
        let callbacks = promise.keep(result, ended);
        (!callbacks.is_empty()).then(|| Box::new(move || callbacks.run()) as _)
    }
}

/// What a future leaves behind, if nobody holds it any more, may panic when it is
/// dropped. That must not cost the pool one of its threads.
fn without_panic<T>(body: impl FnOnce() -> T) -> Option<T> {
    let say = |caught| narrate::say(format_args!("a destructor panicked: {caught}"));
    panics::catch(body).map_err(say).ok()
}

thread_local! {
    /// The pool whose callbacks this thread runs.
    static MY_POOL: std::cell::RefCell<Option<Weak<Core>>> = const { std::cell::RefCell::new(None) };
}

impl ProcessPool {
    /// A pool of at most `workers` processes. None is started before it is needed.
    ///
    /// # Errors
    ///
    /// If `workers` is zero, or this is a worker process itself.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// assert!(ProcessPool::new(2).is_ok());
    /// assert!(ProcessPool::new(0).is_err());
    /// ```
    #[track_caller]
    pub fn new(workers: usize) -> Result<Self, PoolError> {
        Self::builder().workers(workers).build()
    }

    /// A pool with [`default_processes`] workers.
    ///
    /// # Errors
    ///
    /// If this is a worker process itself.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// assert_eq!(ProcessPool::with_default_size()?.workers(), shared::pool::default_processes());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn with_default_size() -> Result<Self, PoolError> {
        Self::builder().build()
    }

    /// To choose a name prefix or the workers' term of service as well.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().workers(1).tasks_per_worker(10).build().is_ok());
    /// ```
    pub fn builder() -> ProcessPoolBuilder {
        ProcessPoolBuilder::default()
    }

    /// Queues the call `function(argument)` and returns at once: Python's `submit`.
    ///
    /// An argument or a result that cannot be serialised fails this future only.
    /// So does a panic.
    ///
    /// # Errors
    ///
    /// If the pool is shut down or broken, if the function is not known (see
    /// [`process_task!`](crate::process_task)), or if no first worker could be
    /// started.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// process_task!(total);
    /// fn total(prices: Vec<u32>) -> u32 {
    ///     prices.iter().sum()
    /// }
    ///
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// assert_eq!(pool.submit(total, vec![3, 4])?.result()?, 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn submit<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy,
        A: Serialize,
        R: DeserializeOwned + Send + Sync + 'static,
    {
        let _ = function;
        let argument = protocol::encode("argument", &argument);
        self.core
            .submit::<F, R, _>(argument, false, |bytes| protocol::decode("result", bytes))
    }

    /// Calls the function for every item, all submitted at once; the results
    /// come in the order of the items. Python's `Executor.map`.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # process_task!(square);
    /// # fn square(n: u64) -> u64 {
    /// #     n * n
    /// # }
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(2)?;
    /// assert_eq!(pool.map(square, [3, 4])?.map(Result::unwrap).collect::<Vec<_>>(), [9, 16]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map<F, A, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Results<R>, PoolError>
    where
        F: Fn(A) -> R + Copy,
        A: Serialize,
        R: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let called = Instant::now();
        let futures: Result<VecDeque<_>, PoolError> = items
            .into_iter()
            .map(|item| self.submit(function, item))
            .collect();
        Ok(Results::each(called, futures?))
    }

    /// As [`map`](Self::map), but `size` items travel together: one journey for
    /// many small tasks. The results are the same for any size. Python's
    /// `map(…, chunksize=…)`.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit), and if `size` is zero.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # process_task!(square);
    /// # fn square(n: u64) -> u64 {
    /// #     n * n
    /// # }
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(2)?;
    /// assert_eq!(pool.map_chunked(square, 0..1000, 100)?.count(), 1000);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map_chunked<F, A, R>(
        &self,
        function: F,
        items: impl IntoIterator<Item = A>,
        size: usize,
    ) -> Result<Results<R>, PoolError>
    where
        F: Fn(A) -> R + Copy,
        A: Serialize,
        R: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let _ = function;
        let called = Instant::now();
        if size == 0 {
            return Err(PoolError::Zero("size"));
        }
        let mut items = items.into_iter();
        let mut chunks = VecDeque::new();
        loop {
            let chunk: Vec<A> = items.by_ref().take(size).collect();
            if chunk.is_empty() {
                return Ok(Results::chunks(called, chunks));
            }
            let arguments = protocol::encode("argument", &chunk);
            let future = self.core.submit::<F, _, _>(arguments, true, decode_chunk)?;
            chunks.push_back((chunk.len(), future));
        }
    }

    /// Takes no more tasks, waits until everything is done and the processes
    /// have ended. Python's `shutdown(wait=True)`. May be called again.
    ///
    /// # Errors
    ///
    /// If a callback of the pool calls it: it would wait for itself.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// pool.shutdown()?;
    /// pool.shutdown()?;
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
            let gone = state.drained && state.workers.is_empty();
            if gone && state.readers.is_empty() && state.callback_thread.is_none() {
                return Ok(());
            }
        }
        let waiting = waits::begin(
            || format!("the end of {}", core.prefix),
            Location::caller(),
            None,
        );
        let mut state = core.state.lock();
        while !state.drained || !state.workers.is_empty() {
            state = core.empty.wait(state);
        }
        let readers = std::mem::take(&mut state.readers);
        let callback_thread = state.callback_thread.take();
        let last_exit = state.last_exit;
        drop(state);
        // Neither can panic: callbacks are run under a catch.
        for reader in readers {
            let _ = reader.join();
        }
        if let Some(thread) = callback_thread {
            primitives::join_as_part(thread);
        }
        waiting.over(last_exit);
        Ok(())
    }

    /// Takes no more tasks and returns at once; what is queued still runs.
    /// Python's `shutdown(wait=False)`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ProcessPool::new(1)?;
    /// pool.begin_shutdown();
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
        self.core.settle(state);
    }

    /// Cancels every task that has not started, and returns how many those are.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert_eq!(ProcessPool::new(1).unwrap().cancel_queued(), 0);
    /// ```
    pub fn cancel_queued(&self) -> usize {
        let mut state = self.core.state.lock();
        let queue = std::mem::take(&mut state.queue);
        // Callbacks of what is cancelled run here and may submit more.
        state.finishing += 1;
        drop(state);
        let cancelled = queue.len();
        drop(queue);
        self.core.finish(None);
        cancelled
    }

    /// How many processes it may have.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert_eq!(ProcessPool::new(3).unwrap().workers(), 3);
    /// ```
    pub fn workers(&self) -> usize {
        self.core.workers
    }

    /// The system's numbers of the processes it has now, in the order of their
    /// start.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::new(3).unwrap().worker_ids().is_empty()); // not needed yet
    /// ```
    pub fn worker_ids(&self) -> Vec<u32> {
        let state = self.core.state.lock();
        state
            .workers
            .iter()
            .map(|worker| worker.process.id)
            .collect()
    }
}

fn decode_chunk<R: DeserializeOwned>(bytes: &[u8]) -> Result<Chunk<R>, TaskError> {
    let results: Vec<Result<Vec<u8>, TaskError>> = protocol::decode("result", bytes)?;
    Ok(results
        .into_iter()
        .map(|result| protocol::decode("result", &result?))
        .collect())
}

impl ProcessPoolBuilder {
    /// At most so many processes, instead of
    /// [`default_processes`].
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().workers(1).build().is_ok());
    /// ```
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The workers are called `<prefix>_0`, `<prefix>_1`, … instead of
    /// `process-<number of the pool>_0`, ….
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().name_prefix("cook").build().is_ok());
    /// ```
    #[must_use]
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// A worker goes home after so many calls, and a fresh one takes its place:
    /// against tasks that leak. Python's `max_tasks_per_child`.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().tasks_per_worker(0).build().is_err());
    /// ```
    #[must_use]
    pub fn tasks_per_worker(mut self, calls: u64) -> Self {
        self.tasks_per_worker = Some(calls);
        self
    }

    /// Makes the pool.
    ///
    /// # Errors
    ///
    /// If a number is zero, or this is a worker process itself.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// assert!(ProcessPool::builder().workers(0).build().is_err());
    /// ```
    #[track_caller]
    pub fn build(self) -> Result<ProcessPool, PoolError> {
        let workers = self.workers.unwrap_or_else(default_processes);
        if workers == 0 {
            return Err(PoolError::Zero("workers"));
        }
        if self.tasks_per_worker == Some(0) {
            return Err(PoolError::Zero("tasks_per_worker"));
        }
        if worker::is_worker() {
            return Err(PoolError::InsideWorker);
        }
        let number = work::next_number();
        let core = Arc::new(Core {
            number,
            prefix: self.prefix.unwrap_or_else(|| format!("process-{number}")),
            workers,
            tasks_per_worker: self.tasks_per_worker,
            submitted: AtomicU64::new(0),
            state: Mutex::new(State::default()),
            callbacks_changed: Condvar::new(),
            empty: Condvar::new(),
        });
        let weak: Weak<Core> = Arc::downgrade(&core);
        register(weak, number, workers, Location::caller());
        Ok(ProcessPool { core })
    }
}

impl Core {
    /// Whether this thread runs the pool's callbacks.
    fn is_mine(&self) -> bool {
        MY_POOL.with_borrow(|mine| {
            mine.as_ref()
                .is_some_and(|mine| std::ptr::eq(mine.as_ptr(), self))
        })
    }

    #[track_caller]
    fn submit<F, R, D>(
        self: &Arc<Self>,
        payload: Result<Vec<u8>, TaskError>,
        chunk: bool,
        decode: D,
    ) -> Result<Future<R>, PoolError>
    where
        R: Send + Sync + 'static,
        D: FnOnce(&[u8]) -> Result<R, TaskError> + Send + 'static,
    {
        let function = type_name::<F>();
        if protocol::find(function).is_none() {
            return Err(PoolError::UnknownFunction(function));
        }
        self.may_submit(&self.state.lock())?;
        let task = TaskId {
            pool: self.number,
            number: self.submitted.fetch_add(1, Ordering::Relaxed),
        };
        let submitted = record::enter(
            Kind::Submit,
            Some(task),
            None,
            Location::caller(),
            String::new,
        );
        let (promise, future) = future::pair(task, submitted);
        let request = Request::Call {
            task,
            submitted,
            function: function.to_string(),
            chunk,
        };
        let frame = payload.and_then(|payload| {
            protocol::frame(&request, &payload)
                .map_err(|error| TaskError::NotSerialisable(format!("the argument: {error}")))
        });
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                promise.keep(Err(error), None).run();
                return Ok(future);
            }
        };
        let mut state = self.state.lock();
        self.may_submit(&state)?;
        state.queue.push_back(Job {
            frame,
            answer: Box::new(Decoding(promise, decode)),
        });
        let (deliveries, started) = self.distribute(&mut state);
        if let Err(error) = started
            && state.workers.is_empty()
        {
            // Without any worker the task would wait for ever.
            let job = state.queue.pop_back();
            drop(state);
            drop(job);
            return Err(error);
        }
        drop(state);
        deliver(deliveries);
        Ok(future)
    }

    fn may_submit(&self, state: &State) -> Result<(), PoolError> {
        match &state.broken {
            Some(broken) => Err(PoolError::Broken(broken.clone())),
            None if state.drained || state.shut_down && !self.is_mine() => Err(PoolError::ShutDown),
            None => Ok(()),
        }
    }

    /// Gives queued tasks to idle workers, and starts workers while tasks are
    /// left and the pool may have more.
    fn distribute(self: &Arc<Self>, state: &mut State) -> (Vec<Delivery>, Result<(), PoolError>) {
        let mut deliveries = Vec::new();
        while let Some(job) = state.queue.pop_front() {
            let idle = |worker: &Worker| worker.job.is_none() && !worker.leaving;
            let mut place = state.workers.iter().position(idle);
            if place.is_none() && state.workers.len() < self.workers {
                match self.start_worker(state) {
                    Ok(()) => place = Some(state.workers.len() - 1),
                    Err(error) => {
                        state.queue.push_front(job);
                        return (deliveries, Err(error));
                    }
                }
            }
            let Some(place) = place else {
                state.queue.push_front(job);
                break;
            };
            // From here on it cannot be cancelled: the worker may have begun.
            if job.answer.start() {
                let worker = &mut state.workers[place];
                worker.job = Some((job.answer, EndsByItself::begin()));
                deliveries.push(Delivery {
                    process: Arc::clone(&worker.process),
                    frame: job.frame,
                });
            }
        }
        (deliveries, Ok(()))
    }

    fn start_worker(self: &Arc<Self>, state: &mut State) -> Result<(), PoolError> {
        let name = format!("{}_{}", self.prefix, state.started);
        let refused = |error| PoolError::CannotStart {
            worker: name.clone(),
            error,
        };
        let spawned = record::enter(Kind::Spawn, None, None, Location::caller(), || name.clone());
        let process = Arc::new(Process::start(&name, spawned).map_err(refused)?);
        // A plain thread: it is no actor of the lesson.
        let reader = std::thread::Builder::new()
            .name(format!("{name}_reader"))
            .spawn({
                let (core, name, process) = (Arc::clone(self), name.clone(), Arc::clone(&process));
                move || {
                    let _background = Background::begin();
                    core.read_from(&name, &process);
                }
            });
        match reader {
            Ok(reader) => state.readers.push(reader),
            Err(error) => {
                process.kill();
                return Err(refused(error));
            }
        }
        state.started += 1;
        state.workers.push(Worker {
            name,
            process,
            job: None,
            calls: 0,
            leaving: false,
        });
        Ok(())
    }

    /// Takes what one worker sends, until it ends.
    fn read_from(self: &Arc<Self>, name: &str, process: &Process) {
        let mut from = BufReader::new(&process.socket);
        let mut buffer = Vec::new();
        let mut last_event = None;
        let trouble = loop {
            match protocol::read_frame(&mut from, &mut buffer) {
                Ok(Some((Reply::Recorded(event), _))) => {
                    last_event = Some((event.id, event.kind, Arc::clone(&event.actor)));
                    record::adopt(*event);
                }
                Ok(Some((Reply::Done { error, ended }, payload))) => {
                    let result = match error {
                        None => Ok(&buffer[payload..]),
                        Some(error) => Err(error),
                    };
                    self.replied(name, result, ended);
                    if from.buffer().is_empty() {
                        protocol::look_out(&process.socket);
                    }
                }
                Ok(Some((Reply::ReaderHasGone, _))) => ending::reader_has_gone(),
                Ok(None) => break None,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => break Some(error),
                // The worker ended in the middle of a frame.
                Err(_) => break None,
            }
        };
        if trouble.is_some() {
            process.kill();
        }
        let status = process.wait();
        let asked_to_end = |status: &ExitStatus| {
            [Signal::SIGTERM, Signal::SIGHUP]
                .map(|signal| Some(signal as i32))
                .contains(&status.signal())
        };
        if status.as_ref().is_ok_and(asked_to_end) {
            ending::stay_if_all_were_asked();
        }
        let exit = match last_event {
            Some((id, Kind::Exit, _)) => Some(id),
            // It died before it could say so.
            Some((id, _, actor)) => record::enter_death(actor, id, describe(&status)),
            None => None,
        };
        self.gone(name, process.id, trouble, &status, exit);
    }

    /// A worker's call has ended.
    fn replied(
        self: &Arc<Self>,
        name: &str,
        result: Result<&[u8], TaskError>,
        ended: Option<EntryId>,
    ) {
        let mut state = self.state.lock();
        let Some(worker) = state.workers.iter_mut().find(|worker| worker.name == name) else {
            return;
        };
        let Some((answer, running)) = worker.job.take() else {
            return;
        };
        drop(running);
        worker.calls += 1;
        if self
            .tasks_per_worker
            .is_some_and(|limit| worker.calls >= limit)
        {
            worker.send_home();
        }
        state.done += 1;
        state.finishing += 1;
        // The next task goes out before this one's result is told, so that the
        // worker has something to do meanwhile; and whoever is told finds an
        // idle worker idle.
        let (deliveries, _) = self.distribute(&mut state);
        drop(state);
        deliver(deliveries);
        self.finish(without_panic(|| answer.give(result, ended)).flatten());
    }

    /// A task has ended; `callbacks` are what remains to be run of it.
    fn finish(self: &Arc<Self>, callbacks: Option<Box<dyn FnOnce() + Send>>) {
        let mut state = self.state.lock();
        match callbacks {
            Some(callbacks) => {
                state.callbacks.push_back(callbacks);
                if state.callback_thread.is_none() {
                    let core = Arc::clone(self);
                    let name = format!("{}_callbacks", self.prefix);
                    let thread = primitives::try_spawn_worker(name, move || core.run_callbacks());
                    state.callback_thread = Some(thread.expect("the system cannot start a thread"));
                }
                self.callbacks_changed.notify_one();
            }
            None => {
                state.finishing -= 1;
                self.settle(state);
            }
        }
    }

    /// The life of the thread that runs the callbacks.
    fn run_callbacks(self: &Arc<Self>) {
        MY_POOL.set(Some(Arc::downgrade(self)));
        let mut state = self.state.lock();
        loop {
            if let Some(callbacks) = state.callbacks.pop_front() {
                drop(state);
                without_panic(callbacks);
                state = self.state.lock();
                state.finishing -= 1;
                self.settle(state);
                state = self.state.lock();
            } else if state.drained {
                return;
            } else {
                state = self.callbacks_changed.wait(state);
            }
        }
    }

    /// Sends the workers home, if the pool is shut down and nothing is left to do.
    fn settle(&self, mut state: MutexGuard<'_, State>) {
        let busy = state.workers.iter().any(|worker| worker.job.is_some());
        if state.shut_down && !busy && state.queue.is_empty() && state.finishing == 0 {
            state.drained = true;
            state.workers.iter_mut().for_each(Worker::send_home);
            self.callbacks_changed.notify_all();
            self.empty.notify_all();
        }
    }

    /// A worker has ended: as it was told, or by accident.
    fn gone(
        self: &Arc<Self>,
        name: &str,
        id: u32,
        trouble: Option<io::Error>,
        status: &io::Result<ExitStatus>,
        exit: Option<EntryId>,
    ) {
        let mut state = self.state.lock();
        state.last_exit = exit.or(state.last_exit);
        let Some(place) = state.workers.iter().position(|worker| worker.name == name) else {
            return;
        };
        let worker = state.workers.remove(place);
        let mut lost: Vec<Box<dyn Answer>> =
            worker.job.map(|(answer, _)| answer).into_iter().collect();
        if !worker.leaving && state.broken.is_none() {
            let how = match trouble {
                Some(error) => format!("sent what no worker sends ({error})"),
                None => describe(status),
            };
            state.broken = Some(BrokenPool {
                worker: name.to_string(),
                what: format!("{name} (process {id}) {how}"),
            });
            for other in &mut state.workers {
                other.leaving = true;
                other.process.kill();
            }
        }
        let mut deliveries = Vec::new();
        if let Some(broken) = state.broken.clone() {
            lost.extend(
                state
                    .workers
                    .iter_mut()
                    .filter_map(|other| Some(other.job.take()?.0)),
            );
            lost.extend(
                std::mem::take(&mut state.queue)
                    .into_iter()
                    .map(|job| job.answer),
            );
            state.finishing += lost.len();
            drop(state);
            for answer in lost {
                self.finish(answer.give(Err(TaskError::BrokenPool(broken.clone())), None));
            }
            state = self.state.lock();
        } else {
            // It had served its term. If nobody can replace it, the others go on.
            (deliveries, _) = self.distribute(&mut state);
        }
        if state.workers.is_empty() {
            self.empty.notify_all();
        }
        self.settle(state);
        deliver(deliveries);
    }
}

impl Worker {
    /// It reads the end of the stream, and goes.
    fn send_home(&mut self) {
        if !self.leaving {
            self.leaving = true;
            // Fails only if the worker has gone already.
            let _ = self.process.socket.shutdown(Shutdown::Write);
        }
    }
}

impl Process {
    fn start(name: &str, spawned: Option<EntryId>) -> io::Result<Process> {
        let (socket, theirs) = UnixStream::pair()?;
        let child = Command::new(own_program()?)
            .arg0(format!("{name} (worker process)"))
            .env(worker::VARIABLE, name)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()?;
        let hello = Request::Hello {
            name: name.to_string(),
            settings: run::current().settings.clone(),
            recording: record::recording(),
            spawned,
        };
        let process = Process {
            id: child.id(),
            child: std::sync::Mutex::new(child),
            socket,
        };
        protocol::send(&process.socket, &protocol::frame(&hello, &[])?)?;
        Ok(process)
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn kill(&self) {
        // Fails only if it has ended already.
        let _ = self.child().kill();
    }

    /// Its end, after its socket has closed. One that closed it and stays
    /// nevertheless is not waited for.
    fn wait(&self) -> io::Result<ExitStatus> {
        let patience = Instant::now() + Duration::from_secs(1);
        loop {
            if let Some(status) = self.child().try_wait()? {
                return Ok(status);
            }
            if Instant::now() > patience {
                self.kill();
                return self.child().wait();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The file of this program. On Linux by a name that also holds after the file
/// was replaced: a worker of another build would not know the same functions.
fn own_program() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    }
}

fn describe(status: &io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match (status.signal(), status.code()) {
            (Some(number), _) => match Signal::try_from(number) {
                Ok(signal) => format!("was killed by signal {number} ({signal})"),
                Err(_) => format!("was killed by signal {number}"),
            },
            (None, Some(code)) => format!("exited with code {code}"),
            (None, None) => "ended".to_string(),
        },
        Err(error) => format!("is lost ({error})"),
    }
}

/// Writes tasks to their workers. A worker that has gone meanwhile is noticed by
/// the thread that reads from it.
fn deliver(deliveries: Vec<Delivery>) {
    for delivery in deliveries {
        let _ = protocol::send(&delivery.process.socket, &delivery.frame);
    }
}

/// Finishes everything that was submitted. In one of the pool's own callbacks,
/// which cannot wait for itself, the pool finishes on its own.
impl Drop for ProcessPool {
    fn drop(&mut self) {
        if matches!(self.shutdown(), Err(PoolError::FromItsOwnWorker)) {
            self.begin_shutdown();
        }
    }
}

impl Executor for ProcessPool {
    #[track_caller]
    fn submit_call<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy + Send + 'static,
        A: Serialize + Send + 'static,
        R: DeserializeOwned + Send + Sync + 'static,
    {
        self.submit(function, argument)
    }

    #[track_caller]
    fn shutdown(&self) -> Result<(), PoolError> {
        ProcessPool::shutdown(self)
    }
}

impl Work for Core {
    fn report(&self) -> Report {
        let state = self.state.lock();
        Report {
            pool: self.prefix.clone(),
            done: state.done,
            running: state
                .workers
                .iter()
                .filter(|worker| worker.job.is_some())
                .count(),
            queued: state.queue.len(),
            starved: None,
        }
    }

    fn abandon(&self) {
        let mut state = self.state.lock();
        // The tasks are not dropped: their callbacks would run.
        std::mem::forget(std::mem::take(&mut state.queue));
        for worker in &mut state.workers {
            worker.leaving = true;
            std::mem::forget(worker.job.take());
            worker.process.kill();
        }
        let processes: Vec<_> = state
            .workers
            .iter()
            .map(|worker| Arc::clone(&worker.process))
            .collect();
        drop(state);
        for process in processes {
            let _ = process.wait();
        }
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.core.report();
        write!(
            f,
            "<ProcessPool {}: {} of at most {} workers, {} queued>",
            report.pool,
            self.core.state.lock().workers.len(),
            self.core.workers,
            report.queued
        )
    }
}
