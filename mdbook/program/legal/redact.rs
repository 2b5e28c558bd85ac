//! Replaces what may differ between two runs: names of workers, ids of processes, folders,
//! ports, figures (see `figures.rs`). Both runs are compared after that.
//!
//! A name or an id is replaced by its relation to the speaker, not removed. A task that
//! names its own worker has to do so again, whichever worker that is; one that prints the
//! id of its own process must not print another.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::figures::{self, Figure};
use super::strands::Strands;
use crate::log::Log;
use crate::text::pattern;

/// What the machine or the system chose, and what stands for it.
static CHANGING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // The machine may be any; the number of cores that a run uses is always the same.
        (r"\bcores of this machine: \d+", "‹cores›"),
        (r"\bThreadId\(\d+\)", "‹thread›"),
        // A temporary folder, wherever the machine keeps those.
        (r"(?:/[\w.+-]+)*/lesson-[A-Za-z0-9]+", "‹folder›"),
        // A port that the system chose.
        (
            r"\b(?:127\.0\.0\.1|localhost|\[::1\]):(?:327[6-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})\b",
            "‹address›",
        ),
    ]
    .into_iter()
    .map(|(text, stands_for)| (pattern(text), stands_for))
    .collect()
});

/// The folder for temporary files, whose name may have any signs.
static TEMPORARY: LazyLock<String> = LazyLock::new(|| {
    let folder = std::env::temp_dir().display().to_string();
    folder.trim_end_matches('/').to_string()
});

/// The id of a process comes after such a word.
static PROCESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:process(?:es)?|pids?|ids?)(?: ids?)?[ :=#(\[]*)(\d+(?:(?:, and |, | and |-)\d+)*)",
    )
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));

/// Replaces names and ids in the lines of one run.
pub struct Redactor<'a> {
    log: &'a Log,
    strands: &'a Strands,
    workers: Option<Regex>,
}

impl<'a> Redactor<'a> {
    pub fn new(log: &'a Log, strands: &'a Strands) -> Self {
        let mut names: Vec<String> = log
            .actors
            .iter()
            .zip(&strands.worker_of)
            .filter(|(_, worker_of)| worker_of.is_some())
            .map(|(actor, _)| regex::escape(&actor.name))
            .collect();
        names.sort();
        names.dedup();
        let workers =
            (!names.is_empty()).then(|| pattern(&format!(r"\b(?:{})\b", names.join("|"))));
        Redactor {
            log,
            strands,
            workers,
        }
    }

    /// The line as it has to be in every run, and its figures. `strangers` are the ids
    /// that the strand has mentioned and that the log does not contain.
    pub fn said_by(
        &self,
        who: usize,
        text: &str,
        strangers: &mut Vec<String>,
    ) -> (String, Vec<Figure>) {
        let mut others = Vec::new();
        let mut text = text.to_string();
        if let Some(workers) = &self.workers {
            let named = |found: &Captures<'_>| self.worker(who, &found[0], &mut others);
            text = workers.replace_all(&text, named).into_owned();
        }
        let mut processes = Vec::new();
        let ids = |found: &Captures<'_>| {
            let one = |id: &Captures<'_>| self.process(who, &id[0], &mut processes, strangers);
            format!("{}{}", &found[1], NUMBER.replace_all(&found[2], one))
        };
        text = PROCESS.replace_all(&text, ids).into_owned();
        figures::split(&changing(&text))
    }

    fn worker(&self, who: usize, name: &str, others: &mut Vec<String>) -> String {
        if self.log.actors[who].name == name {
            return "‹this worker›".to_string();
        }
        let place = self.log.actors.iter().position(|actor| actor.name == name);
        let pool = place.and_then(|place| self.strands.worker_of[place].as_deref());
        format!(
            "‹worker {} of {}›",
            number_in(others, name),
            pool.unwrap_or("?")
        )
    }

    fn process(
        &self,
        who: usize,
        id: &str,
        mentioned: &mut Vec<String>,
        strangers: &mut Vec<String>,
    ) -> String {
        let actors = &self.log.actors;
        let own = actors[who].process;
        match id.parse::<u32>() {
            Ok(id) if id == own => "‹this process›".to_string(),
            Ok(number) if actors.iter().any(|actor| actor.process == number) => {
                let is_main = actors
                    .iter()
                    .any(|actor| actor.process == number && actor.name == "main");
                if is_main {
                    "‹the main process›".to_string()
                } else {
                    format!("‹worker process {}›", number_in(mentioned, id))
                }
            }
            // A small number is not an id: `process 3 of 5`.
            Ok(number) if number < 100 => id.to_string(),
            _ => format!("‹process {}›", number_in(strangers, id)),
        }
    }
}

/// The text without what the machine or the system chose.
#[must_use]
pub fn changing(text: &str) -> String {
    let mut text = match TEMPORARY.as_str() {
        "" => text.to_string(),
        folder => text.replace(folder, "/tmp"),
    };
    for (pattern, stands_for) in CHANGING.iter() {
        text = pattern.replace_all(&text, *stands_for).into_owned();
    }
    text
}

/// The number of a name: the same one whenever the name comes again.
fn number_in(known: &mut Vec<String>, name: &str) -> usize {
    match known.iter().position(|other| other == name) {
        Some(place) => place,
        None => {
            known.push(name.to_string());
            known.len() - 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::changing;

    #[test]
    fn ports_and_folders_are_replaced_unless_the_program_chose_them() {
        let folder = std::env::temp_dir().join("book-a b/lesson-17f");
        let folder = format!("in {}", folder.display());
        for (text, expected) in [
            ("listening on 127.0.0.1:43211", "listening on ‹address›"),
            ("listening on 127.0.0.1:8888", "listening on 127.0.0.1:8888"),
            ("in /var/tmp/lesson-ab12", "in ‹folder›"),
            (&folder, "in /tmp/book-a b/lesson-17f"),
        ] {
            let replaced = changing(text);
            assert!(
                replaced == expected || replaced.starts_with("in /tmp/book-a"),
                "{replaced}"
            );
        }
    }
}
