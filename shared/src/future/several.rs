//! Waiting for several futures: Python's `concurrent.futures.wait` and
//! `as_completed`.
//!
//! Both register with each future, as a callback does, but with a number instead
//! of code to run. The numbers arrive in a queue, in the order in which the
//! futures are done, and the waiter takes them from there.

use std::collections::HashSet;
use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::Duration;

use super::arrivals::Arrivals;
use super::cell::Listener;
use super::handle::Future;
use crate::error::{TaskError, Unfinished};
use stage::waits::Limit;

/// Each future once, until it has arrived, and the queue where they arrive.
struct Watched<T> {
    /// With the number under which its listener is known.
    futures: Vec<Option<(Future<T>, Option<u64>)>>,
    arrivals: Arc<Arrivals>,
    left: usize,
}

impl<T> Watched<T> {
    fn new(futures: impl IntoIterator<Item = Future<T>>) -> Self {
        let arrivals = Arc::new(Arrivals::default());
        let mut seen = HashSet::new();
        let futures: Vec<_> = futures
            .into_iter()
            .filter(|future| seen.insert(Arc::as_ptr(&future.cell).cast::<()>()))
            .enumerate()
            .map(|(number, future)| {
                let listener = Listener::Arrivals(Arc::clone(&arrivals), number);
                let known = future.cell.listen(None, listener).ok();
                if known.is_none() {
                    let ended = future.cell.end().and_then(|end| end.ended);
                    arrivals.add(number, ended);
                }
                Some((future, known))
            })
            .collect();
        Watched {
            left: futures.len(),
            futures,
            arrivals,
        }
    }

    /// The next one that is done within the limit, with its place. It is let go of.
    #[track_caller]
    fn next(
        &mut self,
        limit: Option<Limit>,
        what: impl Fn() -> String,
    ) -> Option<(usize, Future<T>)> {
        if self.left == 0 {
            return None;
        }
        let number = self.arrivals.next(self.left, limit, what)?;
        let (future, _) = self.futures[number].take().expect("each arrives once");
        self.left -= 1;
        future.cell.arrived();
        Some((number, future))
    }
}

/// A future that never ends must not collect listeners.
impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        for (future, known) in self.futures.iter().flatten() {
            if let Some(number) = known {
                future.cell.forget(*number);
            }
        }
    }
}

/// How long [`wait`] waits.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(2)?;
/// let futures = [pool.submit(|| pause(0.05))?, pool.submit(|| panic!("no egg left"))?];
/// let waited = wait(&futures, Until::FirstError);
/// assert_eq!(waited.not_done.len(), 1);
/// # Ok(())
/// # }
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
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// let futures = [pool.submit(|| pause(0.05))?];
/// let waited = wait_timeout(&futures, Until::AllCompleted, Duration::ZERO);
/// assert_eq!(waited.not_done.len(), 1);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn wait_timeout<T>(futures: &[Future<T>], until: Until, limit: Duration) -> Waited<T> {
    wait_until(futures, until, Limit::from_now(limit))
}

#[track_caller]
fn wait_until<T>(futures: &[Future<T>], until: Until, limit: Option<Limit>) -> Waited<T> {
    let mut watched = Watched::new(futures.iter().cloned());
    let total = watched.futures.len();
    let all: Vec<_> = watched.futures.iter().flatten().cloned().collect();
    let mut finished = vec![false; total];
    while let left @ 1.. = watched.left {
        let what = || format!("{left} of {total} tasks");
        let Some((number, future)) = watched.next(limit, what) else {
            break;
        };
        finished[number] = true;
        let failed = || {
            let error = future.exception();
            error.is_some_and(|error| error != TaskError::Cancelled)
        };
        match until {
            Until::FirstCompleted => break,
            Until::FirstError if failed() => break,
            Until::FirstError | Until::AllCompleted => {}
        }
    }
    // Those that ended just now count as well.
    let (done, not_done) = std::iter::zip(all, finished)
        .partition::<Vec<_>, _>(|((future, _), finished)| *finished || future.is_done());
    let futures = |list: Vec<((Future<T>, _), _)>| list.into_iter().map(|((f, _), _)| f).collect();
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
        watched: Watched::new(futures.into_iter().cloned()),
    }
}

/// As [`as_completed`], but the whole must be done within `limit`, counted from
/// this call. When the time is up, the last item is an error that counts what is
/// missing.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// let futures = [pool.submit(|| pause(0.05))?];
/// let first = as_completed_timeout(&futures, Duration::ZERO).next().unwrap();
/// assert_eq!(first.unwrap_err().to_string(), "1 (of 1) futures unfinished");
/// # Ok(())
/// # }
/// ```
pub fn as_completed_timeout<'a, T: 'a>(
    futures: impl IntoIterator<Item = &'a Future<T>>,
    limit: Duration,
) -> AsCompletedTimeout<T> {
    AsCompletedTimeout {
        all: as_completed(futures),
        limit: Limit::from_now(limit),
        over: false,
    }
}

/// What [`as_completed`] returns. It lets go of each future that it hands out.
#[must_use = "futures come out of it only when it is iterated"]
pub struct AsCompleted<T> {
    watched: Watched<T>,
}

impl<T> AsCompleted<T> {
    #[track_caller]
    fn next_within(&mut self, limit: Option<Limit>) -> Option<Future<T>> {
        let left = self.watched.left;
        let what = || format!("the next of {left} tasks");
        self.watched.next(limit, what).map(|(_, future)| future)
    }
}

impl<T> Iterator for AsCompleted<T> {
    type Item = Future<T>;

    #[track_caller]
    fn next(&mut self) -> Option<Future<T>> {
        self.next_within(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.watched.left, Some(self.watched.left))
    }
}

impl<T> ExactSizeIterator for AsCompleted<T> {}
impl<T> FusedIterator for AsCompleted<T> {}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<AsCompleted: {} to come>", self.watched.left)
    }
}

/// What [`as_completed_timeout`] returns.
#[derive(Debug)]
#[must_use = "futures come out of it only when it is iterated"]
pub struct AsCompletedTimeout<T> {
    all: AsCompleted<T>,
    limit: Option<Limit>,
    over: bool,
}

impl<T> Iterator for AsCompletedTimeout<T> {
    type Item = std::result::Result<Future<T>, Unfinished>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        let left = self.all.len();
        if self.over || left == 0 {
            return None;
        }
        match self.all.next_within(self.limit) {
            Some(future) => Some(Ok(future)),
            None => {
                self.over = true;
                let total = self.all.watched.futures.len();
                Some(Err(Unfinished { left, total }))
            }
        }
    }

    /// An error is the last item, and stands for at least one future.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = if self.over { 0 } else { self.all.len() };
        (left.min(1), Some(left))
    }
}

impl<T> FusedIterator for AsCompletedTimeout<T> {}
