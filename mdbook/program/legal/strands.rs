//! What is done, independent of the actor that happens to do it.
//!
//! A task is the same on every worker, so what it does is a *strand* of its own. So is
//! what a callback does: the worker may run it, or the thread that added it. What an actor
//! does outside of tasks and callbacks is a strand, too: that of `main`, for example, or
//! of a named thread.
//!
//! Each strand has a name that is the same in every run. Tasks are counted by submitter:
//! if two callbacks submit a task each, the pool may number them either way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use crate::log::Log;
use crate::record::{About, Kind};
use crate::text::pattern;

/// The kinds of strands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strand {
    /// An actor that the program named.
    Actor,
    /// A worker, outside of its tasks.
    Worker,
    Task,
    /// A callback. `inside` is the strand that it interrupts.
    Callback {
        inside: usize,
    },
}

/// The strands of one run.
#[derive(Debug)]
pub struct Strands {
    pub names: Vec<String>,
    pub kinds: Vec<Strand>,
    /// The strand of each event.
    pub of_event: Vec<usize>,
    /// The names of the tasks.
    pub tasks: HashMap<(u32, u64), String>,
    /// For each actor that is a worker, the prefix of the names in its pool.
    pub worker_of: Vec<Option<String>>,
    /// For each actor that is a worker, its pool, if the record says so.
    pub pool_of: Vec<Option<u32>>,
    /// The pools whose workers have that prefix.
    pub pools: BTreeMap<String, BTreeSet<u32>>,
}

/// The names of workers for which the program chose none.
static DEFAULT_WORKER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^((?:pool|process)-\d+)_"));

impl Strands {
    pub fn of(log: &Log) -> Self {
        let (worker_of, pools) = workers(log);
        let mut strands = Strands {
            names: Vec::new(),
            kinds: Vec::new(),
            of_event: Vec::new(),
            tasks: HashMap::new(),
            worker_of,
            pool_of: pools_of(log),
            pools,
        };
        let mut stacks: Vec<Vec<usize>> = strands.bottoms(log);
        // The number of tasks that a strand has submitted to a pool, and of callbacks
        // that a task has run.
        let mut submitted: HashMap<(usize, u32), u64> = HashMap::new();
        let mut called: HashMap<((u32, u64), bool), u64> = HashMap::new();
        let mut of_task: HashMap<(u32, u64), usize> = HashMap::new();
        for event in &log.events {
            let stack = &mut stacks[event.who];
            let mut current = *stack.last().expect("an actor has a strand of its own");
            match (event.kind, event.task) {
                (Kind::Submit, Some(task)) => {
                    let number = submitted.entry((current, task.0)).or_default();
                    let by = match strands.names[current].as_str() {
                        "main" => String::new(),
                        other => format!(", from {other}"),
                    };
                    let name = format!("task {number} of pool {}{by}", task.0);
                    *number += 1;
                    strands.tasks.insert(task, name);
                }
                (Kind::Start, Some(task)) => {
                    let name = strands.task(task);
                    current = strands.add(name, Strand::Task);
                    of_task.insert(task, current);
                    stack.push(current);
                }
                (Kind::Callback, Some(task)) => {
                    // A late one may run before, between or beside the others.
                    let late = event.about == About::Callback { late: true };
                    let number = called.entry((task, late)).or_default();
                    let kind = if late { "late callback" } else { "callback" };
                    let name = format!("{kind} {number} of {}", strands.task(task));
                    *number += 1;
                    current = strands.add(name, Strand::Callback { inside: current });
                    stack.push(current);
                }
                (Kind::End, Some(task)) if of_task.get(&task) == Some(&current) => {
                    stack.pop();
                }
                (Kind::CallbackEnd, _) => {
                    if matches!(strands.kinds[current], Strand::Callback { .. }) {
                        stack.pop();
                    }
                }
                _ => {}
            }
            strands.of_event.push(current);
        }
        strands
    }

    /// The name of a task, which is the same in every run.
    #[must_use]
    pub fn task(&self, task: (u32, u64)) -> String {
        let unknown = || format!("task {} of pool {}", task.1, task.0);
        self.tasks.get(&task).cloned().unwrap_or_else(unknown)
    }

    /// Whether an actor of that name is a worker. Which workers a pool starts, and which
    /// thread starts them, may differ.
    #[must_use]
    pub fn serves(&self, name: &str) -> bool {
        DEFAULT_WORKER.is_match(name)
            || self.pools.keys().any(|prefix| {
                name.strip_prefix(prefix.as_str())
                    .is_some_and(|rest| rest.starts_with('_'))
            })
    }

    fn add(&mut self, name: String, kind: Strand) -> usize {
        self.names.push(name);
        self.kinds.push(kind);
        self.names.len() - 1
    }

    /// The strand of each actor outside of tasks and callbacks. Actors with the same name
    /// are numbered in the order of their start.
    fn bottoms(&mut self, log: &Log) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..log.actors.len()).collect();
        let mut started = vec![usize::MAX; log.actors.len()];
        for event in &log.events {
            if event.kind == Kind::Born
                && let Some(spawned) = event.cause
            {
                started[event.who] = spawned;
            }
        }
        order.sort_by_key(|actor| started[*actor]);
        let mut count: HashMap<&str, usize> = HashMap::new();
        let mut bottoms = vec![Vec::new(); log.actors.len()];
        for actor in order {
            let name = log.actors[actor].name.as_str();
            let number = count.entry(name).or_default();
            *number += 1;
            let full = match *number {
                1 => name.to_string(),
                number => format!("{name} (number {number})"),
            };
            let kind = match self.worker_of[actor] {
                Some(_) => Strand::Worker,
                None => Strand::Actor,
            };
            bottoms[actor].push(self.add(full, kind));
        }
        bottoms
    }
}

/// The pool that each actor was born into.
fn pools_of(log: &Log) -> Vec<Option<u32>> {
    let mut pools = vec![None; log.actors.len()];
    for event in &log.events {
        if let (Kind::Born, About::Of { pool }) = (event.kind, &event.about) {
            pools[event.who] = Some(*pool);
        }
    }
    pools
}

/// The workers: the actors that started a task, and those with names like theirs.
fn workers(log: &Log) -> (Vec<Option<String>>, BTreeMap<String, BTreeSet<u32>>) {
    let mut pools: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for event in &log.events {
        if let About::Pool { pool, prefix, .. } = &event.about {
            pools.entry(prefix.clone()).or_default().insert(*pool);
        } else if event.kind == Kind::Start
            && let Some((pool, _)) = event.task
            && let Some(prefix) = prefix(&log.actors[event.who].name)
        {
            pools.entry(prefix.to_string()).or_default().insert(pool);
        }
    }
    let worker_of = log.actors.iter().map(|actor| {
        let prefix = prefix(&actor.name)?;
        let known = pools.contains_key(prefix) || DEFAULT_WORKER.is_match(&actor.name);
        known.then(|| prefix.to_string())
    });
    (worker_of.collect(), pools)
}

/// `pool-0` of `pool-0_3`.
fn prefix(name: &str) -> Option<&str> {
    let (prefix, number) = name.rsplit_once('_')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(prefix)
}
