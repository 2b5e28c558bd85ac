//! When things would have happened on a machine that is never late.
//!
//! Every event waits for the one before it on its actor and for its causes, and
//! a sleep takes as long as it was asked to take. So the *ideal* time of an
//! event is the longest way of pauses that leads to it. What the log's own clock
//! shows beyond that is lateness: of the system's scheduler, of a loaded
//! machine, of real work. Ideal times do not depend on the pace.

use std::collections::HashMap;

use stage::record::Kind;

use super::order;
use super::strands::Strands;
use crate::log::Log;

/// The times of one run, in simulated seconds.
#[derive(Debug)]
pub struct Clock {
    /// The ideal time of each event.
    pub ideal: Vec<f64>,
    /// The longest that any event was late.
    pub lateness: f64,
    /// The longest that any sleep took too long.
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
                // A wait on the world outside, made to take so long.
                (Kind::Wake, Some(waiting)) if !event.text.is_empty() => {
                    let length: f64 = event.text.parse().unwrap_or(0.0);
                    ideal = clock.ideal[waiting] + length;
                    let overrun = at - seconds(log.events[waiting].at) - length;
                    clock.overrun = clock.overrun.max(overrun);
                }
                // A time limit ended the wait. The log does not say which.
                (Kind::Wake, Some(waiting))
                    if log.events[waiting].kind == Kind::Wait
                        && !log.events[waiting].text.starts_with("the end of ") =>
                {
                    ideal = clock.ideal[waiting] + at - seconds(log.events[waiting].at);
                }
                _ => {}
            }
            // Idle workers leave when the others are done; that is not late.
            if event.kind != Kind::Exit {
                clock.lateness = clock.lateness.max(at - ideal);
            }
            clock.ideal.push(ideal);
        }
        clock
    }
}

/// Of microseconds.
pub fn seconds(at: u64) -> f64 {
    at as f64 / 1e6
}
