//! Commands in README and pages: each has to be one that works. They are not run; they are
//! compared with the packages, programs, tests and recipes that there are, and a
//! chapter's own parser reads the arguments for it.

use std::sync::LazyLock;

use regex::Regex;

use super::document::{Block, Document};
use super::workspace::{Target, Workspace};
use crate::arguments::{self, Command};
use crate::project::{PAGES, Section};
use crate::text::pattern;

/// What answers about a chapter's arguments: whether they are right, and what is printed.
pub trait Chapters {
    fn sections(&self) -> &[Section];
    fn ask(&self, chapter: &str, arguments: &[&str]) -> Result<(bool, String), String>;
}

/// Commands of cargo whose targets are checked.
const WITH_TARGETS: [&str; 6] = ["run", "test", "bench", "build", "check", "doc"];
/// Other commands of cargo.
const WITHOUT: [&str; 12] = [
    "add", "clean", "clippy", "fetch", "fix", "fmt", "install", "metadata", "new", "tree",
    "update", "init",
];
/// Options of cargo that take a value.
const VALUED: [&str; 14] = [
    "-p",
    "--package",
    "--bin",
    "--example",
    "--test",
    "--bench",
    "--features",
    "--target",
    "--profile",
    "--target-dir",
    "-j",
    "--jobs",
    "--color",
    "--manifest-path",
];
/// Options of cargo that take none.
const FLAGS: [&str; 24] = [
    "-q",
    "--quiet",
    "-r",
    "--release",
    "--lib",
    "--bins",
    "--tests",
    "--examples",
    "--benches",
    "--all-targets",
    "--workspace",
    "--all",
    "--locked",
    "--offline",
    "--open",
    "--no-deps",
    "--all-features",
    "--doc",
    "--no-run",
    "--check",
    "-v",
    "--verbose",
    "--no-fail-fast",
    "--frozen",
];

/// A word in the place of which the reader writes another.
static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[A-Z][A-Z0-9_]*|<.*>|\[.*\].*|.*…|.*\.\.\.|\{\{.*\}\})$"));
/// Between a command and what it does stand several blanks, or a `#`.
static REMARK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?: {2,}|\s#\s).*$"));
static HTML_COMMAND: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:cargo|just|\.?/?\.ci/)"));

/// The commands of a file that do not work, each with its line.
pub fn problems(
    document: &Document,
    workspace: &Workspace,
    chapters: &impl Chapters,
) -> Vec<(usize, String)> {
    let here = Here {
        workspace,
        chapters,
    };
    let mut problems = Vec::new();
    let mut look = |line: usize, command: &str| {
        if let Some(what) = here.problem(command) {
            problems.push((line, format!("`{command}` does not work: {what}")));
        }
    };
    for block in &document.blocks {
        for (line, command) in in_block(block) {
            look(line, &command);
        }
    }
    for span in &document.spans {
        let text = span.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if HTML_COMMAND.is_match(&text) {
            look(span.line, &text);
        }
    }
    for span in &document.spans {
        if let Some(what) = here.unknown_option(&document.path, &span.text) {
            problems.push((span.line, what));
        }
    }
    problems
}

/// The commands in a block, without what is printed and without remarks.
pub fn in_block(block: &Block) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = block.text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let command = match (block.language.as_str(), line.strip_prefix("$ ")) {
            ("" | "console" | "sh" | "bash" | "text", Some(command)) => command,
            ("" | "sh" | "bash", None) if HTML_COMMAND.is_match(line) => line,
            _ => continue,
        };
        let mut command = REMARK.replace(command.trim(), "").into_owned();
        // A line that goes on in the next one.
        while command.ends_with('\\') {
            command.pop();
            let more = lines.next().map_or("", |(_, line)| line.trim());
            command = format!("{} {more}", command.trim());
        }
        found.push((block.line + at, command));
    }
    found
}

struct Here<'a, C> {
    workspace: &'a Workspace,
    chapters: &'a C,
}

