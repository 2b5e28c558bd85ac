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

mod barrier;
mod condvar;
mod decide;
mod engine;
mod explore;
mod future;
mod key;
mod local;
mod mutex;
mod real;
mod runner;
mod schedule;
mod scope;
mod status;
mod story;
mod threads;
mod turns;
mod words;

pub mod atomic;
pub mod time;

/// Threads, with the interface of `std::thread`. A thread of a model has a name
/// of its own, so the first argument of [`spawn`](crate::spawn) is a name.
pub mod thread {
    pub use crate::local::{AccessError, LocalKey};
    pub use crate::scope::{Scope, ScopedJoinHandle, scope};
    pub use crate::threads::{
        JoinHandle, Thread, ThreadId, current, park, park_timeout, sleep, spawn, try_spawn,
        yield_now,
    };
    pub use crate::turns::panicking;
}

pub use barrier::{Barrier, BarrierWaitResult, Gate};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use explore::{AGAIN, Checker, Failure, all, explore, few, finds, many};
pub use future::block_on;
pub use local::{AccessError, LocalKey};
pub use mutex::{Mutex, MutexGuard};
pub use real::{all_wait_since, who_waits};
pub use runner::{SPINS, STUCK};
pub use schedule::{NoSchedule, Schedule};
pub use threads::{JoinHandle, ThreadPanicked, spawn, threads_left, try_spawn};
pub use turns::{is_running, panicking};
