//! `cargo book check`: whether the book still tells the truth.
//!
//! Every section runs again and is compared with its captured run. Every page is
//! checked, as it is written and as it is built.

use std::collections::BTreeSet;

use crate::interrupt::{self, Scratch};
use crate::judging::{Case, Finding};
use crate::project::{PAGES, Project, Section};
use crate::runner::{self, Programs};
use crate::schedule;
use crate::sources::{self, Directive, Page, Word};
use crate::written::{self, Chapters};
use crate::{html, pages, picture};

/// Why a check failed.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// The book is wrong somewhere, or the check could not be made.
    Wrong(String),
    /// Nothing was found to be wrong, but not all could be judged.
    NotJudged(String),
}

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Failure::Wrong(problem)
    }
}

/// Checks everything, or the sections that are `wanted`, or the pages.
pub fn check(project: &Project, wanted: &[String]) -> Result<(), Failure> {
    interrupt::listen()?;
    let programs = runner::build(project)?;
    let pages = sources::pages(project)?;
    let summary = sources::summary(&pages);
    let (words, named): (Vec<String>, Vec<String>) =
        wanted.iter().cloned().partition(|word| word == PAGES);
    let all = in_order_of_book(programs.chosen(&[])?, summary);
    let chosen = match (words.is_empty(), named.is_empty()) {
        (false, true) => Vec::new(),
        (_, true) => all.clone(),
        (_, false) => in_order_of_book(programs.chosen(&named)?, summary),
    };
    let case = |section| Case::new(project, section, shown_at(section, &pages));
    let cases: Vec<Case> = chosen.iter().map(case).collect();
    let mut report = Report::default();
    schedule::run(
        &cases,
        Case::need,
        |case| case.judge(&programs),
        |case, finding| println!("{}", report.add(&case.section, finding)),
    );
    if wanted.is_empty() || !words.is_empty() {
        let mut about_pages = as_written(project, &programs)?;
        about_pages.extend(as_built(project)?);
        if about_pages.is_empty() {
            println!("{} pages: in order", pages.len());
        }
        report.problems.extend(about_pages);
    }
    report.conclusion()
}

/// What is wrong with the pages as they are written. The sections are those of
/// `programs`, and do not run.
pub fn as_written(project: &Project, programs: &Programs) -> Result<Vec<String>, String> {
    let pages = sources::pages(project)?;
    let summary = sources::summary(&pages);
    let captured = in_order_of_book(programs.chosen(&[])?, summary);
    let known = programs
        .sections()?
        .into_iter()
        .map(|listed| listed.section);
    let known = in_order_of_book(known.collect(), summary);
    let chapters = Chapters::new(programs, known);
    written::problems(project, &chapters, &captured, &pages)
}

/// What is wrong with the pages as they are built.
pub fn as_built(project: &Project) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    // A check changes nothing, and works where nothing can be changed.
    let scratch = Scratch::new()?;
    let book = scratch.path().join("book");
    match html::build(project, &book) {
        Ok(()) => problems.extend(pages::problems(project, &book)?),
        Err(problem) => problems.extend(problem.lines().map(str::to_string)),
    }
    problems.extend(picture::problem(project));
    Ok(problems)
}

/// What has come out until now.
#[derive(Debug, Default)]
struct Report {
    problems: Vec<String>,
    /// The sections that could not be judged, each with the reason.
    not_judged: Vec<String>,
}

impl Report {
    /// The line to print about a section.
    fn add(&mut self, section: &Section, finding: Finding) -> String {
        match finding {
            Finding::AsInTheBook => format!("{section}: as in the book"),
            Finding::Not(problems) => {
                self.problems.extend(problems);
                format!("{section}: NOT as in the book")
            }
            Finding::NotJudged(why) => {
                let line = format!("{section}: not judged: {why}");
                self.not_judged.push(line.clone());
                line
            }
        }
    }

    fn conclusion(mut self) -> Result<(), Failure> {
        let mut seen = BTreeSet::new();
        self.problems.retain(|problem| seen.insert(problem.clone()));
        let mut text = String::new();
        match self.problems.len() {
            0 => {}
            1 => text = format!("\n{}", self.problems[0]),
            count => text = format!("\n{}\n{count} problems", self.problems.join("\n")),
        }
        if !self.not_judged.is_empty() {
            let lines = self.not_judged.join("\n");
            let what = "try again when the machine has less to do";
            text.push_str(&format!("\n{lines}\nNothing is known about these: {what}."));
        }
        match (self.problems.is_empty(), self.not_judged.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err(Failure::NotJudged(text)),
            (false, _) => Err(Failure::Wrong(text)),
        }
    }
}

/// The sections as SUMMARY.md has them, and those that it does not have at the end.
fn in_order_of_book(mut sections: Vec<Section>, summary: &str) -> Vec<Section> {
    sections.sort_by_key(|section| {
        let link = format!("({}/{}.md)", section.chapter, section.name);
        summary.find(&link).unwrap_or(usize::MAX)
    });
    sections
}

fn is_whole_output(directive: &Directive) -> bool {
    directive.word == Word::Run || directive.word == Word::Output && directive.part.is_none()
}

/// The page and the line that show the section's output.
fn shown_at(section: &Section, pages: &[Page]) -> String {
    for page in pages {
        for directive in sources::directives(&page.text).unwrap_or_default() {
            if is_whole_output(&directive) && directive.section == *section {
                return format!("{}:{}", page.path, directive.line);
            }
        }
    }
    format!("{}:1", section.page())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_was_not_judged_is_told_and_has_a_failure_of_its_own() {
        let (one, other) = (
            Section::new("pools", "map"),
            Section::new("pools", "bounded"),
        );
        let mut report = Report::default();
        let line = report.add(&one, Finding::AsInTheBook);
        assert_eq!(line, "pools/map: as in the book");
        let line = report.add(&other, Finding::NotJudged("too busy".to_string()));
        assert_eq!(line, "pools/bounded: not judged: too busy");
        let Err(Failure::NotJudged(text)) = report.conclusion() else {
            panic!("passed in silence, or taken for wrong");
        };
        assert!(text.contains("pools/bounded: not judged: too busy"));
        let mut report = Report::default();
        report.add(&other, Finding::NotJudged("too busy".to_string()));
        report.add(&one, Finding::Not(vec!["a.md:1: wrong".to_string()]));
        let Err(Failure::Wrong(text)) = report.conclusion() else {
            panic!("what is wrong comes first");
        };
        assert!(text.contains("a.md:1: wrong") && text.contains("not judged"));
        assert_eq!(Report::default().conclusion(), Ok(()));
    }

    #[test]
    fn the_report_has_the_order_of_the_book() {
        let summary = "- [S](pools/squares.md)\n- [B](pools/bounded.md)\n- [F](event/flag.md)\n";
        let section = |text: &str| {
            let (chapter, name) = text.split_once('/').unwrap();
            Section::new(chapter, name)
        };
        let given = [
            "new/section",
            "event/flag",
            "pools/bounded",
            "pools/squares",
        ];
        let sorted = in_order_of_book(given.map(section).to_vec(), summary);
        let expected = [
            "pools/squares",
            "pools/bounded",
            "event/flag",
            "new/section",
        ];
        assert_eq!(sorted, expected.map(section));
    }
}
