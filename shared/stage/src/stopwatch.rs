//! A stopwatch for what a section measures in simulated time.

use std::panic::Location;

use crate::pace::elapsed;
use crate::record::{self, EntryId, Kind};

/// Measures simulated time, and enters what was reached into the record: Python's
/// `time.perf_counter()` at two places, and the difference.
///
/// ```
/// use stage::pace::pause;
/// use stage::record::{self, Kind};
/// use stage::stopwatch::Stopwatch;
///
/// record::start();
/// let clock = Stopwatch::start();
/// pause(0.02);
/// let seconds = clock.read("the first result is usable");
/// assert!(seconds >= 0.02);
///
/// let log = record::take();
/// let read = log.iter().find(|entry| entry.kind == Kind::StopwatchRead).unwrap();
/// assert_eq!(read.text, "the first result is usable");
/// ```
#[derive(Debug)]
#[must_use = "a stopwatch that is never read measures nothing"]
pub struct Stopwatch {
    began: f64,
    entry: Option<EntryId>,
}

impl Stopwatch {
    /// Starts a stopwatch.
    ///
    /// ```
    /// use stage::stopwatch::Stopwatch;
    ///
    /// let whole = Stopwatch::start();
    /// let part = Stopwatch::start();
    /// let seconds = part.read("the part is done");
    /// assert!(seconds <= whole.read("the whole is done"));
    /// ```
    #[track_caller]
    pub fn start() -> Self {
        let at = Location::caller();
        Stopwatch {
            entry: record::enter(Kind::StopwatchStart, None, None, at, String::new),
            began: elapsed(),
        }
    }

    /// The simulated seconds since the start. `reached` says what this moment is, for
    /// the record and its pictures. The stopwatch runs on, so it can be read again.
    ///
    /// ```
    /// use stage::stopwatch::Stopwatch;
    ///
    /// let clock = Stopwatch::start();
    /// let first = clock.read("the first result is usable");
    /// let last = clock.read("the last result is usable");
    /// assert!(first <= last);
    /// ```
    #[track_caller]
    pub fn read(&self, reached: &str) -> f64 {
        let at = Location::caller();
        record::enter(Kind::StopwatchRead, None, self.entry, at, || {
            reached.to_string()
        });
        elapsed() - self.began
    }
}
