//! A program that runs under watch: it ends in time, prints no flood, and leaves no
//! process behind.

use std::io::Read;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

use crate::ansi;
use crate::interrupt;

/// The most bytes that a program may print. The longest section prints 0.03 MB.
const MOST: usize = 4_000_000;

/// How often to look whether a program that has closed its output has ended.
const LOOK: Duration = Duration::from_millis(2);

/// How a program ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub output: String,
    /// What it printed on standard error.
    pub complaints: String,
}

/// A running program. When this is dropped, the program and its children are ended.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Until when it has to end.
    deadline: Instant,
    limit: Duration,
    pieces: Receiver<Piece>,
    output: Vec<u8>,
    complaints: Vec<u8>,
    /// Nothing more can be heard.
    silent: bool,
}

/// What was read at once.
#[derive(Debug)]
enum Piece {
    Output(Vec<u8>),
    Complaint(Vec<u8>),
}

impl Running {
    /// Starts the program. It has to end within `limit`.
    pub fn start(command: &mut Command, limit: Duration) -> Result<Self, String> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = interrupt::start(command)?;
        // A flood waits here instead of filling the memory.
        let (send, pieces) = mpsc::sync_channel(64);
        listen(child.stdout.take(), send.clone(), Piece::Output);
        listen(child.stderr.take(), send, Piece::Complaint);
        Ok(Running {
            child,
            deadline: Instant::now() + limit,
            limit,
            pieces,
            output: Vec::new(),
            complaints: Vec::new(),
            silent: false,
        })
    }

    /// Where it reads from. Whoever drops this ends its input.
    pub fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub fn process(&self) -> Pid {
        Pid::from_raw(interrupt::group(&self.child))
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// Waits for more output, at most until `deadline`. `false`: there is no more, or it
    /// is too late. The error is that the program printed too much.
    pub fn hear(&mut self, deadline: Instant) -> Result<bool, String> {
        let deadline = deadline.min(self.deadline);
        let left = deadline.saturating_duration_since(Instant::now());
        let heard = match self.pieces.recv_timeout(left) {
            Ok(Piece::Output(piece)) => append(&mut self.output, &piece),
            Ok(Piece::Complaint(piece)) => append(&mut self.complaints, &piece),
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            Err(RecvTimeoutError::Disconnected) => {
                self.silent = true;
                return Ok(false);
            }
        };
        heard.map(|()| true)
    }

    /// Waits until the program ends.
    pub fn end(mut self) -> Result<Ended, String> {
        while self.hear(self.deadline)? {}
        if !self.silent {
            return Err(self.does_not_end());
        }
        let status = self.status()?;
        // What it started ends with it. The group's id is not given to another so soon:
        // ids are taken in turn.
        interrupt::end(interrupt::group(&self.child));
        let complaints = std::mem::take(&mut self.complaints);
        Ok(Ended {
            status,
            output: self.printed(),
            complaints: String::from_utf8_lossy(&complaints).into_owned(),
        })
    }

    /// Waits until the process has ended.
    fn status(&mut self) -> Result<ExitStatus, String> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < self.deadline => thread::sleep(LOOK),
                Ok(None) => return Err(self.does_not_end()),
                Err(error) => return Err(format!("cannot be waited for: {error}")),
            }
        }
    }

    fn does_not_end(&self) -> String {
        let plain = ansi::plain(&self.printed());
        let last = match plain.lines().rfind(|line| !line.trim().is_empty()) {
            Some(line) => format!("the last line that it printed is “{}”", line.trim()),
            None => "it printed nothing".to_string(),
        };
        let limit = self.limit.as_secs_f64();
        format!("did not end within {limit:.0} s and was ended; {last}")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = interrupt::group(&self.child);
        // If it has been waited for, nothing of it is left.
        if matches!(self.child.try_wait(), Ok(None)) {
            interrupt::end(group);
            let _ = self.child.wait();
        }
        interrupt::ended(group);
    }
}

/// Reads on a thread of its own, so that a wait can have a limit.
fn listen(
    source: Option<impl Read + Send + 'static>,
    heard: SyncSender<Piece>,
    piece: fn(Vec<u8>) -> Piece,
) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        let Some(mut source) = source else { return };
        while let Ok(count @ 1..) = source.read(&mut buffer) {
            if heard.send(piece(buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
}

fn append(bytes: &mut Vec<u8>, piece: &[u8]) -> Result<(), String> {
    bytes.extend_from_slice(piece);
    if bytes.len() <= MOST {
        return Ok(());
    }
    let most = MOST / 1_000_000;
    let start = ansi::plain(&String::from_utf8_lossy(&bytes[..1000]));
    let first = start.lines().next().unwrap_or_default().trim();
    Err(format!(
        "printed more than {most} MB and was ended; it began with “{first}”"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn run(program: &str, limit: Duration) -> Result<Ended, String> {
        let mut command = Command::new("sh");
        Running::start(command.args(["-c", program]), limit)?.end()
    }

    #[test]
    fn a_program_is_heard_to_its_end() {
        let ended = run("echo out; echo err >&2; exit 3", LONG).unwrap();
        assert_eq!(
            (ended.output.as_str(), ended.complaints.as_str()),
            ("out\n", "err\n")
        );
        assert_eq!(ended.status.code(), Some(3));
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let program = format!(
            "sleep 600 & echo $! > '{}'; echo before; wait",
            file.display()
        );
        let complaint = run(&program, Duration::from_millis(300)).unwrap_err();
        assert!(complaint.starts_with("did not end within 0 s and was ended"));
        assert!(complaint.ends_with("the last line that it printed is “before”"));
        assert_gone(&file);
    }

    /// Also if its output is closed.
    #[test]
    fn a_silent_program_that_hangs_is_ended() {
        let program = "exec >&- 2>&-; sleep 600";
        let complaint = run(program, Duration::from_millis(300)).unwrap_err();
        assert!(complaint.ends_with("it printed nothing"), "{complaint}");
    }

    #[test]
    fn a_child_that_outlives_its_program_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let program = format!("sleep 600 >/dev/null 2>&1 & echo $! > '{}'", file.display());
        run(&program, LONG).unwrap();
        assert_gone(&file);
    }

    #[test]
    fn a_flood_is_ended() {
        let complaint = run("yes flood", LONG).unwrap_err();
        assert_eq!(
            complaint,
            "printed more than 4 MB and was ended; it began with “flood”"
        );
        let complaint = run("yes flood >&2", LONG).unwrap_err();
        assert!(complaint.starts_with("printed more than 4 MB"));
    }

    /// The process whose id is in the file has ended. A zombie counts as gone: it waits
    /// for its new parent.
    fn assert_gone(file: &std::path::Path) {
        let id = std::fs::read_to_string(file).unwrap();
        let deadline = Instant::now() + LONG;
        loop {
            let listed = Command::new("ps")
                .args(["-o", "stat=", "-p", id.trim()])
                .output()
                .unwrap();
            let state = String::from_utf8_lossy(&listed.stdout).trim().to_string();
            if state.is_empty() || state.starts_with('Z') {
                return;
            }
            assert!(Instant::now() < deadline, "process {id} still runs");
            thread::sleep(LOOK);
        }
    }
}
