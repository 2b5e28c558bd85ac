//! A pool of threads: Python's `ThreadPoolExecutor`.
//!
//! One queue, one lock. The submitter appends to the queue; a worker takes a task
//! from its front, runs it, and comes back. Two questions remain: when to start
//! another worker, and when a worker may leave.
//!
//! **Another worker** is started when more tasks are queued than workers are
//! idle. A worker counts as idle from just *before* its result can be seen. A thread
//! that waits for that result and then submits the next task finds this worker idle,
//! and no other one is started. (If there are callbacks to run after the result, the
//! worker stops counting as idle.)
//!
//! **Leaving**: a pool that shuts down takes no tasks from outside, but a running
//! task, a callback or a destructor may still submit, so that a chain of them is
//! finished. A worker therefore leaves only when the queue is empty *and* none of
//! these is running.
//!
//! **Destructors** of results are the program's code, and may even wait for another
//! task. If the worker is the last to hold a result, another thread of the pool drops
//! it, so that the worker can take the next task.
//!
//! | file | what |
//! |---|---|
//! | `state.rs` | what all threads of the pool share |
//! | `cleanup.rs` | the thread that drops what tasks leave behind |
//! | `worker.rs` | the life of a worker |
//! | `task.rs` | one task, from the queue to its callbacks |
//! | `handle.rs` | [`ThreadPool`]: submit, map, shut down |
//! | `builder.rs` | making a pool |

mod builder;
mod cleanup;
mod handle;
mod state;
mod task;
mod worker;

pub use builder::ThreadPoolBuilder;
pub use handle::{PoolHandle, ThreadPool};
