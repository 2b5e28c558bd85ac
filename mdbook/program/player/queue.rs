//! Who waits in which queue, as the player shows it.

use super::names::{Names, Task};
use super::order::Waiting;

/// The queue of one pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The pool.
    pub pool: String,
    /// The tasks, first in line first. Not all of a long queue.
    pub tasks: Vec<String>,
    /// How many there are beside those.
    pub more: usize,
}

/// The most tasks that are shown of a queue.
const MOST: usize = 14;

/// The queues that hold a task, and the one of `pool`.
pub fn shown(waiting: &Waiting, names: &Names<'_>, pool: Option<u32>) -> Vec<Shown> {
    let pools = waiting.pools();
    let pools = pools.filter(|number| Some(*number) == pool || waiting.len(*number) > 0);
    let queues = pools.map(|number| {
        let short = |task: Task| names.short(task);
        let tasks: Vec<String> = waiting.of(number).take(MOST).map(short).collect();
        Shown {
            pool: names.pool(number).name,
            more: waiting.len(number) - tasks.len(),
            tasks,
        }
    });
    queues.collect()
}
