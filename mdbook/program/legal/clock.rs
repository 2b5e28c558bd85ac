//! When the events would have happened on a machine that is never late.
//!
//! Each event comes after the one before it on its actor and after its causes, and each
//! sleep takes exactly its length. So the *ideal* time of an event is the longest chain
//! of pauses that leads to it. The time in the log is later: by the system's scheduler,
//! by the load of the machine, by real work. Ideal times do not depend on the pace.

use std::collections::{HashMap, HashSet};

use super::order;
use super::strands::Strands;
use crate::captured::Captured;
use crate::log::Log;
use crate::record::{About, Kind, Outcome, Target};

/// The times of one run, in simulated seconds.
#[derive(Debug)]
pub struct Clock {
    /// The ideal time of each event.
    pub ideal: Vec<f64>,
    /// The wakes of waits that took as long as they did: no pause and no limit says how
    /// long that is.
    pub open: HashSet<usize>,
    /// The wake of each wait.
    pub ends: HashMap<usize, usize>,
    /// The largest lateness of the end of a sleep.
    pub overrun: f64,
}

impl Clock {
    pub fn of(log: &Log, strands: &Strands) -> Self {
        let mut clock = Clock {
            ideal: Vec::with_capacity(log.events.len()),
            open: HashSet::new(),
            ends: HashMap::new(),
            overrun: 0.0,
        };
        let mut last_of: HashMap<usize, usize> = HashMap::new();
        let mut waiting: HashMap<usize, usize> = HashMap::new();
        for (place, event) in log.events.iter().enumerate() {
            let at = seconds(event.at);
            let last = last_of.insert(event.who, place);
            let mut ideal: f64 = 0.0;
            for earlier in order::causes(log, strands, place).into_iter().chain(last) {
                if earlier < place {
                    ideal = ideal.max(clock.ideal[earlier]);
                }
            }
            match event.kind {
                Kind::Wait => {
                    waiting.insert(event.who, place);
                }
                Kind::Wake => {
                    if let Some(wait) = waiting.remove(&event.who) {
                        clock.ends.insert(wait, place);
                    }
                }
                _ => {}
            }
            let own = event
                .cause
                .filter(|cause| *cause < place && log.events[*cause].who == event.who);
            if let Some(begun) = own {
                let took = at - seconds(log.events[begun].at);
                match length(log, begun, place) {
                    Length::Given(length) => {
                        ideal = clock.ideal[begun] + length;
                        clock.overrun = clock.overrun.max(took - length);
                    }
                    Length::Open => {
                        ideal = clock.ideal[begun] + took;
                        clock.open.insert(place);
                    }
                    Length::OfOthers => {}
                }
            }
            clock.ideal.push(ideal);
        }
        clock
    }

    /// How much later than its ideal time an event was.
    #[must_use]
    pub fn late_by(&self, run: &Captured, event: usize) -> f64 {
        seconds(run.log.events[event].at) - self.ideal[event]
    }
}

/// How long a sleep or a wait takes on a machine that is never late.
enum Length {
    /// So many simulated seconds.
    Given(f64),
    /// As long as it took: nothing says what ended it.
    Open,
    /// Until others have done something.
    OfOthers,
}

fn length(log: &Log, begun: usize, ended: usize) -> Length {
    let (begin, end) = (&log.events[begun], &log.events[ended]);
    match (end.kind, &end.about) {
        (Kind::Awake, _) => Length::Given(begin.text.parse().unwrap_or(0.0)),
        // A wait for the world outside that was made to take this long.
        (Kind::Wake, About::Outcome(Outcome::Answered(length))) => Length::Given(*length),
        (Kind::Wake, About::Outcome(Outcome::GaveUp)) => match begin.about {
            About::Wait {
                limit: Some(limit), ..
            } => Length::Given(limit * log.speed),
            _ => Length::Open,
        },
        // A record without outcomes: an answer, or a time limit.
        (Kind::Wake, _) if !end.text.is_empty() => Length::Given(end.text.parse().unwrap_or(0.0)),
        (Kind::Wake, _)
            if begin.kind == Kind::Wait
                && !begin.text.starts_with("the end of ")
                && !is_for_a_pool(&begin.about) =>
        {
            Length::Open
        }
        _ => Length::OfOthers,
    }
}

/// Such a wait ends with the last thing that the pool does.
fn is_for_a_pool(about: &About) -> bool {
    matches!(
        about,
        About::Wait {
            target: Target::Pool(_),
            ..
        }
    )
}

/// Microseconds in seconds.
#[must_use]
pub fn seconds(at: u64) -> f64 {
    at as f64 / 1e6
}
