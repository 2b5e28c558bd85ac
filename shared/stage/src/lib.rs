//! What stands around a lesson: the record of a run, its clocks, the lines that it
//! prints, its pictures, and the frame of a chapter.
//!
//! The library `shared` has what a lesson is about: pools, futures, events. It
//! reports to this package what happens, and speaks through it. This package knows
//! nothing of pools; what it has to tell them, they register for.
//!
//! | module | what |
//! |---|---|
//! | [`threads`] | what the system knows of the threads: states, processor time |
//! | [`context`] | who acts, in which task, in which wait |
//! | [`run`] | the section's name, pace, seed and clocks |
//! | [`record`] | what happened, and why |
//! | [`ending`] | how a program ends before its time |
//! | [`waits`] | who waits, on what |
//! | [`panics`] | what a panic said |
//! | [`narrate`] | the lines with the actors' names |
//! | [`pace`] | simulated time, repeatable random numbers |
//! | [`stopwatch`] | simulated time, measured by a section |
//! | [`work`] | the pools, as far as the frame has to know them |
//! | [`timeline`] | a picture of a run, drawn from the record |
//! | [`trace`] | the record as a file that Perfetto opens |
//! | [`frame`] | sections, options, Ctrl-C, the watchdog |
//!
//! A module uses only those above it in this table.

// The macros name this crate by its name, in the crate itself as well.
extern crate self as stage;

pub mod context;
pub mod ending;
pub mod frame;
pub mod narrate;
pub mod pace;
pub mod panics;
pub mod record;
pub mod run;
pub mod stopwatch;
pub mod threads;
pub mod timeline;
pub mod trace;
pub mod waits;
pub mod work;

mod outcome;

pub use outcome::{Error, Outcome, Result};

#[doc(hidden)]
pub mod __private {
    pub use linkme;
}
