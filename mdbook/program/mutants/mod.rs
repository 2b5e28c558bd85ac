//! `cargo book mutants`: does the check notice what it has to?
//!
//! A *mutant* is the book with one mistake in it, in a program, in the library or on a
//! page. `mdbook/mutants` lists them. Each is made in a copy of the checkout and checked
//! there. The check has to say that something is not as in the book.

mod copy;
mod data;
mod report;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, exit};
use std::time::Instant;

use copy::{Copy, Ended, Stopped};
use data::{Data, Mutant};
use report::Outcome;

use crate::cargo;
use crate::files::{self, Change};
use crate::interrupt::INTERRUPTED;
use crate::project::Project;

/// The exit codes of `cargo book check`.
const AS_IN_THE_BOOK: i32 = 0;
const NOT_AS_IN_THE_BOOK: i32 = 1;
const NOT_JUDGED: i32 = 3;

/// What a run of all mutants writes, for the page about the check.
const RESULT: &str = "mdbook/mutants/caught.md";

/// A busy machine may spoil a run.
const TRIES: usize = 3;

/// Which mutants to try, and where.
#[derive(Debug, Default, PartialEq)]
pub struct Wanted {
    /// Names or parts of them, classes, or places of checking; none means all.
    pub words: Vec<String>,
    /// Only those for every change of the workbook.
    pub few: bool,
    /// The copy is made here and stays, which makes the next run faster.
    pub folder: Option<PathBuf>,
}

/// Tries the mutants. The error says what is not as the data expects it.
pub fn try_all(project: &Project, wanted: &Wanted) -> Result<(), String> {
    copy::listen();
    let data = data::read(project)?;
    let chosen = chosen(&data, wanted)?;
    let begun = Instant::now();
    let copy = Copy::new(project, wanted.folder.as_deref())?;
    let (fresh, old): (Vec<&Mutant>, Vec<&Mutant>) =
        (chosen.iter()).partition(|mutant| mutant.changed(&copy.root()).is_ok());
    let results = check_unchanged(&copy, &fresh).and_then(|()| {
        let mut results = Vec::new();
        for mutant in old.into_iter().chain(fresh) {
            let outcome = outcome(&copy, mutant)?;
            println!("{}", report::line(mutant, &outcome));
            results.push((mutant, outcome));
        }
        Ok(results)
    });
    drop(copy);
    let results = match results {
        Ok(results) => results,
        Err(Stopped::Failed(why)) => return Err(why),
        Err(Stopped::Interrupted) => {
            eprintln!("interrupted");
            exit(INTERRUPTED);
        }
    };
    let summary = report::summary(&results);
    println!("\n{summary}, in {} s", begun.elapsed().as_secs());
    if wanted.words.is_empty() && !wanted.few {
        let text = report::table(&data.classes, &results);
        files::change_all(&[Change {
            path: project.root.join(RESULT),
            text: Some(text),
        }])?;
        println!("{RESULT} has the table for the page about the check");
    }
    let wrong = results
        .iter()
        .filter(|(mutant, outcome)| !report::is_expected(mutant, outcome))
        .count();
    match wrong {
        0 => Ok(()),
        1 => Err("1 mutant is not as expected".to_string()),
        count => Err(format!("{count} mutants are not as expected")),
    }
}

fn chosen(data: &Data, wanted: &Wanted) -> Result<Vec<Mutant>, String> {
    let fits = |mutant: &Mutant, word: &String| {
        mutant.name.contains(word.as_str())
            || mutant.class == *word
            || mutant.check.iter().any(|place| place == word)
    };
    let words = &wanted.words;
    for word in words {
        if !data.mutants.iter().any(|mutant| fits(mutant, word)) {
            return Err(format!(
                "no mutant is called `{word}`, is of this class, or checks this section"
            ));
        }
    }
    let is_chosen = |mutant: &&Mutant| {
        (!wanted.few || mutant.few)
            && (words.is_empty() || words.iter().any(|word| fits(mutant, word)))
    };
    Ok(data.mutants.iter().filter(is_chosen).cloned().collect())
}

