//! Whether a new run shows what the book shows.
//!
//! Two runs of a correct program differ: in which worker takes which task, in how the
//! lines of unordered actors interleave, in the ids of processes, in measured figures.
//! This is what is compared:
//!
//! 1. **What each strand does.** A *strand* is a task, a callback, or what an actor
//!    does outside of them (see [`strands`]). It has to say and do the same things in
//!    the same order, on whichever worker. Ids and measured figures are compared by
//!    shape (see [`redact`]).
//! 2. **Orders that the program enforces.** The causes in the log of the captured run
//!    (submit before start, end before callback, set before wake-up, join before what
//!    follows), with each strand's own order, give a "happened before" (see [`order`]).
//!    Two lines that it orders have to come in that order again.
//! 3. **Orders that the clock makes.** A task of 1 s ends before one of 3 s. For each
//!    event, the pauses that led to it are added up (see [`clock`]). Where the sums
//!    differ in the captured run, the order has to be the same again.
//! 4. **Bounds.** A pool never runs more tasks at once than it has workers, and it has
//!    as many as in the captured run. An actor that has ended prints no more lines.
//! 5. **The text.** The printed lines are the ones that the log has (see [`printed`]).
//!
//! A late machine can break an order of the clock. The log shows how late it was. Such
//! a run proves nothing: it has to be repeated at a slower pace.

mod clock;
mod consistent;
mod judge;
mod known;
pub mod machine;
mod order;
mod printed;
mod redact;
mod same;
mod strands;
mod verdict;

#[cfg(test)]
mod tests;

pub use judge::{Decision, Judge};
pub use same::Complaint;
#[allow(unused_imports, reason = "offered to the harness")]
pub use verdict::{Verdict, compare, fit_to_show, fit_to_show_as};
