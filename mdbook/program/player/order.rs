//! An order of the events of a run in which each queue is seen to be served in turn.
//!
//! Two workers take two tasks, and the second one may be quicker to enter its start into
//! the record. The log then shows the second task leave the queue before the first. Both
//! orders are possible descriptions of the same run; this one reads better.

use std::collections::{BTreeMap, HashMap};

use crate::log::Log;
use crate::record::Kind;

/// Events that are further apart are not exchanged, in simulated microseconds at speed 1.
pub const MOMENT: f64 = 20_000.0;

/// The places of the events in the order in which they are told. Each event still
/// stands behind its cause and behind what its actor did before.
pub fn order(log: &Log) -> Vec<usize> {
    let before = before(log);
    let starts: HashMap<(u32, u64), usize> = (log.events.iter().enumerate())
        .filter(|(_, event)| event.kind == Kind::Start)
        .filter_map(|(place, event)| Some((event.task?, place)))
        .collect();
    let moment = (MOMENT * log.speed) as u64;
    let mut order = Vec::with_capacity(log.events.len());
    let mut done = vec![false; log.events.len()];
    let mut queues = Waiting::default();
    for (place, event) in log.events.iter().enumerate() {
        if done[place] {
            continue;
        }
        match (event.kind, event.task) {
            (Kind::Submit, Some(task)) => queues.push(task),
            (Kind::Cancel, Some(task)) => queues.remove(task),
            (Kind::Start, Some(task)) => {
                while let Some(first) = queues.first(task.0)
                    && first != task
                    && let Some(&start) = starts.get(&first)
                    && log.events[start].at <= event.at + moment
                    && before[start].is_none_or(|before| done[before])
                {
                    done[start] = true;
                    order.push(start);
                    queues.remove(first);
                }
                queues.remove(task);
            }
            _ => {}
        }
        done[place] = true;
        order.push(place);
    }
    order
}

/// For each event the one that its actor did before.
fn before(log: &Log) -> Vec<Option<usize>> {
    let mut last = vec![None; log.actors.len()];
    let events = log.events.iter().enumerate();
    events
        .map(|(place, event)| last[event.who].replace(place))
        .collect()
}

/// The tasks in the queue of each pool, in the order of their submission.
#[derive(Debug, Default)]
pub struct Waiting {
    pools: BTreeMap<u32, BTreeMap<u64, u64>>,
    /// For each task its place in the queue.
    places: HashMap<(u32, u64), u64>,
    count: u64,
}

impl Waiting {
    pub fn push(&mut self, task: (u32, u64)) {
        self.count += 1;
        self.places.insert(task, self.count);
        let queue = self.pools.entry(task.0).or_default();
        queue.insert(self.count, task.1);
    }

    pub fn remove(&mut self, task: (u32, u64)) {
        if let Some(place) = self.places.remove(&task)
            && let Some(queue) = self.pools.get_mut(&task.0)
        {
            queue.remove(&place);
        }
    }

    pub fn first(&self, pool: u32) -> Option<(u32, u64)> {
        let (_, task) = self.pools.get(&pool)?.first_key_value()?;
        Some((pool, *task))
    }

    /// How many tasks are in the queue of a pool.
    pub fn len(&self, pool: u32) -> usize {
        self.pools.get(&pool).map_or(0, BTreeMap::len)
    }

    /// The tasks in the queue of a pool, first in line first.
    pub fn of(&self, pool: u32) -> impl Iterator<Item = (u32, u64)> {
        let queue = self.pools.get(&pool).into_iter();
        queue.flat_map(move |queue| queue.values().map(move |task| (pool, *task)))
    }

    /// The pools that ever had a task in their queue.
    pub fn pools(&self) -> impl Iterator<Item = u32> {
        self.pools.keys().copied()
    }
}
