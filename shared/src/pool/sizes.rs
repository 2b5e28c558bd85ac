//! How many workers a pool has by default.

/// How many workers a pool of threads has by default: the cores that this process
/// may use plus 4, but 32 at most. Python's rule since 3.8.
///
/// Python 3.5 to 3.7, and the tutorials, have five a core. Threads that wait cost
/// little, so there may be more of them than cores. On a large machine, though, a
/// default without a bound starts more threads than any lesson needs.
#[must_use]
pub fn default_threads() -> usize {
    (default_processes() + 4).min(32)
}

/// How many workers a pool of processes has by default: one for each core that this
/// process may use.
///
/// The environment variable `LESSON_CORES` overrides the number, as
/// `PYTHON_CPU_COUNT` does since Python 3.13: the book's outputs are captured
/// with it, so that they come out the same on every machine.
///
/// ```
/// let (threads, processes) = (shared::pool::default_threads(), shared::pool::default_processes());
/// assert_eq!(threads, (processes + 4).min(32));
/// ```
#[must_use]
pub fn default_processes() -> usize {
    let chosen = std::env::var("LESSON_CORES")
        .ok()
        .and_then(|cores| cores.parse().ok());
    let allowed = || std::thread::available_parallelism().map_or(1, usize::from);
    chosen
        .filter(|cores| (1..=1024).contains(cores))
        .unwrap_or_else(allowed)
}

/// How many cores the machine has. A process may be allowed fewer: by a
/// container, or by `taskset`. Python's `os.cpu_count()`.
#[must_use]
pub fn machine_cores() -> usize {
    let online = nix::unistd::sysconf(nix::unistd::SysconfVar::_NPROCESSORS_ONLN);
    let online = online
        .ok()
        .flatten()
        .and_then(|cores| usize::try_from(cores).ok());
    online.unwrap_or_else(default_processes)
}
