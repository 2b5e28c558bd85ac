//! The state of an event over time, and who waits for it.

use std::collections::BTreeMap;

use super::run::Run;
use super::spans::{Activity, seconds};
use crate::record::{Kind, Target};

/// A stretch in which an event had one state.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    pub from: f64,
    pub to: f64,
    pub set: bool,
    /// What began it; nothing did at first.
    pub entry: Option<usize>,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub name: String,
    pub stretches: Vec<Stretch>,
    /// The actors that wait for it, as places in the run's list.
    pub waiters: Vec<usize>,
}

/// The events that are set or cleared between two moments and that an actor waits for.
#[must_use]
pub fn bands(run: &Run, from: f64, to: f64) -> Vec<Band> {
    let mut changes: BTreeMap<&str, Vec<(f64, bool, usize)>> = BTreeMap::new();
    for (place, entry) in run.events.iter().enumerate() {
        if matches!(entry.kind, Kind::Set | Kind::Clear) {
            let change = (seconds(entry), entry.kind == Kind::Set, place);
            changes.entry(&entry.text).or_default().push(change);
        }
    }
    let mut bands: Vec<(usize, Band)> = Vec::new();
    for (name, changes) in changes {
        let waiters: Vec<usize> = (0..run.actors.len())
            .filter(|actor| waits_for(run, *actor, name, from, to))
            .collect();
        let changed = changes
            .iter()
            .copied()
            .find(|(at, ..)| *at >= from && *at <= to);
        let (Some((.., first)), false) = (changed, waiters.is_empty()) else {
            continue;
        };
        let band = Band {
            name: name.to_string(),
            stretches: stretches(&known(run, name, changes, from), from, to),
            waiters,
        };
        bands.push((first, band));
    }
    bands.sort_by_key(|(first, _)| *first);
    bands.into_iter().map(|(_, band)| band).collect()
}

/// The changes that count from `from` on. A thread that begins to wait finds the event
/// clear: what was set before is another event of that name.
fn known(
    run: &Run,
    name: &str,
    changes: Vec<(f64, bool, usize)>,
    from: f64,
) -> Vec<(f64, bool, usize)> {
    let first = changes.iter().map(|(at, ..)| *at).find(|at| *at >= from);
    let first = first.unwrap_or(f64::INFINITY);
    let begins = |actor| waits_for(run, actor, name, from, first);
    match (0..run.actors.len()).any(begins) {
        true => changes.into_iter().filter(|(at, ..)| *at >= from).collect(),
        false => changes,
    }
}

fn waits_for(run: &Run, actor: usize, name: &str, from: f64, to: f64) -> bool {
    run.actors[actor].spans.iter().any(|span| {
        let Activity::Wait(wait) = &span.activity else {
            return false;
        };
        let of_event = match &wait.target {
            Some(Target::Event(event)) => event == name,
            Some(_) => false,
            None => wait.text == name,
        };
        of_event && span.from < to && span.to > from
    })
}

fn stretches(changes: &[(f64, bool, usize)], from: f64, to: f64) -> Vec<Stretch> {
    let mut stretches = vec![Stretch {
        from,
        to,
        set: false,
        entry: None,
    }];
    for (at, set, place) in changes {
        if *at > to {
            break;
        }
        let last = stretches.last_mut().expect("there is always one");
        if last.set == *set {
            continue;
        }
        let next = Stretch {
            from: at.max(from),
            to,
            set: *set,
            entry: Some(*place),
        };
        if *at <= from {
            *last = next;
        } else {
            last.to = *at;
            stretches.push(next);
        }
    }
    stretches
}
