//! Transcripts: a command and what it prints, or the answer of this check, pasted into a
//! page. They are quotes, and compared as quotes are.

use std::sync::LazyLock;

use regex::Regex;

use super::commands::in_block;
use super::document::{Block, Document};
use super::stories::Sources;
use crate::ansi;
use crate::project::{Project, Section};
use crate::text::{has_words, pattern};

static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^cargo run --bin (\w+) (\w+)$"));
static CHECKED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\w+)/(\w+): as in the book$"));
static COUNTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d+) pages: in order$"));
/// What a transcript is compared with.
pub struct Truth<'a> {
    pub project: &'a Project,
    pub sections: &'a [Section],
    pub pages: usize,
    /// What the model checker's stories are made of.
    pub stories: &'a Sources,
}

/// Lines of transcripts that are not true.
pub fn problems(document: &Document, truth: &Truth<'_>) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for block in &document.blocks {
        if matches!(block.language.as_str(), "" | "console" | "text") {
            problems.extend(of_run(block, truth));
            problems.extend(of_check(block, truth));
            problems.extend(truth.stories.problems(block));
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
        let truth = Truth {
            project: &Project {
                root: root.to_path_buf(),
            },
            sections: &[Section::new("pools", "map")],
            pages: 44,
            stories: &Sources::default(),
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
}
