//! A pool of processes: Python's `ProcessPoolExecutor`.
//!
//! | file | what |
//! |---|---|
//! | [`machine`] | decides: an event in, a list of actions out |
//! | [`driver`] | tells the machine what happens, and does what it decides |
//! | [`life`] | how a pool begins, what may be asked of it, how it ends |
//! | [`processes`], [`link`], [`child`] | the worker processes, seen from here |
//! | [`worker`] | the other side |
//! | [`protocol`], [`codec`] | what travels between the two |
//! | [`tasks`] | the functions that both sides know |
//! | [`pool`], [`builder`] | what a lesson sees of it |

mod answer;
mod builder;
mod cancelling;
mod child;
mod codec;
mod driver;
mod life;
mod link;
mod machine;
mod pool;
mod processes;
mod protocol;
mod tasks;
mod worker;
mod world;

#[cfg(test)]
mod models;

pub use builder::ProcessPoolBuilder;
pub use pool::ProcessPool;
#[doc(hidden)]
pub use tasks::{PROCESS_TASKS, ProcessTask, run_chunk, run_one, task_name};
