//! A result that will be there later: Python's `concurrent.futures.Future`.
//!
//! A future is a box with a lid. Whoever runs the task puts the result in and
//! opens the lid, once. Everybody else may look whether it is open, wait until
//! it is, or leave word to be called when it opens.
//!
//! A future is *pending* until its task starts, *running* until the task ends,
//! and then *finished*, with a value or an error, for good. A pending one can be
//! *cancelled* instead. Clones are handles to the same box.
//!
//! What was written before the task ended is seen by whoever has seen the
//! result: the box is behind a lock.

#[cfg(test)]
mod models;

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::error::{Result, TaskError, Unfinished};
use crate::events::{self, EventId, Kind, TaskId};
use crate::primitives::{Condvar, Mutex, MutexGuard, Patience};
use crate::{narrate, panics, waits};

/// The result of a task, now or later.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(2)?;
/// let future = pool.submit(|| 6 * 7)?;
/// assert_eq!(future.result()?, 42);
/// assert_eq!(future.result()?, 42); // it is still there
/// # Ok(())
/// # }
/// ```
pub struct Future<T> {
    shared: Arc<Shared<T>>,
}

/// The other end: whoever runs the task has it, and nobody else.
///
/// Dropped without a result, it cancels the future: a task that was lost is
/// never waited for in vain.
pub(crate) struct Promise<T> {
    shared: Arc<Shared<T>>,
    kept: bool,
}

struct Shared<T> {
    task: TaskId,
    submitted: Option<EventId>,
    cell: Mutex<Cell<T>>,
    done: Condvar,
}

struct Cell<T> {
    state: State<T>,
    /// How many sleep in `result`: waking nobody would cost a system call.
    waiters: usize,
    listeners: Vec<Listener<T>>,
    /// The event that ended the task, the cause of all that follows.
    ended: Option<EventId>,
}

enum State<T> {
    Pending,
    Running,
    Cancelled,
    Finished(Result<T, TaskError>),
}

/// Somebody who wants to know.
enum Listener<T> {
    /// Runs once, with the finished future.
    Callback(Callback<T>),
    /// An executor that polls the future.
    Waker(Waker),
    /// A `wait` or an `as_completed`, which knows this future by a number.
    Arrivals(Arc<Arrivals>, usize),
}

type Callback<T> = Box<dyn FnOnce(Future<T>) -> Result + Send>;

/// What a callback may return: nothing, or a [`Result`] whose error is reported.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// pool.submit(|| 1)?.add_done_callback(|_| say!("returns nothing"));
/// pool.submit(|| 2)?.add_done_callback(|done| {
///     say!("may fail: {}", done.result()?);
///     Ok(())
/// });
/// # Ok(())
/// # }
/// ```
pub trait Outcome {
    /// The same as a result.
    ///
    /// ```
    /// use shared::future::Outcome;
    /// assert!(().into_result().is_ok());
    /// ```
    fn into_result(self) -> Result;
}

impl Outcome for () {
    fn into_result(self) -> Result {
        Ok(())
    }
}

impl Outcome for Result {
    fn into_result(self) -> Result {
        self
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Future {
            shared: Arc::clone(&self.shared),
        }
    }
}

/// Shown as `<Future task 3: running>`, which is all that can be known
/// without waiting.
impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.shared.cell.lock().state {
            State::Pending => "pending",
            State::Running => "running",
            State::Cancelled => "cancelled",
            State::Finished(Ok(_)) => "finished",
            State::Finished(Err(_)) => "failed",
        };
        write!(f, "<Future {}: {state}>", self.shared.task)
    }
}

impl<T> Cell<T> {
    fn is_done(&self) -> bool {
        matches!(self.state, State::Cancelled | State::Finished(_))
    }
}

