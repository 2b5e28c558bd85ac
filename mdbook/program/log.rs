//! The event log in the form that is kept beside the pages: what the check
//! needs, in few bytes, one event a line.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stage::record::{self, ActorKind, EntryId, Kind};

/// The log of one run of a section. A cause comes before its effects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    pub section: String,
    /// The pace of the run: simulated seconds in a real one.
    pub speed: f64,
    pub actors: Vec<Actor>,
    pub events: Vec<Entry>,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    pub name: String,
    pub kind: ActorKind,
    /// The system's number of its process.
    pub process: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Simulated microseconds since the section began.
    pub at: u64,
    /// Which of the actors.
    pub who: usize,
    pub kind: Kind,
    /// Pool and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<(u32, u64)>,
    /// Which of the events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<usize>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Log {
    pub fn new(section: &str, speed: f64, events: &[record::Entry]) -> Self {
        let events = ordered(events);
        let places: HashMap<EntryId, usize> = events
            .iter()
            .enumerate()
            .map(|(place, event)| (event.id, place))
            .collect();
        let mut actors = Vec::new();
        let mut numbers = HashMap::new();
        let entries = events
            .iter()
            .map(|event| {
                let actor = &event.actor;
                let who = *numbers
                    .entry((actor.process, actor.number))
                    .or_insert_with(|| {
                        actors.push(Actor {
                            name: actor.name.clone(),
                            kind: actor.kind,
                            process: actor.process,
                        });
                        actors.len() - 1
                    });
                Entry {
                    at: event.simulated.as_micros() as u64,
                    who,
                    kind: event.kind,
                    task: event.task.map(|task| (task.pool, task.number)),
                    cause: event.cause.and_then(|cause| places.get(&cause).copied()),
                    text: event.text.clone(),
                }
            })
            .collect();
        Log {
            section: section.to_string(),
            speed,
            actors,
            events: entries,
        }
    }

    /// As it is kept: JSON, an event a line, so that two captures can be compared.
    pub fn to_json(&self) -> String {
        let mut text = format!(
            "{{\"section\":{},\"speed\":{},\n\"actors\":[\n",
            json(&self.section),
            self.speed
        );
        text.push_str(&lines(&self.actors));
        text.push_str("],\n\"events\":[\n");
        text.push_str(&lines(&self.events));
        text.push_str("]}\n");
        text
    }

    pub fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

fn json<T: Serialize>(value: &T) -> String {
    // Strings, numbers and structs of them can always be written.
    serde_json::to_string(value).unwrap_or_default()
}

fn lines<T: Serialize>(values: &[T]) -> String {
    let lines: Vec<String> = values.iter().map(json).collect();
    lines.join(",\n") + "\n"
}

/// By time, but a cause before its effects: the clocks of two processes differ
/// by some microseconds.
fn ordered(events: &[record::Entry]) -> Vec<&record::Entry> {
    let mut events: Vec<&record::Entry> = events.iter().collect();
    events.sort_by_key(|event| (event.id.process, event.id.number));
    let places: HashMap<EntryId, usize> = events
        .iter()
        .enumerate()
        .map(|(place, event)| (event.id, place))
        .collect();
    let mut times: Vec<Duration> = events.iter().map(|event| event.real).collect();
    // A shift is handed on from process to process; there are few.
    loop {
        let mut shifted = false;
        for place in 0..events.len() {
            let before = place
                .checked_sub(1)
                .filter(|before| events[*before].id.process == events[place].id.process);
            let cause = events[place]
                .cause
                .and_then(|cause| places.get(&cause).copied());
            for earlier in [before, cause].into_iter().flatten() {
                let earliest = times[earlier] + Duration::from_nanos(1);
                if times[place] < earliest && earlier != place {
                    times[place] = earliest;
                    shifted = true;
                }
            }
        }
        if !shifted {
            break;
        }
    }
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|place| times[*place]);
    order.into_iter().map(|place| events[place]).collect()
}
