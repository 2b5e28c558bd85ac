//! What other programs take from the machine while a row is measured.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// More than this part of one core, and the figures are not to be trusted.
pub const TOO_MUCH: f64 = 0.05;

/// Two readings of these give what other programs used in between.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    at: Instant,
    whole_machine: Duration,
    mine: Duration,
}

impl Reading {
    /// The present state, or `None` where the system does not tell.
    pub fn now() -> Option<Self> {
        Some(Reading {
            at: Instant::now(),
            whole_machine: system::used()?,
            mine: mine()?,
        })
    }

    /// The processor time of other programs since this reading, in cores: 1.0
    /// means that they kept one core busy all the time. Includes what a host took
    /// away from a virtual machine.
    ///
    /// Processes that this one has started must have ended: only then does the
    /// system count them as its own.
    pub fn others_since(&self) -> Option<f64> {
        let now = Reading::now()?;
        let wall = now.at.duration_since(self.at).as_secs_f64();
        let all = now.whole_machine.saturating_sub(self.whole_machine);
        let mine = now.mine.saturating_sub(self.mine);
        // The system counts in hundredths of a second.
        (wall >= 0.2).then(|| all.saturating_sub(mine).as_secs_f64() / wall)
    }
}

/// Of this process and of its children that have ended.
fn mine() -> Option<Duration> {
    let mut sum = 0;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who).ok()?;
        sum += (usage.user_time() + usage.system_time()).num_microseconds();
    }
    Some(Duration::from_micros(sum.try_into().ok()?))
}

#[cfg(target_os = "linux")]
mod system {
    use std::time::Duration;

    use nix::unistd::{SysconfVar, sysconf};

    pub(super) fn used() -> Option<Duration> {
        let ticks_per_second = sysconf(SysconfVar::CLK_TCK).ok()??;
        let ticks = ticks(&std::fs::read_to_string("/proc/stat").ok()?)?;
        Some(Duration::from_secs_f64(
            ticks as f64 / ticks_per_second as f64,
        ))
    }

    /// All but idle and waiting for a disk. The first line of the file is
    /// `cpu user nice system idle iowait irq softirq steal …`; what follows is
    /// contained in these.
    pub(super) fn ticks(stat: &str) -> Option<u64> {
        let mut words = stat.lines().next()?.split_whitespace();
        (words.next()? == "cpu").then_some(())?;
        let numbers: Vec<u64> = words
            .take(8)
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        Some(numbers.iter().sum::<u64>() - numbers.get(3)? - numbers.get(4)?)
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn idle_time_does_not_count() {
            let stat = "cpu  10 1 5 1000 200 2 3 4 10 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
            assert_eq!(super::ticks(stat), Some(25));
            assert_eq!(super::ticks("intr 5"), None);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::time::Duration;

    pub(super) fn used() -> Option<Duration> {
        None
    }
}
