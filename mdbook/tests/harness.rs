//! The harness around the sections, tried on a workbook of one chapter whose sections
//! hang, flood, or wait for what never comes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const LONG: Duration = Duration::from_secs(120);

/// A chapter without the workbook's library: what it prints is not the point.
const CHAPTER: &str = r##"
use std::io::Write;
use std::process::Command;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words[0].as_str() {
        "--list" => println!("hangs   waits\nfloods  prints\nquiet   says little"),
        "hangs" => {
            let folder = std::env::temp_dir();
            std::fs::write(folder.join("left behind"), "").unwrap();
            let child = Command::new("sleep").arg("600").spawn().unwrap();
            let ids = format!("{} {}", std::process::id(), child.id());
            let file = std::env::var("FAKE_IDS").unwrap();
            std::fs::write(format!("{file}.new"), ids).unwrap();
            std::fs::rename(format!("{file}.new"), file).unwrap();
            println!("hangs");
            loop {
                std::thread::park();
            }
        }
        "floods" => loop {
            if std::io::stdout().write_all(&[b'x'; 8192]).is_err() {
                return;
            }
        },
        "quiet" => {
            println!("new");
            let log = std::env::var("LESSON_EVENTS").unwrap();
            std::fs::write(log, "{\"events\":[]}").unwrap();
        }
        other => panic!("{other}"),
    }
}
"##;

struct Workbook {
    folder: tempfile::TempDir,
}

impl Workbook {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join("book").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"lessons/fake\"]\n",
        );
        write(
            "lessons/fake/Cargo.toml",
            "[package]\nname = \"fake\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        );
        write("lessons/fake/src/main.rs", CHAPTER);
        for name in ["hangs", "floods", "quiet"] {
            write(&format!("lessons/fake/src/{name}.rs"), "//! A section.\n");
            let log = format!("{{\"section\":\"{name}\",\"speed\":1,\"actors\":[],\"events\":[]}}");
            write(&format!("mdbook/captured/fake/{name}.ansi"), "old\n");
            write(&format!("mdbook/captured/fake/{name}.events.json"), &log);
        }
        write("mdbook/book.toml", "[book]\n");
        write("mdbook/src/SUMMARY.md", "# Summary\n");
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Workbook { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_book"));
        command
            .current_dir(self.path("book"))
            .args(words)
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env("TMPDIR", self.path("tmp"))
            .env("FAKE_IDS", self.path("ids"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// The temporary folder is as empty as it was.
    fn assert_nothing_left(&self) {
        let left: Vec<_> = fs::read_dir(self.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_there() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn end(mut child: Child) -> Option<i32> {
    let mut code = None;
    wait_for("it does not end", || match child.try_wait().unwrap() {
        Some(status) => {
            code = status.code();
            true
        }
        None => false,
    });
    code
}

/// A zombie counts as gone: it waits for its new parent.
fn is_gone(id: &str) -> bool {
    let listed = Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&listed.stdout).trim().to_string();
    state.is_empty() || state.starts_with('Z')
}

#[test]
fn an_interrupt_leaves_no_process_and_no_file() {
    for (signal, words) in [
        (Signal::SIGINT, ["check", "hangs"]),
        (Signal::SIGTERM, ["capture", "hangs"]),
    ] {
        let workbook = Workbook::new();
        let child = workbook.command(&words).spawn().unwrap();
        wait_for("the section does not start", || {
            workbook.path("ids").exists()
        });
        kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
        assert_eq!(end(child), Some(130));
        let ids = fs::read_to_string(workbook.path("ids")).unwrap();
        for id in ids.split_whitespace() {
            wait_for("a process is left", || is_gone(id));
        }
        workbook.assert_nothing_left();
        let kept = fs::read_to_string(workbook.path("book/mdbook/captured/fake/hangs.ansi"));
        assert_eq!(kept.unwrap(), "old\n");
    }
}

#[test]
fn a_flood_is_reported_with_its_page() {
    let workbook = Workbook::new();
    let output = workbook.run(&["check", "floods"]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected =
        "mdbook/src/fake/floods.md:1: `cargo run --bin fake floods` printed more than 4 MB";
    assert!(complaint.contains(expected), "{complaint}");
    workbook.assert_nothing_left();
}

#[test]
fn files_of_a_section_are_captured_together_or_not_at_all() {
    let workbook = Workbook::new();
    let captured =
        |ending: &str| workbook.path(&format!("book/mdbook/captured/fake/quiet.{ending}"));
    let output = workbook.run(&["capture", "quiet"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    let first = "will write mdbook/captured/fake/quiet.ansi mdbook/captured/fake/quiet.events.json";
    assert_eq!(said.lines().next(), Some(first));
    assert_eq!(fs::read_to_string(captured("ansi")).unwrap(), "new\n");
    // The second file cannot be written.
    fs::write(captured("ansi"), "old\n").unwrap();
    fs::remove_file(captured("events.json")).unwrap();
    fs::create_dir(captured("events.json")).unwrap();
    let output = workbook.run(&["capture", "quiet"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(captured("ansi")).unwrap(), "old\n");
    let beside = fs::read_dir(captured("ansi").parent().unwrap()).unwrap();
    assert_eq!(beside.count(), 6, "nothing is left beside them");
    workbook.assert_nothing_left();
}

/// rust-analyzer holds the lock of the folder that it builds in.
#[test]
fn a_wait_for_the_build_folder_is_told() {
    let workbook = Workbook::new();
    // This makes the folder.
    assert!(workbook.run(&["capture", "quiet"]).status.success());
    let locks = locks(&workbook.path("target"));
    assert!(!locks.is_empty(), "cargo keeps no lock where it did");
    let mut child = workbook.command(&["capture", "quiet"]).spawn().unwrap();
    let complaints = BufReader::new(child.stderr.take().unwrap());
    let mut lines = complaints.lines().map_while(Result::ok);
    let waits = lines.find(|line| line.contains("waiting for another cargo"));
    assert!(waits.is_some());
    drop(locks);
    lines.for_each(drop);
    assert_eq!(end(child), Some(0));
}

/// Takes all of cargo's locks in this folder, until they are dropped.
fn locks(folder: &Path) -> Vec<Flock<File>> {
    let mut taken = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            taken.extend(locks(&path));
        } else if entry.file_name().to_string_lossy().ends_with("-lock") {
            let file = File::options().write(true).open(&path).unwrap();
            taken.push(Flock::lock(file, FlockArg::LockExclusive).unwrap());
        }
    }
    taken
}
