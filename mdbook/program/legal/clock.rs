//! When the events would have happened on a machine that is never late.
//!
//! Each event comes after the one before it on its actor and after its causes, and each
//! sleep takes exactly its length. So the *ideal* time of an event is the longest chain
//! of pauses that leads to it. The time in the log is later: by the system's scheduler,
//! by the load of the machine, by real work. Ideal times do not depend on the pace.

use std::collections::HashMap;

use super::order;
use super::strands::Strands;
use crate::log::Log;
use crate::record::Kind;

/// The times of one run, in simulated seconds.
#[derive(Debug)]
pub struct Clock {
    /// The ideal time of each event.
    pub ideal: Vec<f64>,
    /// The largest lateness of an event.
    pub lateness: f64,
    /// The largest lateness of the end of a sleep.
    pub overrun: f64,
}

impl Clock {
    pub fn of(log: &Log, strands: &Strands) -> Self {
        let mut clock = Clock {
            ideal: Vec::with_capacity(log.events.len()),
            lateness: 0.0,
            overrun: 0.0,
        };
        let mut last_of: HashMap<usize, usize> = HashMap::new();
        for (place, event) in log.events.iter().enumerate() {
            let at = seconds(event.at);
            let last = last_of.insert(event.who, place);
            let mut ideal: f64 = 0.0;
            for earlier in order::causes(log, strands, place).into_iter().chain(last) {
                if earlier < place {
                    ideal = ideal.max(clock.ideal[earlier]);
                }
            }
            let own = event
                .cause
                .filter(|cause| *cause < place && log.events[*cause].who == event.who);
            match (event.kind, own) {
                (Kind::Awake, Some(asleep)) => {
                    let length: f64 = log.events[asleep].text.parse().unwrap_or(0.0);
                    ideal = clock.ideal[asleep] + length;
                    let overrun = at - seconds(log.events[asleep].at) - length;
                    clock.overrun = clock.overrun.max(overrun);
                }
                // A wait for the world outside that was made to take this long.
                (Kind::Wake, Some(waiting)) if !event.text.is_empty() => {
                    let length: f64 = event.text.parse().unwrap_or(0.0);
                    ideal = clock.ideal[waiting] + length;
                    let overrun = at - seconds(log.events[waiting].at) - length;
                    clock.overrun = clock.overrun.max(overrun);
                }
                // A time limit ended the wait. The log does not contain the limit.
                (Kind::Wake, Some(waiting))
                    if log.events[waiting].kind == Kind::Wait
                        && !log.events[waiting].text.starts_with("the end of ") =>
                {
                    ideal = clock.ideal[waiting] + at - seconds(log.events[waiting].at);
                }
                _ => {}
            }
            // An idle worker ends when the others are done: that is no lateness.
            if event.kind != Kind::Exit {
                clock.lateness = clock.lateness.max(at - ideal);
            }
            clock.ideal.push(ideal);
        }
        clock
    }
}

/// Microseconds in seconds.
#[must_use]
pub fn seconds(at: u64) -> f64 {
    at as f64 / 1e6
}
