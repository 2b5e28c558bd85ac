//! What stands around the actors in a picture: phases, queues, the states of events, the
//! names of tasks.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::model::{Flag, Moment, Phase, Queue};
use crate::record::{About, Entry, Kind, Target, TaskId};

/// The entries have to be sorted by time.
pub(super) fn phases(log: &[&Entry], end: Moment) -> Vec<Phase> {
    let begins = log.iter().filter(|entry| entry.kind == Kind::Phase);
    let mut phases: Vec<Phase> = Vec::new();
    for entry in begins {
        let from = Moment::of(entry);
        if let Some(before) = phases.last_mut() {
            before.to = from;
        }
        phases.push(Phase {
            name: entry.text.clone(),
            from,
            to: end,
            began: entry.id,
        });
    }
    phases
}

/// The last name that each task got.
pub(super) fn names(log: &[&Entry]) -> HashMap<TaskId, String> {
    let names = log.iter().filter(|entry| entry.kind == Kind::Name);
    names
        .filter_map(|entry| Some((entry.task?, entry.text.clone())))
        .collect()
}

/// The entries have to be sorted by time.
pub(super) fn queues(log: &[&Entry]) -> Vec<Queue> {
    let mut queues: BTreeMap<u32, Queue> = BTreeMap::new();
    let mut prefixes = HashMap::new();
    // A start may come a hair before its submission, by the clocks of two processes.
    let mut queued: HashSet<TaskId> = HashSet::new();
    let mut started: HashSet<TaskId> = HashSet::new();
    for entry in log {
        if let About::Pool { pool, prefix, .. } = &entry.about {
            prefixes.insert(*pool, prefix.clone());
        }
        let Some(task) = entry.task else { continue };
        let change = match entry.kind {
            Kind::Submit => !started.contains(&task) && queued.insert(task),
            Kind::Start | Kind::Cancel => {
                started.insert(task);
                queued.remove(&task)
            }
            _ => continue,
        };
        let queue = queues.entry(task.pool).or_insert_with(|| Queue {
            pool: task.pool,
            name: String::new(),
            lengths: Vec::new(),
            cancelled: Vec::new(),
        });
        let at = Moment::of(entry);
        if entry.kind == Kind::Cancel {
            queue.cancelled.push((at, task));
        }
        if change {
            let before = queue.lengths.last().map_or(0, |(_, length)| *length);
            let length = match entry.kind {
                Kind::Submit => before + 1,
                _ => before.saturating_sub(1),
            };
            queue.lengths.push((at, length));
        }
    }
    let mut queues: Vec<Queue> = queues.into_values().collect();
    for queue in &mut queues {
        let prefix = prefixes.remove(&queue.pool);
        queue.name = prefix.unwrap_or_else(|| format!("pool-{}", queue.pool));
    }
    queues
}

/// The events that actors waited for, in the order in which they first did. The entries
/// have to be sorted by time.
pub(super) fn flags(log: &[&Entry]) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for entry in log {
        if let About::Wait {
            target: Target::Event(name),
            ..
        } = &entry.about
            && !flags.iter().any(|flag| flag.name == *name)
        {
            flags.push(Flag {
                name: name.clone(),
                changes: Vec::new(),
            });
        }
    }
    for entry in log {
        let set = match entry.kind {
            Kind::Set => true,
            Kind::Clear => false,
            _ => continue,
        };
        let mut all = flags.iter_mut();
        if let Some(flag) = all.find(|flag| flag.name == entry.text) {
            flag.changes.push((Moment::of(entry), set));
        }
    }
    flags
}