impl<T> Future<T> {
    /// Which task it is the result of.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// pool.submit(|| ())?;
    /// assert_eq!(pool.submit(|| ())?.task().number, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn task(&self) -> TaskId {
        self.shared.task
    }

    /// The result. Waits until the task has ended. May be asked for any number
    /// of times. Python's `Future.result()`.
    ///
    /// When this returns, callbacks may still be running.
    ///
    /// # Errors
    ///
    /// What went wrong in the task, or that it was cancelled.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// assert_eq!(pool.submit(|| 1 + 1)?.result()?, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn result(&self) -> Result<T, TaskError>
    where
        T: Clone,
    {
        self.wait_until(None);
        self.now().unwrap_or(Err(TaskError::Cancelled))
    }

    /// The result, if it is there within `limit`. Zero means now or never.
    /// Python's `Future.result(timeout)`.
    ///
    /// For a limit on simulated work write `simulated(0.5)`.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result), and [`TaskError::TimedOut`]. The task goes
    /// on nevertheless.
    ///
    /// ```
    /// use shared::prelude::*;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let slow = pool.submit(|| pause(0.05))?;
    /// assert_eq!(slow.result_within(Duration::ZERO), Err(TaskError::TimedOut));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn result_within(&self, limit: Duration) -> Result<T, TaskError>
    where
        T: Clone,
    {
        self.wait_until(Instant::now().checked_add(limit));
        self.now().unwrap_or(Err(TaskError::TimedOut))
    }

    /// The error with which the task ended, or `None` if it went well. Waits
    /// until the task has ended. Python's `Future.exception()`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let bad = pool.submit(|| panic!("no egg left"))?;
    /// assert!(bad.exception().unwrap().to_string().contains("no egg left"));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn exception(&self) -> Option<TaskError> {
        self.wait_until(None);
        self.error_now()
    }

    /// As [`exception`](Self::exception), if the task ends within `limit`.
    ///
    /// ```
    /// use shared::prelude::*;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let slow = pool.submit(|| pause(0.05))?;
    /// assert_eq!(slow.exception_within(Duration::ZERO), Some(TaskError::TimedOut));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn exception_within(&self, limit: Duration) -> Option<TaskError> {
        if self.wait_until(Instant::now().checked_add(limit)) {
            self.error_now()
        } else {
            Some(TaskError::TimedOut)
        }
    }

    /// Takes the task back, if it has not started: the future is then
    /// cancelled, and its callbacks run here. Returns whether it is cancelled;
    /// a task that runs or has ended cannot be.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let first = pool.submit(|| pause(0.05))?;
    /// let second = pool.submit(|| ())?;
    /// assert!(second.cancel());
    /// assert_eq!(second.result(), Err(TaskError::Cancelled));
    /// first.result()?;
    /// assert!(!first.cancel());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn cancel(&self) -> bool {
        let at = Location::caller();
        let mut cell = self.shared.cell.lock();
        match cell.state {
            State::Running | State::Finished(_) => return false,
            State::Cancelled => return true,
            State::Pending => cell.state = State::Cancelled,
        }
        let (task, submitted) = (self.shared.task, self.shared.submitted);
        cell.ended = events::record(Kind::Cancel, Some(task), submitted, at, String::new);
        self.open(cell).run();
        true
    }

    /// Whether the task has been cancelled.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// # let pool = ThreadPool::new(1)?;
    /// let future = pool.submit(|| ())?;
    /// future.result()?;
    /// assert!(!future.is_cancelled());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self.shared.cell.lock().state, State::Cancelled)
    }

    /// Whether the task is being run at this moment.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// # let pool = ThreadPool::new(1)?;
    /// let future = pool.submit(|| ())?;
    /// future.result()?;
    /// assert!(!future.is_running());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_running(&self) -> bool {
        matches!(self.shared.cell.lock().state, State::Running)
    }

    /// Whether there is a result, an error or a cancellation to look at.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// # let pool = ThreadPool::new(1)?;
    /// let future = pool.submit(|| ())?;
    /// future.result()?;
    /// assert!(future.is_done());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_done(&self) -> bool {
        self.shared.cell.lock().is_done()
    }

    /// Has `callback` called once the task has ended, with the finished future:
    /// after a value, an error and a cancellation alike. Python's
    /// `Future.add_done_callback`.
    ///
    /// It is called by the worker that finished the task (a pool of processes:
    /// by the pool's callback thread in the parent), by whoever cancels it, or,
    /// if the task has ended already, here and now. Callbacks of one future run
    /// in the order in which they were added. A callback that fails is reported
    /// and keeps no other from running.
    ///
    /// No lock is held meanwhile: a callback may use its own future, and
    /// submit more.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// pool.submit(|| 7)?.add_done_callback(|done| {
    ///     say!("the result is {}", done.result()?);
    ///     Ok(())
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn add_done_callback<F, R>(&self, callback: F)
    where
        F: FnOnce(Future<T>) -> R + Send + 'static,
        R: Outcome,
    {
        let callback: Callback<T> = Box::new(move |future| callback(future).into_result());
        let mut cell = self.shared.cell.lock();
        // Whether it has ended and the entry in the list are one step: in
        // between, the task could end and nobody would ever call.
        if !cell.is_done() {
            cell.listeners.push(Listener::Callback(callback));
            return;
        }
        let ended = cell.ended;
        drop(cell);
        let callbacks = Callbacks {
            future: self.clone(),
            callbacks: vec![callback],
            ended,
        };
        callbacks.run();
    }

    fn now(&self) -> Option<Result<T, TaskError>>
    where
        T: Clone,
    {
        match &self.shared.cell.lock().state {
            State::Finished(result) => Some(result.clone()),
            State::Cancelled => Some(Err(TaskError::Cancelled)),
            State::Pending | State::Running => None,
        }
    }

    fn error_now(&self) -> Option<TaskError> {
        match &self.shared.cell.lock().state {
            State::Finished(Err(error)) => Some(error.clone()),
            State::Cancelled => Some(TaskError::Cancelled),
            _ => None,
        }
    }

    /// Waits for the end of the task; tells whether it came in time.
    #[track_caller]
    fn wait_until(&self, deadline: Option<Instant>) -> bool {
        let mut patience = Patience::default();
        let mut cell = self.shared.cell.lock();
        while !cell.is_done() && deadline.is_none() && patience.is_left() {
            drop(cell);
            patience.wait();
            cell = self.shared.cell.lock();
        }
        if cell.is_done() {
            return true;
        }
        let what = || format!("the result of {}", self.shared.task);
        let waiting = waits::begin(what, Location::caller(), deadline);
        let mut in_time = true;
        while !cell.is_done() && in_time {
            cell.waiters += 1;
            (cell, in_time) = self.shared.done.wait_until(cell, deadline);
            cell.waiters -= 1;
        }
        let ended = cell.ended;
        let done = cell.is_done();
        drop(cell);
        waiting.over(ended);
        done
    }

    /// Tells everybody that the future is done. What has to be *run* for it is
    /// handed back, so that the caller decides where.
    fn open(&self, mut cell: MutexGuard<'_, Cell<T>>) -> Callbacks<T> {
        let listeners = std::mem::take(&mut cell.listeners);
        let ended = cell.ended;
        if cell.waiters > 0 {
            self.shared.done.notify_all();
        }
        // Before anybody can see the result: who has seen it must not be told a
        // moment later, by a time limit, that it is missing.
        for listener in &listeners {
            if let Listener::Arrivals(arrivals, number) = listener {
                arrivals.add(*number, ended);
            }
        }
        drop(cell);
        let mut callbacks = Vec::new();
        for listener in listeners {
            match listener {
                Listener::Callback(callback) => callbacks.push(callback),
                Listener::Waker(waker) => waker.wake(),
                Listener::Arrivals(..) => {}
            }
        }
        Callbacks {
            future: self.clone(),
            callbacks,
            ended,
        }
    }
}

