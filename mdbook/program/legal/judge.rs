//! The verdict on a section, over as many runs as it takes.

use super::same::Complaint;
use super::verdict::{Verdict, compare};
use crate::captured::Captured;

/// The number of runs after which a section is not judged.
const MOST_RUNS: usize = 5;

/// What follows from the runs so far.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The section does what the book shows.
    Legal,
    /// It does not.
    Illegal(Vec<Complaint>),
    /// It has to run again, at this speed.
    Again { speed: f64 },
    /// Nothing can be said, and why.
    NotJudged(String),
}

/// Judges one section: it is fed run after run until it decides.
#[derive(Debug)]
pub struct Judge<'a> {
    captured: &'a Captured,
    runs: usize,
}

impl<'a> Judge<'a> {
    /// `source` is the text of the section's source file.
    #[must_use]
    pub fn new(captured: &'a Captured, source: &str) -> Self {
        let _ = source;
        Judge { captured, runs: 0 }
    }

    /// Whether the section measures real work. Such a section runs alone.
    #[must_use]
    #[allow(dead_code, reason = "offered to the harness")]
    pub fn measures(&self) -> bool {
        false
    }

    /// Takes the next run into account. `share_of_others` is how busy the machine was
    /// with other programs meanwhile (see [`super::machine`]).
    pub fn feed(&mut self, run: &Captured, share_of_others: f64) -> Decision {
        let _ = share_of_others;
        self.runs += 1;
        match compare(self.captured, run) {
            Verdict::Legal => Decision::Legal,
            Verdict::Illegal(complaints) => Decision::Illegal(complaints),
            Verdict::Unclear(..) if self.runs == MOST_RUNS => {
                Decision::NotJudged("the machine is too late".to_string())
            }
            Verdict::Unclear(..) => Decision::Again {
                speed: (run.log.speed / 4.0).max(1.0),
            },
        }
    }
}