impl<C: Chapters> Here<'_, C> {
    /// What is wrong with a line for the shell.
    fn problem(&self, line: &str) -> Option<String> {
        let mut inside = "";
        for command in line.split("&&").flat_map(|part| part.split(" | ")) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let from = words.iter().position(|word| !is_setting(word));
            let words = &words[from.unwrap_or(0)..];
            let (Some(program), arguments) = (words.first(), words.get(1..)) else {
                continue;
            };
            let arguments = arguments.unwrap_or_default();
            // In another folder, the paths are others.
            let problem = match *program {
                "cd" => {
                    inside = arguments.first().copied().unwrap_or_default();
                    self.missing(inside)
                }
                _ if !inside.is_empty() => None,
                "cargo" => self.cargo(arguments),
                "just" => self.just(arguments),
                "cp" => arguments.iter().find_map(|path| self.missing(path)),
                script if script.contains(".ci/") => self.missing(script),
                _ => None,
            };
            if problem.is_some() {
                return problem;
            }
        }
        None
    }

    fn missing(&self, path: &str) -> Option<String> {
        let there = is_placeholder(path) || self.workspace.root.join(path).exists();
        (!there).then(|| format!("there is no `{path}`"))
    }

    fn cargo(&self, arguments: &[&str]) -> Option<String> {
        let arguments = match arguments {
            [toolchain, rest @ ..] if toolchain.starts_with('+') => rest,
            all => all,
        };
        let (command, rest) = arguments.split_first()?;
        if is_placeholder(command) || WITHOUT.contains(command) {
            return None;
        }
        if WITH_TARGETS.contains(command) {
            return self.with_targets(command, rest);
        }
        match self.workspace.aliases.get(*command) {
            // What an alias stands for is read as if it had been written.
            Some(words) => {
                let words = words.iter().map(String::as_str);
                self.cargo(&words.chain(rest.iter().copied()).collect::<Vec<_>>())
            }
            None => Some(format!("cargo has no command `{command}` here")),
        }
    }

    fn with_targets(&self, command: &str, arguments: &[&str]) -> Option<String> {
        let mut package = None;
        let mut target = None;
        let mut own: &[&str] = &[];
        let mut at = 0;
        while let Some(word) = arguments.get(at) {
            at += 1;
            let (option, glued) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (*word, None),
            };
            if *word == "--" {
                own = &arguments[at..];
                break;
            } else if VALUED.contains(&option) {
                let value = match glued {
                    Some(value) => value,
                    None => {
                        at += 1;
                        match arguments.get(at - 1) {
                            Some(value) => value,
                            None => return Some(format!("`{option}` needs a value")),
                        }
                    }
                };
                let kind = match option {
                    "-p" | "--package" => {
                        package = Some(value);
                        continue;
                    }
                    "--bin" => Target::Program,
                    "--example" => Target::Example,
                    "--test" => Target::Test,
                    "--bench" => Target::Bench,
                    _ => continue,
                };
                target = Some((kind, value));
            } else if word.starts_with('-') && !FLAGS.contains(word) {
                let ours = "an option of the program itself stands behind its name, or behind --";
                return Some(format!("cargo {command} has no option `{word}`; {ours}"));
            } else if !word.starts_with('-') {
                // A program's arguments, or the names of tests.
                own = match command {
                    "run" => &arguments[at - 1..],
                    _ => &[],
                };
                break;
            }
        }
        if let Some(package) = package.filter(|package| !is_placeholder(package))
            && !self.workspace.has_package(package)
        {
            return Some(format!("there is no package `{package}`"));
        }
        let Some((kind, name)) = target else {
            return match (command, package) {
                ("run", None) => {
                    Some("it does not say which program: write --bin NAME".to_string())
                }
                ("run", Some("book")) => self.book(own),
                _ => None,
            };
        };
        if is_placeholder(name) {
            return None;
        }
        if !self.workspace.has_target(package, kind, name) {
            let where_ = match package {
                Some(package) => format!("the package `{package}` has"),
                None => "the packages that are built without -p have".to_string(),
            };
            return Some(format!("{where_} no {} `{name}`", kind.shown()));
        }
        let is_chapter = (self.chapters.sections().iter()).any(|section| section.chapter == name);
        match (command, kind) {
            ("run", Target::Program) if is_chapter => self.chapter(name, own),
            _ => None,
        }
    }

    /// Whether a chapter takes these arguments.
    fn chapter(&self, chapter: &str, arguments: &[&str]) -> Option<String> {
        if arguments.iter().any(|word| is_placeholder(word)) {
            return None;
        }
        let words = || arguments.iter().filter(|word| **word != "--");
        let asked: Vec<&str> = words().copied().chain(["--list"]).collect();
        let answer = match self.chapters.ask(chapter, &asked) {
            Ok((true, _)) => None,
            Ok((false, complaint)) | Err(complaint) => {
                Some(complaint.lines().next().unwrap_or_default().to_string())
            }
        };
        answer.or_else(|| {
            // With `--list` the chapter does not look whose option it is.
            let named = words().find(|word| !word.starts_with('-'));
            let help = self.help(chapter);
            let mut options = words().filter(|word| word.starts_with("--"));
            options.find_map(|option| {
                let owners = help.owners(option.split('=').next().unwrap_or(option));
                let fits = owners
                    .iter()
                    .any(|owner| owner.is_empty() || named.is_some_and(|named| owner == named));
                (!fits).then(|| format!("{option} belongs to {}", owners.join(" or ")))
            })
        })
    }

    fn help(&self, chapter: &str) -> Help {
        Help(
            self.chapters
                .ask(chapter, &["--help"])
                .map_or_else(|what| what, |(_, text)| text),
        )
    }

    fn book(&self, arguments: &[&str]) -> Option<String> {
        let given = arguments.iter().filter(|word| !is_placeholder(word));
        let named = match arguments::parse(given.map(Into::into)) {
            Err(complaint) => return Some(complaint),
            Ok(Command::Check(sections) | Command::Capture { sections, .. }) => sections,
            Ok(_) => return None,
        };
        let sections = self.chapters.sections();
        let unknown = |word: &&String| {
            *word != PAGES && !sections.iter().any(|section| section.is_called(word))
        };
        let unknown = named.iter().find(unknown)?;
        Some(format!("there is no section `{unknown}`"))
    }

    fn just(&self, arguments: &[&str]) -> Option<String> {
        let (name, given) = match arguments {
            [] | ["--list", ..] => return None,
            [name, given @ ..] => (*name, given),
        };
        if is_placeholder(name) {
            return None;
        }
        let Some(recipe) = self.workspace.recipes.get(name) else {
            return Some(format!("there is no recipe `{name}` in the justfile"));
        };
        if recipe.takes_nothing && !given.is_empty() {
            return Some(format!("the recipe `{name}` takes nothing"));
        }
        // What it does with them, if that is one command.
        let body = recipe.body.strip_suffix("{{ARGS}}")?;
        let line = format!("{body}{}", given.join(" "));
        self.problem(line.trim())
    }

    /// An option such as `--tries 60` that is named alone, on the page of a chapter: some
    /// section of it has to take it, or the page's own if that is a section.
    fn unknown_option(&self, path: &str, text: &str) -> Option<String> {
        let mut words = text.split_whitespace();
        let option = words
            .next()
            .filter(|word| word.starts_with("--") && word.len() > 2)?;
        let value = words.next().filter(|value| !is_placeholder(value));
        let mut parts = path.strip_prefix("mdbook/src/")?.split('/');
        let (chapter, page) = (parts.next()?, parts.next()?.strip_suffix(".md")?);
        let sections = self.chapters.sections();
        if !sections.iter().any(|section| section.chapter == chapter) {
            return None;
        }
        let own = sections.contains(&Section::new(chapter, page));
        let owners = self.help(chapter).owners(option);
        let fits = owners
            .iter()
            .any(|owner| owner.is_empty() || !own || owner == page);
        if !fits {
            let of_book = own || ["--addr", "--anyway"].iter().all(|known| *known != option);
            let whose = match own {
                true => format!("{chapter} {page}"),
                false => chapter.to_string(),
            };
            return of_book.then(|| format!("`{option}` is no option of {whose}"));
        }
        let value = value?;
        match self.chapters.ask(chapter, &[option, value, "--list"]) {
            Ok((false, complaint)) => {
                let first = complaint.lines().next().unwrap_or_default().to_string();
                Some(format!("`{text}` does not work: {first}"))
            }
            _ => None,
        }
    }
}

