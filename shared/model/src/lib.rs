//! Locks, condition variables, atomics, threads and time for tests: the interface
//! of `shared::primitives` and of the standard library, with a model checker behind
//! it.
//!
//! A *model* is a small program with threads. [`explore`], [`all`], [`few`] and
//! [`many`], or a [`Checker`] with bounds of your own, run it again and again.
//! Before each operation that another thread can observe, the checker decides which
//! thread goes on. A model fails if one of its threads panics, if all of them wait
//! for each other, or if one never comes to an end. The decisions are the same in
//! every run of the tests.
//!
//! ```
//! use std::sync::Arc;
//!
//! // It reads now and writes later. What another thread writes in between is lost.
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
//! What the checker decides, in one list for each execution (a [`Schedule`]):
//!
//! - which thread goes on;
//! - which sleeper a `notify_one` wakes;
//! - when a wait with a limit times out. A model has a clock of its own
//!   ([`time::Instant`]). It moves when no thread can go on, and as often as
//!   [`Checker::early`] allows also before that, as if the other threads were slow;
//! - which waits end, and which weak exchanges fail, for no reason, as they may.
//!   [`Checker::wake_ups`] bounds their number.
//!
//! A failure comes with its story: what each thread did, in which order, who holds
//! which lock, and who waits for what in the end. The checker looks for the simplest
//! story: without a wake-up for no reason or an early time-out if it fails without
//! them, and with few switches.
//!
//! Coroutines can run inside of a model. All threads of a model share one system
//! thread, so code that is checked uses this package's [`thread_local!`] and
//! [`panicking`] instead of the standard ones.
//!
//! Outside of a model the same types work on real threads, so that one test program
//! can have models and tests in real time.
//!
//! Limits: an atomic counts as sequentially consistent, whatever its ordering says.
//! What a model uses it has to create itself: a static keeps its value from one
//! execution to the next. After a failure, destructors do not run.

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
/// of its own, so the first argument of [`spawn`] is a name.
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
