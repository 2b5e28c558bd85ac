//! A call, and what may become of it.

use serde::{Deserialize, Serialize};
use stage::record::{EntryId, TaskId};

/// A task, as a worker learns of it. The argument travels behind it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call {
    /// Which task of which pool.
    pub task: TaskId,
    /// The entry in the record that tells of its submission.
    pub submitted: Option<EntryId>,
    /// The full path of the function.
    pub function: String,
    /// Whether there is a list of arguments, for each of which the function is called.
    pub chunk: bool,
}

/// Runs a task in the worker: from the encoded argument to the encoded result. It
/// must not panic.
pub type Perform = fn(&Call, &[u8]) -> Result<Vec<u8>, Failure>;

/// Why a task has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// The function panicked, with this message.
    #[error("the task panicked: {0}")]
    Panicked(String),
    /// The argument or the result cannot travel between processes, as this sentence
    /// says.
    #[error("{0}")]
    CannotTravel(String),
}