/// What a chapter prints for `--help`.
struct Help(String);

impl Help {
    /// The sections that have this option. An empty name stands for all.
    fn owners(&self, option: &str) -> Vec<String> {
        let mut owner = String::new();
        let mut owners = Vec::new();
        for line in self.0.lines() {
            if let Some(section) = line.strip_prefix("Options of ") {
                owner = section.trim_end_matches(':').to_string();
            } else if line.split_whitespace().next() == Some(option) {
                owners.push(owner.clone());
            }
        }
        owners
    }
}

fn is_placeholder(word: &str) -> bool {
    PLACEHOLDER.is_match(word)
}

/// `LESSON_SPEED=8` in front of a command.
fn is_setting(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter == '_')
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const NOTHING: [usize; 0] = [];

    struct Fake(Vec<Section>);

    impl Chapters for Fake {
        fn sections(&self) -> &[Section] {
            &self.0
        }

        /// Takes the sections and the options that the tests use.
        fn ask(&self, _: &str, arguments: &[&str]) -> Result<(bool, String), String> {
            if arguments == ["--help"] {
                return Ok((
                    true,
                    "Options:\n    --speed N  x\n    --list  x\nOptions of site:\n    --addr A  x\n".to_string(),
                ));
            }
            let mut words = arguments.iter();
            while let Some(word) = words.next() {
                match *word {
                    "--list" => {}
                    "--speed" | "--addr" if words.next().is_some_and(|value| *value != "x") => {}
                    name if self.0.iter().any(|section| section.name == name) => {}
                    other => return Ok((false, format!("no `{other}`\nmore"))),
                }
            }
            Ok((true, String::new()))
        }
    }

    /// Of this workbook, but with two sections only.
    fn found(path: &str, text: &str) -> Vec<usize> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let workspace = Workspace::read(root).unwrap();
        let sections = [("pools", "bounded"), ("callbacks", "site")];
        let fake = Fake(
            sections
                .map(|(chapter, name)| Section::new(chapter, name))
                .into(),
        );
        let found = problems(&Document::new(path, text), &workspace, &fake);
        found.into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn commands_that_work_pass() {
        for right in [
            "cargo run --bin pools",
            "cargo run --bin pools bounded --speed 5",
            "cargo run --bin pools -- --list",
            "cargo run --bin callbacks site -- --addr 127.0.0.1:80",
            "cargo run -p exercises --bin task_queue",
            "cargo test -q -p exercises --bin task_queue",
            "cargo test --package shared --test layers",
            "cargo bench --package bench --bench crawl -- --markdown",
            "cargo doc --open --package shared",
            "cargo book check",
            "cargo book check bounded pages",
            "cargo book capture bounded",
            "cargo book capture <section>",
            "cargo run --bin CHAPTER SECTION",
            "just pools bounded --speed 5",
            "just soak 3",
            "just",
            "just bench",
            "./.ci/run",
            "cp exercises/original/pools/task_queue.rs exercises/src/bin/",
            "cd mdbook/browser && npm ci && node test.mjs",
            "LESSON_SPEED=8 cargo run --bin pools",
            "cargo install just",
        ] {
            let page = format!("one\n\n```console\n$ {right}    does this\n```\n\n`{right}`");
            assert_eq!(found("README.md", &page), NOTHING, "{right}");
        }
    }

    #[test]
    fn commands_that_do_not_work_are_reported() {
        for wrong in [
            "cargo run --bin pool",
            "cargo run --bin pools bound",
            "cargo run --bin pools bounded --sped 5",
            "cargo run --bin pools bounded --speed x",
            "cargo run --bin callbacks -- --addr 127.0.0.1:80",
            "cargo run --speed 5 --bin pools",
            "cargo run -p exercise --bin task_queue",
            "cargo run --bin task_queue",
            "cargo run bounded",
            "cargo test --package shared --test layer",
            "cargo bench --package bench --bench crawls",
            "cargo buld",
            "cargo book chek",
            "cargo book check boundd",
            "cargo book serve --address 1",
            "just benchmark",
            "just lint now",
            "just pools bound",
            "./.ci/runs",
            "cp exercises/original/task_queue.rs exercises/src/bin/",
            "cd mdbook/browsers && npm ci",
        ] {
            let page = format!("one\n\n```console\n$ {wrong}    does this\n```");
            assert_eq!(found("README.md", &page), [4], "{wrong}");
            if HTML_COMMAND.is_match(wrong) {
                let page =
                    format!("one\n\nand `{wrong}`\n\n```\n{wrong}\n```\n<p><code>{wrong}</code>");
                assert_eq!(found("README.md", &page), [6, 3, 8], "{wrong}");
            }
        }
    }

    #[test]
    fn options_are_those_of_the_page() {
        let page = "With `--speed 4` and `--addr 127.0.0.1:1`.";
        assert_eq!(found("mdbook/src/callbacks/site.md", page), NOTHING);
        assert_eq!(found("mdbook/src/pools/README.md", "`--speeds`"), [1]);
        assert_eq!(found("mdbook/src/pools/bounded.md", page), [1]);
        assert_eq!(found("mdbook/src/callbacks/site.md", "`--speed x`"), [1]);
    }

    #[test]
    fn output_is_no_command() {
        let block = Block {
            language: "console".to_string(),
            text: "$ cargo run \\\n  --bin pools   # all\ncargo says\n$ x".to_string(),
            line: 7,
        };
        let expected = [
            (7, "cargo run --bin pools   # all".to_string()),
            (10, "x".to_string()),
        ];
        assert_eq!(in_block(&block).len(), 2);
        assert_eq!(in_block(&block)[1], expected[1]);
    }
}
