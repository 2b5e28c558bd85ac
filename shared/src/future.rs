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
//! A *callback* is bound to a future, not to a thread: whoever opens the lid
//! calls it. See [`Future::add_done_callback`] for who that is.
//!
//! What was written before the task ended is seen by whoever has seen the
//! result: the box is behind a lock.

mod several;

#[cfg(test)]
mod models;

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::error::{Result, TaskError};
use crate::primitives::{Condvar, Mutex, MutexGuard, Patience};
use stage::record::{self, EntryId, Kind, TaskId};
use stage::{narrate, panics, waits};

use several::Arrivals;
pub use several::{
    AsCompleted, AsCompletedWithin, Until, Waited, as_completed, as_completed_within, wait,
    wait_within,
};
pub use stage::Outcome;

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
    /// Gone when the promise has been kept.
    future: Option<Future<T>>,
}

struct Shared<T> {
    task: TaskId,
    submitted: Option<EntryId>,
    cell: Mutex<Cell<T>>,
    done: Condvar,
}

struct Cell<T> {
    state: State<T>,
    /// How many sleep in `result`: waking nobody would cost a system call.
    waiters: usize,
    listeners: Vec<Listener<T>>,
    /// The event that ended the task, the cause of all that follows.
    ended: Option<EntryId>,
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

    /// What there is to say when nobody waits any longer.
    fn result(&self) -> Result<T, TaskError>
    where
        T: Clone,
    {
        match &self.state {
            State::Finished(result) => result.clone(),
            State::Cancelled => Err(TaskError::Cancelled),
            State::Pending | State::Running => Err(TaskError::TimedOut),
        }
    }

    fn error(&self) -> Option<TaskError> {
        match &self.state {
            State::Finished(result) => result.as_ref().err().cloned(),
            State::Cancelled => Some(TaskError::Cancelled),
            State::Pending | State::Running => Some(TaskError::TimedOut),
        }
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
        self.wait_until(None).result()
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
        self.wait_until(Instant::now().checked_add(limit)).result()
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
        self.wait_until(None).error()
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
        self.wait_until(Instant::now().checked_add(limit)).error()
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
        let cell = self.shared.cell.lock();
        match cell.state {
            State::Running | State::Finished(_) => return false,
            State::Cancelled => return true,
            State::Pending => {}
        }
        let (callbacks, ended) = self.shared.cancelled(cell, at);
        let future = self.clone();
        Callbacks {
            future,
            callbacks,
            ended,
        }
        .run();
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
    /// Who calls depends on who finishes the future:
    ///
    /// - a pool of threads: the worker that ran the task. Until the callback has
    ///   returned, that worker takes no other task;
    /// - a pool of processes: a thread of the pool in this process, which runs
    ///   the callbacks of all its futures one after the other. Results do not
    ///   wait for it;
    /// - [`cancel`](Self::cancel), or whoever cancels the queue: the canceller;
    /// - if the task has ended already: the caller of this, here and now.
    ///
    /// Callbacks of one future run in the order in which they were added; those
    /// of several futures in the order in which the tasks end. A callback that
    /// fails, or panics, is reported with a line and keeps no other from running.
    ///
    /// No lock is held meanwhile: a callback may use its own future, whose
    /// `result` does not wait any more, and submit more tasks by a
    /// [`PoolHandle`](crate::pool::PoolHandle), also while the pool drains.
    ///
    /// ```
    /// use shared::prelude::*;
    /// use std::sync::mpsc;
    /// use std::thread;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let future = pool.submit(|| 7)?;
    /// future.add_done_callback(|done| {
    ///     say!("the result is {}", done.result()?);
    ///     Ok(())
    /// });
    /// pool.shutdown()?;
    ///
    /// // Too late is early enough: it runs before `add_done_callback` returns.
    /// let (tell, told) = mpsc::channel();
    /// future.add_done_callback(move |_| tell.send(thread::current().id()).unwrap());
    /// assert_eq!(told.try_recv()?, thread::current().id());
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

    /// Waits for the end of the task, or for the deadline, and looks into the box:
    /// under the lock under which it waited.
    #[track_caller]
    fn wait_until(&self, deadline: Option<Instant>) -> MutexGuard<'_, Cell<T>> {
        let mut patience = Patience::default();
        let mut cell = self.shared.cell.lock();
        while !cell.is_done() && deadline.is_none() && patience.is_left() {
            drop(cell);
            patience.wait();
            cell = self.shared.cell.lock();
        }
        if cell.is_done() {
            return cell;
        }
        let what = || format!("the result of {}", self.shared.task);
        let waiting = waits::begin(what, Location::caller(), deadline);
        let mut in_time = true;
        while !cell.is_done() && in_time {
            cell.waiters += 1;
            (cell, in_time) = self.shared.done.wait_until(cell, deadline);
            cell.waiters -= 1;
        }
        waiting.over(cell.ended);
        cell
    }
}

