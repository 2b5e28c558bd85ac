//! Logs and changed copies of them, and assertions.

use std::collections::HashMap;

use crate::captured::Captured;
use crate::legal::compared::{Stated, findings};
use crate::legal::finding::{Complaint, Nature, worst};
use crate::legal::known::Known;
use crate::legal::{Decision, Judge};
use crate::log::{Entry, Log};
use crate::record::Kind;

/// What one run alone says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Legal,
    Illegal(Vec<Complaint>),
    /// A late machine, the pace, or what else runs there may be the reason.
    Unclear(Vec<Complaint>),
}

/// Compares one run with the book's, without the section's source.
pub fn compare(captured: &Captured, new: &Captured) -> Verdict {
    let (old, new) = (Known::of(captured), Known::of(new));
    let found = findings(&old, &new, &Stated::default(), 2);
    let clear = found
        .iter()
        .filter(|finding| finding.nature == Nature::Plain);
    match (clear.clone().next(), found.is_empty()) {
        (_, true) => Verdict::Legal,
        (None, false) => Verdict::Unclear(worst(found.iter())),
        (Some(_), false) => Verdict::Illegal(worst(clear)),
    }
}

/// A real run. It is kept here, so that a section can change and these tests cannot.
pub fn recorded(name: &str) -> Captured {
    let (output, log) = match name {
        "bounded" => (
            include_str!("../logs/bounded.ansi"),
            include_str!("../logs/bounded.events.json"),
        ),
        _ => (
            include_str!("../logs/process_squares.ansi"),
            include_str!("../logs/process_squares.events.json"),
        ),
    };
    Captured {
        output: output.to_string(),
        log: Log::from_json(log).unwrap(),
    }
}

/// A run with that log that printed exactly what the log says.
pub fn run(log: Log) -> Captured {
    let mut output = format!("  0.0 s  lesson      │ {}: a title\n", log.section);
    for event in &log.events {
        if event.kind == Kind::Say {
            let seconds = event.at as f64 / 1e6;
            let actor = &log.actors[event.who].name;
            output += &format!("{seconds:>5.1} s  {actor:<11} │ {}\n", event.text);
        }
    }
    let end = log.events.last().map_or(0.0, |event| event.at as f64 / 1e6);
    output += &format!(
        "{end:>5.1} s  lesson      │ {} took {end:.1} s\n",
        log.section
    );
    Captured { output, log }
}

/// The same events in another order, with their causes.
pub fn in_order(log: &Log, order: &[usize]) -> Log {
    let place_of: HashMap<usize, usize> = order
        .iter()
        .enumerate()
        .map(|(new, old)| (*old, new))
        .collect();
    let mut events: Vec<Entry> = order.iter().map(|old| log.events[*old].clone()).collect();
    let mut latest = 0;
    for event in &mut events {
        event.cause = event.cause.and_then(|cause| place_of.get(&cause).copied());
        latest = latest.max(event.at);
        event.at = latest;
    }
    Log {
        events,
        ..log.clone()
    }
}

/// The event at `from` moved to `to`.
pub fn moved(log: &Log, from: usize, to: usize) -> Log {
    let mut order: Vec<usize> = (0..log.events.len())
        .filter(|place| *place != from)
        .collect();
    order.insert(to, from);
    let mut log = log.clone();
    // Its time is that of its new place.
    log.events[from].at = log.events[to].at;
    in_order(&log, &order)
}

/// The first line with this text.
pub fn line(log: &Log, text: &str) -> usize {
    log.events
        .iter()
        .position(|event| event.kind == Kind::Say && event.text == text)
        .unwrap_or_else(|| panic!("no line says “{text}”"))
}

pub fn event(log: &Log, kind: Kind, task: u64) -> usize {
    log.events
        .iter()
        .position(|event| event.kind == kind && event.task == Some((0, task)))
        .unwrap_or_else(|| panic!("there is no {kind:?} of task {task}"))
}

pub fn worker(log: &Log, name: &str) -> usize {
    log.actors
        .iter()
        .position(|actor| actor.name == name)
        .unwrap()
}

#[track_caller]
pub fn passes(old: &Captured, new: Log) {
    assert_eq!(compare(old, &run(new)), Verdict::Legal);
}

/// The same run at another pace.
pub fn at_speed(log: Log, speed: f64) -> Captured {
    run(Log { speed, ..log })
}

/// Fails, and one of the complaints has these words.
#[track_caller]
pub fn fails(old: &Captured, new: Log, words: &str) {
    fails_as(old, &run(new), words);
}

#[track_caller]
pub fn fails_as(old: &Captured, new: &Captured, words: &str) {
    fails_with(old, new, "", words);
}

/// Fails in the second run that complains of the same thing.
#[track_caller]
pub fn fails_with(old: &Captured, new: &Captured, source: &str, words: &str) {
    let mut judge = Judge::new(old, source);
    let again = judge.feed(new, 0.0);
    assert!(matches!(again, Decision::Again { .. }), "{again:#?}");
    match judge.feed(new, 0.0) {
        Decision::Illegal(complaints) => assert!(
            complaints
                .iter()
                .any(|complaint| complaint.what.contains(words)),
            "not said: {words}\n{complaints:#?}"
        ),
        other => panic!("{other:#?}"),
    }
}

/// The real log, under the title that [`run`] prints.
pub fn bounded() -> Captured {
    run(recorded("bounded").log)
}

pub fn squares() -> Captured {
    run(recorded("process_squares").log)
}

/// A pseudo-random number.
pub fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 33) as usize
}

/// Another order of the events: two neighbours of different actors at the same moment are
/// exchanged, unless one causes the other.
pub fn shaken(log: &Log, seed: u64) -> Log {
    let mut state = seed;
    let mut order: Vec<usize> = (0..log.events.len()).collect();
    for _ in 0..20_000 {
        let place = next(&mut state) % (order.len() - 1);
        let (first, second) = (&log.events[order[place]], &log.events[order[place + 1]]);
        let bound = first.who == second.who
            || second.cause == Some(order[place])
            || second.kind == Kind::Wake
            // What a child process does stays after its creation.
            || first.at.abs_diff(second.at) > 20_000;
        if !bound {
            order.swap(place, place + 1);
        }
    }
    in_order(log, &order)
}
