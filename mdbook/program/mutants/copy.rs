//! A copy of the checkout in a folder of its own, in which everything may be changed.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::data::Changed;
use crate::files;
use crate::project::Project;

/// How long one command may take. The watchdog of a lesson is faster.
const LIMIT: Duration = Duration::from_secs(300);

/// How long the first build may take, which may have to compile everything.
const LIMIT_OF_FIRST: Duration = Duration::from_secs(1800);

/// How long a command that is to end may take to tidy up.
const GRACE: Duration = Duration::from_secs(2);

/// Where cargo puts what it builds, in the copy.
const BUILT: &str = "target";

/// The copy, with what cargo builds from it.
#[derive(Debug)]
pub struct Copy {
    folder: PathBuf,
    /// Removes the folder in the end, if nobody wants to keep it.
    _temporary: Option<TempDir>,
}

/// What a command has printed, and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub output: String,
    pub complaints: String,
}

impl Copy {
    /// Copies the files that git knows, and those that it does not ignore, to `folder`
    /// or to a temporary one.
    pub fn new(project: &Project, folder: Option<&Path>) -> Result<Self, String> {
        let failed = |error| format!("cannot make a folder for the copy: {error}");
        let temporary = match folder {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("mutants-")
                    .tempdir()
                    .map_err(failed)?,
            ),
        };
        let folder = temporary.as_ref().map(TempDir::path).or(folder);
        let folder = folder.unwrap_or(Path::new(".")).to_path_buf();
        fs::create_dir_all(&folder).map_err(failed)?;
        let copy = Copy {
            folder: folder.canonicalize().map_err(failed)?,
            _temporary: temporary,
        };
        let failed = |error| format!("cannot copy this program: {error}");
        let this = std::env::current_exe().map_err(failed)?;
        fs::copy(this, copy.program()).map_err(failed)?;
        fs::create_dir_all(copy.temporary()).map_err(failed)?;
        copy.take_over(project)?;
        Ok(copy)
    }

    /// Makes the copy equal to the checkout. A file that is equal already keeps its time,
    /// so that cargo does not build it again.
    fn take_over(&self, project: &Project) -> Result<(), String> {
        let listed = Command::new("git")
            .current_dir(&project.root)
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .stderr(Stdio::null())
            .output();
        let listed = listed.map_err(|error| format!("cannot start git: {error}"))?;
        if !listed.status.success() {
            return Err(
                "`git ls-files` fails: the copy is made of the files that git knows".into(),
            );
        }
        let mut there = BTreeSet::new();
        for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            let (from, to) = (project.root.join(path), self.root().join(path));
            // Git also lists what has been removed.
            if !from.is_file() {
                continue;
            }
            let failed = |error| format!("cannot copy {path}: {error}");
            if fs::read(&from).map_err(failed)? != fs::read(&to).unwrap_or_default() {
                fs::create_dir_all(to.parent().unwrap_or(Path::new("/"))).map_err(failed)?;
                fs::copy(&from, &to).map_err(failed)?;
            }
            there.insert(to);
        }
        let failed = |error| format!("cannot read the copy: {error}");
        for entry in fs::read_dir(self.root()).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let files = match path.is_dir() {
                true if path.ends_with(BUILT) => Vec::new(),
                true => files::below(&path)?,
                false => vec![path],
            };
            for file in files.iter().filter(|file| !there.contains(*file)) {
                let failed = |error| format!("cannot remove {}: {error}", file.display());
                fs::remove_file(file).map_err(failed)?;
            }
        }
        Ok(())
    }

    pub fn root(&self) -> PathBuf {
        self.folder.join("workbook")
    }

    /// This program, as it was when the run began: cargo may build another one meanwhile.
    pub fn program(&self) -> PathBuf {
        self.folder.join("book")
    }

    fn temporary(&self) -> PathBuf {
        self.folder.join("temporary")
    }

    pub fn write(&self, changed: &[Changed]) -> Result<(), String> {
        (changed.iter()).try_for_each(|one| self.replace(&one.file, one.after.as_deref()))
    }

    pub fn restore(&self, changed: &[Changed]) -> Result<(), String> {
        (changed.iter()).try_for_each(|one| self.replace(&one.file, one.before.as_deref()))
    }

    fn replace(&self, file: &str, text: Option<&str>) -> Result<(), String> {
        let path = self.root().join(file);
        match text {
            Some(text) => fs::write(&path, text),
            None => fs::remove_file(&path),
        }
        .map_err(|error| format!("cannot change the copy of {file}: {error}"))
    }

    /// Runs a command in the copy.
    pub fn run(&self, command: Command) -> Result<Ended, Stopped> {
        self.run_for(LIMIT, command)
    }

    /// Runs the first command in the copy, which builds a lot.
    pub fn run_first(&self, command: Command) -> Result<Ended, Stopped> {
        self.run_for(LIMIT_OF_FIRST, command)
    }

    fn run_for(&self, limit: Duration, mut command: Command) -> Result<Ended, Stopped> {
        listen();
        let failed = |error: std::io::Error| Stopped::Failed(format!("cannot start it: {error}"));
        let mut child = command
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", self.root().join(BUILT))
            // What a command leaves behind goes with the copy.
            .env("TMPDIR", self.temporary())
            .env_remove("LESSON_SPEED")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C reaches this program only, which passes it on and waits.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let output = child.stdout.take().map(reader);
        let complaints = child.stderr.take().map(reader);
        let status = wait(&mut child, limit)?;
        let text = |reader: Option<JoinHandle<String>>| {
            reader.map_or(String::new(), |reader| reader.join().unwrap_or_default())
        };
        Ok(Ended {
            status,
            output: text(output),
            complaints: text(complaints),
        })
    }
}

/// Why there is no result.
#[derive(Debug)]
pub enum Stopped {
    /// By Ctrl-C.
    Interrupted,
    Failed(String),
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What has come before an error is shown.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on, Ctrl-C ends the run in order: what it has made goes first.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || INTERRUPTED.store(true, Ordering::Relaxed);
        // Without a handler Ctrl-C still ends the program.
        let _ = ctrlc::set_handler(handler);
    });
}

pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus, Stopped> {
    let failed = |error: std::io::Error| Stopped::Failed(format!("cannot wait for it: {error}"));
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if is_interrupted() {
            end(child);
            return Err(Stopped::Interrupted);
        }
        if begun.elapsed() > limit {
            end(child);
            let complaint = format!("it took more than {} s", limit.as_secs());
            return Err(Stopped::Failed(complaint));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Ends a command and what it has started.
fn end(child: &mut Child) {
    let group = Pid::from_raw(child.id().cast_signed());
    // An error means that there is no process left.
    let _ = killpg(group, Signal::SIGTERM);
    let begun = Instant::now();
    while begun.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(5));
    }
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait();
}
