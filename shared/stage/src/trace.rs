//! The event log as a trace file, for <https://ui.perfetto.dev> or
//! `chrome://tracing`: to zoom into a run, where the pictures of
//! [`timeline`](crate::timeline) only give an overview.
//!
//! The format is Chrome's [trace event format]. Every actor has a track, under
//! its process. On the track lies the actor's life as a slice; on that, the tasks,
//! callbacks, waits and sleeps; and arrows lead from causes to effects. Times are
//! real, in microseconds; the simulated ones stand beside them.
//!
//! [trace event format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::record::{ActorKind, EntryId, Kind};
use crate::timeline::{Activity, ArrowEnd, Mark, Moment, Row, Span, Timeline, Why};

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
        let mut places = HashMap::new();
        let causes: HashSet<EntryId> = timeline
            .arrows
            .iter()
            .map(|arrow| arrow.from.event)
            .collect();
        for row in &timeline.rows {
            self.name_tracks(row, program);
            self.row(row, &causes, &mut slices, &mut places);
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
            let (name, category) = name_of(span);
            slices.push(slice(Slice {
                name: &name,
                category,
                track,
                from,
                to,
                arguments: arguments_of(span),
            }));
        }
        let mut changes: Vec<Moment> = row.marks.iter().map(|mark| mark.at).collect();
        changes.extend(row.spans.iter().flat_map(|span| [span.from, span.to]));
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
                    name: &mark_name(mark),
                    category: "mark",
                    track,
                    from: at,
                    to: at + room.min(1_000),
                    arguments: mark_arguments(mark),
                }),
                false => json!({
                    "ph": "i", "s": "t", "name": mark_name(mark), "cat": "mark",
                    "pid": track.0, "tid": track.1, "ts": microseconds(at),
                    "args": mark_arguments(mark),
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

struct Slice<'a> {
    name: &'a str,
    category: &'a str,
    track: (u32, u32),
    from: u64,
    to: u64,
    arguments: Value,
}

fn slice(slice: Slice<'_>) -> Value {
    json!({
        "ph": "X", "name": slice.name, "cat": slice.category,
        "pid": slice.track.0, "tid": slice.track.1,
        "ts": microseconds(slice.from), "dur": microseconds(slice.to - slice.from),
        "args": slice.arguments,
    })
}

/// Process and thread. A thread with the number 0 is special to Perfetto.
fn track_of(row: &Row) -> (u32, u32) {
    (row.actor.process, row.actor.number + 1)
}

fn name_of(span: &Span) -> (String, &'static str) {
    let task = || span.task.map_or("a task".to_string(), |id| id.to_string());
    match span.activity {
        Activity::Running => (task(), "task"),
        Activity::Callback => (format!("callback of {}", task()), "callback"),
        Activity::Sleeping => ("sleeps".to_string(), "sleep"),
        _ => (format!("waits for {}", span.text), "wait"),
    }
}

fn arguments_of(span: &Span) -> Value {
    let mut arguments = simulated(span.from, span.to);
    arguments["at"] = json!(format!("{}:{}", span.file, span.line));
    if let Some(task) = span.task {
        arguments["task"] = json!(task.number);
        arguments["pool"] = json!(task.pool);
    }
    if !span.text.is_empty() {
        arguments["text"] = json!(span.text);
    }
    if !span.failure.is_empty() {
        arguments["failed"] = json!(span.failure);
    }
    if span.ended.is_none() {
        arguments["unfinished"] = json!(true);
    }
    arguments
}

fn mark_name(mark: &Mark) -> String {
    let task = || mark.task.map_or("a task".to_string(), |id| id.to_string());
    match mark.kind {
        Kind::Say => mark.text.clone(),
        Kind::Submit => format!("submits {}", task()),
        Kind::Cancel => format!("cancels {}", task()),
        Kind::Spawn => format!("creates {}", mark.text),
        Kind::Switch => format!("switches to {}", mark.text),
        Kind::Pool => format!("makes {}", mark.text),
        Kind::Shutdown => format!("shuts {} down", mark.text),
        kind => format!("{kind:?} {}", mark.text).trim_end().to_string(),
    }
}

fn mark_arguments(mark: &Mark) -> Value {
    let mut arguments = json!({
        "at": format!("{}:{}", mark.file, mark.line),
        "simulated": mark.at.simulated.as_secs_f64(),
    });
    if let Some(task) = mark.task {
        arguments["task"] = json!(task.number);
        arguments["pool"] = json!(task.pool);
    }
    arguments
}

/// In simulated seconds.
fn simulated(from: Moment, to: Moment) -> Value {
    json!({
        "simulated from": from.simulated.as_secs_f64(),
        "simulated to": to.simulated.as_secs_f64(),
    })
}

/// The last moment that surely lies inside.
fn just_before(from: u64, to: u64) -> u64 {
    to.saturating_sub(1).max(from)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4)
}

fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Entry;
    use crate::timeline::logs::{self, HOME, Log};

    fn events(trace: &Trace) -> Vec<Value> {
        let json: Value = serde_json::from_str(&trace.to_json()).expect("the trace is JSON");
        json["traceEvents"]
            .as_array()
            .expect("it has a list")
            .clone()
    }

    fn of(log: &[Entry]) -> Trace {
        let mut trace = Trace::new("pools");
        trace.add("bounded", &Timeline::new(log));
        trace
    }

    fn is(event: &Value, phase: &str) -> bool {
        event["ph"] == phase
    }

    fn number(event: &Value, key: &str) -> f64 {
        event[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{key} of {event}"))
    }

    fn encloses(slice: &Value, event: &Value) -> bool {
        let (ts, at) = (number(slice, "ts"), number(event, "ts"));
        slice["pid"] == event["pid"]
            && slice["tid"] == event["tid"]
            && ts <= at
            && at <= ts + number(slice, "dur") + 1e-6
    }

    fn check(trace: &Trace) {
        let events = events(trace);
        let slices: Vec<&Value> = events.iter().filter(|event| is(event, "X")).collect();
        for event in &events {
            match event["ph"].as_str().unwrap() {
                "X" => assert!(number(event, "dur") >= 0.0),
                "M" | "i" => {}
                "s" | "f" => {
                    let bound = |slice: &&&Value| encloses(slice, event);
                    assert!(slices.iter().any(|slice| bound(&slice)), "{event}");
                    let id = &event["id"];
                    let ends: Vec<&Value> = events
                        .iter()
                        .filter(|other| other["id"] == *id && other.get("bp").is_some())
                        .collect();
                    assert!(is(ends[0], "s") && is(ends[1], "f") && ends.len() == 2);
                    assert!(number(ends[0], "ts") <= number(ends[1], "ts"));
                }
                other => panic!("what is `{other}`?"),
            }
            // Every track and every process has a name.
            let named = |what: &str, with_track: bool| {
                events.iter().any(|name| {
                    name["name"] == what
                        && name["pid"] == event["pid"]
                        && (!with_track || name["tid"] == event["tid"])
                })
            };
            assert!(named("process_name", false), "{event}");
            assert!(is(event, "M") || named("thread_name", true), "{event}");
        }
        // Slices of a track lie inside one another, or apart.
        for (place, one) in slices.iter().enumerate() {
            for other in &slices[place + 1..] {
                if one["pid"] != other["pid"] || one["tid"] != other["tid"] {
                    continue;
                }
                let end = |slice: &Value| number(slice, "ts") + number(slice, "dur");
                let apart = end(one) <= number(other, "ts") + 1e-6;
                let inside = end(other) <= end(one) + 1e-6;
                assert!(apart || inside, "{one} {other}");
            }
        }
    }

    #[test]
    fn a_pool_is_a_trace() {
        let trace = of(&logs::pool().events);
        check(&trace);
        let events = events(&trace);
        let tasks = events.iter().filter(|event| event["cat"] == "task");
        assert_eq!(tasks.count(), 3);
        let arrows = events.iter().filter(|event| is(event, "s"));
        assert_eq!(arrows.count(), 7);
        let failed = events.iter().find(|event| event["name"] == "task 2");
        assert!(failed.unwrap()["args"]["failed"].is_string());
    }

    #[test]
    fn real_time_is_in_microseconds_and_simulated_time_stands_beside_it() {
        let trace = of(&logs::pool().events);
        let events = events(&trace);
        let task = events.iter().find(|event| event["name"] == "task 0");
        let task = task.unwrap();
        assert_eq!(number(task, "ts"), 1_000.0);
        assert_eq!(number(task, "dur"), 99_900.0);
        assert_eq!(task["args"]["simulated from"], 0.01);
        assert_eq!(task["args"]["at"], "lessons/pools/src/bounded.rs:7");
    }

    #[test]
    fn sections_follow_one_another() {
        let timeline = Timeline::new(&logs::pool().events);
        let mut trace = Trace::new("pools");
        trace.add("one", &timeline);
        trace.add("nothing", &Timeline::new(&[]));
        trace.add("two", &timeline);
        check(&trace);
        let events = events(&trace);
        let sections: Vec<&Value> = events
            .iter()
            .filter(|event| event["cat"] == "section")
            .collect();
        assert_eq!(sections.len(), 2);
        let end = number(sections[0], "ts") + number(sections[0], "dur");
        assert!(end < number(sections[1], "ts"));
    }

    #[test]
    fn processes_have_tracks_of_their_own() {
        let mut log = Log::default();
        log.thread("main");
        log.process("process-0_0", 200);
        log.process("process-0_1", 300);
        log.add(0, "main", Kind::Submit, 0, None, "");
        log.add(1, "process-0_0", Kind::Start, 0, None, "");
        log.add(2, "process-0_1", Kind::Start, 1, None, "");
        let trace = of(&log.events);
        check(&trace);
        let events = events(&trace);
        let name = |pid: u32| {
            let mut all = events.iter();
            let found = all.find(|event| event["name"] == "process_name" && event["pid"] == pid);
            found.unwrap()["args"]["name"].clone()
        };
        assert_eq!(name(HOME), "pools");
        assert_eq!(name(200), "process-0_0");
        assert_eq!(name(300), "process-0_1");
    }

    #[test]
    fn what_never_ended_has_an_end_and_says_so() {
        let mut log = Log::default();
        log.thread("main");
        log.add(0, "main", Kind::Start, 0, None, "");
        log.add(5, "main", Kind::Wait, 0, None, "nothing");
        log.add(9, "main", Kind::Say, 0, None, "still here");
        let trace = of(&log.events);
        check(&trace);
        let events = events(&trace);
        let unfinished = events
            .iter()
            .filter(|event| event["args"]["unfinished"] == true);
        assert_eq!(unfinished.count(), 2);
    }

    #[test]
    fn events_at_the_same_moment_are_no_trouble() {
        let mut log = Log::default();
        log.thread("main");
        log.thread("pool-0_0");
        let submitted = log.add(0, "main", Kind::Submit, 0, None, "");
        let started = log.add(0, "pool-0_0", Kind::Start, 0, submitted, "");
        let ended = log.add(0, "pool-0_0", Kind::End, 0, started, "");
        log.add(0, "pool-0_0", Kind::Callback, 0, ended, "");
        check(&of(&log.events));
        check(&of(&[]));
    }
}
