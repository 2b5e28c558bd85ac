//! The other end of a future.

use std::sync::Arc;

use super::callbacks::{self, Callbacks};
use super::cell::{Behind, Cell, End};
use super::handle::Future;
use crate::error::{Result, TaskError};
use stage::record::{EntryId, TaskId};

/// The other end, which only the thread that runs the task holds.
///
/// Dropped without a result, it cancels the future, so that no thread waits for a
/// task that was lost.
pub(crate) struct Promise<T: 'static, B: Behind = ()> {
    /// Gone when the promise has been kept.
    cell: Option<Arc<Cell<T, B>>>,
}

/// A future and the promise to fill it.
#[cfg(test)]
pub(crate) fn pair<T>(task: TaskId, submitted: Option<EntryId>) -> (Promise<T>, Future<T>) {
    pair_with(task, submitted, ())
}

/// A future, the promise to fill it, and something that learns of a cancellation.
pub(crate) fn pair_with<T, B: Behind>(
    task: TaskId,
    submitted: Option<EntryId>,
    behind: B,
) -> (Promise<T, B>, Future<T>) {
    let cell = Cell::new(task, submitted, behind);
    let future = Future::of(Arc::clone(&cell) as Arc<Cell<T>>);
    (Promise::of(cell), future)
}

#[cfg(test)]
impl<T> Promise<T> {
    /// The task starts now, unless it has been cancelled: then it must not run.
    /// After this it cannot be cancelled any more.
    pub(crate) fn start(&self) -> bool {
        self.take().is_some()
    }
}

impl<T, B: Behind> Promise<T, B> {
    pub(crate) fn of(cell: Arc<Cell<T, B>>) -> Self {
        Promise { cell: Some(cell) }
    }

    fn cell(&self) -> &Cell<T, B> {
        self.cell.as_ref().expect("a promise is kept once")
    }

    pub(crate) fn task(&self) -> TaskId {
        self.cell().task()
    }

    pub(crate) fn submitted(&self) -> Option<EntryId> {
        self.cell().submitted()
    }

    /// The task starts now, unless it has been cancelled: then it must not run. After
    /// this it cannot be cancelled any more. Takes what stands behind the future.
    pub(crate) fn take(&self) -> Option<B>
    where
        B: Default,
    {
        self.cell().start()
    }

    /// The task has ended. Everyone who waits is woken; the callbacks are left to
    /// the caller to run. A future that was cancelled meanwhile stays so.
    pub(crate) fn keep(
        mut self,
        result: Result<T, TaskError>,
        ended: Option<EntryId>,
    ) -> Callbacks<T, B> {
        let cell = self.cell.take().expect("a promise is kept once");
        let list = cell.finish(End { result, ended });
        Callbacks { cell, list, ended }
    }
}

impl<T, B: Behind> Drop for Promise<T, B> {
    #[track_caller]
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            callbacks::cancel(cell as Arc<Cell<T>>, true);
        }
    }
}
