//! The twins of a chapter's sections: each example is run as a reader would run it,
//! and has to print what its section shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A twin takes four seconds at most on an idle machine, and may take several times as
/// long on a busy one. After this time it hangs.
const TWIN_LIMIT: Duration = Duration::from_secs(30);

/// A twin is read on one page, beside its section.
const MOST_LINES: usize = 40;

/// What one twin has to print. In a line, `{}` stands for any number.
#[derive(Clone, Debug)]
pub struct Twin {
    name: &'static str,
    arguments: Vec<String>,
    parts: Vec<Part>,
    orders: Vec<(String, String)>,
    complaints: &'static [&'static str],
    at_least: Duration,
}

#[derive(Clone, Debug)]
struct Part {
    lines: Vec<String>,
    in_order: bool,
}

/// What a twin printed.
#[derive(Debug)]
pub struct TwinRun {
    pub lines: Vec<String>,
}

impl Twin {
    pub fn new(name: &'static str) -> Self {
        Twin {
            name,
            arguments: Vec::new(),
            parts: Vec::new(),
            orders: Vec::new(),
            complaints: &[],
            at_least: Duration::ZERO,
        }
    }

    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Then come these lines, in this order.
    pub fn in_order<S: Into<String>>(self, lines: impl IntoIterator<Item = S>) -> Self {
        self.part(lines, true)
    }

    /// Then come these lines, in any order.
    pub fn in_any_order<S: Into<String>>(self, lines: impl IntoIterator<Item = S>) -> Self {
        self.part(lines, false)
    }

    fn part<S: Into<String>>(mut self, lines: impl IntoIterator<Item = S>, in_order: bool) -> Self {
        let lines = lines.into_iter().map(Into::into).collect();
        self.parts.push(Part { lines, in_order });
        self
    }

    /// Among lines that come in any order: this one comes before that one.
    pub fn before(mut self, first: impl Into<String>, second: impl Into<String>) -> Self {
        self.orders.push((first.into(), second.into()));
        self
    }

    /// It takes at least this long, however fast the machine: it sleeps that long, or
    /// its workers are too few to be faster.
    pub fn takes_at_least(mut self, milliseconds: u64) -> Self {
        self.at_least = Duration::from_millis(milliseconds);
        self
    }

    /// It also prints something to standard error, in which these words are found.
    pub fn complains_of(mut self, words: &'static [&'static str]) -> Self {
        self.complaints = words;
        self
    }
}

impl TwinRun {
    /// The numbers in each line that looks like this, with `{}` for a number.
    pub fn numbers(&self, pattern: &str) -> Vec<Vec<f64>> {
        let lines = self.lines.iter();
        lines.filter_map(|line| captures(pattern, line)).collect()
    }
}

/// Runs all twins of the chapter in the folder `chapter`, at the same time. Each file
/// in its folder `examples` has to be in the list.
pub fn run_twins(chapter: &str, twins: &[Twin]) -> BTreeMap<&'static str, TwinRun> {
    let chapter = Path::new(chapter);
    let listed = twins.iter().map(|twin| twin.name.to_string()).collect();
    assert_eq!(sources(chapter), listed, "the examples, and the list here");
    for twin in twins {
        check_source(&source(chapter, twin.name));
    }
    let programs = built(chapter, twins);
    let runs: Vec<_> = thread::scope(|scope| {
        let mut running = Vec::new();
        for twin in twins {
            let program = programs.join(twin.name);
            running.push(scope.spawn(move || run_twin(twin, &program)));
        }
        let join = running.into_iter().map(|thread| thread.join().unwrap());
        join.collect()
    });
    let mut good = BTreeMap::new();
    let mut bad = Vec::new();
    for (twin, run) in twins.iter().zip(runs) {
        match run {
            Ok(run) => drop(good.insert(twin.name, run)),
            Err(trouble) => bad.push(format!("{}: {trouble}", twin.name)),
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
    good
}

fn sources(chapter: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(chapter.join("examples")).expect("the chapter's twins");
    let paths = files.map(|file| file.expect("a file").path());
    let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    paths.map(stem).collect()
}

fn source(chapter: &Path, name: &str) -> PathBuf {
    chapter.join("examples").join(name).with_extension("rs")
}

/// A twin belongs to the section of the same name, is short, and can be pasted into
/// any project: it uses nothing of this workbook.
fn check_source(path: &Path) {
    let text = fs::read_to_string(path).expect("a twin");
    let path = path.display();
    assert!(text.starts_with("//! "), "{path}: what is it?");
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let count = lines.clone().count();
    assert!(count <= MOST_LINES, "{path}: {count} lines of code");
    for line in lines {
        for own in ["shared", "stage", "crawl", "site", "workers", "database"] {
            let used = line.contains(&format!("{own}::"));
            assert!(!used, "{path} uses `{own}`: {line}");
        }
    }
}

/// The folder with the programs. `cargo test` has built them, but `cargo test --test
/// twins` has not: then they are built here.
fn built(chapter: &Path, twins: &[Twin]) -> PathBuf {
    let this = std::env::current_exe().expect("a test is a program");
    let profile = this.ancestors().nth(2).expect("target/debug/deps/test");
    let programs = profile.join("examples");
    let fresh = |twin: &Twin| is_newer(&programs.join(twin.name), &source(chapter, twin.name));
    if twins.iter().all(|twin| fresh(twin).unwrap_or(false)) {
        return programs;
    }
    let package = chapter.file_name().expect("a chapter has a name");
    let profile_name = match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--examples", "--profile", profile_name])
        .arg("--package")
        .arg(package)
        .arg("--manifest-path")
        .arg(chapter.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(profile.parent().expect("target"))
        .output()
        .expect("cargo runs");
    assert!(
        built.status.success(),
        "the twins are not built, and cannot be; try `cargo test --package {}`:\n{}",
        package.to_string_lossy(),
        String::from_utf8_lossy(&built.stderr)
    );
    programs
}

fn is_newer(program: &Path, source: &Path) -> io::Result<bool> {
    let changed = |path: &Path| fs::metadata(path)?.modified();
    Ok(changed(program)? >= changed(source)?)
}

fn run_twin(twin: &Twin, program: &Path) -> Result<TwinRun, String> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(&twin.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} does not start: {error}", program.display()))?;
    let (send, ended) = mpsc::channel();
    let output = read_all(child.stdout.take().expect("piped"), send.clone());
    let errors = read_all(child.stderr.take().expect("piped"), send);
    for _ in 0..2 {
        let left = TWIN_LIMIT.saturating_sub(start.elapsed());
        if ended.recv_timeout(left).is_err() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("a hang: not done within {TWIN_LIMIT:?}"));
        }
    }
    let status = child.wait().expect("the program was started");
    let took = start.elapsed();
    let (output, errors) = (output.join().unwrap(), errors.join().unwrap());
    let run = TwinRun {
        lines: output.lines().map(str::to_string).collect(),
    };
    let told = || format!("it printed\n{output}{errors}");
    if !status.success() {
        return Err(format!("it ended with {status}; {}", told()));
    }
    let silent = twin.complaints.is_empty() && !errors.is_empty();
    let missing = twin.complaints.iter().find(|word| !errors.contains(**word));
    if silent || missing.is_some() {
        return Err(format!("its complaints are others; {}", told()));
    }
    if took < twin.at_least {
        let least = twin.at_least;
        return Err(format!("{took:?} is too fast for {least:?}; {}", told()));
    }
    match check(twin, &run.lines) {
        Ok(()) => Ok(run),
        Err(trouble) => Err(format!("{trouble}; {}", told())),
    }
}

