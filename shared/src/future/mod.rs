//! A result that will be there later: Python's `concurrent.futures.Future`.
//!
//! A future is a box with a lid. The thread that runs the task puts the result in
//! and opens the lid, once. Everyone else may look whether it is open, wait until it
//! is, or register a callback that is called when it opens.
//!
//! A future is *pending* until its task starts, *running* until the task ends,
//! and then *finished*, with a value or an error, for good. A pending one can be
//! *cancelled* instead. Clones are handles to the same box.
//!
//! A *callback* belongs to a future, not to a thread: the thread that opens the lid
//! calls it. See [`Future::add_done_callback`] for which one that is.
//!
//! A thread that has seen the result also sees what was written before the task
//! ended.
//!
//! | file | what |
//! |---|---|
//! | `handle.rs` | [`Future`], and `.await` |
//! | `several.rs` | [`wait`], [`as_completed`] |
//! | `promise.rs` | the other end, for those who run the task |
//! | `callbacks.rs` | running callbacks, also after a cancellation |
//! | `cell.rs` | the box: result, waiters, listeners |
//! | `arrivals.rs` | the queue in which finished futures arrive |

mod arrivals;
mod callbacks;
mod cell;
mod handle;
mod promise;
mod several;

#[cfg(test)]
mod models;

pub(crate) use callbacks::{cancel, drop_caught, without_panic};
pub(crate) use cell::{Behind, Cell};
pub use handle::Future;
#[cfg(test)]
pub(crate) use promise::pair;
pub(crate) use promise::{Promise, pair_with};
pub use several::{
    AsCompleted, AsCompletedTimeout, Until, Waited, as_completed, as_completed_timeout, wait,
    wait_timeout,
};
pub use stage::Outcome;
