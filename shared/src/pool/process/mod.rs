//! A pool of processes: Python's `ProcessPoolExecutor`.
//!
//! | file | what |
//! |---|---|
//! | [`pool`], [`builder`] | what a lesson sees of it |
//! | [`life`] | how a pool begins, what may be asked of it, how it ends |
//! | [`driver`] | tells the machine what happens, and does what it decides |
//! | [`answer`], [`cancelling`] | a task's future is finished, or cancelled |
//! | [`tasks`], [`codec`] | the functions that both sides know, and how values travel |
//!
//! The package `workers` has the rest: `machine.rs`, which decides (an event in, a list
//! of actions out), and the worker processes themselves: their start and end, the
//! sockets to them, and the other side of these.

mod answer;
mod builder;
mod cancelling;
mod codec;
mod driver;
mod life;
mod pool;
mod tasks;

#[cfg(test)]
mod models;

pub use builder::ProcessPoolBuilder;
pub use pool::ProcessPool;
#[doc(hidden)]
pub use tasks::{PROCESS_TASKS, ProcessTask, run_chunk, run_one, task_name};
