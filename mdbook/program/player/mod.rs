//! The player under a picture: the captured run, one step after the other.
//!
//! The steps are computed here, from the log and the output: the time, the line of the
//! source, the line of the output, the bars of the picture, a sentence, and the queue.
//! The script of the page only sets classes. The way from the log to the page:
//!
//! | file | what |
//! |---|---|
//! | `order` | an order of the events in which each queue is seen to be served in turn |
//! | `bars` | the bar to which an event belongs |
//! | `act` | events of one actor that are told in one sentence |
//! | `fold` | at most [`MOST`] steps: what repeats is told once |
//! | `queue` | who waits in which queue |
//! | `names`, `tell`, `waits`, `summary` | the sentences |
//! | `printed` | the lines of the output that an event printed |
//! | `page` | the steps as HTML |

mod act;
mod bars;
mod fold;
mod names;
mod order;
mod page;
mod printed;
mod queue;
mod story;
mod summary;
mod tell;
#[cfg(test)]
mod tests;
mod waits;

use crate::log::Log;
use crate::picture::Naming;

pub use page::html;

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

/// The steps of a captured run.
#[must_use]
pub fn steps(log: &Log, naming: &Naming, output: &str) -> Vec<Step> {
    story::Story::new(log, naming, output).steps(MOST)
}
