//! Where the threads of a sample run.
//!
//! The same build of a pool can take 0.3 or 0.9 µs a task, because the system
//! puts the submitter and the workers on the same core in one run and on
//! different cores in the next. A comparison therefore fixes the placement: each
//! peer runs with its threads pinned in the same way.
//!
//! A thread inherits the cores of the thread that starts it. So the main thread
//! pins itself to the workers' core, starts the workers, and then moves to its
//! own core.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which thread runs on which core.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Placement {
    /// The submitter on one core, all workers on another one.
    Apart,
    /// All threads on one core.
    Together,
    /// Wherever the system puts them.
    Unpinned,
}

/// The cores of the two sides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cores {
    /// The core of the thread that submits, or sets the event.
    pub submitter: usize,
    /// The core of all other threads.
    pub workers: usize,
}

impl Placement {
    /// All placements, in the order of the tables.
    pub const ALL: [Placement; 3] = [Placement::Apart, Placement::Together, Placement::Unpinned];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Placement::Apart => "apart",
            Placement::Together => "together",
            Placement::Unpinned => "unpinned",
        }
    }

    /// The placement with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|placement| placement.name() == name)
    }

    /// The cores to pin the threads to, or `None` if they are not to be pinned.
    ///
    /// # Errors
    ///
    /// If this system cannot pin threads, or this process may use only one core.
    pub fn cores(self) -> Result<Option<Cores>, String> {
        let (submitter, workers) = match self {
            Placement::Unpinned => return Ok(None),
            Placement::Together => {
                let core = system::allowed()?[0];
                (core, core)
            }
            Placement::Apart => match system::allowed()?[..] {
                [first, second, ..] => (first, second),
                _ => return Err("this process may use only one core".to_string()),
            },
        };
        Ok(Some(Cores { submitter, workers }))
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Placement::Apart => "submitter on one core, workers on another",
            Placement::Together => "all threads on one core",
            Placement::Unpinned => "unpinned",
        })
    }
}

/// Moves the calling thread to `core`; the threads that it starts begin there.
///
/// # Errors
///
/// If the system refuses, or cannot do it.
pub fn pin(core: usize) -> Result<(), String> {
    system::pin(core)
}

/// Makes sure that this process looks as `cores` says: the main thread on the
/// submitter's core, at least `workers` threads on the other one, none elsewhere.
///
/// # Errors
///
/// If a thread may run somewhere else, or too few have been started.
pub fn check(cores: Cores, workers: usize) -> Result<(), String> {
    let of_threads = system::of_threads()?;
    let main = std::process::id().to_string();
    let mut started = 0;
    for (thread, allowed) in &of_threads {
        let expected = if *thread == main {
            cores.submitter
        } else {
            started += 1;
            cores.workers
        };
        if *allowed != [expected] {
            return Err(format!(
                "thread {thread} may run on the cores {allowed:?} instead of {expected}"
            ));
        }
    }
    if started < workers {
        return Err(format!("{started} of {workers} workers have been started"));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
mod system {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    /// The calling thread.
    const MYSELF: Pid = Pid::from_raw(0);

    pub(super) fn allowed() -> Result<Vec<usize>, String> {
        let cores = of(MYSELF)?;
        match cores.is_empty() {
            true => Err("the system names no core for this process".to_string()),
            false => Ok(cores),
        }
    }

    pub(super) fn pin(core: usize) -> Result<(), String> {
        let mut set = CpuSet::new();
        set.set(core)
            .and_then(|()| sched_setaffinity(MYSELF, &set))
            .map_err(|error| format!("a thread cannot be moved to core {core}: {error}"))
    }

    /// The cores of each thread of this process.
    pub(super) fn of_threads() -> Result<Vec<(String, Vec<usize>)>, String> {
        let unreadable = |error| format!("the threads of this process cannot be listed: {error}");
        let mut threads = Vec::new();
        for entry in std::fs::read_dir("/proc/self/task").map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy().into_owned();
            // A thread that has just ended is in nobody's way.
            if let Ok(cores) = of(Pid::from_raw(name.parse().unwrap_or_default())) {
                threads.push((name, cores));
            }
        }
        Ok(threads)
    }

    fn of(thread: Pid) -> Result<Vec<usize>, String> {
        let set = sched_getaffinity(thread)
            .map_err(|error| format!("the cores of a thread are unknown: {error}"))?;
        Ok((0..CpuSet::count())
            .filter(|&core| set.is_set(core) == Ok(true))
            .collect())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    const WHY: &str = "this system cannot pin a thread to a core";

    pub(super) fn allowed() -> Result<Vec<usize>, String> {
        Err(WHY.to_string())
    }

    pub(super) fn pin(_core: usize) -> Result<(), String> {
        Err(WHY.to_string())
    }

    pub(super) fn of_threads() -> Result<Vec<(String, Vec<usize>)>, String> {
        Err(WHY.to_string())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn a_thread_inherits_the_core_of_the_thread_that_starts_it() {
        thread::spawn(|| {
            let core = *system::allowed().unwrap().last().unwrap();
            pin(core).unwrap();
            let inherited = thread::spawn(|| system::allowed().unwrap()).join().unwrap();
            assert_eq!(inherited, [core]);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_thread_on_the_wrong_core_is_found() {
        // The threads of the test harness are not pinned.
        let cores = Placement::Together.cores().unwrap().unwrap();
        if thread::available_parallelism().unwrap().get() > 1 {
            let error = check(cores, 0).unwrap_err();
            assert!(error.contains("instead of"), "{error}");
        }
    }

    #[test]
    fn each_thread_is_listed() {
        let gate = Barrier::new(3);
        thread::scope(|scope| {
            let before = system::of_threads().unwrap().len();
            for _ in 0..2 {
                scope.spawn(|| gate.wait());
            }
            // Other tests may start and end threads meanwhile; these two wait.
            let now = system::of_threads().unwrap().len();
            assert!(now >= 3, "{before} and then {now}");
            gate.wait();
        });
    }

    #[test]
    fn names_are_understood() {
        for placement in Placement::ALL {
            assert_eq!(Placement::from_name(placement.name()), Some(placement));
        }
        assert_eq!(Placement::from_name("nowhere"), None);
    }
}
