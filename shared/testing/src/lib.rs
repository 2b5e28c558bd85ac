//! What the chapters' tests have in common: to run a section as a student
//! would, and to read what it printed; to run each section without its chapter; to
//! run the twins in plain Rust.

mod limit;
mod standalone;
mod twins;

pub use limit::{LIMIT, until, within};
pub use standalone::every_section_is_a_program_of_its_own;
pub use twins::{Twin, TwinRun, run_twins};

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A folder that is gone, with all that is in it, when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder for what a test writes");
        Scratch(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A printed line: `  1.0 s  pool-0_3    │ task 3 is done`.
#[derive(Clone, Debug)]
pub struct Line {
    pub actor: String,
    pub text: String,
}

/// What a section printed, without the frame's own lines.
#[derive(Debug)]
pub struct Run {
    pub lines: Vec<Line>,
    /// Simulated seconds from beginning to end.
    pub seconds: f64,
}

/// No section may take longer than this, on whatever machine.
const RUN_LIMIT: Duration = Duration::from_secs(60);

/// Runs a section of the chapter whose program this is, `speed` times faster, and
/// expects success.
pub fn run(program: &str, section: &str, speed: u32) -> Run {
    run_with(program, section, speed, &[])
}

/// The same with options of the section's own.
pub fn run_with(program: &str, section: &str, speed: u32, options: &[&str]) -> Run {
    let scratch = Scratch::new();
    let mut child = Command::new(program)
        .args([section, "--speed", &speed.to_string()])
        .args(options)
        // What a section leaves behind for a person to look at, goes.
        .env("TMPDIR", scratch.path())
        // The defaults of a machine with two cores.
        .env("LESSON_CORES", "2")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the chapter's program starts");
    let mut errors = child.stderr.take().expect("piped");
    let mut output = child.stdout.take().expect("piped");
    let (send, received) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let _ = output.read_to_string(&mut text);
        let _ = send.send(text);
    });
    let Ok(text) = received.recv_timeout(RUN_LIMIT) else {
        let _ = child.kill();
        panic!("{section} was not done within {RUN_LIMIT:?}");
    };
    let mut complaints = String::new();
    let _ = errors.read_to_string(&mut complaints);
    let status = child.wait().expect("the program was started");
    assert!(
        status.success(),
        "{section} ended with {status}:\n{text}{complaints}"
    );
    assert_eq!(complaints, "", "{section} complained");
    assert!(!text.contains('\u{1b}'), "escape codes in a pipe:\n{text}");

    let mut lines = Vec::new();
    let mut seconds = 0.0;
    for line in text.lines() {
        let (front, text) = line
            .split_once(" │ ")
            .unwrap_or_else(|| panic!("whose line is `{line}`?"));
        let (time, actor) = front
            .trim_start()
            .split_once(" s ")
            .expect("a line begins with its time");
        seconds = time.parse().expect("the time is a number");
        if actor.trim() != "lesson" {
            lines.push(Line {
                actor: actor.trim().to_string(),
                text: text.to_string(),
            });
        }
    }
    Run { lines, seconds }
}

impl Run {
    /// The texts of all lines, in the order in which they were printed.
    pub fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }

    /// The texts of one actor.
    pub fn said_by(&self, actor: &str) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| line.actor == actor);
        lines.map(|line| line.text.as_str()).collect()
    }

    /// The lines that begin so, without the beginning.
    pub fn after(&self, beginning: &str) -> Vec<&str> {
        self.texts()
            .into_iter()
            .filter_map(|text| text.strip_prefix(beginning))
            .collect()
    }

    /// Where a line stands. It must be there exactly once.
    pub fn place(&self, text: &str) -> usize {
        let texts = self.texts();
        let mut places = (0..texts.len()).filter(|&place| texts[place] == text);
        let place = places
            .next()
            .unwrap_or_else(|| panic!("`{text}` is not in {texts:#?}"));
        assert_eq!(places.next(), None, "`{text}` is there twice");
        place
    }

    /// Asserts that these lines are there, each once, in this order.
    #[track_caller]
    pub fn expect_order(&self, texts: &[&str]) {
        let places: Vec<usize> = texts.iter().map(|text| self.place(text)).collect();
        assert!(
            places.is_sorted(),
            "not in the order {texts:?}:\n{:#?}",
            self.texts()
        );
    }

    /// The actors whose names begin so.
    pub fn actors(&self, beginning: &str) -> BTreeSet<&str> {
        let actors = self.lines.iter().map(|line| line.actor.as_str());
        actors
            .filter(|actor| actor.starts_with(beginning))
            .collect()
    }
}

/// The numbers in a text.
pub fn numbers(text: &str) -> Vec<f64> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    parts.filter_map(|part| part.parse().ok()).collect()
}
