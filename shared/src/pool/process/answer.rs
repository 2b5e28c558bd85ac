//! The promise of a task, whose result type the pool need not know.

use stage::panics;
use stage::record::EntryId;
use workers::Failure;

use super::cancelling::Queued;
use crate::error::TaskError;
use crate::future::{Promise, without_panic};

/// What is left to run when a future is done: its callbacks, or the destructor of
/// a result that no handle reads any more. Both are the user's code, and may wait.
pub(super) type Rest = Box<dyn FnOnce() + Send>;

pub(super) trait Answer: Send {
    /// The task is sent to a worker now, unless it was cancelled.
    fn start(&self) -> bool;
    /// Finishes the future, and hands back what is left to run.
    fn give(
        self: Box<Self>,
        result: Result<&[u8], TaskError>,
        ended: Option<EntryId>,
    ) -> Option<Rest>;
}

/// A promise, and how to make its value of the bytes that come back.
pub(super) struct Decoding<T: 'static, D>(pub(super) Promise<T, Queued>, pub(super) D);

impl<T, D> Answer for Decoding<T, D>
where
    T: Send + Sync + 'static,
    D: FnOnce(&[u8]) -> Result<T, Failure> + Send,
{
    fn start(&self) -> bool {
        self.0.take().is_some()
    }

    fn give(
        self: Box<Self>,
        result: Result<&[u8], TaskError>,
        ended: Option<EntryId>,
    ) -> Option<Rest> {
        let Decoding(promise, decode) = *self;
        let result = result.and_then(|bytes| {
            // Decoding is code of the result's type, and may panic.
            let decoded = panics::catch(|| decode(bytes))
                .unwrap_or_else(|caught| Err(Failure::Panicked(caught.message)));
            Ok(decoded?)
        });
        // So is waking an executor that polls the future.
        without_panic(|| promise.keep(result, ended).rest()).flatten()
    }
}
