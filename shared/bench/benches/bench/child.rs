//! The process that takes one sample, from the outside: it is started, watched,
//! and read.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::sampler::{Figures, Outcome};

/// Beyond the time that the sample itself may take.
const GRACE: Duration = Duration::from_secs(60);

/// The process group of the sample that is being taken; 0 means none. It contains
/// the worker processes of a pool as well.
static GROUP: AtomicI32 = AtomicI32::new(0);

/// Ends the sample that is being taken, if there is one.
pub(crate) fn kill() {
    let group = GROUP.swap(0, Ordering::Relaxed);
    if group != 0 {
        // Fails only if all of it has ended already.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

/// Runs `command`, which measures for so many seconds and prints its figures.
pub(crate) fn sample(command: &mut Command, seconds: f64, what: &str) -> Outcome {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn();
    let mut child = child.map_err(|error| format!("{what} cannot be started: {error}"))?;
    // A process number fits: the system's own type is an `i32`.
    GROUP.store(child.id() as i32, Ordering::Relaxed);
    let mut output = child.stdout.take().expect("its output is a pipe");

    let limit = Duration::from_secs_f64(seconds) + GRACE;
    let (done, watched) = channel::<()>();
    let watch = thread::spawn(move || {
        let late = watched.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if late {
            kill();
        }
        late
    });
    let mut answer = String::new();
    // This thread sleeps in `read` and so takes nothing from the sample.
    let read = output.read_to_string(&mut answer);
    let status = child.wait();
    GROUP.store(0, Ordering::Relaxed);
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
