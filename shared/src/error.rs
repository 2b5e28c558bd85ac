//! What can go wrong, each with a sentence that says what to do.

use std::io;

use serde::{Deserialize, Serialize};

pub use stage::{Error, Result};

/// Why there is no result. Python raises the task's exception, `CancelledError`,
/// `TimeoutError` or `BrokenProcessPool` here.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// let bad: Future<()> = pool.submit(|| panic!("no egg left"))?;
/// match bad.result() {
///     Err(TaskError::Panicked(message)) => assert_eq!(message, "no egg left"),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The task panicked, with this message.
    #[error("the task panicked: {0}")]
    Panicked(String),
    /// The task was cancelled before it started.
    #[error("the task was cancelled")]
    Cancelled,
    /// The time was up before the task ended. It goes on nevertheless.
    #[error("the task was not done in time")]
    TimedOut,
    /// The pool can run nothing any more.
    #[error(transparent)]
    BrokenPool(BrokenPool),
    /// The argument or the result of the task cannot travel between processes.
    #[error("{0}")]
    NotSerialisable(String),
}

impl From<workers::Failure> for TaskError {
    fn from(failure: workers::Failure) -> Self {
        match failure {
            workers::Failure::Panicked(message) => TaskError::Panicked(message),
            workers::Failure::CannotTravel(why) => TaskError::NotSerialisable(why),
        }
    }
}

/// A panic ended a thread that was joined. Holds the panic's message. In Python
/// nobody learns of it: `Thread.join()` returns as if nothing had happened.
///
/// ```
/// let error = shared::prelude::spawn("unlucky", || panic!("no egg left")).join().unwrap_err();
/// assert_eq!(error.to_string(), "the thread panicked: no egg left");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the thread panicked: {0}")]
pub struct ThreadPanicked(pub String);

/// What broke a pool: a worker process that ended unasked, an initializer that
/// failed, a first worker that could not be started. Python's `BrokenProcessPool`
/// and `BrokenThreadPool`.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::builder()
///     .workers(1)
///     .initializer(|| Err("no licence".into()))
///     .build()?;
/// let error = pool.submit(|| ())?.result().unwrap_err();
/// assert_eq!(error.to_string(), "broken pool: the initializer of pool-0_0 failed: no licence");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("broken pool: {what}")]
pub struct BrokenPool {
    /// The worker's name.
    pub worker: String,
    /// What happened, as a sentence that names the worker.
    pub what: String,
}

/// Why a pool could not be made, or does not do as asked.
///
/// ```
/// use shared::prelude::*;
///
/// let error = ThreadPool::new(0).unwrap_err();
/// assert!(error.to_string().contains("`workers`"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The named argument was zero.
    #[error("`{0}` is zero: it must be at least 1")]
    Zero(&'static str),
    /// The workers cannot have this name: it contains a NUL, with which names end.
    #[error("{0:?} cannot be the name of a worker: it contains a NUL character")]
    Name(String),
    /// The pool is shut down: it takes no more tasks, now or later.
    #[error("the pool is shut down; make a new one")]
    ShutDown,
    /// A worker that waited here for its own pool would wait for itself.
    #[error(
        "a worker cannot wait for the end of its own pool: call shutdown from another thread, or begin_shutdown here"
    )]
    FromItsOwnWorker,
    /// The pool can run nothing any more.
    #[error("{0}; make a new pool")]
    Broken(#[source] BrokenPool),
    /// A worker process may not make a pool of processes itself.
    #[error(
        "a worker process cannot make a pool of processes: make it in the program that submits"
    )]
    InsideWorker,
    /// The function is not known to the worker processes.
    #[error("{}", unknown_function(.0))]
    UnknownFunction(&'static str),
    /// The system refused to start a thread or a process.
    #[error("the system cannot start the worker {worker}: {error}")]
    CannotStart {
        /// The worker that was to be.
        worker: String,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

fn unknown_function(function: &str) -> String {
    let name = function.rsplit("::").next().unwrap_or(function);
    if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return format!(
            "the worker processes do not know `{function}`: write process_task!({name}); beside it"
        );
    }
    "a closure, or a pointer to a function, has no name by which worker processes could know it: \
     submit a function, with process_task! beside it"
        .to_string()
}

/// The time was up before all futures were done.
///
/// ```
/// let error = shared::prelude::Unfinished { left: 2, total: 4 };
/// assert_eq!(error.to_string(), "2 (of 4) futures unfinished");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{left} (of {total}) futures unfinished")]
pub struct Unfinished {
    /// How many are not done.
    pub left: usize,
    /// Of how many.
    pub total: usize,
}
