//! What may differ in a line: names of workers, ids of processes, measured
//! figures. Each is replaced by what it stands for, on both sides.
//!
//! Names and ids are not blanked out: they are replaced by their relation to the
//! speaker. A task that names its own worker has to do so again, on whichever
//! worker it is then; one that printed its own process id must not print another.
//!
//! Numbers that the program chose stay as they are. Measured is what has a unit
//! and either a decimal point or a unit so small that nobody chose it.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::strands::Strands;
use crate::log::Log;
use crate::sources::pattern;

/// The table: what measured figures look like, and what they become.
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
        // Nobody chose the machine. What a run may use of it is kept equal.
        (r"\bcores of this machine: \d+", "‹cores›"),
        (r"\bThreadId\(\d+\)", "‹thread›"),
        // A temporary folder. How it begins is the machine's business.
        (r"(?:/[\w.+-]+)*/lesson-[A-Za-z0-9]+", "‹folder›"),
        // Ports that the system chose.
        (
            r"\b(?:127\.0\.0\.1|localhost|\[::1\]):(?:327[6-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})\b",
            "‹address›",
        ),
    ]
    .into_iter()
    .map(|(text, stands_for)| (pattern(text), stands_for))
    .collect()
});

/// Ids of processes are numbers behind such a word.
static PROCESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b((?:process(?:es)?|pids?|ids?)(?: ids?)?[ :=#(\[]*)(\d+(?:(?:, and |, | and |-)\d+)*)",
    )
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));

/// Replaces what may differ between the runs of one section.
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

    /// The line as it has to be in every run. `strangers` are ids that the log
    /// does not know, which the strand has mentioned so far.
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
            // Small numbers are no ids: `process 3 of 5`.
            Ok(number) if number < 100 => id.to_string(),
            _ => format!("‹process {}›", number_in(strangers, id)),
        }
    }
}

/// Measured figures by their shape.
pub fn figures(text: &str) -> String {
    let mut text = text.to_string();
    for (pattern, stands_for) in MEASURED.iter() {
        text = pattern.replace_all(&text, *stands_for).into_owned();
    }
    text
}

/// The same for the same, another for another.
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
    fn measured_figures_go_and_chosen_numbers_stay() {
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
