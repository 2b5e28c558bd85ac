//! What happened before what because the program makes it so.

use std::collections::HashMap;

use stage::record::Kind;

use super::strands::{Strand, Strands};
use crate::log::Log;

/// For each event the set of those that had to happen before it.
#[derive(Debug)]
pub struct Before {
    words: usize,
    bits: Vec<u64>,
}

impl Before {
    pub fn of(log: &Log, strands: &Strands) -> Self {
        let words = log.events.len().div_ceil(64);
        let mut before = Before {
            words,
            bits: vec![0; words * log.events.len()],
        };
        let mut last_of: HashMap<usize, usize> = HashMap::new();
        // The end of a callback that the next event of the strand comes after.
        let mut returned: HashMap<usize, usize> = HashMap::new();
        // Callbacks that run inside their strand in every run.
        let mut inside_for_good: HashMap<usize, usize> = HashMap::new();
        for (place, event) in log.events.iter().enumerate() {
            let strand = strands.of_event[place];
            if let Some(last) = last_of.get(&strand) {
                before.add(*last, place);
            }
            if let Some(end) = returned.remove(&strand) {
                before.add(end, place);
            }
            for cause in causes(log, strands, place) {
                before.add(cause, place);
            }
            // The adder runs the callback if the task has ended by then. If it
            // had to have ended by then, that is so in every run.
            if event.kind == Kind::Callback
                && let Strand::Callback { inside } = strands.kinds[strand]
                && let (Some(last), Some(ended)) = (last_of.get(&inside).copied(), event.cause)
                && (ended == last || before.says(ended, last))
            {
                before.add(last, place);
                inside_for_good.insert(strand, inside);
            }
            if event.kind == Kind::CallbackEnd
                && let Some(inside) = inside_for_good.get(&strand)
            {
                returned.insert(*inside, place);
            }
            last_of.insert(strand, place);
        }
        before
    }

    /// Whether `first` had to happen before `second`.
    pub fn says(&self, first: usize, second: usize) -> bool {
        self.bits[second * self.words + first / 64] >> (first % 64) & 1 == 1
    }

    fn add(&mut self, first: usize, second: usize) {
        // A log in which an effect comes before its cause is reported elsewhere.
        if first >= second {
            return;
        }
        for word in 0..self.words {
            self.bits[second * self.words + word] |= self.bits[first * self.words + word];
        }
        self.bits[second * self.words + first / 64] |= 1 << (first % 64);
    }
}

/// The events without which this one could not have happened, apart from those
/// of its own strand.
pub fn causes(log: &Log, strands: &Strands, place: usize) -> Vec<usize> {
    let event = &log.events[place];
    let Some(cause) = event.cause else {
        return Vec::new();
    };
    if event.kind != Kind::Wake {
        return vec![cause];
    }
    match log.events[cause].kind {
        // A thread was waited for. The log names its creation: that is what the
        // joiner knows of it. What ended the wait is its last moment.
        Kind::Spawn => exits_of(log, cause),
        // The wait names no cause but itself: the end of a pool, or a time limit.
        Kind::Wait if log.events[cause].who == event.who => {
            match log.events[cause].text.strip_prefix("the end of ") {
                Some(prefix) => ends_of(log, strands, prefix, place),
                None => Vec::new(),
            }
        }
        _ => vec![cause],
    }
}

/// The last moments of what was created by that event.
fn exits_of(log: &Log, spawn: usize) -> Vec<usize> {
    let born = |event: &&crate::log::Entry| event.kind == Kind::Born && event.cause == Some(spawn);
    let Some(actor) = log.events.iter().find(born).map(|event| event.who) else {
        return Vec::new();
    };
    of_kinds(log, &[Kind::Exit], |place| log.events[place].who == actor)
}

/// Everything that a pool did before it was at its end.
fn ends_of(log: &Log, strands: &Strands, prefix: &str, until: usize) -> Vec<usize> {
    let Some(pools) = strands.pools.get(prefix) else {
        return Vec::new();
    };
    // Several pools may have one prefix. One that still starts tasks was not meant.
    let alive = |pool: u32| {
        log.events[until..]
            .iter()
            .any(|event| event.kind == Kind::Start && event.task.is_some_and(|task| task.0 == pool))
    };
    let pools: Vec<u32> = pools.iter().copied().filter(|pool| !alive(*pool)).collect();
    let mut ends = of_kinds(
        log,
        &[Kind::End, Kind::CallbackEnd, Kind::Cancel],
        |place| {
            place < until
                && log.events[place]
                    .task
                    .is_some_and(|task| pools.contains(&task.0))
        },
    );
    ends.extend(of_kinds(log, &[Kind::Exit], |place| {
        place < until && strands.worker_of[log.events[place].who].as_deref() == Some(prefix)
    }));
    ends
}

fn of_kinds(log: &Log, kinds: &[Kind], wanted: impl Fn(usize) -> bool) -> Vec<usize> {
    (0..log.events.len())
        .filter(|place| kinds.contains(&log.events[*place].kind) && wanted(*place))
        .collect()
}
