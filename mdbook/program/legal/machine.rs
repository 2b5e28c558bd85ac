//! How busy the machine is with other things.
//!
//! What a section measures (the time that a task takes, how much faster two workers are)
//! is only true on a machine that has nothing else to do. So the check asks how much
//! processor time *other* programs used while the section ran: that of the whole system,
//! less that of this program and of everything that it started. Figures of "load" or
//! "pressure" would count the section's own threads as well.

use std::collections::HashMap;
use std::fs;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::{SysconfVar, getpid, sysconf};

/// Above this share of the machine's processor time in the hands of others, a measured
/// figure proves nothing.
pub const BUSY: f64 = 0.15;

/// A moment, and the processor time that had been used until then.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    began: Instant,
    /// Of others, in seconds. `None` where the system does not say.
    others: Option<f64>,
}

/// Begins to look at what other programs do.
#[must_use]
pub fn begin() -> Since {
    Since {
        began: Instant::now(),
        others: used_by_others(),
    }
}

impl Since {
    /// The share of all cores that other programs had since then, from 0 to 1. It is 0
    /// where the system does not say.
    #[must_use]
    pub fn share_of_others(&self) -> f64 {
        let (Some(before), Some(now)) = (self.others, used_by_others()) else {
            return 0.0;
        };
        let seconds = self.began.elapsed().as_secs_f64().max(1e-3);
        ((now - before) / (seconds * cores() as f64)).clamp(0.0, 1.0)
    }
}

/// The cores of the machine, whether or not this program may use them.
fn cores() -> usize {
    let listed = fs::read_to_string("/proc/stat").unwrap_or_default();
    let cores = listed.lines().filter(|line| {
        line.strip_prefix("cpu")
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    });
    cores.count().max(1)
}

fn used_by_others() -> Option<f64> {
    Some(used_by_all()? - used_by_own()?)
}

/// Clock ticks in a second, the unit of `/proc`.
fn ticks() -> Option<f64> {
    let ticks = sysconf(SysconfVar::CLK_TCK).ok()??;
    Some(ticks as f64)
}

/// The system's processor time so far. Time that was stolen by another virtual machine
/// counts: it was not to be had.
fn used_by_all() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().find(|line| line.starts_with("cpu "))?;
    let times: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .map_while(|number| number.parse().ok())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let busy = [0, 1, 2, 5, 6, 7].iter().filter_map(|at| times.get(*at));
    Some(busy.sum::<f64>() / ticks()?)
}

/// That of this program, of its children, of their children, alive and dead.
fn used_by_own() -> Option<f64> {
    let mut own = 0.0;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who).ok()?;
        let used = usage.user_time() + usage.system_time();
        own += used.num_microseconds() as f64 / 1e6;
    }
    let processes = processes();
    let me = getpid().as_raw();
    let living = processes.keys().filter(|id| descends(**id, me, &processes));
    own += living.map(|id| processes[id].used).sum::<f64>() / ticks()?;
    Some(own)
}

struct Process {
    parent: i32,
    /// In ticks, with that of its children that it has waited for.
    used: f64,
}

fn processes() -> HashMap<i32, Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter_map(|id| {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        Some((id, process(&text)?))
    })
    .collect()
}

/// The name of the program stands in brackets, and may contain anything.
fn process(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        used: (11..15).map(number).sum::<Option<f64>>()?,
    })
}

fn descends(mut id: i32, from: i32, processes: &HashMap<i32, Process>) -> bool {
    if id == from {
        return false;
    }
    // The list is no moment's picture; a circle must not hang this.
    for _ in 0..100 {
        match processes.get(&id) {
            Some(process) if process.parent == from => return true,
            Some(process) => id = process.parent,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_blanks_and_brackets_in_its_name_is_read() {
        let stat = "77 (a ) b) S 12 77 77 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 5";
        let process = process(stat).unwrap();
        assert_eq!(process.parent, 12);
        assert!((process.used - 100.0).abs() < 1e-9);
    }

    /// What this program does itself is not what others do.
    #[test]
    fn own_work_is_not_counted() {
        let watch = begin();
        let before = used_by_own().unwrap();
        while used_by_own().unwrap() - before < 0.2 {
            std::hint::black_box((0..100_000).sum::<u64>());
        }
        let all_but_mine = watch.share_of_others() * watch.began.elapsed().as_secs_f64();
        let whole = used_by_all().unwrap();
        assert!(whole > 0.2 && all_but_mine.is_finite());
    }
}
