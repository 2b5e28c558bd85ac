//! The orders that the program enforces.

use std::collections::{HashMap, HashSet};

use super::strands::{Strand, Strands};
use crate::log::Log;
use crate::record::{About, Kind, Target};

/// For each event, the set of events that had to happen before it.
#[derive(Debug)]
pub struct Before {
    words: usize,
    bits: Vec<u64>,
    /// The strands of callbacks that are added late in every run.
    late: HashSet<usize>,
}

impl Before {
    pub fn of(log: &Log, strands: &Strands) -> Self {
        let words = log.events.len().div_ceil(64);
        let mut before = Before {
            words,
            bits: vec![0; words * log.events.len()],
            late: HashSet::new(),
        };
        let mut last_of: HashMap<usize, usize> = HashMap::new();
        // The end of a callback, which the next event of the strand comes after.
        let mut returned: HashMap<usize, usize> = HashMap::new();
        // Callbacks that run within their strand in every run.
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
            // The adder runs the callback itself if the task has ended. If the task
            // always ends before, the adder does so in every run.
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
        before.late = inside_for_good.into_keys().collect();
        before
    }

    /// Whether the callback of that strand is added after the end of its task in every
    /// run: something enforces it.
    #[must_use]
    pub fn is_late(&self, strand: usize) -> bool {
        self.late.contains(&strand)
    }

    /// Whether `first` had to happen before `second`.
    #[must_use]
    pub fn says(&self, first: usize, second: usize) -> bool {
        self.bits[second * self.words + first / 64] >> (first % 64) & 1 == 1
    }

    fn add(&mut self, first: usize, second: usize) {
        // An effect before its cause is reported in `consistent.rs`.
        if first >= second {
            return;
        }
        for word in 0..self.words {
            self.bits[second * self.words + word] |= self.bits[first * self.words + word];
        }
        self.bits[second * self.words + first / 64] |= 1 << (first % 64);
    }
}

/// The events of other strands without which this one could not have happened.
#[must_use]
pub fn causes(log: &Log, strands: &Strands, place: usize) -> Vec<usize> {
    let event = &log.events[place];
    let Some(cause) = event.cause else {
        return Vec::new();
    };
    if event.kind != Kind::Wake {
        return vec![cause];
    }
    match log.events[cause].kind {
        // A join. The cause in the log is the thread's creation, since the joiner knows
        // nothing else; what ends the wait is the thread's last event.
        Kind::Spawn => exits_of(log, cause),
        // The cause is the wait itself: it was ended by the end of a pool, or by a time
        // limit.
        Kind::Wait if log.events[cause].who == event.who => {
            if let About::Wait {
                target: Target::Pool(pool),
                ..
            } = &log.events[cause].about
            {
                return ends_of_pool(log, strands, *pool, place);
            }
            match log.events[cause].text.strip_prefix("the end of ") {
                Some(prefix) => ends_of(log, strands, prefix, place),
                None => Vec::new(),
            }
        }
        _ => vec![cause],
    }
}

/// The last event of the actor that was created by the event `spawn`.
fn exits_of(log: &Log, spawn: usize) -> Vec<usize> {
    let born = |event: &&crate::log::Entry| event.kind == Kind::Born && event.cause == Some(spawn);
    let Some(actor) = log.events.iter().find(born).map(|event| event.who) else {
        return Vec::new();
    };
    of_kinds(log, &[Kind::Exit], |place| log.events[place].who == actor)
}

/// The ends of everything that this pool did.
fn ends_of_pool(log: &Log, strands: &Strands, pool: u32, until: usize) -> Vec<usize> {
    let mine = |place: usize| {
        let event = &log.events[place];
        match event.kind {
            Kind::End | Kind::CallbackEnd | Kind::Cancel => {
                event.task.is_some_and(|task| task.0 == pool)
            }
            Kind::Exit => strands.pool_of[event.who] == Some(pool),
            _ => false,
        }
    };
    (0..until).filter(|place| mine(*place)).collect()
}

/// The ends of everything that the pool with this prefix did.
fn ends_of(log: &Log, strands: &Strands, prefix: &str, until: usize) -> Vec<usize> {
    let Some(pools) = strands.pools.get(prefix) else {
        return Vec::new();
    };
    // Several pools may have the same prefix. One that starts tasks later is not the
    // one that ended.
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
