//! Waiting for several futures: Python's `concurrent.futures.wait` and
//! `as_completed`.
//!
//! Both leave word with each future, in the way a callback does, but with a number
//! instead of code to run: the numbers arrive in a queue, in the order in which
//! the futures are done, and whoever waits takes them from there.

use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Future, Listener, State};
use crate::error::Unfinished;
use crate::primitives::{Condvar, Mutex};
use stage::record::EntryId;
use stage::waits;

/// Where the numbers of finished futures arrive, in the order of finishing.
#[derive(Default)]
pub(super) struct Arrivals {
    queue: Mutex<VecDeque<(usize, Option<EntryId>)>>,
    arrived: Condvar,
}

impl Arrivals {
    pub(super) fn add(&self, number: usize, ended: Option<EntryId>) {
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
