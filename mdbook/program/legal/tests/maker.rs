//! Makes small logs by hand.

use crate::log::{Actor, Entry, Log};
use crate::record::{About, ActorKind, Kind, Outcome, Target};

/// A small log: `main` has number 0.
pub struct Maker {
    pub log: Log,
}

impl Maker {
    pub fn new(actors: &[&str]) -> Self {
        let actor = |name: &&str| Actor {
            name: name.to_string(),
            kind: ActorKind::Thread,
            process: 1000,
        };
        Maker {
            log: Log {
                section: "made".to_string(),
                speed: 1.0,
                actors: actors.iter().map(actor).collect(),
                events: Vec::new(),
            },
        }
    }

    pub fn event(&mut self, at: f64, who: usize, kind: Kind, text: &str) -> usize {
        self.log.events.push(Entry {
            at: (at * 1e6) as u64,
            who,
            kind,
            task: None,
            cause: None,
            text: text.to_string(),
            about: About::Nothing,
            line: None,
            cpu: None,
        });
        self.log.events.len() - 1
    }

    pub fn caused(&mut self, cause: usize, at: f64, who: usize, kind: Kind, text: &str) -> usize {
        let place = self.event(at, who, kind, text);
        self.log.events[place].cause = Some(cause);
        place
    }

    pub fn of_task(
        &mut self,
        number: u64,
        cause: Option<usize>,
        at: f64,
        who: usize,
        kind: Kind,
    ) -> usize {
        let place = self.event(at, who, kind, "");
        self.log.events[place].task = Some((0, number));
        self.log.events[place].cause = cause;
        place
    }

    pub fn sleep(&mut self, from: f64, length: f64, who: usize) {
        let asleep = self.event(from, who, Kind::Sleep, &length.to_string());
        self.caused(asleep, from + length, who, Kind::Awake, "");
    }

    /// A wait for `target` that ends after `length`, with a limit in real seconds.
    pub fn wait(
        &mut self,
        (from, length): (f64, f64),
        who: usize,
        (target, limit): (Target, Option<f64>),
        outcome: Outcome,
    ) {
        let begun = self.event(from, who, Kind::Wait, "something");
        self.log.events[begun].about = About::Wait { target, limit };
        let ended = self.caused(begun, from + length, who, Kind::Wake, "");
        self.log.events[ended].about = About::Outcome(outcome);
    }

    /// The time of what comes now, so that one thing can follow the other.
    pub fn say(&mut self, at: f64, who: usize, text: &str) -> usize {
        self.event(at, who, Kind::Say, text)
    }
}
