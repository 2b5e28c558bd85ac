//! Replaces what may differ between two runs: names of workers, ids of processes,
//! measured figures. Both runs are compared after that.
//!
//! A name or an id is replaced by its relation to the speaker, not removed. A task that
//! names its own worker has to do so again, whichever worker that is; one that prints the
//! id of its own process must not print another.
//!
//! Numbers that the program chose are not replaced. A number is taken as measured if it
//! has a unit, and either a decimal point or a unit too small to be chosen.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::strands::Strands;
use crate::log::Log;
use crate::text::pattern;

/// The patterns of measured figures, and what replaces them.
static MEASURED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\b\d[\d,']*(?:\.\d+)? ?(?:ns|µs|us|ms)\b", "‹time›"),
        (r"\b\d[\d,']*\.\d+ ?(?:s|seconds|min|minutes)\b", "‹time›"),
        (
            r"\b\d[\d,']*(?:\.\d+)? ?(?:per second|/s|a second|switches/s)(?:\b|$)",
            "‹rate›",
        ),
        (r"\b\d[\d,']*(?:\.\d+)? ?(?:KiB|MiB|GiB)\b", "‹size›"),
        (r"\b\d[\d,']*\.\d+ ?(?:KB|MB|GB|kB)\b", "‹size›"),
        (r"\b\d[\d,']*\.\d+ ?%", "‹share›"),
        (r"\b\d[\d,']*\.\d+ ?(?:times|x\b|×)", "‹ratio›"),
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

    /// The line as it has to be in every run. `strangers` are the ids that the strand has
    /// mentioned and that the log does not contain.
    pub fn said_by(&self, who: usize, text: &str, strangers: &mut Vec<String>) -> String {
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
        figures(&text)
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

/// The text with its measured figures replaced.
#[must_use]
pub fn figures(text: &str) -> String {
    let mut text = text.to_string();
    for (pattern, stands_for) in MEASURED.iter() {
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
    use super::figures;

    #[test]
    fn measured_figures_are_replaced_and_chosen_numbers_are_not() {
        for (text, expected) in [
            ("the loop took 12.3 ms", "the loop took ‹time›"),
            ("bounded took 3.0 s", "bounded took ‹time›"),
            (
                "1,234 ns a switch, 3.5 times less",
                "‹time› a switch, ‹ratio› less",
            ),
            ("waits 3 s, then 10 tasks", "waits 3 s, then 10 tasks"),
            ("task 3 ends", "task 3 ends"),
            ("listening on 127.0.0.1:43211", "listening on ‹address›"),
            ("listening on 127.0.0.1:8888", "listening on 127.0.0.1:8888"),
            ("2048 KiB of 12.5 %", "‹size› of ‹share›"),
        ] {
            assert_eq!(figures(text), expected);
        }
    }
}
