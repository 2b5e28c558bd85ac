//! The event log as a trace file, for <https://ui.perfetto.dev> or
//! `chrome://tracing`: to zoom into a run, where the pictures of
//! [`timeline`](crate::timeline) only give an overview.
//!
//! The format is Chrome's [trace event format]. Every actor has a track, under
//! its process. On the track lies the actor's life as a slice; on that, the tasks,
//! callbacks, waits and sleeps, and what is not recorded; and arrows lead from causes
//! to effects. The phases lie on the section. Times are real, in microseconds; the
//! simulated ones stand beside them.
//!
//! [trace event format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

mod slice;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::record::{ActorKind, EntryId};
use crate::timeline::{Activity, ArrowEnd, Moment, Row, Timeline, Why};
use slice::{Slice, just_before, microseconds, nanoseconds, simulated, slice};

/// The track of the sections. Actors count from 0, so none has this number.
const SECTIONS: u32 = 999_999;

/// Between two sections.
const GAP: u64 = 1_000_000;

/// A trace of one program: one section after the other.
///
/// ```
/// use stage::record;
/// use stage::pace::pause;
/// use stage::timeline::Timeline;
/// use stage::trace::Trace;
///
/// record::start();
/// pause(0.01);
/// let mut trace = Trace::new("naps");
/// trace.add("nap", &Timeline::new(&record::take()));
/// assert!(trace.to_json().contains("traceEvents"));
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    program: String,
    events: Vec<Value>,
    named: HashSet<(u32, Option<u32>)>,
    flows: u64,
    /// Where the next section begins, in nanoseconds.
    offset: u64,
}

impl Trace {
    /// An empty trace of the program with this name.
    ///
    /// ```
    /// let trace = stage::trace::Trace::new("pools");
    /// # let _ = trace;
    /// ```
    pub fn new(program: &str) -> Self {
        Trace {
            program: program.to_string(),
            events: Vec::new(),
            named: HashSet::new(),
            flows: 0,
            offset: 0,
        }
    }

    /// Adds a section, behind those that are there.
    ///
    /// ```
    /// use stage::timeline::Timeline;
    ///
    /// let mut trace = stage::trace::Trace::new("pools");
    /// trace.add("nothing", &Timeline::new(&[]));
    /// ```
    pub fn add(&mut self, section: &str, timeline: &Timeline) {
        let Some(first) = timeline.rows.first() else {
            return;
        };
        let program = first.actor.process;
        if self.name(program, Some(SECTIONS), "sections") {
            self.events.push(json!({
                "ph": "M", "name": "thread_sort_index", "pid": program, "tid": SECTIONS, "ts": 0,
                "args": { "sort_index": -1 },
            }));
        }
        let mut slices = vec![slice(Slice {
            name: section,
            category: "section",
            track: (program, SECTIONS),
            from: self.offset,
            to: self.at(timeline.end),
            arguments: json!({}),
        })];
        for phase in &timeline.phases {
            slices.push(slice(Slice {
                name: &phase.name,
                category: "phase",
                track: (program, SECTIONS),
                from: self.at(phase.from),
                to: self.at(phase.to),
                arguments: simulated(phase.from, phase.to),
            }));
        }
        let mut places = HashMap::new();
        let causes: HashSet<EntryId> = timeline
            .arrows
            .iter()
            .map(|arrow| arrow.from.event)
            .collect();
        for row in &timeline.rows {
            self.name_tracks(row, program);
            self.row(timeline, row, &causes, &mut slices, &mut places);
        }
        for arrow in &timeline.arrows {
            let place = |end: &ArrowEnd| {
                let row = &timeline.rows[end.row];
                let at = places.get(&end.event).copied();
                (track_of(row), at.unwrap_or_else(|| self.in_life(row, end)))
            };
            let ((from, start), (to, end)) = (place(&arrow.from), place(&arrow.to));
            // The clocks of two processes may differ by a hair; an arrow back in
            // time cannot be drawn.
            if start > end {
                continue;
            }
            let name = match arrow.why {
                Why::Submitted => "submitted",
                Why::CalledBack => "is done",
                Why::Woken => "wakes",
                Why::Spawned => "creates",
            };
            let id = self.flows;
            self.flows += 1;
            for (phase, (pid, tid), at) in [("s", from, start), ("f", to, end)] {
                slices.push(json!({
                    "ph": phase, "bp": "e", "id": id, "name": name, "cat": "cause",
                    "pid": pid, "tid": tid, "ts": microseconds(at),
                }));
            }
        }
        // Readers want time to go forward, what is outside before what is inside,
        // and arrows after what they are bound to. The sort is stable.
        slices.sort_by(|a, b| {
            let key = |event: &Value| {
                let number = |key| event.get(key).and_then(Value::as_f64);
                (number("ts"), number("dur").map_or(1.0, |length| -length))
            };
            key(a).partial_cmp(&key(b)).expect("times are numbers")
        });
        self.events.append(&mut slices);
        self.offset = self.at(timeline.end) + GAP;
    }

