//! What the operating system knows of this program's threads.
//!
//! A thread that wants to go on is *running* if it has a core and *ready* if it
//! waits for one. A thread that waits for anything else is *blocked*. Linux
//! shows the first two as one state, `R`, but counts the time in each; so that
//! is what tells them apart. For a blocked thread, the system call tells what it
//! waits for.

mod background;
mod doing;
mod number;

use std::cell::Cell;
use std::time::{Duration, Instant};
use std::{fs, io};

use nix::time::{ClockId, clock_gettime};

pub use background::Background;
pub(crate) use background::{background, is_background};
pub use doing::Doing;
pub use number::own_number;

/// One thread, as the system sees it at one moment.
///
/// ```
/// # #[cfg(target_os = "linux")]
/// # fn main() -> std::io::Result<()> {
/// let threads = stage::threads::all()?;
/// // The thread that asks is running.
/// assert!(threads.iter().any(|thread| thread.state == 'R'));
/// # Ok(())
/// # }
/// # #[cfg(not(target_os = "linux"))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadState {
    /// The system's number of it.
    pub number: u32,
    /// Its name; the system keeps 15 bytes of it.
    pub name: String,
    /// `R`: running or ready. `S`: blocked. `D`: blocked, in the middle of
    /// reading from a disk. See `man 5 proc_pid_stat` for the rest.
    pub state: char,
    /// What it does, from the system call that it is in.
    pub doing: Doing,
    /// For how long it had a core, since it was started.
    pub running: Duration,
    /// For how long it could have gone on, but all cores were taken: Linux's
    /// run delay. Counted when it gets a core at last.
    pub ready: Duration,
}

/// All threads of this program, in the order in which they were started.
///
/// # Errors
///
/// If the system does not tell. Linux does, in `/proc/self/task`.
///
/// ```
/// # #[cfg(target_os = "linux")]
/// # fn main() -> std::io::Result<()> {
/// use stage::threads::{self, Doing};
/// use std::sync::mpsc;
///
/// let (send, receive) = mpsc::channel::<()>();
/// let reader = std::thread::Builder::new().name("reader".to_string());
/// let reader = reader.spawn(move || receive.recv())?;
/// let is_blocked = || {
///     let threads = threads::all()?.into_iter();
///     let mut readers = threads.filter(|thread| thread.name == "reader");
///     std::io::Result::Ok(readers.any(|reader| reader.doing == Doing::WaitsForThread))
/// };
/// while !is_blocked()? {} // It has to get there first.
/// # drop(send);
/// # let _ = reader.join();
/// # Ok(())
/// # }
/// # #[cfg(not(target_os = "linux"))]
/// # fn main() {}
/// ```
pub fn all() -> io::Result<Vec<ThreadState>> {
    let folder = fs::read_dir("/proc/self/task").map_err(|_| untold())?;
    let mut threads = Vec::new();
    for thread in folder {
        let path = thread?.path();
        let number = path.file_name();
        let number: Option<u32> = number.and_then(|name| name.to_str()?.parse().ok());
        // One that has ended since the folder was read has no files any more.
        if let (Some(number), Ok(stat)) = (number, fs::read_to_string(path.join("stat"))) {
            let times = match fs::read_to_string(path.join("schedstat")) {
                Ok(times) => times,
                // It has ended since.
                Err(_) if !path.exists() => continue,
                Err(error) if error.raw_os_error() == Some(NO_SUCH_PROCESS) => continue,
                Err(_) => return Err(untold()),
            };
            // Some systems hide it.
            let call = fs::read_to_string(path.join("syscall")).unwrap_or_default();
            threads.push(parse(number, &stat, &times, &call).ok_or_else(untold)?);
        }
    }
    threads.sort_by_key(|thread| thread.number);
    Ok(threads)
}