/// `.await` gives the same as [`Future::result`], in any executor.
///
/// ```
/// use shared::prelude::*;
///
/// async fn twice(pool: &ThreadPool) -> Result<u32> {
///     Ok(pool.submit(|| 21)?.await? * 2)
/// }
/// ```
impl<T: Clone> std::future::Future for Future<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut cell = self.shared.cell.lock();
        match &cell.state {
            State::Finished(result) => return Poll::Ready(result.clone()),
            State::Cancelled => return Poll::Ready(Err(TaskError::Cancelled)),
            State::Pending | State::Running => {}
        }
        let known = cell.listeners.iter().any(
            |listener| matches!(listener, Listener::Waker(waker) if waker.will_wake(context.waker())),
        );
        if !known {
            cell.listeners
                .push(Listener::Waker(context.waker().clone()));
        }
        Poll::Pending
    }
}

/// The callbacks of a future that has just been done, still to be run.
#[must_use]
pub(crate) struct Callbacks<T> {
    future: Future<T>,
    callbacks: Vec<Callback<T>>,
    ended: Option<EventId>,
}

impl<T> Callbacks<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.callbacks.is_empty()
    }

    /// Runs them in order, on this thread. None of them can stop the next one.
    #[track_caller]
    pub(crate) fn run(self) {
        let at = Location::caller();
        let task = self.future.shared.task;
        for callback in self.callbacks {
            let begun = events::record(Kind::Callback, Some(task), self.ended, at, String::new);
            let future = self.future.clone();
            let failure = match panics::catch(move || callback(future)) {
                Ok(Ok(())) => String::new(),
                Ok(Err(error)) => format!("a callback of {task} failed: {error}"),
                Err(caught) => format!("a callback of {task} panicked: {caught}"),
            };
            if !failure.is_empty() {
                narrate::say(format_args!("{failure}"));
            }
            events::record(Kind::CallbackEnd, Some(task), begun, at, || failure);
        }
    }
}

