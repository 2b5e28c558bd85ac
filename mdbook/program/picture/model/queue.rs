//! The queue of a pool: which tasks wait in it, and at which place.
//!
//! The log says when a task was submitted, and when it started or was cancelled. Between
//! them it is in the queue, behind those that were submitted earlier.

use std::collections::BTreeMap;

use super::run::Run;
use super::spans::TaskId;
use super::tasks::{Moment, Task};

/// A task at one place of the queue for some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub task: TaskId,
    /// 0 is the task that is taken next.
    pub place: usize,
    pub from: f64,
    pub to: f64,
    /// The submission, as its place in the log.
    pub entry: usize,
}

/// A task that was taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Cancelled {
    pub task: TaskId,
    pub place: usize,
    pub moment: Moment,
}

/// The queue of one pool between two moments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    pub cells: Vec<Cell>,
    pub cancelled: Vec<Cancelled>,
}

/// The queues with something to see, by pool. Tasks that wait for less than `least` are
/// left out.
#[must_use]
pub fn queues(run: &Run, (from, to): (f64, f64), least: f64) -> BTreeMap<u32, Queue> {
    let mut tasks: BTreeMap<u32, Vec<(TaskId, &Task)>> = BTreeMap::new();
    for (id, task) in &run.tasks {
        tasks.entry(id.0).or_default().push((*id, task));
    }
    let queue = |(pool, tasks): (u32, Vec<(TaskId, &Task)>)| (pool, of(&tasks, (from, to), least));
    let all = tasks.into_iter().map(queue);
    all.filter(|(_, queue)| !queue.cells.is_empty() || !queue.cancelled.is_empty())
        .collect()
}

/// What changes a queue.
enum Change {
    Submitted,
    Started,
    Cancelled,
}

fn of(tasks: &[(TaskId, &Task)], (from, to): (f64, f64), least: f64) -> Queue {
    let mut changes: Vec<(Moment, TaskId, Change)> = Vec::new();
    for (id, task) in tasks {
        let mut add = |moment: Option<Moment>, change| {
            changes.extend(moment.map(|moment| (moment, *id, change)));
        };
        add(task.submitted, Change::Submitted);
        add(task.started, Change::Started);
        add(task.cancelled, Change::Cancelled);
    }
    changes.sort_by_key(|(moment, ..)| moment.entry);
    let mut queue = Queue::default();
    let mut waiting: Vec<(TaskId, usize)> = Vec::new();
    let mut open: BTreeMap<TaskId, Cell> = BTreeMap::new();
    for (moment, id, change) in changes {
        if moment.at > to {
            break;
        }
        match change {
            Change::Submitted => waiting.push((id, moment.entry)),
            Change::Started => waiting.retain(|(task, _)| *task != id),
            Change::Cancelled => {
                waiting.retain(|(task, _)| *task != id);
                if moment.at >= from {
                    let place = open.get(&id).map_or(waiting.len(), |cell| cell.place);
                    queue.cancelled.push(Cancelled {
                        task: id,
                        place,
                        moment,
                    });
                }
            }
        }
        moved(&mut queue.cells, &mut open, &waiting, moment.at);
    }
    moved(&mut queue.cells, &mut open, &[], to);
    for cell in &mut queue.cells {
        cell.from = cell.from.max(from);
    }
    queue.cells.retain(|cell| cell.to - cell.from > least);
    arranged(&mut queue);
    queue
}

/// Ends the cells of tasks that have left their place, and begins those at the new ones.
fn moved(
    done: &mut Vec<Cell>,
    open: &mut BTreeMap<TaskId, Cell>,
    waiting: &[(TaskId, usize)],
    at: f64,
) {
    let place = |id: TaskId| waiting.iter().position(|(task, _)| *task == id);
    let left: Vec<TaskId> = open
        .iter()
        .filter(|(id, cell)| place(**id) != Some(cell.place))
        .map(|(id, _)| *id)
        .collect();
    for id in left {
        done.extend(open.remove(&id).map(|cell| Cell { to: at, ..cell }));
    }
    for (place, (task, entry)) in waiting.iter().enumerate() {
        open.entry(*task).or_insert(Cell {
            task: *task,
            place,
            from: at,
            to: at,
            entry: *entry,
        });
    }
}

/// Several tasks that are cancelled in one moment keep the places that they had before
/// the first of them went.
fn arranged(queue: &mut Queue) {
    for cancelled in &mut queue.cancelled {
        let cells = queue
            .cells
            .iter()
            .filter(|cell| cell.task == cancelled.task);
        if let Some(last) = cells.max_by(|one, other| one.to.total_cmp(&other.to)) {
            cancelled.place = last.place;
        }
    }
}

impl Queue {
    /// The greatest number of tasks at once.
    #[must_use]
    pub fn depth(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.place);
        let cancelled = self.cancelled.iter().map(|cancelled| cancelled.place);
        cells.chain(cancelled).max().map_or(0, |place| place + 1)
    }
}
