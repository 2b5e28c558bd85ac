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
//! | `fold` | at most a hundred steps: what repeats is told once |
//! | `queue` | who waits in which queue |
//! | `names`, `tale`, `tell`, `pools`, `waits`, `summary` | the sentences |
//! | `story`, `steps` | a run with all that is known about it, and its steps |
//! | `printed` | the lines of the output that an event printed |
//! | `page` | the steps as HTML |

mod act;
mod bars;
mod fold;
mod names;
mod order;
mod page;
mod pools;
mod printed;
mod queue;
mod step;
mod steps;
mod story;
mod summary;
mod tale;
mod tell;
#[cfg(test)]
mod tests;
mod waits;

pub use page::html;
