//! What was caught and what was not: the lines of a run, and the table for the page about
//! the check.

use std::fmt::Write;

use super::data::{Class, Mutant};

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The check says that something is not as in the book: this, first of all.
    Caught(String),
    Missed,
    /// Its text is no longer in the file.
    Stale(String),
    /// The check could not tell.
    NotJudged(String),
    /// It does not compile, or the check could not run.
    Broken(String),
}

/// A mutant and its outcome.
pub type Result<'a> = (&'a Mutant, Outcome);

/// One line about one mutant.
pub fn line(mutant: &Mutant, outcome: &Outcome) -> String {
    let name = &mutant.name;
    let (word, why) = match (outcome, &mutant.missed) {
        (Outcome::Caught(blame), None) => ("caught", blame.clone()),
        (Outcome::Caught(blame), Some(_)) => (
            "caught",
            format!("{blame} (the data says that it is missed)"),
        ),
        (Outcome::Missed, Some(reason)) => ("missed", format!("as expected: {reason}")),
        (Outcome::Missed, None) => ("MISSED", mutant.about.clone()),
        (Outcome::Stale(why), _) => ("STALE", why.clone()),
        (Outcome::NotJudged(why), _) => ("NOT JUDGED", why.clone()),
        (Outcome::Broken(why), _) => ("BROKEN", why.clone()),
    };
    format!("{word:<10} {name}: {}", one_line(&why))
}

/// Whether the data says that this would happen.
pub fn is_expected(mutant: &Mutant, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Caught(_) => true,
        Outcome::Missed => mutant.missed.is_some(),
        _ => false,
    }
}

pub fn caught(results: &[Result<'_>]) -> usize {
    let is_caught = |(_, outcome): &&Result<'_>| matches!(outcome, Outcome::Caught(_));
    results.iter().filter(is_caught).count()
}

/// The lines at the end of a run.
pub fn summary(results: &[Result<'_>]) -> String {
    let mut text = format!("{} of {} are caught", caught(results), results.len());
    for (word, is_it) in [
        ("missed", is_missed as fn(&Outcome) -> bool),
        ("stale", |outcome| matches!(outcome, Outcome::Stale(_))),
        ("not judged", |outcome| {
            matches!(outcome, Outcome::NotJudged(_))
        }),
        ("broken", |outcome| matches!(outcome, Outcome::Broken(_))),
    ] {
        let names: Vec<&str> = (results.iter())
            .filter(|(_, outcome)| is_it(outcome))
            .map(|(mutant, _)| mutant.name.as_str())
            .collect();
        if !names.is_empty() {
            let _ = write!(text, "\n{} {word}: {}", names.len(), names.join(", "));
        }
    }
    text
}

fn is_missed(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Missed)
}

/// The part of the page about the check: how many of each class, and what is missed.
pub fn table(classes: &[Class], results: &[Result<'_>]) -> String {
    let mut text = format!(
        "Of {} programs and pages with one mistake each, the check catches {}.\n\n\
         | mistake | caught | of |\n|---|---:|---:|\n",
        results.len(),
        caught(results)
    );
    for class in classes {
        let of_class: Vec<Result<'_>> = (results.iter())
            .filter(|(mutant, _)| mutant.class == class.name)
            .cloned()
            .collect();
        if !of_class.is_empty() {
            let (count, all) = (caught(&of_class), of_class.len());
            let _ = writeln!(text, "| {} | {count} | {all} |", class.about);
        }
    }
    let missed: Vec<&Result<'_>> = (results.iter())
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Caught(_)))
        .collect();
    if !missed.is_empty() {
        text.push_str("\nThese are missed:\n\n");
    }
    for (mutant, outcome) in missed {
        let reason = match (outcome, &mutant.missed) {
            (Outcome::Missed, Some(reason)) => reason.as_str(),
            (Outcome::Missed, None) => "Why is not known yet.",
            _ => "It could not be judged in this run.",
        };
        let _ = writeln!(text, "- {} {reason}", mutant.about);
    }
    text
}

/// The first line, not too long for a terminal.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 160;
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((place, _)) => format!("{}…", &line[..place]),
        None => line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(name: &str, missed: Option<&str>) -> Mutant {
        Mutant {
            name: name.to_string(),
            class: "order".to_string(),
            about: format!("In {name}, two lines are exchanged."),
            check: vec!["pages".to_string()],
            few: false,
            missed: missed.map(str::to_string),
            change: Vec::new(),
        }
    }

    #[test]
    fn what_is_missed_is_said_with_its_reason() {
        let classes = [Class {
            name: "order".to_string(),
            about: "lines exchanged".to_string(),
        }];
        let (good, bad) = (mutant("a", None), mutant("b", Some("Nobody can see it.")));
        let results = [
            (&good, Outcome::Caught("a.md:1: no".to_string())),
            (&bad, Outcome::Missed),
        ];
        let table = table(&classes, &results);
        assert!(table.contains("the check catches 1"), "{table}");
        assert!(table.contains("| lines exchanged | 1 | 2 |"), "{table}");
        assert!(
            table.contains("- In b, two lines are exchanged. Nobody can see it."),
            "{table}"
        );
        assert_eq!(summary(&results), "1 of 2 are caught\n1 missed: b");
    }

    #[test]
    fn a_miss_without_a_reason_is_not_expected() {
        let (plain, known) = (mutant("a", None), mutant("b", Some("Why.")));
        let caught = Outcome::Caught(String::new());
        assert!(is_expected(&plain, &caught));
        assert!(is_expected(&known, &Outcome::Missed));
        assert!(!is_expected(&plain, &Outcome::Missed));
        assert!(!is_expected(&known, &Outcome::Stale(String::new())));
        assert!(line(&plain, &Outcome::Missed).starts_with("MISSED"));
    }
}