fn read_all(
    mut stream: impl Read + Send + 'static,
    ended: mpsc::Sender<()>,
) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        let _ = ended.send(());
        text
    })
}

fn check(twin: &Twin, lines: &[String]) -> Result<(), String> {
    let mut rest = lines;
    for part in &twin.parts {
        if rest.len() < part.lines.len() {
            return Err(format!("too few lines, or not {:?}", part.lines));
        }
        let (now, later) = rest.split_at(part.lines.len());
        rest = later;
        if part.in_order {
            for (wanted, line) in part.lines.iter().zip(now) {
                if captures(wanted, line).is_none() {
                    return Err(format!("`{line}` stands where `{wanted}` should"));
                }
            }
        } else {
            let mut wanted: Vec<&String> = part.lines.iter().collect();
            // A line that is wanted as it is goes first, before one with numbers.
            wanted.sort_by_key(|wanted| wanted.contains("{}"));
            for line in now {
                let place = wanted.iter().position(|w| captures(w, line).is_some());
                match place {
                    Some(place) => drop(wanted.remove(place)),
                    None => return Err(format!("`{line}` is not wanted: {wanted:?} is")),
                }
            }
        }
    }
    if let Some(line) = rest.first() {
        return Err(format!("`{line}` is one line more than wanted"));
    }
    for (first, second) in &twin.orders {
        let place = |pattern: &str| {
            let place = lines.iter().position(|l| captures(pattern, l).is_some());
            place.ok_or_else(|| format!("`{pattern}` is missing"))
        };
        if place(first)? >= place(second)? {
            return Err(format!("`{second}` is printed before `{first}`"));
        }
    }
    Ok(())
}

/// The numbers that stand for each `{}`, if the line looks like the pattern.
fn captures(pattern: &str, line: &str) -> Option<Vec<f64>> {
    let mut texts = pattern.split("{}");
    let mut rest = line.strip_prefix(texts.next()?)?;
    let mut numbers = Vec::new();
    for text in texts {
        let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
        let end = rest.find(|c| !is_of_number(c)).unwrap_or(rest.len());
        // A full stop behind a number is no part of it.
        let number = rest[..end].trim_end_matches('.');
        numbers.push(number.parse().ok()?);
        rest = rest[number.len()..].strip_prefix(text)?;
    }
    rest.is_empty().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(twin: Twin, printed: &str) -> Option<String> {
        let lines: Vec<String> = printed.lines().map(str::to_string).collect();
        check(&twin, &lines).err()
    }

    fn twin() -> Twin {
        let twin = Twin::new("t").in_any_order(["a 1", "a {}", "b"]);
        twin.in_order(["c", "d"]).before("a 1", "b")
    }

    #[test]
    fn numbers_stand_for_themselves() {
        assert_eq!(
            captures("in {} s, {}.", "in 2.5 s, 3."),
            Some(vec![2.5, 3.0])
        );
        assert_eq!(captures("in {} s", "in x s"), None);
        assert_eq!(captures("in {} s", "in 2.5 s or so"), None);
        assert_eq!(captures("pool-0_1", "pool-0_1"), Some(Vec::new()));
    }

    #[test]
    fn an_order_that_may_change_may_change() {
        assert_eq!(complaint(twin(), "a 1\nb\na 2\nc\nd"), None);
        assert_eq!(complaint(twin(), "a 2\na 1\nb\nc\nd"), None);
    }

    #[test]
    fn what_is_not_so_is_refused() {
        for printed in [
            "a 1\nb\na 2\nd\nc",
            "b\na 1\na 2\nc\nd",
            "a 1\nb\nc\na 2\nd",
            "a 1\nb\na 2\nc",
            "a 1\nb\na 2\nc\nd\ne",
            "a 1\nb\nb\nc\nd",
            "a 1\nb\na x\nc\nd",
        ] {
            assert!(complaint(twin(), printed).is_some(), "{printed}");
        }
    }
}
