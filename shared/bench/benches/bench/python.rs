//! The Python peer: a process that runs `peers.py` and is asked, line by line.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::{WORKERS, watch};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers.py");

/// The process group of the peer that lives now; 0 means none. The peer has
/// processes of its own, and they are to end with it.
static GROUP: AtomicI32 = AtomicI32::new(0);

/// Kills the peer and what it started.
pub(crate) fn kill() {
    let group = GROUP.swap(0, Ordering::Relaxed);
    if group != 0 {
        // Fails only if all of it has ended already.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

/// What `python3 --version` says, or why there is no Python.
pub(crate) fn version() -> Result<&'static str, &'static str> {
    static VERSION: OnceLock<Result<String, String>> = OnceLock::new();
    let version = VERSION.get_or_init(|| match Command::new("python3").arg("--version").output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
        }
        Ok(output) => Err(format!("`python3 --version` failed ({})", output.status)),
        Err(error) => Err(format!("`python3` cannot be started: {error}")),
    });
    version.as_deref().map_err(String::as_str)
}

/// A running `peers.py`.
pub(crate) struct Peer {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn is_there() -> bool {
        version().is_ok()
    }

    /// Starts the script for one kind of pool.
    pub(crate) fn start(pool: &str) -> Self {
        let child = Command::new("python3")
            .args([SCRIPT, pool, &WORKERS.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn();
        let mut child = child
            .unwrap_or_else(|error| watch::give_up(&format!("Python cannot be started: {error}.")));
        // A process number fits: the system's own type is an `i32`.
        GROUP.store(child.id() as i32, Ordering::Relaxed);
        let requests = child.stdin.take();
        let answers = child.stdout.take().expect("its output is a pipe");
        Peer {
            child,
            requests,
            answers: BufReader::new(answers),
        }
    }

    /// How long it took Python to do what is asked for, so many times.
    pub(crate) fn ask(&mut self, request: &str, times: u64) -> Duration {
        match self.try_ask(request, times) {
            Ok(time) => time,
            Err(error) => watch::give_up(&format!(
                "The Python peer failed at `{request} {times}`: {error}."
            )),
        }
    }

    fn try_ask(&mut self, request: &str, times: u64) -> io::Result<Duration> {
        let mut requests = self.requests.as_ref().expect("closed only when dropped");
        writeln!(requests, "{request} {times}")?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            let status = self.child.wait()?;
            return Err(io::Error::other(format!("it has ended ({status})")));
        }
        answer
            .trim()
            .parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| io::Error::other(format!("it answered `{}`", answer.trim())))
    }
}

/// It ends by itself when there are no more requests.
impl Drop for Peer {
    fn drop(&mut self) {
        self.requests = None;
        let waited = watch::over("the end of Python", || self.child.wait());
        if waited.is_ok() {
            GROUP.store(0, Ordering::Relaxed);
        }
    }
}