impl<T> Shared<T> {
    /// Tells everybody that the future is done. What has to be *run* for it is
    /// handed back, so that the caller decides where.
    fn tell(&self, mut cell: MutexGuard<'_, Cell<T>>) -> Vec<Callback<T>> {
        let listeners = std::mem::take(&mut cell.listeners);
        let somebody_sleeps = cell.waiters > 0;
        // Before anybody can see the result: who has seen it must not be told a
        // moment later, by a time limit, that it is missing.
        for listener in &listeners {
            if let Listener::Arrivals(arrivals, number) = listener {
                arrivals.add(*number, cell.ended);
            }
        }
        // Whoever is woken wants this lock.
        drop(cell);
        if somebody_sleeps {
            self.done.notify_all();
        }
        let mut callbacks = Vec::new();
        for listener in listeners {
            match listener {
                Listener::Callback(callback) => callbacks.push(callback),
                Listener::Waker(waker) => waker.wake(),
                Listener::Arrivals(..) => {}
            }
        }
        callbacks
    }

    /// The task will never run. Tells everybody.
    fn cancelled(
        &self,
        mut cell: MutexGuard<'_, Cell<T>>,
        at: &'static Location<'static>,
    ) -> (Vec<Callback<T>>, Option<EntryId>) {
        let ended = record::enter(
            Kind::Cancel,
            Some(self.task),
            self.submitted,
            at,
            String::new,
        );
        cell.state = State::Cancelled;
        cell.ended = ended;
        (self.tell(cell), ended)
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
    ended: Option<EntryId>,
}

impl<T> Callbacks<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.callbacks.is_empty()
    }

    /// What is left to run for this future, on another thread: its callbacks; or, if
    /// no handle is left, the destructor of its result. Both may wait.
    pub(crate) fn rest(self) -> Option<Box<dyn FnOnce() + Send>>
    where
        T: Send + 'static,
    {
        if !self.is_empty() {
            return Some(Box::new(move || self.run()));
        }
        let last = Arc::into_inner(self.future.shared)?;
        let value = matches!(last.cell.lock().state, State::Finished(Ok(_)));
        (value && std::mem::needs_drop::<T>()).then(|| Box::new(move || drop(last)) as _)
    }

    /// Runs them in order, on this thread. None of them can stop the next one.
    #[track_caller]
    pub(crate) fn run(self) {
        let at = Location::caller();
        let task = self.future.shared.task;
        for callback in self.callbacks {
            let begun = record::enter(Kind::Callback, Some(task), self.ended, at, String::new);
            let future = self.future.clone();
            let failure = match panics::catch(move || callback(future)) {
                Ok(Ok(())) => String::new(),
                Ok(Err(error)) => format!("a callback of {task} failed: {error}"),
                Err(caught) => format!("a callback of {task} panicked: {caught}"),
            };
            if !failure.is_empty() {
                narrate::say(format_args!("{failure}"));
            }
            record::enter(Kind::CallbackEnd, Some(task), begun, at, || failure);
        }
    }
}

/// A future and the promise to fill it.
pub(crate) fn pair<T>(task: TaskId, submitted: Option<EntryId>) -> (Promise<T>, Future<T>) {
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
    let future = Future { shared };
    let promise = Promise {
        future: Some(future.clone()),
    };
    (promise, future)
}

impl<T> Promise<T> {
    fn shared(&self) -> &Shared<T> {
        &self.future.as_ref().expect("a promise is kept once").shared
    }

    pub(crate) fn task(&self) -> TaskId {
        self.shared().task
    }

    pub(crate) fn submitted(&self) -> Option<EntryId> {
        self.shared().submitted
    }

    /// The task starts now, unless it has been cancelled: then it must not run.
    /// After this it cannot be cancelled any more.
    pub(crate) fn start(&self) -> bool {
        let mut cell = self.shared().cell.lock();
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
        ended: Option<EntryId>,
    ) -> Callbacks<T> {
        let future = self.future.take().expect("a promise is kept once");
        let mut cell = future.shared.cell.lock();
        let mut callbacks = Vec::new();
        if cell.is_done() {
            drop(cell);
        } else {
            cell.state = State::Finished(result);
            cell.ended = ended;
            callbacks = future.shared.tell(cell);
        }
        Callbacks {
            future,
            callbacks,
            ended,
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        let cell = future.shared.cell.lock();
        if cell.is_done() {
            drop(cell);
        } else {
            let (callbacks, ended) = future.shared.cancelled(cell, Location::caller());
            Callbacks {
                future,
                callbacks,
                ended,
            }
            .run();
        }
    }
}
