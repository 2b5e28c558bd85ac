//! Mutex, condition variable, barrier, atomics and threads: the names and
//! signatures of the standard library, with three differences.
//!
//! - A panic while a lock is held does not poison it, so [`Mutex::lock`] returns
//!   the guard itself. A panicking task is an ordinary event in this library.
//! - A thread that blocks enters what it waits for, and the line that waits, into a
//!   table. If the program hangs, the watchdog prints that table.
//! - [`spawn`] takes a name, which stands in front of every line that the thread
//!   prints.
//!
//! Everything in this library that blocks is built on these names. In the
//! library's unit tests they stand for those of the package `model`, where a model
//! checker runs a test under many interleavings of its threads. So the lines that
//! are checked are the lines that run in a lesson. An exercise gets the same with
//! [`primitives!`](crate::primitives!).

mod barrier;
mod condvar;
mod mutex;
mod patience;
mod thread;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use thread::{JoinHandle, spawn, try_spawn};

pub(crate) use patience::Patience;
pub(crate) use std::thread_local;
pub(crate) use thread::{
    join_as_part, try_spawn_callbacks, try_spawn_unrecorded, try_spawn_worker,
};

/// Atomic integers, flags and pointers: the standard ones.
pub use std::sync::atomic;

/// Brings `Mutex`, `MutexGuard`, `Condvar`, `Barrier`, `atomic`, `spawn` and
/// `JoinHandle` into an exercise.
///
/// In the program they are those of [`shared::primitives`](mod@crate::primitives), and
/// if the program hangs it is stopped with a message that says who waits for what.
/// In the exercise's checks the same names stand for those of the package `model`,
/// where the model checker decides which thread goes on.
///
/// The exercise's own `cfg(test)` decides, so the package that contains the exercise
/// needs `model` as a dev-dependency.
///
/// ```
/// shared::primitives!();
///
/// # fn main() {
/// let counter = std::sync::Arc::new(Mutex::new(0));
/// let other = counter.clone();
/// spawn("other", move || *other.lock() += 1).join().unwrap();
/// assert_eq!(*counter.lock(), 1);
/// # }
/// ```
#[macro_export]
macro_rules! primitives {
    () => {
        #[cfg(not(test))]
        #[allow(unused_imports)]
        use $crate::primitives::{Barrier, Condvar, JoinHandle, Mutex, MutexGuard, atomic, spawn};

        #[cfg(test)]
        #[allow(unused_imports)]
        use ::model::{Barrier, Condvar, JoinHandle, Mutex, MutexGuard, atomic, spawn};

        #[cfg(not(test))]
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::__private::WATCHED)]
            #[linkme(crate = $crate::__private::linkme)]
            static WATCHED: fn() = $crate::__private::watch_to_the_end;
        };
    };
}
