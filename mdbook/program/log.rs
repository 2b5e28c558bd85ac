//! The event log in the form that is kept beside the pages: what the check needs, in
//! few bytes, one event per line.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::record::{self, About, ActorKind, EntryId, Kind};

/// The log of one run of a section. A cause comes before its effects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    pub section: String,
    /// The pace of the run: simulated seconds per real second.
    pub speed: f64,
    pub actors: Vec<Actor>,
    pub events: Vec<Entry>,
}

/// A thread or a process that does something.
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
    /// The actor, as its place in `actors`.
    pub who: usize,
    pub kind: Kind,
    /// The numbers of the pool and of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<(u32, u64)>,
    /// The event that caused this one, as its place in `events`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<usize>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What the entry tells in a form that can be compared.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub about: About,
    /// The line of the section's own source that did it. For an entry of the library
    /// that is the nearest line of the section: that of its cause, or else the one
    /// that the actor was at before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The processor time that the actor's thread had used, in real microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u64>,
}

fn is_nothing(about: &About) -> bool {
    *about == About::Nothing
}

impl Log {
    /// Puts the events of a run of `section`, whose source is the file `source`, in order
    /// and replaces their ids by places.
    pub fn new(section: &str, source: &str, speed: f64, events: &[record::Entry]) -> Self {
        let events = ordered(events);
        let places: HashMap<EntryId, usize> = events
            .iter()
            .enumerate()
            .map(|(place, event)| (event.id, place))
            .collect();
        let mut actors = Vec::new();
        let mut numbers = HashMap::new();
        let lines = lines_of_section(&events, &places, source);
        let entries = events
            .iter()
            .zip(lines)
            .map(|(event, line)| {
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
                    about: event.about.clone(),
                    line,
                    cpu: event.cpu.map(|cpu| cpu.as_micros() as u64),
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

    /// JSON with one event per line, so that a diff of two captures can be read.
    #[must_use]
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

/// For each event the line of the section that did it; see [`Entry::line`].
fn lines_of_section(
    events: &[&record::Entry],
    places: &HashMap<EntryId, usize>,
    source: &str,
) -> Vec<Option<u32>> {
    let mut lines: Vec<Option<u32>> = Vec::new();
    let mut last = HashMap::new();
    for event in events {
        let actor = (event.actor.process, event.actor.number);
        let own = (event.file == source).then_some(event.line);
        let cause = event.cause.and_then(|cause| places.get(&cause));
        let of_cause = cause.and_then(|place| lines.get(*place).copied().flatten());
        let line = own.or(of_cause).or_else(|| last.get(&actor).copied());
        if let Some(line) = line {
            last.insert(actor, line);
        }
        lines.push(line);
    }
    lines
}

fn json<T: Serialize>(value: &T) -> String {
    // Strings, numbers and structs of them can always be serialised.
    serde_json::to_string(value).unwrap_or_default()
}

fn lines<T: Serialize>(values: &[T]) -> String {
    let lines: Vec<String> = values.iter().map(json).collect();
    lines.join(",\n") + "\n"
}

/// By time, but with each cause before its effects: the clocks of two processes
/// differ by some microseconds.
fn ordered(events: &[record::Entry]) -> Vec<&record::Entry> {
    let mut events: Vec<&record::Entry> = events.iter().collect();
    events.sort_by_key(|event| (event.id.process, event.id.number));
    let places: HashMap<EntryId, usize> = events
        .iter()
        .enumerate()
        .map(|(place, event)| (event.id, place))
        .collect();
    let mut times: Vec<Duration> = events.iter().map(|event| event.real).collect();
    // A shift in one process may require one in another; there are few processes, so
    // this ends soon.
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
