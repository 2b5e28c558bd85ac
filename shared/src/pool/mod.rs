//! Pools: a fixed number of workers, and a queue of tasks for them.
//!
//! [`ThreadPool`] has threads as workers and takes closures. [`ProcessPool`] has
//! child processes and takes named functions with arguments that can travel.
//! Both give a [`Future`] for each task, start a worker
//! only when none is idle, and finish what was submitted before they end.

mod map;
mod process;
mod protocol;
mod thread;
pub(crate) mod worker;

#[cfg(test)]
mod models;

use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::PoolError;
use crate::events::{self, Kind};
use crate::future::Future;

pub use map::Results;
pub use process::{ProcessPool, ProcessPoolBuilder};
#[doc(hidden)]
pub use protocol::{Entry, PROCESS_TASKS, entry_name, run_chunk, run_one};
pub use thread::{PoolHandle, ThreadPool, ThreadPoolBuilder};

/// How many workers a pool of threads has when nobody says: the cores that this
/// process may use plus 4, but 32 at most. Python's rule since 3.8.
///
/// Python 3.5 to 3.7, and the tutorials, have five a core. Threads that wait
/// cost little, so there may be more of them than cores; but a default that
/// grows with a large machine without bound serves nobody.
///
/// ```
/// let workers = shared::pool::default_threads();
/// assert!((5..=32).contains(&workers));
/// ```
pub fn default_threads() -> usize {
    (default_processes() + 4).min(32)
}

/// How many workers a pool of processes has when nobody says: one for each core
/// that this process may use.
///
/// The environment variable `LESSON_CORES` overrides the number, as
/// `PYTHON_CPU_COUNT` does since Python 3.13: the book's outputs are captured
/// with it, so that they come out the same on every machine.
///
/// ```
/// assert!(shared::pool::default_processes() >= 1);
/// ```
pub fn default_processes() -> usize {
    let chosen = std::env::var("LESSON_CORES")
        .ok()
        .and_then(|cores| cores.parse().ok());
    let allowed = || std::thread::available_parallelism().map_or(1, usize::from);
    chosen
        .filter(|cores| (1..=1024).contains(cores))
        .unwrap_or_else(allowed)
}

/// How many cores the machine has. A process may be allowed fewer: by a
/// container, or by `taskset`. Python's `os.cpu_count()`.
///
/// ```
/// assert!(shared::pool::machine_cores() >= 1);
/// ```
pub fn machine_cores() -> usize {
    let online = nix::unistd::sysconf(nix::unistd::SysconfVar::_NPROCESSORS_ONLN);
    let online = online
        .ok()
        .flatten()
        .and_then(|cores| usize::try_from(cores).ok());
    online.unwrap_or_else(default_processes)
}

/// What both pools can do: Python's `Executor`. Code over `&impl Executor` runs
/// on threads or on processes.
///
/// The price of the common interface is that of the stricter one: a task is a
/// function with one argument that can travel, not any closure.
///
/// ```
/// use shared::prelude::*;
///
/// fn double(n: u32) -> u32 {
///     n * 2
/// }
///
/// fn lesson(pool: &impl Executor) -> Result<u32> {
///     Ok(pool.submit_call(double, 21)?.result()?)
/// }
///
/// # fn main() -> Result {
/// assert_eq!(lesson(&ThreadPool::new(1)?)?, 42);
/// # Ok(())
/// # }
/// ```
pub trait Executor {
    /// Submits the call `function(argument)`.
    ///
    /// # Errors
    ///
    /// If the pool is shut down or broken, or does not know the function.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// assert_eq!(pool.submit_call(str::len, "egon")?.result()?, 4);
    /// # Ok(())
    /// # }
    /// ```
    fn submit_call<F, A, R>(&self, function: F, argument: A) -> Result<Future<R>, PoolError>
    where
        F: Fn(A) -> R + Copy + Send + 'static,
        A: Serialize + Send + 'static,
        R: DeserializeOwned + Send + 'static;

    /// Waits until every task is done and ends the workers.
    ///
    /// # Errors
    ///
    /// If called by one of the pool's own workers.
    ///
    /// ```
    /// # use shared::prelude::*;
    /// # fn main() -> Result {
    /// let pool = ThreadPool::new(1)?;
    /// Executor::shutdown(&pool)?;
    /// # Ok(())
    /// # }
    /// ```
    fn shutdown(&self) -> Result<(), PoolError>;
}

/// What became of a pool's tasks so far: for the summary after Ctrl-C.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) pool: String,
    pub(crate) done: u64,
    pub(crate) running: usize,
    pub(crate) queued: usize,
}

/// What must be possible with any pool when the program is interrupted.
pub(crate) trait Interrupt: Send + Sync {
    fn report(&self) -> Report;
    /// Lets nothing new start, and leaves no child process behind.
    fn abandon(&self);
}

static POOLS: Mutex<Vec<Weak<dyn Interrupt>>> = Mutex::new(Vec::new());
static NEXT_POOL: AtomicU32 = AtomicU32::new(0);

/// Before a section: pools count from 0 again.
pub(crate) fn begin_section() {
    NEXT_POOL.store(0, Ordering::Relaxed);
}

fn next_number() -> u32 {
    NEXT_POOL.fetch_add(1, Ordering::Relaxed)
}

/// A pool that was made at `at`: known to the log and to the summary after Ctrl-C.
fn register(
    pool: Weak<dyn Interrupt>,
    number: u32,
    workers: usize,
    at: &'static Location<'static>,
) {
    events::record(Kind::Pool, None, None, at, || {
        format!("pool {number} of {workers} workers")
    });
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    pools.retain(|pool| pool.strong_count() > 0);
    pools.push(pool);
}

/// Every pool that still lives.
pub(crate) fn living() -> Vec<Arc<dyn Interrupt>> {
    let pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    pools.iter().filter_map(Weak::upgrade).collect()
}
