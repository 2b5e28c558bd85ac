//! Whether a new run shows what the book shows.
//!
//! Two runs of a correct program differ: in which worker takes which task, in how the
//! lines of unordered actors interleave, in the ids of processes, in measured figures.
//! This is what is compared:
//!
//! 1. **What each strand does.** A *strand* is a task, a callback, or what an actor
//!    does outside of them (see [`strands`]). It has to say and do the same things in
//!    the same order, on whichever worker (see [`doings`], [`same`]). Names of workers and
//!    ids are replaced by what they are to the speaker (see [`redact`]).
//! 2. **Waits.** Who waits, for what, with which limit, and whether it gave up (see
//!    [`waits`]). Short waits may be missing; long ones, joins and barriers may not.
//! 3. **Who runs a callback**, where it is certain (see [`callbacks`]).
//! 4. **Orders that the program enforces.** The causes in the log of the captured run
//!    (submit before start, end before callback, set before wake-up, join before what
//!    follows), with each strand's own order, give a "happened before" (see [`order`]).
//!    Two lines that it orders have to come in that order again.
//! 5. **Orders that the clock makes.** A task of 1 s ends before one of 3 s. For each
//!    event, the pauses that led to it are added up (see [`clock`]). Where the sums
//!    differ in the captured run, the order has to be the same again.
//! 6. **Times.** Between two doings of a strand goes by as much simulated time, the
//!    lines come at the same times, and the column in front of them says so (see
//!    [`times`]).
//! 7. **Figures.** What the program chose is the same; simulated seconds are nearly the
//!    same; what a stopwatch measured is what it said (see [`figures`], [`stopwatch`]).
//!    Figures of real work may be anything, but they have to prove what the section says
//!    that they prove (see [`relations`], [`proves`]).
//! 8. **Bounds.** A pool never runs more tasks at once than it has workers, and it has
//!    as many as in the captured run. An actor that has ended prints no more lines (see
//!    [`consistent`]).
//! 9. **The text.** The printed lines are the ones that the log has (see [`printed`]).
//!
//! A late machine can break an order of the clock and any time. So a complaint counts if
//! a second run, at a slower pace, complains of the same thing, and a time only if it is
//! off by as much there. What cannot be told on a busy machine is said to be not judged
//! (see [`judge`], [`machine`]).
//!
//! The captured run is held to all of this as well, as far as it concerns one run.

mod align;
mod callbacks;
mod clock;
mod compared;
mod consistent;
mod doing;
mod doings;
mod figures;
mod finding;
mod fit;
mod judge;
mod known;
pub mod machine;
mod order;
mod printed;
mod proves;
mod redact;
mod relations;
mod same;
mod source;
mod stopwatch;
mod strands;
mod times;
mod waits;

#[cfg(test)]
mod tests;

pub use finding::Complaint;
pub use fit::fit_to_show_as;
pub use judge::{Decision, Judge};
