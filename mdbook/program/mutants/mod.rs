//! `cargo book mutants`: does the check notice what it has to?
//!
//! A *mutant* is the book with one mistake in it, in a program, in the library or on a
//! page. `mdbook/mutants` lists them. Each is made in a copy of the checkout and checked
//! there. The check has to say that something is not as in the book.

mod copy;
mod data;
mod report;

use std::collections::BTreeSet;
use std::process::{Command, exit};
use std::time::Instant;

use copy::{Copy, Ended, Stopped};
use data::{Data, Mutant};
use report::Outcome;

use crate::arguments::Wanted;
use crate::cargo;
use crate::check;
use crate::files::{self, Change};
use crate::interrupt::INTERRUPTED;
use crate::project::Project;
use crate::runner::{self, Programs};

/// The exit codes of `cargo book check`.
const AS_IN_THE_BOOK: i32 = 0;
const NOT_AS_IN_THE_BOOK: i32 = 1;
const NOT_JUDGED: i32 = 3;

/// What a run of all mutants writes, for the page about the check.
const RESULT: &str = "mdbook/mutants/caught.md";

/// A busy machine may spoil a run.
const TRIES: usize = 3;

/// Tries the mutants. The error says what is not as the data expects it.
pub fn try_all(project: &Project, wanted: &Wanted) -> Result<(), String> {
    copy::listen();
    let data = data::read(project)?;
    let mut chosen = chosen(&data, wanted)?;
    // The pages are checked with the programs as they are.
    chosen.sort_by_key(|mutant| !mutant.sections().is_empty());
    let begun = Instant::now();
    let copy = Copy::new(project, wanted.folder.as_deref())?;
    let results = Trial::begin(&copy, &chosen).and_then(|trial| trial.run(&chosen));
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

/// The copy, and what the check says of it without a mistake.
struct Trial<'a> {
    copy: &'a Copy,
    project: Project,
    programs: Programs,
    /// What is wrong with the unchanged pages.
    known: Vec<String>,
    /// The sections that do not pass unchanged: nothing can be learnt from them.
    unfit: BTreeSet<String>,
}

impl<'a> Trial<'a> {
    fn begin(copy: &'a Copy, mutants: &[Mutant]) -> Result<Self, Stopped> {
        let mut cargo = cargo();
        cargo.arg("--bins");
        let built = copy.run_first(cargo)?;
        if !built.status.success() {
            return Err(Stopped::Failed(first_error(&built)));
        }
        let project = Project { root: copy.root() };
        let programs = runner::build(&project).map_err(Stopped::Failed)?;
        let mut trial = Trial {
            copy,
            project,
            programs,
            known: Vec::new(),
            unfit: BTreeSet::new(),
        };
        if mutants.iter().any(Mutant::is_of_pages) {
            trial.known = trial.as_written();
            trial.known.extend(trial.as_built());
            for problem in &trial.known {
                println!("even without a mistake: {problem}");
            }
        }
        let sections: BTreeSet<String> = mutants.iter().flat_map(Mutant::sections).collect();
        let sections: Vec<String> = sections.into_iter().collect();
        if !sections.is_empty() {
            println!("{} sections without a mistake:", sections.len());
            let ended = judged(copy, &sections)?;
            if ended.status.code() != Some(AS_IN_THE_BOOK) {
                println!("{}\n{}", ended.output.trim(), ended.complaints.trim());
            }
            // A section that could not be judged now may be later.
            let lines: BTreeSet<&str> = ended.output.lines().collect();
            let is_unfit = |section: &String| {
                lines.contains(format!("{section}: NOT as in the book").as_str())
            };
            trial.unfit = sections.into_iter().filter(is_unfit).collect();
        }
        Ok(trial)
    }

    fn as_written(&self) -> Vec<String> {
        let problems = check::as_written(&self.project, &self.programs);
        problems.unwrap_or_else(|problem| vec![problem])
    }

    fn as_built(&self) -> Vec<String> {
        check::as_built(&self.project).unwrap_or_else(|problem| vec![problem])
    }

    fn run<'b>(&self, mutants: &'b [Mutant]) -> Result<Vec<report::Result<'b>>, Stopped> {
        let mut results = Vec::new();
        for mutant in mutants {
            let outcome = self.outcome(mutant)?;
            println!("{}", report::line(mutant, &outcome));
            results.push((mutant, outcome));
        }
        Ok(results)
    }

    fn outcome(&self, mutant: &Mutant) -> Result<Outcome, Stopped> {
        if copy::is_interrupted() {
            return Err(Stopped::Interrupted);
        }
        let changed = match mutant.changed(&self.project.root) {
            Ok(changed) => changed,
            Err(why) => return Ok(Outcome::Stale(why)),
        };
        self.copy.write(&changed).map_err(Stopped::Failed)?;
        let outcome = match self.checked(mutant) {
            Err(Stopped::Failed(why)) => Ok(Outcome::Broken(why)),
            other => other,
        };
        self.copy.restore(&changed).map_err(Stopped::Failed)?;
        outcome
    }

    fn checked(&self, mutant: &Mutant) -> Result<Outcome, Stopped> {
        if mutant.is_of_pages() {
            let is_new = |problem: &String| !self.known.contains(problem);
            // The built pages take their time, so they come second.
            let written = self.as_written().into_iter().find(is_new);
            if let Some(problem) = written.or_else(|| self.as_built().into_iter().find(is_new)) {
                return Ok(Outcome::Caught(problem));
            }
        }
        let sections = mutant.sections();
        if sections.is_empty() {
            return Ok(Outcome::Missed);
        }
        if let Some(section) = sections
            .iter()
            .find(|section| self.unfit.contains(*section))
        {
            let why = format!("{section} is not as in the book without a mistake, either");
            return Ok(Outcome::NotJudged(why));
        }
        // What does not compile proves nothing.
        let built = self.copy.run(build(mutant))?;
        if !built.status.success() {
            return Ok(Outcome::Broken(first_error(&built)));
        }
        let ended = judged(self.copy, &sections)?;
        Ok(match ended.status.code() {
            Some(AS_IN_THE_BOOK) => Outcome::Missed,
            Some(NOT_AS_IN_THE_BOOK) => Outcome::Caught(blame(&ended)),
            Some(NOT_JUDGED) => Outcome::NotJudged(blame(&ended)),
            _ => Outcome::Broken(blame(&ended)),
        })
    }
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
