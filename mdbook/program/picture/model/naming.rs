//! What a task is called in a picture: as in the output.
//!
//! A name that the program entered counts. Otherwise the task's own lines tell, or what it
//! asks a server for: by the page's pattern, or by a rule that finds `task 3` in `task 3 starts`, `a1` in
//! `a1 is done` and `/index/3` in `parsed /index/3: 3 links`. A task that says nothing, for
//! instance one that is cancelled, is called as those beside it if they are numbered: `c2`
//! after `c1`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use super::spans::TaskId;
use crate::log::Log;
use crate::record::Kind;
use crate::text::pattern;

/// A name for a wide page, and one for a narrow one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    pub long: String,
    pub short: String,
}

impl Name {
    #[must_use]
    pub fn new(long: &str) -> Self {
        let short = long.rsplit([' ', '/']).next().unwrap_or(long);
        // Of "task 3" the number is enough; of "a sentence" the last word is not.
        let short = match short.starts_with(|c: char| c.is_ascii_digit()) {
            true => short,
            false => long,
        };
        Name {
            long: long.to_string(),
            short: short.to_string(),
        }
    }
}

/// A word with a number, a path, or a name such as `a1`, at the start of a line or after
/// its first word.
static RULE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:\w+ )?(/[\w/.\-]*\w)|^([A-Za-z]+ \d+)\b|^([a-z]+\d+)\b|^(\d+)\b")
});

/// What a page says about names.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Its group is the name, in the first of the task's lines that it matches.
    pub pattern: Option<Regex>,
    /// Names of single tasks.
    pub given: Vec<(TaskId, String)>,
}

/// The names of the tasks without one in a pool where all others are called by a word and
/// their number.
fn numbered(tasks: &BTreeSet<TaskId>, found: &BTreeMap<TaskId, String>) -> Vec<(TaskId, String)> {
    let mut names = Vec::new();
    for id in tasks.iter().filter(|id| !found.contains_key(id)) {
        let of_pool = found.iter().filter(|((pool, _), _)| *pool == id.0);
        let stems: BTreeSet<Option<(&str, i64)>> = of_pool
            .map(|((_, number), name)| {
                let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
                let shown: i64 = name[stem.len()..].parse().ok()?;
                Some((stem, shown - *number as i64))
            })
            .collect();
        if let (1, Some(Some((stem, offset)))) = (stems.len(), stems.first()) {
            names.push((*id, format!("{stem}{}", id.1 as i64 + offset)));
        }
    }
    names
}

/// What a task asks a server for.
static PATH: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:GET|POST) (/[^\s?]+)"));

/// The names of the tasks of a run.
#[derive(Debug, Default)]
pub struct Naming {
    names: HashMap<TaskId, Name>,
    /// A run has several pools: the number of a task alone would not be enough.
    pools: usize,
}

impl Naming {
    #[must_use]
    pub fn new(log: &Log, labels: &Labels) -> Self {
        let rule = labels.pattern.as_ref().unwrap_or(&RULE);
        let mut entered: HashMap<TaskId, String> = HashMap::new();
        let mut found: BTreeMap<TaskId, String> = BTreeMap::new();
        let mut asked: HashMap<TaskId, String> = HashMap::new();
        for entry in &log.events {
            let Some(id) = entry.task else { continue };
            match entry.kind {
                Kind::Name => {
                    entered.insert(id, entry.text.clone());
                }
                Kind::Wait => {
                    if let Some(path) = PATH.captures(&entry.text) {
                        asked.entry(id).or_insert_with(|| path[1].to_string());
                    }
                }
                Kind::Say if !found.contains_key(&id) => {
                    let captures = rule.captures(&entry.text);
                    let group = captures.and_then(|found| found.iter().skip(1).flatten().next());
                    found.extend(group.map(|group| (id, group.as_str().to_string())));
                }
                _ => {}
            }
        }
        let tasks: BTreeSet<TaskId> = log.events.iter().filter_map(|entry| entry.task).collect();
        for (id, path) in asked {
            found.entry(id).or_insert(path);
        }
        found.extend(numbered(&tasks, &found));
        found.extend(entered);
        found.extend(labels.given.iter().cloned());
        let pools: BTreeSet<u32> = tasks.iter().map(|(pool, _)| *pool).collect();
        Naming {
            names: (found.into_iter())
                .map(|(id, name)| (id, Name::new(&name)))
                .collect(),
            pools: pools.len(),
        }
    }

    /// The name of a task; if its lines have none, its number counted from 0.
    #[must_use]
    pub fn of(&self, id: TaskId) -> Name {
        let (_, number) = id;
        self.names.get(&id).cloned().unwrap_or_else(|| {
            let long = match self.pools {
                0 | 1 => format!("task {number}"),
                _ => number.to_string(),
            };
            Name::new(&long)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<String> {
        let captures = RULE.captures(line)?;
        let group = captures.iter().skip(1).flatten().next()?;
        Some(group.as_str().to_string())
    }

    #[test]
    fn a_name_is_found_at_the_start_of_a_line() {
        for (line, name) in [
            ("task 3 starts", Some("task 3")),
            ("a1 is done", Some("a1")),
            ("parsed /index/3: 3 links", Some("/index/3")),
            ("/video/12 is saved", Some("/video/12")),
            ("7 squared is 49", Some("7")),
            ("the long task starts", None),
            ("waits for 3 s", None),
        ] {
            assert_eq!(found(line).as_deref(), name, "{line}");
        }
    }

    #[test]
    fn a_silent_task_is_called_as_those_beside_it() {
        let tasks: BTreeSet<TaskId> = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)].into();
        let found = |names: &[(TaskId, &str)]| -> BTreeMap<TaskId, String> {
            names
                .iter()
                .map(|(id, name)| (*id, (*name).to_string()))
                .collect()
        };
        let names = numbered(&tasks, &found(&[((0, 0), "c1"), ((1, 0), "last")]));
        assert_eq!(
            names,
            [((0, 1), "c2".to_string()), ((0, 2), "c3".to_string())]
        );
        let names = numbered(&tasks, &found(&[((0, 0), "c1"), ((0, 1), "c3")]));
        assert!(names.is_empty(), "{names:?}");
    }

    #[test]
    fn a_narrow_page_gets_the_number() {
        assert_eq!(Name::new("chapter 3").short, "3");
        assert_eq!(Name::new("/index/10").short, "10");
        assert_eq!(Name::new("a1").short, "a1");
        assert_eq!(Name::new("done at last").short, "done at last");
    }
}