/// A future and the promise to fill it.
pub(crate) fn pair<T>(task: TaskId, submitted: Option<EventId>) -> (Promise<T>, Future<T>) {
    let shared = Arc::new(Shared {
        task,
        submitted,
        cell: Mutex::new(Cell {
            state: State::Pending,
            waiters: 0,
            listeners: Vec::new(),
            ended: None,
        }),
        done: Condvar::new(),
    });
    let promise = Promise {
        shared: Arc::clone(&shared),
        kept: false,
    };
    (promise, Future { shared })
}

impl<T> Promise<T> {
    pub(crate) fn task(&self) -> TaskId {
        self.shared.task
    }

    pub(crate) fn submitted(&self) -> Option<EventId> {
        self.shared.submitted
    }

    /// The task starts now, unless it has been cancelled: then it must not run.
    /// After this it cannot be cancelled any more.
    pub(crate) fn start(&self) -> bool {
        let mut cell = self.shared.cell.lock();
        let pending = matches!(cell.state, State::Pending);
        if pending {
            cell.state = State::Running;
        }
        pending
    }

    /// The task has ended. Everybody who waits is woken; the callbacks are left
    /// to the caller to run. A future that was cancelled meanwhile stays so.
    pub(crate) fn keep(
        mut self,
        result: Result<T, TaskError>,
        ended: Option<EventId>,
    ) -> Callbacks<T> {
        self.kept = true;
        let future = Future {
            shared: Arc::clone(&self.shared),
        };
        let mut cell = self.shared.cell.lock();
        if cell.is_done() {
            return Callbacks {
                ended: cell.ended,
                callbacks: Vec::new(),
                future: future.clone(),
            };
        }
        cell.state = State::Finished(result);
        cell.ended = ended;
        future.open(cell)
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let future = Future {
            shared: Arc::clone(&self.shared),
        };
        let mut cell = self.shared.cell.lock();
        if !cell.is_done() {
            cell.state = State::Cancelled;
            let (task, submitted) = (self.shared.task, self.shared.submitted);
            let at = Location::caller();
            cell.ended = events::record(Kind::Cancel, Some(task), submitted, at, String::new);
            future.open(cell).run();
        }
    }
}

/// Where the numbers of finished futures arrive, in the order of finishing.
#[derive(Default)]
struct Arrivals {
    queue: Mutex<VecDeque<(usize, Option<EventId>)>>,
    arrived: Condvar,
}

impl Arrivals {
    fn add(&self, number: usize, ended: Option<EventId>) {
        self.queue.lock().push_back((number, ended));
        self.arrived.notify_all();
    }

