//! The results of a `map`, in the order of its items.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::time::{Duration, Instant};

use crate::error::TaskError;
use crate::future::Future;
use stage::waits::Limit;

/// The results of [`ThreadPool::map`](super::ThreadPool::map) or
/// [`ProcessPool::map`](super::ProcessPool::map), in the order of the items. An
/// error comes in its item's place; those after it still come.
///
/// If it is dropped unread, everything still runs: the work may be wanted for what
/// it does. If it is dropped after its first item, what has not started is
/// cancelled: the reader has seen enough.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(3)?;
/// let results: Results<u32> = pool.map(1..=3, |n| n * n)?;
/// assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [1, 4, 9]);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropped at once, it runs everything and tells nothing: say `drop` if that is meant"]
pub struct Results<R: 'static> {
    called: Instant,
    limit: Option<Limit>,
    parts: VecDeque<Part<R>>,
    /// Results of a chunk that has come and is not yet read through.
    ready: VecDeque<Result<R, TaskError>>,
    read: bool,
}

/// What one task returns.
pub(super) enum Part<R> {
    /// The result of one item.
    Item(Future<R>),
    /// Those of several items, with their number.
    Chunk(usize, Future<Chunk<R>>),
}

/// What a task over several items returns.
pub(super) type Chunk<R> = Vec<Result<R, TaskError>>;

impl<R: 'static> Results<R> {
    pub(super) fn new(called: Instant, parts: VecDeque<Part<R>>) -> Self {
        Results {
            called,
            limit: None,
            parts,
            ready: VecDeque::new(),
            read: false,
        }
    }

    /// All results must be there within `limit`, counted from the call of `map`,
    /// not from this one. When the time is up, the next item is
    /// [`TaskError::TimedOut`], it is the last, and what has not started is
    /// cancelled. Python's `map(…, timeout=…)`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// let mut results = pool.map([0.05, 0.05], pause)?.timeout(Duration::ZERO);
    /// assert_eq!(results.next(), Some(Err(TaskError::TimedOut)));
    /// assert_eq!(results.next(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limit = Limit::counted_from(self.called, limit);
        self
    }

    fn left(&self) -> usize {
        let items = self.parts.iter().map(|part| match part {
            Part::Item(_) => 1,
            Part::Chunk(items, _) => *items,
        });
        items.sum::<usize>() + self.ready.len()
    }

    fn cancel_rest(&mut self) {
        for part in self.parts.drain(..) {
            match part {
                Part::Item(future) => future.cancel(),
                Part::Chunk(_, chunk) => chunk.cancel(),
            };
        }
    }
}

/// The result of a future within the limit, if there is one. A task that has not
/// even started by then is cancelled like those after it.
#[track_caller]
fn result_within<T: Clone + 'static>(
    future: &Future<T>,
    limit: Option<Limit>,
) -> Result<T, TaskError> {
    let result = future.result_within(limit);
    if limit.is_some() && matches!(result, Err(TaskError::TimedOut)) {
        future.cancel();
    }
    result
}

impl<R: Clone + 'static> Iterator for Results<R> {
    type Item = Result<R, TaskError>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        self.read = true;
        if let Some(result) = self.ready.pop_front() {
            return Some(result);
        }
        let result = match self.parts.pop_front()? {
            Part::Item(future) => result_within(&future, self.limit),
            Part::Chunk(items, chunk) => {
                match result_within(&chunk, self.limit) {
                    Ok(results) => self.ready = results.into(),
                    Err(TaskError::TimedOut) => self.ready = [Err(TaskError::TimedOut)].into(),
                    // If the chunk fails, each of its items fails.
                    Err(error) => self.ready = (0..items).map(|_| Err(error.clone())).collect(),
                }
                self.ready.pop_front()?
            }
        };
        if matches!(result, Err(TaskError::TimedOut)) {
            self.cancel_rest();
        }
        Some(result)
    }

    /// With a time limit there may be fewer: the first late one is the last.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left();
        let least = if self.limit.is_some() {
            left.min(self.ready.len().max(1))
        } else {
            left
        };
        (least, Some(left))
    }
}

impl<R: Clone + 'static> FusedIterator for Results<R> {}

impl<R: 'static> Drop for Results<R> {
    fn drop(&mut self) {
        if self.read {
            self.cancel_rest();
        }
    }
}

impl<R: 'static> fmt::Debug for Results<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Results: {} to come>", self.left())
    }
}
