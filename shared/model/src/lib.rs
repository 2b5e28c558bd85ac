//! Mutex, condition variable and threads for tests: the same names and the same
//! behaviour as `shared::primitives`, with a model checker behind them.
//!
//! A *model* is a small program with threads. [`explore`], [`all`], [`few`] and
//! [`many`] run it again and again. At every lock, notification, start and end of
//! a thread the checker decides which thread goes on, each time another way. A
//! model fails if one of its assertions does, or if everybody waits. What the
//! checker decides is the same in every run of the tests.
//!
//! ```
//! use std::sync::Arc;
//!
//! // Reads, and writes later: what another thread wrote in between is lost.
//! let found = model::finds(|| {
//!     model::explore(0, || {
//!         let counter = Arc::new(model::Mutex::new(0));
//!         let other = Arc::clone(&counter);
//!         let thread = model::spawn("other", move || {
//!             let before = *other.lock();
//!             *other.lock() = before + 1;
//!         });
//!         let before = *counter.lock();
//!         *counter.lock() = before + 1;
//!         thread.join().unwrap();
//!         assert_eq!(*counter.lock(), 2, "the counter");
//!     });
//! });
//! assert!(found.unwrap().contains("the counter"));
//! ```
//!
//! Three things are added to what the checker `shuttle` does:
//!
//! - Condition variables also wake for no reason, as real ones may.
//! - A failure comes with its story: who did what, in which order, and who waits
//!   on what in the end.
//! - Outside of a model the same types work as usual, on real threads, so that
//!   one test program can have models and tests in real time.

mod explore;
mod story;
mod sync;

pub use explore::{
    AGAIN, Gate, SPINS, STUCK, all, explore, few, finds, is_running, many, threads_left,
};
pub use shuttle::thread_local;
pub use story::{all_wait_since, who_waits};
pub use sync::{
    Barrier, Condvar, JoinHandle, Mutex, MutexGuard, ThreadPanicked, atomic, spawn, try_spawn,
};
