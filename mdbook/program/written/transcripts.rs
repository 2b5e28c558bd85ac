//! Transcripts: a command and what it prints, or the answer of this check, pasted into a
//! page. They are quotes, and compared as quotes are.

use std::sync::LazyLock;

use regex::Regex;

use super::commands::in_block;
use super::document::{Block, Document};
use crate::ansi;
use crate::project::{Project, Section};
use crate::text::{has_words, pattern};

static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^cargo run --bin (\w+) (\w+)$"));
static CHECKED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\w+)/(\w+): as in the book$"));
static COUNTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d+) pages: in order$"));
/// A line of an exercise's checks. What stands in the student's own file is not known.
static PLACE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s(checks/\w+\.rs):(\d+)$"));

/// What a transcript is compared with.
pub struct Truth<'a> {
    pub project: &'a Project,
    pub sections: &'a [Section],
    pub pages: usize,
    /// The source files that a message can name, from the project's folder.
    pub sources: &'a [String],
}

/// Lines of transcripts that are not true.
pub fn problems(document: &Document, truth: &Truth<'_>) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for block in &document.blocks {
        if matches!(block.language.as_str(), "" | "console" | "text") {
            problems.extend(of_run(block, truth));
            problems.extend(of_check(block, truth));
            problems.extend(of_places(block, truth));
        }
    }
    problems
}

/// What a section printed, below the command that runs it.
fn of_run(block: &Block, truth: &Truth<'_>) -> Vec<(usize, String)> {
    let commands = in_block(block);
    let mut problems = Vec::new();
    let mut output: Option<(Section, Vec<String>)> = None;
    for (at, line) in block.text.lines().enumerate() {
        let number = block.line + at;
        if let Some((_, command)) = commands.iter().find(|(line, _)| *line == number) {
            output = RUN.captures(command).and_then(|found| {
                let section = Section::new(&found[1], &found[2]);
                let path = truth.project.root.join(section.captured("ansi"));
                let text = std::fs::read_to_string(path).ok()?;
                let lines = ansi::plain(&text).lines().map(str::to_string).collect();
                Some((section, lines))
            });
            continue;
        }
        let Some((section, left)) = &mut output else {
            continue;
        };
        // What is left out.
        if line.trim().is_empty() || matches!(line.trim(), "…" | "...") {
            continue;
        }
        match left
            .iter()
            .position(|printed| has_words(printed, line.trim()))
        {
            // The next line comes later.
            Some(found) => drop(left.drain(..=found)),
            None => {
                let section = section.clone();
                problems.push((
                    number,
                    format!(
                        "{section} does not print “{}”, or not in this order",
                        line.trim()
                    ),
                ));
            }
        }
    }
    problems
}

/// What this check prints.
fn of_check(block: &Block, truth: &Truth<'_>) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for (at, line) in block.text.lines().enumerate() {
        let mut wrong = |what: String| problems.push((block.line + at, what));
        if let Some(found) = CHECKED.captures(line) {
            let section = Section::new(&found[1], &found[2]);
            if !truth.sections.contains(&section) {
                wrong(format!("there is no section {section}"));
            }
        } else if let Some(found) = COUNTED.captures(line)
            && found[1] != truth.pages.to_string()
        {
            wrong(format!(
                "there are {} pages, not {}",
                truth.pages, &found[1]
            ));
        }
    }
    problems
}

/// Lines of source files that a message names: they are there, and have code.
fn of_places(block: &Block, truth: &Truth<'_>) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for (at, line) in block.text.lines().enumerate() {
        let Some(found) = PLACE.captures(line.trim_end()) else {
            continue;
        };
        let ending = format!("/{}", &found[1]);
        let files = truth.sources.iter().filter(|path| path.ends_with(&ending));
        let number: usize = found[2].parse().unwrap_or(0);
        let has_line = |path: &&String| {
            let text = std::fs::read_to_string(truth.project.root.join(path));
            let text = text.unwrap_or_default();
            let line = number.checked_sub(1).and_then(|at| text.lines().nth(at));
            line.is_some_and(|line| !line.trim().is_empty() && !line.trim().starts_with("//"))
        };
        if !files.into_iter().any(|path| has_line(&path)) {
            let place = found[0].trim();
            problems.push((block.line + at, format!("there is no code at {place}")));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [usize; 0] = [];

    fn found(text: &str) -> Vec<usize> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("mdbook/captured/pools")).unwrap();
        let output = "  0.0 s  main │ starts\n\x1b[1m  1.0 s\x1b[0m  main │ task 11 ends\n  1.5 s  main │ ends\n";
        std::fs::write(root.join("mdbook/captured/pools/map.ansi"), output).unwrap();
        std::fs::create_dir(root.join("checks")).unwrap();
        std::fs::write(root.join("checks/a.rs"), "one\n\n// two\n").unwrap();
        let truth = Truth {
            project: &Project {
                root: root.to_path_buf(),
            },
            sections: &[Section::new("pools", "map")],
            pages: 44,
            sources: &["x/checks/a.rs".to_string(), "./checks/a.rs".to_string()],
        };
        let page = format!("# A\n\n```console\n{text}\n```\n");
        let found = problems(&Document::new("a.md", &page), &truth);
        found.into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn what_a_section_printed_is_compared() {
        let command = "$ cargo run --bin pools map";
        let run = |printed: &str| found(&format!("{command}\n{printed}"));
        assert_eq!(
            run("  0.0 s  main │ starts\n…\n  1.5 s  main │ ends"),
            NOTHING
        );
        assert_eq!(run("task 11 ends"), NOTHING);
        assert_eq!(run("starts\ntask 1 ends"), [6]);
        // In another order, or twice.
        assert_eq!(run("main │ ends\nstarts"), [6]);
        assert_eq!(run("starts\nstarts"), [6]);
        assert_eq!(run("  0.9 s  main │ task 11 ends"), [5]);
    }

    #[test]
    fn what_this_check_printed_is_compared() {
        assert_eq!(
            found("pools/map: as in the book\n…\n44 pages: in order"),
            NOTHING
        );
        assert_eq!(
            found("pools/mop: as in the book\n…\n45 pages: in order"),
            [4, 6]
        );
    }

    #[test]
    fn the_lines_of_a_message_are_there() {
        assert_eq!(found("  main  takes the lock  checks/a.rs:1"), NOTHING);
        for wrong in [
            "checks/a.rs:2",
            "checks/a.rs:3",
            "checks/a.rs:4",
            "checks/b.rs:1",
        ] {
            assert_eq!(
                found(&format!("  main  takes the lock  {wrong}")),
                [4],
                "{wrong}"
            );
        }
    }
}
