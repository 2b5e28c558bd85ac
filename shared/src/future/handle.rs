//! The future itself: a handle to the box in which the result will be.

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::callbacks;
use super::cell::{Callback, Cell, End, Listener};
use crate::error::{Result, TaskError};
use stage::Outcome;
use stage::record::TaskId;
use stage::waits::Limit;

/// The result of a task, now or later.
///
/// A future may be dropped unread: its task runs nevertheless.
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
    pub(super) cell: Arc<Cell<T>>,
    /// The number of this handle's waker, if it has been polled.
    waker: Option<u64>,
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Future::of(Arc::clone(&self.cell))
    }
}

/// Shown as `<Future task 3: running>`, which is all that can be known
/// without waiting.
impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.end().map(|end| &end.result) {
            Some(Ok(_)) => "finished",
            Some(Err(TaskError::Cancelled)) => "cancelled",
            Some(Err(_)) => "failed",
            None if self.is_running() => "running",
            None => "pending",
        };
        write!(f, "<Future {}: {state}>", self.task())
    }
}

fn result<T: Clone>(end: Option<&End<T>>) -> Result<T, TaskError> {
    // No lock is held: cloning is the program's code.
    end.map_or(Err(TaskError::TimedOut), |end| end.result.clone())
}

fn error<T>(end: Option<&End<T>>) -> Option<TaskError> {
    end.map_or(Some(TaskError::TimedOut), |end| {
        end.result.as_ref().err().cloned()
    })
}

impl<T> Future<T> {
    pub(crate) fn of(cell: Arc<Cell<T>>) -> Self {
        Future { cell, waker: None }
    }

    fn end(&self) -> Option<&End<T>> {
        self.cell.end()
    }

    /// Which task it is the result of.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// pool.submit(|| ())?;
    /// assert_eq!(pool.submit(|| ())?.task().number, 1); // counted from 0
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn task(&self) -> TaskId {
        self.cell.task()
    }

    /// The result. Waits until the task has ended. May be asked for any number
    /// of times. Python's `Future.result()`.
    ///
    /// Each call returns a clone of the value, made without a lock. When this
    /// returns, callbacks may still be running.
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
        result(self.cell.wait(None))
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
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let slow = pool.submit(|| pause(0.05))?;
    /// assert_eq!(slow.result_timeout(Duration::ZERO), Err(TaskError::TimedOut));
    /// assert_eq!(slow.result(), Ok(()));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn result_timeout(&self, limit: Duration) -> Result<T, TaskError>
    where
        T: Clone,
    {
        self.result_within(Limit::from_now(limit))
    }

    /// As [`result_timeout`](Self::result_timeout), with a limit that may count from
    /// before.
    #[track_caller]
    pub(crate) fn result_within(&self, limit: Option<Limit>) -> Result<T, TaskError>
    where
        T: Clone,
    {
        result(self.cell.wait(limit))
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
    #[must_use]
    #[track_caller]
    pub fn exception(&self) -> Option<TaskError> {
        error(self.cell.wait(None))
    }

    /// As [`exception`](Self::exception), if the task ends within `limit`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let slow = pool.submit(|| pause(0.05))?;
    /// assert_eq!(slow.exception_timeout(Duration::ZERO), Some(TaskError::TimedOut));
    /// assert_eq!(slow.exception(), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn exception_timeout(&self, limit: Duration) -> Option<TaskError> {
        error(self.cell.wait(Limit::from_now(limit)))
    }

    /// Cancels the task, if it has not started. What it captured is dropped here,
    /// and its callbacks run here. Returns whether it is cancelled; a task that
    /// runs or has ended cannot be.
    ///
    /// Where a callback cancels a future whose callback cancels another one, and
    /// so on, those deep in the chain run a little later: as soon as the callback
    /// that cancelled has returned.
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
    pub fn cancel(&self) -> bool
    where
        T: 'static,
    {
        callbacks::cancel(Arc::clone(&self.cell), false) || self.is_cancelled()
    }

    /// Whether the task has been cancelled.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let _first = pool.submit(|| pause(0.05))?;
    /// let second = pool.submit(|| ())?;
    /// assert!(!second.is_cancelled());
    /// pool.cancel_queued();
    /// assert!(second.is_cancelled());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let result = self.end().map(|end| &end.result);
        matches!(result, Some(Err(TaskError::Cancelled)))
    }

    /// Whether the task is being run at this moment.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.cell.is_running()
    }

    /// Whether there is a result, an error or a cancellation to look at: whether
    /// [`result`](Self::result) would return at once.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let future = pool.submit(|| pause(0.05))?;
    /// assert!(!future.is_done());
    /// future.result()?;
    /// assert!(future.is_done());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.end().is_some()
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
    /// - [`cancel`](Self::cancel), and cancelling the queue: the thread that cancels;
    /// - if the task has ended already: the caller of this, here and now.
    ///
    /// Callbacks of one future that were added before its end run in the order in
    /// which they were added. One that is added later runs at once, perhaps beside
    /// those that still run. Callbacks of several futures run in the order in
    /// which the tasks end. A callback that fails, or panics, is reported with a
    /// line and keeps no other from running.
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
        let callback: Callback<T> = Box::new(|cell| callback(Future::of(cell)).into_result());
        let listener = Listener::Callback(callback);
        if let Err(Listener::Callback(callback)) = self.cell.listen(None, listener) {
            let ended = self.end().and_then(|end| end.ended);
            let at = Location::caller();
            callbacks::call(callback, Arc::clone(&self.cell), ended, true, at);
        }
    }
}

/// `.await` gives the same as [`Future::result`], in any executor.
///
/// A handle keeps one waker, that of the latest poll, and drops it when it is
/// dropped itself.
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
        let this = self.get_mut();
        if this.end().is_none() {
            let listener = Listener::Waker(context.waker().clone());
            if let Ok(number) = this.cell.listen(this.waker, listener) {
                this.waker = Some(number);
                return Poll::Pending;
            }
        }
        Poll::Ready(result(this.end()))
    }
}

impl<T> Drop for Future<T> {
    fn drop(&mut self) {
        if let Some(number) = self.waker {
            self.cell.forget(number);
        }
    }
}
