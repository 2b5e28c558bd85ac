//! Who runs a callback.
//!
//! A callback that is there when its task ends runs where the end is known: on the worker
//! that ran the task, on the canceller, or, for a pool of processes, on the pool's thread
//! for callbacks. One that is added later runs at once, on its adder. Which of the two it
//! is can be a matter of luck. If it was the adder in the book, the strand that added it
//! may be the only other one; a callback is never run by a thread of its own.

use super::finding::Finding;
use super::known::Known;
use super::strands::Strand;
use crate::record::{About, Kind};

/// Where a callback ran.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// On the actor that ended the task.
    Ender,
    /// On the thread of a process pool that is there for it.
    ThreadForCallbacks,
    /// In the middle of another strand, which added it late.
    Adder(String),
    /// On an actor that neither ended the task nor added the callback.
    Stranger(String),
}

impl Place {
    fn words(&self) -> String {
        match self {
            Place::Ender => "by whoever ended the task".to_string(),
            Place::ThreadForCallbacks => "by the pool's thread for callbacks".to_string(),
            Place::Adder(strand) => format!("by {strand}"),
            Place::Stranger(actor) => format!("by {actor}, which has nothing to do with it"),
        }
    }
}

/// Callbacks that run on another actor than they have to.
pub fn differences(old: &Known<'_>, new: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (callback, (before, certain, line)) in places(old) {
        let Some((_, (now, _, _))) = places(new).into_iter().find(|(name, _)| *name == callback)
        else {
            continue;
        };
        if before == now || (!certain && may_change(&before, &now, old)) {
            continue;
        }
        found.push(Finding::plain(
            line,
            format!(
                "{callback} is now run {}; in the book {}",
                now.words(),
                before.words()
            ),
        ));
    }
    found
}

/// Whether it may be luck: the task ended before the callback was added, or after.
fn may_change(before: &Place, now: &Place, old: &Known<'_>) -> bool {
    use Place::{Adder, Ender, ThreadForCallbacks};
    match (before, now) {
        (Adder(_), Ender | ThreadForCallbacks) => true,
        (Ender | ThreadForCallbacks, Adder(strand)) => old.doings.contains_key(strand),
        _ => false,
    }
}

type Found = (String, (Place, bool, Option<usize>));

/// For each callback, by name, where it ran, whether it had to, and the line near it.
fn places(known: &Known<'_>) -> Vec<Found> {
    let log = &known.run.log;
    let begun = (0..log.events.len()).filter(|place| log.events[*place].kind == Kind::Callback);
    begun
        .filter_map(|place| {
            let event = &log.events[place];
            let strand = known.strands.of_event[place];
            let Strand::Callback { inside } = known.strands.kinds[strand] else {
                return None;
            };
            let name = known.strands.names[strand].clone();
            let ender = event.cause.map(|end| log.events[end].who);
            let did_something = (0..place).any(|earlier| {
                known.strands.of_event[earlier] == inside && log.events[earlier].kind != Kind::Born
            });
            let actor = &log.actors[event.who].name;
            let late = match event.about {
                About::Callback { late } => Some(late),
                _ => None,
            };
            let place = if late == Some(true) {
                Place::Adder(known.strands.names[inside].clone())
            } else if ender == Some(event.who) {
                Place::Ender
            } else if actor.ends_with("_callbacks") {
                Place::ThreadForCallbacks
            } else if late.is_none() && did_something {
                Place::Adder(known.strands.names[inside].clone())
            } else {
                Place::Stranger(actor.clone())
            };
            let certain = known.before.is_late(strand);
            let line = known.doings.get(&name);
            let line = line.and_then(|doings| known.line_near(doings, 0));
            Some((name, (place, certain, line)))
        })
        .collect()
}