/// From `17 (name) S 1 …`, `<ns running> <ns ready> <times it got a core>`, and the
/// system call.
fn parse(number: u32, stat: &str, times: &str, call: &str) -> Option<ThreadState> {
    // A name may have brackets in it, so the last one counts.
    let (front, back) = stat.rsplit_once(')')?;
    let (_, name) = front.split_once('(')?;
    let (running, ready) = running_and_ready(times)?;
    Some(ThreadState {
        number,
        name: name.to_string(),
        state: back.trim_start().chars().next()?,
        doing: doing::parse(call),
        running,
        ready,
    })
}

/// From the file `schedstat`.
fn running_and_ready(times: &str) -> Option<(Duration, Duration)> {
    let mut times = times.split_whitespace();
    let mut time = || Some(Duration::from_nanos(times.next()?.parse().ok()?));
    Some((time()?, time()?))
}

fn untold() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "this system does not tell the states of threads: run this on Linux",
    )
}

/// The processor time that this program has used so far, all its threads
/// together: Python's `time.process_time()`. It is real time, whatever
/// `--speed` is.
///
/// # Panics
///
/// If the system has no such clock. Linux and macOS have one.
///
/// ```
/// use stage::threads::cpu_time;
///
/// let before = cpu_time();
/// while cpu_time() == before {} // computes
/// assert!(cpu_time() > before);
/// ```
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID);
    Duration::from(time.expect("the system counts the processor time of a program"))
}

/// For how long this thread has been running, or ready to, since it was started; only
/// running, where the system does not tell more.
pub(crate) fn own_active_time() -> Option<Duration> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok()?;
    Some(Duration::from(time) + own_ready_time())
}

/// The file is not read again for this long. Reading it costs several microseconds,
/// which would be seen in what a lesson measures.
const FRESH: Duration = Duration::from_millis(1);

/// For how long this thread has been ready to run and had no core, as it was a moment
/// ago.
fn own_ready_time() -> Duration {
    thread_local! {
        static READ: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
    }
    let now = Instant::now();
    let known = READ.try_with(Cell::get).ok().flatten();
    if let Some((_, ready)) = known.filter(|(at, _)| now - *at < FRESH) {
        return ready;
    }
    // The first figure of the file is older than the clock: it is for other threads.
    let times = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let (_, ready) = running_and_ready(&times).unwrap_or_default();
    // Fails only while the thread ends.
    let _ = READ.try_with(|read| read.set(Some((now, ready))));
    ready
}

/// What can be seen of a thread at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// It has ended.
    Gone,
    /// It runs, or is ready to.
    Runs,
    /// It is blocked.
    Blocked {
        /// For what it waits, as it stands behind "waits for", if that is known.
        on: Option<&'static str>,
        /// For how long it had been running or ready before.
        active: Duration,
    },
}

/// Looks at one thread of this program. `None` if the system does not tell.
pub(crate) fn glance(number: u32) -> Option<Glance> {
    let read = |file: &str| fs::read_to_string(format!("/proc/self/task/{number}/{file}"));
    let call = match read("syscall") {
        Ok(call) => call,
        Err(error) if is_gone(&error) => return Some(Glance::Gone),
        Err(_) => return None,
    };
    if call.starts_with("running") {
        return Some(Glance::Runs);
    }
    match read("schedstat") {
        Ok(times) => running_and_ready(&times).map(|(running, ready)| Glance::Blocked {
            on: doing::waits_for(&call),
            active: running + ready,
        }),
        Err(error) if is_gone(&error) => Some(Glance::Gone),
        Err(_) => None,
    }
}

/// Whether a file of a thread cannot be read because the thread has ended.
fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(NO_SUCH_PROCESS)
}

/// What reading a file of a thread gives if the thread ends meanwhile.
const NO_SUCH_PROCESS: i32 = nix::errno::Errno::ESRCH as i32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_brackets() {
        let thread = parse(17, "17 (a) (b)) S 1 2 3", "1500 20 3\n", "running\n").unwrap();
        assert_eq!((thread.name.as_str(), thread.state), ("a) (b)", 'S'));
        assert_eq!(thread.running, Duration::from_nanos(1500));
        assert_eq!(thread.ready, Duration::from_nanos(20));
        assert_eq!(parse(17, "17 (a) S", "1500", ""), None);
    }
}
