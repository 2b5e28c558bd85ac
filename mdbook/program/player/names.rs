//! What things are called in the sentences: as the output calls them.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::log::{Entry, Log};
use crate::picture::Naming;
use crate::record::{About, ActorKind, Kind};

/// A task: its pool, and its number there.
pub type Task = (u32, u64);

/// The names in one run.
#[derive(Debug)]
pub struct Names<'a> {
    log: &'a Log,
    naming: &'a Naming,
    /// How many tasks have a name.
    bearers: HashMap<String, usize>,
    pools: HashMap<u32, Pool>,
    workers: HashSet<&'a str>,
    /// Whether there are tasks of more than one pool.
    pub several: bool,
}

/// A pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    pub name: String,
    pub processes: bool,
    pub workers: Option<u32>,
}

impl<'a> Names<'a> {
    pub fn of(log: &'a Log, naming: &'a Naming) -> Self {
        let mut bearers: HashMap<String, usize> = HashMap::new();
        let mut pools: HashMap<u32, Pool> = HashMap::new();
        let mut workers = HashSet::new();
        let mut with_tasks = BTreeSet::new();
        for event in &log.events {
            let actor = log.actors[event.who].name.as_str();
            match (event.kind, event.task) {
                (Kind::Submit, Some(task)) => {
                    *bearers.entry(called(naming, task)).or_default() += 1;
                }
                (Kind::Pool, _) => {
                    if let Some((number, pool)) = pool_of(event) {
                        pools.insert(number, pool);
                    }
                }
                (Kind::Start, Some((number, _))) => {
                    with_tasks.insert(number);
                    if let Some(prefix) = prefix_of_worker(actor) {
                        workers.insert(actor);
                        let pool = pools.entry(number).or_default();
                        pool.name = prefix.to_string();
                        pool.processes = log.actors[event.who].kind == ActorKind::Process;
                    }
                }
                (Kind::Born, _) if event.text == "a worker" => {
                    workers.insert(actor);
                }
                _ => {}
            }
        }
        for (number, pool) in &mut pools {
            if pool.name.is_empty() {
                pool.name = format!("pool-{number}");
            }
        }
        Names {
            log,
            naming,
            bearers,
            pools,
            workers,
            several: with_tasks.len() > 1,
        }
    }

    pub fn actor(&self, who: usize) -> &'a str {
        &self.log.actors[who].name
    }

    pub fn is_worker(&self, name: &str) -> bool {
        self.workers.contains(name)
    }

    /// `task 3`, or the name that it has in the output.
    pub fn task(&self, task: Task) -> String {
        called(self.naming, task)
    }

    /// As [`Names::task`], where nothing near it says of which pool the task is.
    pub fn task_of_pool(&self, task: Task) -> String {
        let name = self.task(task);
        match self.bearers.get(&name) {
            Some(2..) if self.several => format!("{name} of {}", self.pool(task.0).name),
            _ => name,
        }
    }

    /// The shortest name, for a place in a queue.
    pub fn short(&self, task: Task) -> String {
        self.naming.of(task).short
    }

    pub fn pool(&self, number: u32) -> Pool {
        let unknown = || Pool {
            name: format!("pool-{number}"),
            ..Pool::default()
        };
        self.pools.get(&number).cloned().unwrap_or_else(unknown)
    }

    /// Whether a text is the name of a pool.
    pub fn is_pool(&self, name: &str) -> bool {
        self.pools.values().any(|pool| pool.name == name)
    }

    /// Tasks of one pool: `tasks 0 to 12`, `task 3`, `/index/1 and /index/2`.
    pub fn tasks(&self, tasks: &[Task]) -> String {
        list(
            &tasks
                .iter()
                .map(|task| self.task(*task))
                .collect::<Vec<_>>(),
        )
    }
}

/// A number alone is no name in a sentence.
fn called(naming: &Naming, task: Task) -> String {
    let name = naming.of(task).long;
    match name.chars().all(|letter| letter.is_ascii_digit()) {
        true => format!("task {name}"),
        false => name,
    }
}

