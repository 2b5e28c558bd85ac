//! The tasks: when each was submitted, started, ended or cancelled.

use std::collections::BTreeMap;

use super::naming::{Name, Naming};
use super::spans::{TaskId, seconds};
use crate::log::Log;
use crate::record::Kind;

/// What is known of one task.
#[derive(Clone, Debug)]
pub struct Task {
    pub name: Name,
    pub submitted: Option<Moment>,
    pub started: Option<Moment>,
    pub ended: Option<Moment>,
    pub cancelled: Option<Moment>,
    /// The error, if it failed.
    pub failure: String,
}

/// When something happened, and its place in the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub at: f64,
    pub entry: usize,
}

/// All tasks of a run.
#[must_use]
pub fn tasks(log: &Log, naming: &Naming) -> BTreeMap<TaskId, Task> {
    let mut tasks: BTreeMap<TaskId, Task> = BTreeMap::new();
    for (place, entry) in log.events.iter().enumerate() {
        let Some(id) = entry.task else { continue };
        let task = tasks.entry(id).or_insert_with(|| Task {
            name: naming.of(id),
            submitted: None,
            started: None,
            ended: None,
            cancelled: None,
            failure: String::new(),
        });
        let moment = Some(Moment {
            at: seconds(entry),
            entry: place,
        });
        match entry.kind {
            Kind::Submit => task.submitted = moment,
            Kind::Start => task.started = moment,
            Kind::Cancel => task.cancelled = moment,
            Kind::End => {
                task.ended = moment;
                task.failure.clone_from(&entry.text);
            }
            _ => {}
        }
    }
    tasks
}
