//! One sample: a process that starts some workers, warms up, and measures.

use std::time::{Duration, Instant};

use bench::cpu::Clocks;
use bench::line;
use bench::placement::{self, Cores, Placement};
use serde::{Deserialize, Serialize};

/// What one process has measured.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Figures {
    /// Nanoseconds for one item.
    pub(crate) time: f64,
    /// Processor time per wall time, of all its threads and child processes.
    pub(crate) cores: Option<f64>,
    /// Nanoseconds to move a cache line between the two cores, just before.
    #[serde(default)]
    pub(crate) line: Option<f64>,
}

/// Measures in this process, with its threads in one placement.
#[derive(Debug)]
pub(crate) struct Sampler {
    cores: Option<Cores>,
    line: Option<f64>,
    time: Duration,
}

/// What was measured, or a sentence that says why nothing was.
pub(crate) type Outcome<T = Figures> = Result<T, String>;

impl Sampler {
    /// For a process that measures for so many seconds.
    pub(crate) fn new(placement: Placement, seconds: f64) -> Outcome<Self> {
        let line = match placement {
            Placement::Together => None,
            // Known only where two cores can be chosen.
            Placement::Apart | Placement::Unpinned => match Placement::Apart.cores() {
                Ok(Some(cores)) => line::cost(cores)?,
                _ => None,
            },
        };
        Ok(Sampler {
            cores: placement.cores()?,
            line,
            time: Duration::from_secs_f64(seconds),
        })
    }

    /// Calls `start`, which starts all workers and waits until they run; they stay
    /// on the workers' core. This thread then moves to its own one.
    pub(crate) fn start_workers<T>(&self, start: impl FnOnce() -> T) -> Outcome<T> {
        if let Some(cores) = self.cores {
            placement::pin(cores.workers)?;
        }
        let started = start();
        if let Some(cores) = self.cores {
            placement::pin(cores.submitter)?;
        }
        Ok(started)
    }

    /// Calls `body`, which does `items` things, for the time of the sample, after
    /// a third of that time to warm up. At least `workers` threads work for it.
    pub(crate) fn measure(&self, items: u32, workers: usize, mut body: impl FnMut()) -> Outcome {
        self.check(workers)?;
        rounds(self.time / 3, &mut body);
        self.measured(items, || rounds(self.time, &mut body))
    }

    /// Calls `body` once, without warming up: for what takes long.
    pub(crate) fn measure_once(&self, workers: usize, body: impl FnOnce()) -> Outcome {
        self.check(workers)?;
        self.measured(1, || {
            body();
            1
        })
    }

    fn measured(&self, items: u32, run: impl FnOnce() -> u32) -> Outcome {
        let clocks = Clocks::find();
        let cpu = || clocks.as_ref().and_then(Clocks::read);
        let before = cpu();
        let begun = Instant::now();
        let rounds = run();
        let wall = begun.elapsed();
        let after = cpu();
        Ok(Figures {
            time: wall.as_nanos() as f64 / f64::from(rounds) / f64::from(items),
            cores: after.zip(before).map(|(after, before)| {
                after.saturating_sub(before).as_secs_f64() / wall.as_secs_f64()
            }),
            line: self.line,
        })
    }

    fn check(&self, workers: usize) -> Outcome<()> {
        match self.cores {
            Some(cores) => placement::check(cores, workers),
            None => Ok(()),
        }
    }
}

/// Calls `body` until the time is over, at least once. Returns how often.
fn rounds(time: Duration, body: &mut impl FnMut()) -> u32 {
    let begun = Instant::now();
    let mut rounds = 0;
    loop {
        body();
        rounds += 1;
        if begun.elapsed() >= time {
            return rounds;
        }
    }
}
