//! Processor time of this process and of its child processes.

use std::time::Duration;

/// The clocks of this process and of the direct children that it has now. The
/// worker processes of a pool are such children.
#[derive(Debug)]
pub struct Clocks(system::Clocks);

impl Clocks {
    /// Finds the clocks, or `None` where the system has none. This takes a while;
    /// reading them does not.
    pub fn find() -> Option<Self> {
        system::find().map(Clocks)
    }

    /// User and system time so far.
    pub fn read(&self) -> Option<Duration> {
        system::read(&self.0)
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::io::ErrorKind;
    use std::time::Duration;

    use nix::time::{ClockId, clock_getcpuclockid};
    use nix::unistd::Pid;

    pub(super) type Clocks = Vec<ClockId>;

    pub(super) fn find() -> Option<Clocks> {
        let mut clocks = vec![ClockId::CLOCK_PROCESS_CPUTIME_ID];
        // Each thread has its own list of the processes that it started.
        for thread in fs::read_dir("/proc/self/task").ok()? {
            let list = match fs::read_to_string(thread.ok()?.path().join("children")) {
                Ok(list) => list,
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                // The thread has just ended.
                Err(_) => continue,
            };
            let children = list.split_whitespace().filter_map(|id| id.parse().ok());
            // A process that has just ended no longer has a clock.
            clocks.extend(children.filter_map(|id| clock_getcpuclockid(Pid::from_raw(id)).ok()));
        }
        Some(clocks)
    }

    pub(super) fn read(clocks: &Clocks) -> Option<Duration> {
        clocks
            .iter()
            .map(|clock| clock.now().map(Duration::from).ok())
            .sum()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::time::Duration;

    pub(super) type Clocks = ();

    pub(super) fn find() -> Option<Clocks> {
        None
    }

    pub(super) fn read(_: &Clocks) -> Option<Duration> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn the_work_of_a_child_process_counts() {
        let mut child = Command::new("sh")
            .args(["-c", "read line; while :; do :; done"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // It works only after this.
        let clocks = Clocks::find().unwrap();
        let before = clocks.read().unwrap();
        drop(child.stdin.take());
        let limit = std::time::Instant::now() + Duration::from_secs(60);
        while clocks.read().unwrap() - before < Duration::from_millis(100) {
            assert!(std::time::Instant::now() < limit, "nothing was counted");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