    /// The number of the next future that is done, if one is before `deadline`.
    #[track_caller]
    fn next(&self, deadline: Option<Instant>, what: impl Fn() -> String) -> Option<usize> {
        let mut queue = self.queue.lock();
        if let Some((number, _)) = queue.pop_front() {
            return Some(number);
        }
        let waiting = waits::begin(what, Location::caller(), deadline);
        let mut in_time = true;
        while queue.is_empty() && in_time {
            (queue, in_time) = self.arrived.wait_until(queue, deadline);
        }
        let next = queue.pop_front();
        drop(queue);
        waiting.over(next.and_then(|(_, ended)| ended));
        next.map(|(number, _)| number)
    }
}

/// Each future once, and a place where they arrive.
struct Watched<T> {
    futures: Vec<Future<T>>,
    arrivals: Arc<Arrivals>,
}

impl<T> Watched<T> {
    fn new<'a>(futures: impl IntoIterator<Item = &'a Future<T>>) -> Self
    where
        T: 'a,
    {
        let mut seen = std::collections::HashSet::new();
        let futures: Vec<_> = futures
            .into_iter()
            .filter(|future| seen.insert(Arc::as_ptr(&future.shared)))
            .cloned()
            .collect();
        let arrivals = Arc::new(Arrivals::default());
        for (number, future) in futures.iter().enumerate() {
            let mut cell = future.shared.cell.lock();
            if cell.is_done() {
                let ended = cell.ended;
                drop(cell);
                arrivals.add(number, ended);
            } else {
                let listener = Listener::Arrivals(Arc::clone(&arrivals), number);
                cell.listeners.push(listener);
            }
        }
        Watched { futures, arrivals }
    }
}

/// Nobody listens any more: a future that never ends must not collect listeners.
impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        for future in &self.futures {
            future.shared.cell.lock().listeners.retain(|listener| {
                !matches!(listener, Listener::Arrivals(arrivals, _) if Arc::ptr_eq(arrivals, &self.arrivals))
            });
        }
    }
}

/// How long [`wait`] waits.
///
/// ```
/// use shared::future::Until;
/// assert_ne!(Until::FirstCompleted, Until::AllCompleted);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until one is done, however it ended. Python's `FIRST_COMPLETED`.
    FirstCompleted,
    /// Until one has failed, or all are done. A cancelled one has not failed.
    /// Python's `FIRST_EXCEPTION`.
    FirstError,
    /// Until all are done. Python's `ALL_COMPLETED`.
    AllCompleted,
}

/// What [`wait`] found: those that are done and those that are not, each in the
/// order in which they were given.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let waited: Waited<i32> = wait(&[], Until::AllCompleted);
/// assert!(waited.done.is_empty() && waited.not_done.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Waited<T> {
    /// Have a result, an error, or were cancelled.
    pub done: Vec<Future<T>>,
    /// The others.
    pub not_done: Vec<Future<T>>,
}

/// Waits for several futures. One that is given twice counts once. Python's
/// `concurrent.futures.wait`.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(2)?;
/// let futures = [pool.submit(|| 1)?, pool.submit(|| 2)?];
/// assert_eq!(wait(&futures, Until::AllCompleted).done.len(), 2);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn wait<T>(futures: &[Future<T>], until: Until) -> Waited<T> {
    wait_until(futures, until, None)
}

/// As [`wait`], for `limit` at most.
///
/// ```
/// use shared::prelude::*;
/// use std::time::Duration;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// let futures = [pool.submit(|| pause(0.05))?];
/// let waited = wait_within(&futures, Until::AllCompleted, Duration::ZERO);
/// assert_eq!(waited.not_done.len(), 1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn wait_within<T>(futures: &[Future<T>], until: Until, limit: Duration) -> Waited<T> {
    wait_until(futures, until, Instant::now().checked_add(limit))
}

