//! A worker process, as its parent sees it: started, killed, waited for.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::worker;

pub(crate) struct Child {
    id: Pid,
    /// Held while it is killed or waited for: afterwards, its number may be that
    /// of another process.
    status: Mutex<Status>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Status {
    Runs,
    /// By SIGSTOP or Ctrl-Z, until SIGCONT.
    Stopped,
    Ended(End),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Code(i32),
    Signal(Signal),
    /// By a signal without a name: one of those for real time.
    NamelessSignal,
    /// The system does not tell. It keeps no status where SIGCHLD is ignored.
    Unknown,
}

impl Child {
    /// Starts this program once more, as a worker. The socket is this side of the
    /// pair that connects the two.
    ///
    /// The thread that calls this should live as long as the worker: see
    /// [`worker`].
    pub(crate) fn start(name: &str) -> io::Result<(Child, UnixStream)> {
        let (socket, theirs) = UnixStream::pair()?;
        let child = Command::new(own_program()?)
            .arg0(format!("{name} (worker process)"))
            .env(worker::VARIABLE, name)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()?;
        let child = Child {
            // Fits: the system's own type is an `i32`.
            id: Pid::from_raw(child.id() as i32),
            status: Mutex::new(Status::Runs),
        };
        Ok((child, socket))
    }

    pub(crate) fn id(&self) -> u32 {
        self.id.as_raw() as u32
    }

    /// What it does now. Once it has ended, the system has nothing left of it.
    pub(crate) fn status(&self) -> Status {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if let Status::Ended(_) = *status {
            return status.clone();
        }
        let news = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED | WaitPidFlag::WCONTINUED;
        loop {
            *status = match waitpid(self.id, Some(news)) {
                Ok(WaitStatus::Exited(_, code)) => Status::Ended(End::Code(code)),
                Ok(WaitStatus::Signaled(_, signal, _)) => Status::Ended(End::Signal(signal)),
                Ok(WaitStatus::Stopped(..)) => Status::Stopped,
                Ok(WaitStatus::Continued(_)) => Status::Runs,
                Ok(_) => return status.clone(),
                Err(Errno::EINTR) => continue,
                Err(Errno::EINVAL) => Status::Ended(End::NamelessSignal),
                Err(_) => Status::Ended(End::Unknown),
            };
            if let Status::Ended(_) = *status {
                return status.clone();
            }
        }
    }

    pub(crate) fn kill(&self) {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*status, Status::Ended(_)) {
            // Fails only if it has ended already.
            let _ = kill(self.id, Signal::SIGKILL);
        }
    }

    /// Waits for the end of a process that was killed, for a second at most.
    pub(crate) fn wait_briefly(&self) {
        let patience = Instant::now() + Duration::from_secs(1);
        while !matches!(self.status(), Status::Ended(_)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl End {
    /// Whether a signal asked it to end, which often goes to the whole group.
    pub(crate) fn was_asked(&self) -> bool {
        matches!(self, End::Signal(Signal::SIGTERM | Signal::SIGHUP))
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Code(code) => write!(f, "exited with code {code}"),
            End::Signal(signal) => {
                write!(f, "was killed by signal {} ({signal})", *signal as i32)
            }
            End::NamelessSignal => f.write_str("was killed by a real-time signal"),
            End::Unknown => f.write_str("ended"),
        }
    }
}

/// The file of this program. On Linux by a name that also holds after the file
/// was replaced: a worker of another build would not know the same functions.
fn own_program() -> io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    }
}
