//! The process that takes one sample, from the outside: it is started, watched,
//! and read.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio, exit};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::sampler::{Figures, Outcome};

/// Beyond the time that the sample itself may take.
const GRACE: Duration = Duration::from_secs(60);

/// The process group of the sample that is being taken. It contains the worker
/// processes of a pool as well.
static GROUP: Mutex<Option<Pid>> = Mutex::new(None);

fn group() -> MutexGuard<'static, Option<Pid>> {
    GROUP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the sample that is being taken, if there is one, and then the program.
pub(crate) fn stop(code: i32) -> ! {
    // Held to the end, so that no other sample is started.
    let group = group();
    kill(*group);
    exit(code)
}

fn kill(group: Option<Pid>) {
    if let Some(group) = group {
        // Fails only if all of it has ended already.
        let _ = killpg(group, Signal::SIGKILL);
    }
}

/// Runs `command`, which measures for so many seconds and prints its figures.
pub(crate) fn sample(command: &mut Command, seconds: f64, what: &str) -> Outcome {
    let mut child = {
        let mut group = group();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn();
        let child = child.map_err(|error| format!("{what} cannot be started: {error}"))?;
        // A process number fits: the system's own type is an `i32`.
        *group = Some(Pid::from_raw(child.id() as i32));
        child
    };
    let mut output = child.stdout.take().expect("its output is a pipe");

    let limit = Duration::from_secs_f64(seconds) + GRACE;
    let (done, watched) = channel::<()>();
    let watch = thread::spawn(move || {
        let late = watched.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if late {
            kill(*group());
        }
        late
    });
    let mut answer = String::new();
    // This thread sleeps in `read` and so takes nothing from the sample.
    let read = output.read_to_string(&mut answer);
    let status = child.wait();
    *group() = None;
    drop(done);
    if watch.join().unwrap_or(false) {
        return Err(format!(
            "{what} did not end within {} seconds: it hangs, or the machine is far too busy",
            limit.as_secs()
        ));
    }
    let failed = |error| format!("{what} cannot be read: {error}");
    read.map_err(failed)?;
    let status = status.map_err(failed)?;
    if !status.success() {
        return Err(format!("{what} failed ({status})"));
    }
    serde_json::from_str::<Figures>(answer.trim())
        .map_err(|error| format!("{what} answered `{}`: {error}", answer.trim()))
}
