//! What the page gets.

use super::queue;

/// The most steps that a reader is asked to follow.
pub const MOST: usize = 100;

/// One step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Simulated microseconds since the section began.
    pub at: u64,
    /// The line of the section's source, from 1.
    pub line: Option<u32>,
    /// The lines of the output, from 1: ranges, both ends included.
    pub printed: Vec<(usize, usize)>,
    /// The bars: places of the events at which they begin, as ranges.
    pub bars: Vec<(usize, usize)>,
    /// What happened and why.
    pub words: String,
    /// The queues after it.
    pub queues: Vec<queue::Shown>,
}