#[track_caller]
fn wait_until<T>(futures: &[Future<T>], until: Until, deadline: Option<Instant>) -> Waited<T> {
    let watched = Watched::new(futures);
    let total = watched.futures.len();
    let mut finished = vec![false; total];
    for count in 0..total {
        let what = || format!("{} of {total} tasks", total - count);
        let Some(number) = watched.arrivals.next(deadline, what) else {
            break;
        };
        finished[number] = true;
        let failed = || {
            matches!(
                watched.futures[number].shared.cell.lock().state,
                State::Finished(Err(_))
            )
        };
        match until {
            Until::FirstCompleted => break,
            Until::FirstError if failed() => break,
            Until::FirstError | Until::AllCompleted => {}
        }
    }
    // Those that ended just now count as well.
    let (done, not_done) = std::iter::zip(&watched.futures, finished)
        .map(|(future, finished)| (future.clone(), finished || future.is_done()))
        .partition::<Vec<_>, _>(|(_, finished)| *finished);
    let futures =
        |list: Vec<(Future<T>, bool)>| list.into_iter().map(|(future, _)| future).collect();
    Waited {
        done: futures(done),
        not_done: futures(not_done),
    }
}

/// The futures in the order in which they are done, each as soon as it is. One
/// that is given twice comes once. Python's `concurrent.futures.as_completed`.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(2)?;
/// let futures = [pool.submit(|| 1)?, pool.submit(|| 2)?];
/// let mut sum = 0;
/// for done in as_completed(&futures) {
///     sum += done.result()?;
/// }
/// assert_eq!(sum, 3);
/// # Ok(())
/// # }
/// ```
pub fn as_completed<'a, T: 'a>(futures: impl IntoIterator<Item = &'a Future<T>>) -> AsCompleted<T> {
    AsCompleted {
        watched: Watched::new(futures),
        given: 0,
    }
}

/// As [`as_completed`], but the whole must be done within `limit`, counted from
/// this call. When the time is up, the last item is an error that counts what is
/// missing.
///
/// ```
/// use shared::prelude::*;
/// use std::time::Duration;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// let futures = [pool.submit(|| pause(0.05))?];
/// let first = as_completed_within(&futures, Duration::ZERO).next().unwrap();
/// assert_eq!(first.unwrap_err().to_string(), "1 (of 1) futures unfinished");
/// # Ok(())
/// # }
/// ```
pub fn as_completed_within<'a, T: 'a>(
    futures: impl IntoIterator<Item = &'a Future<T>>,
    limit: Duration,
) -> AsCompletedWithin<T> {
    AsCompletedWithin {
        all: as_completed(futures),
        deadline: Instant::now().checked_add(limit),
        over: false,
    }
}

/// What [`as_completed`] returns.
pub struct AsCompleted<T> {
    watched: Watched<T>,
    given: usize,
}

impl<T> AsCompleted<T> {
    fn left(&self) -> usize {
        self.watched.futures.len() - self.given
    }

    #[track_caller]
    fn next_until(&mut self, deadline: Option<Instant>) -> Option<Future<T>> {
        if self.left() == 0 {
            return None;
        }
        let what = || format!("the next of {} tasks", self.left());
        let number = self.watched.arrivals.next(deadline, what)?;
        self.given += 1;
        Some(self.watched.futures[number].clone())
    }
}

impl<T> Iterator for AsCompleted<T> {
    type Item = Future<T>;

    #[track_caller]
    fn next(&mut self) -> Option<Future<T>> {
        self.next_until(None)
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<AsCompleted: {} to come>", self.left())
    }
}

/// What [`as_completed_within`] returns.
#[derive(Debug)]
pub struct AsCompletedWithin<T> {
    all: AsCompleted<T>,
    deadline: Option<Instant>,
    over: bool,
}

impl<T> Iterator for AsCompletedWithin<T> {
    type Item = std::result::Result<Future<T>, Unfinished>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        let left = self.all.left();
        if self.over || left == 0 {
            return None;
        }
        match self.all.next_until(self.deadline) {
            Some(future) => Some(Ok(future)),
            None => {
                self.over = true;
                let total = self.all.watched.futures.len();
                Some(Err(Unfinished { left, total }))
            }
        }
    }
}