/// The pool that an entry about its making tells of, with its number.
fn pool_of(event: &Entry) -> Option<(u32, Pool)> {
    if let About::Pool {
        pool,
        prefix,
        processes,
        workers,
    } = &event.about
    {
        let name = prefix.clone();
        let workers = Some(*workers);
        return Some((
            *pool,
            Pool {
                name,
                processes: *processes,
                workers,
            },
        ));
    }
    // An older record: `pool 0 of 5 workers`.
    let mut words = event.text.strip_prefix("pool ")?.split(' ');
    let number = words.next()?.parse().ok()?;
    let pool = Pool {
        workers: words.nth(1).and_then(|word| word.parse().ok()),
        ..Pool::default()
    };
    Some((number, pool))
}

/// `pool-0` of `pool-0_3`.
fn prefix_of_worker(name: &str) -> Option<&str> {
    let (prefix, number) = name.rsplit_once('_')?;
    number.parse::<u32>().ok().map(|_| prefix)
}

/// `tasks 0 to 12`, `cars 1 and 3`, `a1 to a3`, `a, b, c and seven more`.
pub fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let stem = plural(names);
    let items: Vec<&str> = names.iter().map(String::as_str).collect();
    let items: Vec<&str> = match &stem {
        Some(_) => items
            .iter()
            .filter_map(|name| name.rsplit(' ').next())
            .collect(),
        None => items,
    };
    let listed = match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first, .., last] if items.len() > 2 && in_sequence(&items) => format!("{first} to {last}"),
        [rest @ .., last] if items.len() <= SHOWN => format!("{} and {last}", rest.join(", ")),
        _ => {
            let more = items.len() - (SHOWN - 1);
            format!("{} and {} more", items[..SHOWN - 1].join(", "), count(more))
        }
    };
    match stem {
        Some(stem) => format!("{stem} {listed}"),
        None => listed,
    }
}

/// `tasks`, if all names are such as `task 3`.
fn plural(names: &[String]) -> Option<String> {
    if names.len() < 2 {
        return None;
    }
    let mut stems = names.iter().map(|name| numbered(name).map(|name| name.0));
    let stem = stems.next()??;
    let word = stem.strip_suffix(' ')?;
    let same = stems.all(|other| other == Some(stem));
    (same && word.chars().all(char::is_alphabetic)).then(|| format!("{word}s"))
}

/// Whether the names differ only in their numbers, and those go up by one.
fn in_sequence(names: &[&str]) -> bool {
    let parts: Option<Vec<(&str, u64)>> = names.iter().map(|name| numbered(name)).collect();
    parts.is_some_and(|parts| {
        let pairs = parts.windows(2);
        pairs
            .into_iter()
            .all(|pair| pair[0].0 == pair[1].0 && pair[0].1 + 1 == pair[1].1)
    })
}

/// `car ` and 3 of `car 3`.
pub fn numbered(name: &str) -> Option<(&str, u64)> {
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    Some((stem, name[stem.len()..].parse().ok()?))
}

/// Several actors: `ten cars`, or their names.
pub fn crowd(names: &[String]) -> String {
    match plural(names) {
        Some(stem) if names.len() > 2 => format!("{} {stem}", count(names.len())),
        _ => list(names),
    }
}

/// `three`, `13`, `1,000`.
pub fn count(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    if let Some(word) = WORDS.get(number) {
        return (*word).to_string();
    }
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.5 s`, `5 s`, `20 ms`.
pub fn seconds(seconds: f64) -> String {
    let trimmed = |number: f64, digits: usize| {
        let text = format!("{number:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
            false => text,
        }
    };
    match seconds {
        _ if seconds >= 9.95 => format!("{} s", trimmed(seconds, 1)),
        _ if seconds >= 0.0995 => format!("{} s", trimmed(seconds, 2)),
        _ if seconds >= 0.001 => format!("{} ms", trimmed(seconds * 1e3, 0)),
        _ => format!("{} µs", trimmed(seconds * 1e6, 0)),
    }
}