    /// The whole file: an object with the list `traceEvents`, one event a line.
    ///
    /// ```
    /// let json = stage::trace::Trace::new("pools").to_json();
    /// assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    /// ```
    pub fn to_json(&self) -> String {
        let events: Vec<String> = self.events.iter().map(Value::to_string).collect();
        format!(
            "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n{}\n]}}\n",
            events.join(",\n")
        )
    }

    /// Nanoseconds since the first section began.
    fn at(&self, moment: Moment) -> u64 {
        self.offset + nanoseconds(moment.real)
    }

    fn name_tracks(&mut self, row: &Row, program: u32) {
        let actor = &row.actor;
        let process = match actor.kind {
            ActorKind::Process => actor.name.clone(),
            _ if actor.process == program => self.program.clone(),
            _ => format!("process {}", actor.process),
        };
        self.name(actor.process, None, &process);
        self.name(actor.process, Some(track_of(row).1), &actor.name);
    }

    /// Names a process, or one of its tracks. Returns whether that was new.
    fn name(&mut self, process: u32, track: Option<u32>, name: &str) -> bool {
        if !self.named.insert((process, track)) {
            return false;
        }
        let kind = match track {
            None => "process_name",
            Some(_) => "thread_name",
        };
        self.events.push(json!({
            "ph": "M", "name": kind, "pid": process, "tid": track.unwrap_or(1), "ts": 0,
            "args": { "name": name },
        }));
        true
    }

    /// The slices of a row, and where each of its events lies.
    fn row(
        &self,
        timeline: &Timeline,
        row: &Row,
        causes: &HashSet<EntryId>,
        slices: &mut Vec<Value>,
        places: &mut HashMap<EntryId, u64>,
    ) {
        let track = track_of(row);
        let mut arguments = simulated(row.born, row.exit);
        if !row.death.is_empty() {
            arguments["died"] = json!(row.death);
        }
        slices.push(slice(Slice {
            name: &row.actor.name,
            category: "life",
            track,
            from: self.at(row.born),
            to: self.at(row.exit),
            arguments,
        }));
        for span in &row.spans {
            let (from, to) = (self.at(span.from), self.at(span.to));
            places.insert(span.began, from);
            if let Some(ended) = span.ended {
                places.insert(ended, just_before(from, to));
            }
            let (name, category) = slice::name_of(timeline, span);
            slices.push(slice(Slice {
                name: &name,
                category,
                track,
                from,
                to,
                arguments: slice::arguments_of(span),
            }));
        }
        let segments = row.segments.iter();
        let unknown = segments.filter(|segment| segment.activity == Activity::NotRecorded);
        for segment in unknown.clone() {
            slices.push(slice(Slice {
                name: "not recorded",
                category: "unknown",
                track,
                from: self.at(segment.from),
                to: self.at(segment.to),
                arguments: simulated(segment.from, segment.to),
            }));
        }
        let mut changes: Vec<Moment> = row.marks.iter().map(|mark| mark.at).collect();
        changes.extend(row.spans.iter().flat_map(|span| [span.from, span.to]));
        changes.extend(unknown.flat_map(|segment| [segment.from, segment.to]));
        changes.push(row.exit);
        changes.sort();
        for mark in &row.marks {
            let at = self.at(mark.at);
            places.insert(mark.event, at);
            // An arrow needs a slice to begin in. It must not reach into the next.
            let next = changes[changes.partition_point(|change| *change <= mark.at)..].first();
            let room = next.map_or(0, |next| self.at(*next) - at);
            slices.push(match causes.contains(&mark.event) && room > 0 {
                true => slice(Slice {
                    name: &slice::mark_name(timeline, mark),
                    category: "mark",
                    track,
                    from: at,
                    to: at + room.min(1_000),
                    arguments: slice::mark_arguments(mark),
                }),
                false => json!({
                    "ph": "i", "s": "t", "name": slice::mark_name(timeline, mark), "cat": "mark",
                    "pid": track.0, "tid": track.1, "ts": microseconds(at),
                    "args": slice::mark_arguments(mark),
                }),
            });
        }
    }

    /// Births and deaths lie at the ends of a life.
    fn in_life(&self, row: &Row, end: &ArrowEnd) -> u64 {
        let (from, to) = (self.at(row.born), self.at(row.exit));
        self.at(end.at).clamp(from, just_before(from, to))
    }
}

/// Process and thread. A thread with the number 0 is special to Perfetto.
fn track_of(row: &Row) -> (u32, u32) {
    (row.actor.process, row.actor.number + 1)
}
