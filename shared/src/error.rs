//! What can go wrong, each with a sentence that says what to do.

use std::error::Error as StdError;
use std::fmt;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TaskError {
    /// The task panicked, with this message.
    Panicked(String),
    /// The task was cancelled before it started.
    Cancelled,
    /// The time was up before the task ended. It goes on nevertheless.
    TimedOut,
    /// The pool can run nothing any more.
    BrokenPool(BrokenPool),
    /// The argument or the result of the task cannot travel between processes.
    NotSerialisable(String),
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Panicked(message) => write!(f, "the task panicked: {message}"),
            TaskError::Cancelled => f.write_str("the task was cancelled"),
            TaskError::TimedOut => f.write_str("the task was not done in time"),
            TaskError::BrokenPool(broken) => broken.fmt(f),
            TaskError::NotSerialisable(what) => f.write_str(what),
        }
    }
}

impl StdError for TaskError {}

/// A panic ended a thread that was joined. Holds the panic's message. In Python
/// nobody learns of it: `Thread.join()` returns as if nothing had happened.
///
/// ```
/// let error = shared::prelude::spawn("unlucky", || panic!("no egg left")).join().unwrap_err();
/// assert_eq!(error.to_string(), "the thread panicked: no egg left");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPanicked(pub String);

impl fmt::Display for ThreadPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the thread panicked: {}", self.0)
    }
}

impl StdError for ThreadPanicked {}

/// What broke a pool: a worker process that ended unasked, or an initializer
/// that failed. Python's `BrokenProcessPool` and `BrokenThreadPool`.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenPool {
    /// The worker's name.
    pub worker: String,
    /// What happened, as a sentence that names the worker.
    pub what: String,
}

impl fmt::Display for BrokenPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken pool: {}", self.what)
    }
}

impl StdError for BrokenPool {}

/// Why a pool could not be made, or does not do as asked.
///
/// ```
/// use shared::prelude::*;
///
/// let error = ThreadPool::new(0).unwrap_err();
/// assert!(error.to_string().contains("`workers`"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum PoolError {
    /// The named argument was zero.
    Zero(&'static str),
    /// The pool is shut down: it takes no more tasks, now or later.
    ShutDown,
    /// A worker that waited here for its own pool would wait for itself.
    FromItsOwnWorker,
    /// The pool can run nothing any more.
    Broken(BrokenPool),
    /// A worker process may not make a pool of processes itself.
    InsideWorker,
    /// The function is not known to the worker processes.
    UnknownFunction(&'static str),
    /// The system refused to start a thread or a process.
    CannotStart {
        /// The worker that was to be.
        worker: String,
        /// What the system said.
        error: std::io::Error,
    },
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PoolError::Zero(argument) => {
                write!(f, "`{argument}` is zero: it must be at least 1")
            }
            PoolError::ShutDown => f.write_str("the pool is shut down; make a new one"),
            PoolError::FromItsOwnWorker => f.write_str(
                "a worker cannot wait for the end of its own pool: call shutdown from another thread, or begin_shutdown here",
            ),
            PoolError::Broken(broken) => write!(f, "{broken}; make a new pool"),
            PoolError::InsideWorker => f.write_str(
                "a worker process cannot make a pool of processes: make it in the program that submits",
            ),
            PoolError::UnknownFunction(function) => {
                let name = function.rsplit("::").next().unwrap_or(function);
                if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    let what = format!("process_task!({name}); beside it");
                    write!(f, "the worker processes do not know `{function}`: write {what}")
                } else {
                    f.write_str(
                        "a closure, or a pointer to a function, has no name by which worker \
                         processes could know it: submit a function, with process_task! beside it",
                    )
                }
            }
            PoolError::CannotStart { worker, error } => {
                write!(f, "the system cannot start the worker {worker}: {error}")
            }
        }
    }
}

impl StdError for PoolError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            PoolError::CannotStart { error, .. } => Some(error),
            PoolError::Broken(broken) => Some(broken),
            _ => None,
        }
    }
}

/// The time was up before all futures were done.
///
/// ```
/// let error = shared::prelude::Unfinished { left: 2, total: 4 };
/// assert_eq!(error.to_string(), "2 (of 4) futures unfinished");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// How many are not done.
    pub left: usize,
    /// Of how many.
    pub total: usize,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (of {}) futures unfinished", self.left, self.total)
    }
}

impl StdError for Unfinished {}
