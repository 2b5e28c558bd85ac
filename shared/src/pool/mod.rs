//! Pools: a fixed number of workers, and a queue of tasks for them.
//!
//! [`ThreadPool`] has threads as workers and takes closures. [`ProcessPool`] has
//! child processes and takes named functions with arguments that can travel.
//! Both give a [`Future`](crate::future::Future) for each task, start a worker
//! only when none is idle, and finish what was submitted before they end.

mod executor;
mod inside;
mod map;
mod new_pool;
mod process;
mod sizes;
mod thread;

#[cfg(test)]
mod models;

pub use executor::Executor;
pub use map::Results;
#[doc(hidden)]
pub use process::{PROCESS_TASKS, ProcessTask, run_chunk, run_one, task_name};
pub use process::{ProcessPool, ProcessPoolBuilder};
pub use sizes::{default_processes, default_threads, machine_cores};
pub use thread::{PoolHandle, ThreadPool, ThreadPoolBuilder};
