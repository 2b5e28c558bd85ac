//! One run, as pictures see it.

use std::collections::BTreeMap;

use super::naming::{Labels, Naming};
use super::spans::{Actor, TaskId, actors, seconds};
use super::tasks::{Moment, Task, tasks};
use crate::log::{Entry, Log};
use crate::record::{About, Kind};

/// Everything that a picture may show of a run.
#[derive(Debug)]
pub struct Run {
    pub actors: Vec<Actor>,
    pub tasks: BTreeMap<TaskId, Task>,
    pub pools: BTreeMap<u32, Pool>,
    /// The phases of the section, each with its name.
    pub phases: Vec<(Moment, String)>,
    /// What a stopwatch was read for, with the seconds since its start.
    pub readings: Vec<Reading>,
    pub events: Vec<Entry>,
    pub end: f64,
}

/// When a stopwatch was read, for what, and the seconds since its start.
pub type Reading = (Moment, String, f64);

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// What its workers' names begin with, if that is known.
    pub prefix: String,
    /// How many workers it may have.
    pub workers: u32,
}

impl Run {
    /// The name of a pool's queue, where there are several.
    #[must_use]
    pub fn pools_name(&self, pool: u32) -> String {
        match self.pools.get(&pool) {
            Some(pool) => format!("queue of {}", pool.prefix),
            None => format!("queue of pool {pool}"),
        }
    }

    #[must_use]
    pub fn new(log: &Log, labels: &Labels) -> Self {
        let mut run = Run {
            actors: actors(log),
            tasks: tasks(log, &Naming::new(log, labels)),
            pools: BTreeMap::new(),
            phases: Vec::new(),
            readings: Vec::new(),
            events: log.events.clone(),
            end: log.events.iter().map(seconds).fold(0.0, f64::max),
        };
        for (place, entry) in log.events.iter().enumerate() {
            let moment = Moment {
                at: seconds(entry),
                entry: place,
            };
            match (entry.kind, &entry.about) {
                (Kind::Phase, _) => run.phases.push((moment, entry.text.clone())),
                (Kind::StopwatchRead, _) => {
                    let start = entry.cause.and_then(|start| log.events.get(start));
                    let took = moment.at - start.map_or(0.0, seconds);
                    run.readings.push((moment, entry.text.clone(), took));
                }
                (
                    Kind::Pool,
                    About::Pool {
                        pool,
                        prefix,
                        workers,
                        ..
                    },
                ) => {
                    let about = Pool {
                        prefix: prefix.clone(),
                        workers: *workers,
                    };
                    run.pools.insert(*pool, about);
                }
                _ => {}
            }
        }
        run
    }
}
