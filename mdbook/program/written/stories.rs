//! Stories of the model checker in README and pages: who does what, and at which line.
//!
//! The words of each step have to be among those that the model checker can say, and the
//! lines have to be lines of the checks and of one of the answers that are kept (the stub,
//! the solution, a wrong answer) where such a thing is done.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::document::Block;
use crate::files;
use crate::text::pattern;

static STEP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^ {2,}(\w[\w ]*?) {2,}(\S.*?) {2,}(checks|bin)/(\w+)\.rs:(\d+)$"));
static LITERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r#""((?:[^"\\\n]|\\.)+)""#));
static HOLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\\\{[^}]*\\\}"));

/// What a line of code has if its step begins with these words.
const DOES: [(&str, &str); 10] = [
    ("starts ", "spawn"),
    ("takes ", "lock()"),
    ("finds ", "lock()"),
    ("gives ", "wait"),
    ("has woken up", "wait"),
    ("sleeps ", "wait"),
    ("wakes ", "notify"),
    ("notifies", "notify"),
    ("has seen the end", "join"),
    ("waits for the end", "join"),
];

/// What the stories of this workbook are made of.
#[derive(Debug, Default)]
pub struct Sources {
    /// The steps that the model checker can tell.
    steps: Vec<Regex>,
    /// The exercises' checks and answers: the path and the text.
    programs: Vec<(String, String)>,
}

struct Step<'a> {
    line: usize,
    does: &'a str,
    folder: &'a str,
    name: &'a str,
    at: usize,
}

impl Sources {
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut sources = Sources::default();
        for (path, text) in rust(root, "shared/model/src")? {
            // Its tests tell other stories.
            if !path.contains("test") {
                sources.steps.extend(steps_in(&text));
            }
        }
        for folder in ["exercises", "solutions"] {
            sources.programs.extend(rust(root, folder)?);
        }
        Ok(sources)
    }

    /// The lines of the block that are not true.
    pub fn problems(&self, block: &Block) -> Vec<(usize, String)> {
        let steps: Vec<Step<'_>> = steps_of(block);
        let mut problems = Vec::new();
        for step in &steps {
            if !self.steps.iter().any(|known| known.is_match(step.does)) {
                let what = format!("the model checker never says “{}”", step.does);
                problems.push((step.line, what));
            }
        }
        for folder in ["checks", "bin"] {
            let steps = steps.iter().filter(|step| step.folder == folder);
            problems.extend(self.wrong_places(&steps.collect::<Vec<_>>()));
        }
        problems
    }

    /// All of them have to be in one and the same program.
    fn wrong_places(&self, steps: &[&Step<'_>]) -> Vec<(usize, String)> {
        let Some(first) = steps.first() else {
            return Vec::new();
        };
        let programs = (self.programs.iter())
            .filter(|(path, _)| is_meant(path, first.folder, first.name))
            .map(|(path, text)| {
                let wrong = steps.iter().filter(|step| !step.fits(text));
                (path, wrong.collect::<Vec<_>>())
            });
        match programs.min_by_key(|(_, wrong)| wrong.len()) {
            None => vec![(
                first.line,
                format!("there is no {}/{}.rs", first.folder, first.name),
            )],
            Some((path, wrong)) => (wrong.into_iter())
                .map(|step| {
                    let Step { line, does, at, .. } = step;
                    (*line, format!("at line {at} of {path}, nothing {does}"))
                })
                .collect(),
        }
    }
}

impl Step<'_> {
    fn fits(&self, program: &str) -> bool {
        let code = self
            .at
            .checked_sub(1)
            .and_then(|at| program.lines().nth(at));
        let code = code.unwrap_or_default().trim();
        let wanted = DOES.iter().find(|(does, _)| self.does.starts_with(does));
        !code.is_empty() && wanted.is_none_or(|(_, wanted)| code.contains(wanted))
    }
}

/// Whether a story means this file by `checks/NAME.rs` or `bin/NAME.rs`. The student's
/// own file may have any of the answers.
fn is_meant(path: &str, folder: &str, name: &str) -> bool {
    match folder {
        "checks" => path == format!("exercises/checks/{name}.rs"),
        _ => {
            path.ends_with(&format!("/{name}.rs")) && path.starts_with("exercises/original/")
                || path == format!("solutions/src/bin/{name}_solution.rs")
                || path.starts_with(&format!("solutions/wrong/{name}/"))
        }
    }
}

fn steps_of(block: &Block) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for (at, line) in block.text.lines().enumerate() {
        let Some(found) = STEP.captures(line) else {
            continue;
        };
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
        steps.push(Step {
            line: block.line + at,
            does: part(2),
            folder: part(3),
            name: part(4),
            at: part(5).parse().unwrap_or(0),
        });
    }
    steps
}

/// The texts of a source file, as patterns: a `{}` stands for anything.
fn steps_in(source: &str) -> Vec<Regex> {
    let literals = LITERAL
        .captures_iter(source)
        .map(|found| found[1].to_string());
    // A text that is all holes fits everything.
    let worded = literals.filter(|text| {
        let outside = HOLE.replace_all(&regex::escape(text), "").into_owned();
        outside
            .chars()
            .filter(|letter| letter.is_alphabetic())
            .count()
            >= 4
    });
    worded
        .map(|text| {
            let escaped = regex::escape(&text);
            pattern(&format!("^{}$", HOLE.replace_all(&escaped, ".+")))
        })
        .collect()
}

fn rust(root: &Path, folder: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for file in files::below(&root.join(folder))? {
        let path = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .display()
            .to_string();
        if path.ends_with(".rs") {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| format!("{path} cannot be read: {error}"))?;
            found.push((path, text));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(story: &str) -> Vec<usize> {
        let steps =
            "format!(\"takes {lock}\"); \"{a} {b}\"; format!(\"wakes one of {n} who sleep\")";
        let program = |path: &str, text: &str| (path.to_string(), text.to_string());
        let sources = Sources {
            steps: steps_in(steps),
            programs: vec![
                program("exercises/checks/queue.rs", "a.lock();\n\n"),
                program(
                    "exercises/original/pools/queue.rs",
                    "a.lock();\n\n// lock()\n",
                ),
                program(
                    "solutions/wrong/queue/one.rs",
                    "\na.lock();\nb.notify_one();\n",
                ),
            ],
        };
        let block = Block {
            language: String::new(),
            text: story.to_string(),
            line: 3,
        };
        let mut lines: Vec<usize> = sources
            .problems(&block)
            .into_iter()
            .map(|(line, _)| line)
            .collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn a_true_story_passes() {
        let story = "  How:\n    main      takes the lock            checks/queue.rs:1\n    \
            worker 1  takes the lock            bin/queue.rs:2\n    \
            worker 1  wakes one of 2 who sleep  bin/queue.rs:3\n    worker 1  ends\n";
        assert_eq!(lines(story), Vec::<usize>::new());
        for (right, wrong, line) in [
            ("wakes one of 2 who sleep", "wakes both who sleep    ", 6),
            (
                "takes the lock            checks",
                "finds the door            checks",
                4,
            ),
            ("checks/queue.rs:1", "checks/queue.rs:2", 4),
            ("checks/queue.rs:1", "checks/queues.rs:1", 4),
            ("bin/queue.rs:3", "bin/queue.rs:2", 6),
            ("bin/queue.rs:2", "bin/queue.rs:99", 5),
        ] {
            assert_eq!(lines(&story.replace(right, wrong)), [line], "{wrong}");
        }
    }
}