/// Everything would be caught if the book were not in order without a mistake.
fn check_unchanged(copy: &Copy, mutants: &[&Mutant]) -> Result<(), Stopped> {
    let places: BTreeSet<&String> = mutants.iter().flat_map(|mutant| &mutant.check).collect();
    let places: Vec<String> = places.into_iter().cloned().collect();
    if places.is_empty() {
        return Ok(());
    }
    println!("the unchanged book: {}", places.join(", "));
    let mut cargo = cargo();
    cargo.arg("--bins");
    let built = copy.run_first(cargo)?;
    if !built.status.success() {
        return Err(Stopped::Failed(first_error(&built)));
    }
    let ended = judged(copy, &places)?;
    match ended.status.code() {
        Some(AS_IN_THE_BOOK) => Ok(()),
        _ => Err(Stopped::Failed(format!(
            "the unchanged book does not pass, so no mutant would tell anything:\n{}\n{}",
            ended.output.trim(),
            ended.complaints.trim()
        ))),
    }
}

fn outcome(copy: &Copy, mutant: &Mutant) -> Result<Outcome, Stopped> {
    let changed = match mutant.changed(&copy.root()) {
        Ok(changed) => changed,
        Err(why) => return Ok(Outcome::Stale(why)),
    };
    copy.write(&changed).map_err(Stopped::Failed)?;
    let outcome = match checked(copy, mutant) {
        Err(Stopped::Failed(why)) => Ok(Outcome::Broken(why)),
        other => other,
    };
    copy.restore(&changed).map_err(Stopped::Failed)?;
    outcome
}

fn checked(copy: &Copy, mutant: &Mutant) -> Result<Outcome, Stopped> {
    if mutant.runs() {
        // What does not compile proves nothing.
        let built = copy.run(build(mutant))?;
        if !built.status.success() {
            return Ok(Outcome::Broken(first_error(&built)));
        }
    }
    let ended = judged(copy, &mutant.check)?;
    Ok(match ended.status.code() {
        Some(AS_IN_THE_BOOK) => Outcome::Missed,
        Some(NOT_AS_IN_THE_BOOK) => Outcome::Caught(blame(&ended)),
        Some(NOT_JUDGED) => Outcome::NotJudged(blame(&ended)),
        _ => Outcome::Broken(blame(&ended)),
    })
}

fn cargo() -> Command {
    let mut cargo = Command::new(cargo::program());
    cargo.args(["build", "--quiet", "--color=never"]);
    cargo
}

/// Builds the chapters in which it is to be noticed.
fn build(mutant: &Mutant) -> Command {
    let mut cargo = cargo();
    let chapters: BTreeSet<&str> = (mutant.check.iter())
        .filter_map(|place| Some(place.split_once('/')?.0))
        .collect();
    for chapter in chapters {
        cargo.args(["--package", chapter, "--bin", chapter]);
    }
    cargo
}

/// The check of these sections, again if the machine was too busy for it.
fn judged(copy: &Copy, places: &[String]) -> Result<Ended, Stopped> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut check = Command::new(copy.program());
        check.arg("check").args(places);
        let ended = copy.run(check)?;
        if ended.status.code() != Some(NOT_JUDGED) || tries == TRIES {
            return Ok(ended);
        }
    }
}

fn first_error(built: &Ended) -> String {
    let is_error = |line: &&str| line.starts_with("error");
    let line = built.complaints.lines().find(is_error);
    format!("it does not compile: {}", line.unwrap_or_default())
}

/// The first line that names a place.
fn blame(ended: &Ended) -> String {
    let all = || ended.complaints.lines().chain(ended.output.lines());
    let names_a_place = |line: &&str| {
        let place = line.split(": ").next().unwrap_or_default();
        line.contains(": ") && place.contains('.') && !place.contains(' ')
    };
    let line = all().find(names_a_place);
    let line = line.or_else(|| all().find(|line| !line.trim().is_empty()));
    line.unwrap_or("it says nothing").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blame_is_the_line_that_names_a_place() {
        let ended = Ended {
            status: std::process::ExitStatus::default(),
            output: "pools/bounded: NOT as in the book\n".to_string(),
            complaints: "\nmdbook/src/pools/bounded.md:3: it is late\n    a line\n".to_string(),
        };
        assert_eq!(blame(&ended), "mdbook/src/pools/bounded.md:3: it is late");
    }
}
