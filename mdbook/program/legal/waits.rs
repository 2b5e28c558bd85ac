//! Waits: who waits, for what, how long at most, and whether it gave up.
//!
//! A program that asks again and again is not one that waits. But whether a short wait
//! is in the record is a matter of luck: what it is for may be there already. So a wait
//! is *certain* if its ideal length is at least [`CERTAIN`]; so are the join of a named
//! thread and the wait at a barrier, which are entered even if they end at once. Any
//! other wait may be missing in a run. Where there is one, it has to be for the same
//! thing.
//!
//! What was seen from outside, by the system call, is seen in pieces: pieces of the same
//! kind that follow each other are one wait.

use super::clock::{Clock, seconds};
use super::doing::{CERTAIN, Doing, Waited};
use super::finding::{Finding, Nature};
use super::redact::Redactor;
use super::strands::Strands;
use crate::log::Log;
use crate::record::{About, Outcome, Target};

/// Limits that differ by less, in seconds and in proportion, are the same: real and
/// simulated time are rounded when one is made from the other.
const SAME_LIMIT: f64 = 0.005;

/// The wait that begins with this event, if it says what it is for.
pub fn doing(
    log: &Log,
    strands: &Strands,
    clock: &Clock,
    redactor: &Redactor<'_>,
    place: usize,
) -> Option<Doing> {
    let event = &log.events[place];
    let About::Wait { target, limit } = &event.about else {
        return None;
    };
    let end = clock.ends.get(&place).copied();
    let is_seen = *target == Target::Seen;
    let length = end.map_or(0.0, |end| match is_seen {
        true => seconds(log.events[end].at) - seconds(event.at),
        false => clock.ideal[end] - clock.ideal[place],
    });
    let is_open = end.is_some_and(|end| clock.open.contains(&end));
    let gave_up = end.is_some_and(|end| log.events[end].about == About::Outcome(Outcome::GaveUp));
    let always = match target {
        Target::Actor(name) => !strands.serves(name),
        Target::Barrier(_) => true,
        _ => false,
    };
    Some(Doing {
        event: place,
        text: format!(
            "waits for {}",
            name(strands, redactor, target, event.who, &event.text)
        ),
        raw: String::new(),
        figures: Vec::new(),
        certain: always || length >= CERTAIN,
        wait: Some(Waited {
            limit: *limit,
            speed: log.speed,
            gave_up,
            open: (is_seen || is_open).then_some(length),
            seen: is_seen,
        }),
    })
}

/// What is waited for, in words that are the same in every run.
fn name(
    strands: &Strands,
    redactor: &Redactor<'_>,
    target: &Target,
    who: usize,
    text: &str,
) -> String {
    let words = || redactor.said_by(who, text, &mut Vec::new()).0;
    match target {
        Target::Result(task) => format!("the result of {}", strands.task((task.pool, task.number))),
        Target::Futures(count) => format!("some or all of {count} futures"),
        Target::Pool(pool) => format!("the end of pool {pool}"),
        Target::Actor(name) if strands.serves(name) => "the end of a worker".to_string(),
        Target::Actor(name) => format!("the end of {name}"),
        Target::Event(name) => format!("the event {name}"),
        Target::Lock => "a lock".to_string(),
        Target::Notification => "a notification".to_string(),
        Target::Barrier(count) => format!("a barrier of {count}"),
        Target::Channel => "a channel".to_string(),
        Target::Outside => words(),
        Target::Seen => format!("{} (seen from outside)", words()),
    }
}

/// Adds a doing. A wait that was seen in pieces becomes one.
pub fn push(doings: &mut Vec<Doing>, doing: Doing) {
    if let Some(last) = doings.last_mut()
        && last.text == doing.text
        && let (Some(before), Some(more)) = (&mut last.wait, &doing.wait)
        && before.seen
        && more.seen
    {
        let length = before.open.unwrap_or(0.0) + more.open.unwrap_or(0.0);
        before.open = Some(length);
        last.certain = length >= CERTAIN;
        return;
    }
    doings.push(doing);
}

/// A run that is so late may give up a wait, or no longer.
const LATE: f64 = 0.1;

/// The differences of two waits of one strand for the same thing. The new run is late by
/// so many seconds there.
pub fn differences(
    (name, line): (&str, Option<usize>),
    old: &Doing,
    new: &Doing,
    late: f64,
) -> Vec<Finding> {
    let (Some(before), Some(now)) = (&old.wait, &new.wait) else {
        return Vec::new();
    };
    let what = &old.text;
    let mut found = Vec::new();
    if !same_limit(before, now) {
        found.push(Finding::new(
            format!("{name}, limit: {what}"),
            line,
            format!(
                "{name} {what}, now {}; in the book {}",
                shown(now),
                shown(before)
            ),
            Nature::Pace,
        ));
    }
    if before.gave_up != now.gave_up && (old.certain || new.certain) {
        let now = match now.gave_up {
            true => "now gives up; in the book it does not",
            false => "no longer gives up",
        };
        let sentence = format!("{name} {what} and {now}");
        let nature = match late > LATE {
            true => Nature::Late(late),
            false => Nature::Plain,
        };
        found.push(Finding::new(sentence.clone(), line, sentence, nature));
    }
    found
}

/// A limit may be meant in real seconds or in simulated ones.
fn same_limit(old: &Waited, new: &Waited) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= SAME_LIMIT * a.max(b) + SAME_LIMIT;
    match (old.limit, new.limit) {
        (None, None) => true,
        (Some(before), Some(now)) => near(before, now) || near(before * old.speed, now * new.speed),
        _ => false,
    }
}

fn shown(wait: &Waited) -> String {
    match wait.limit {
        None => "as long as it takes".to_string(),
        Some(limit) => format!("for {:.2} simulated seconds at most", limit * wait.speed),
    }
}
