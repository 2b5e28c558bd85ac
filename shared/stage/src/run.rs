//! The run of one section: its name, its pace, its seed and its clocks.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

/// The seed unless another one is chosen.
pub const DEFAULT_SEED: u64 = 7;

/// What a process has to know to take part in a run. A parent sends it to its
/// worker processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The section's name; empty in a program without the frame.
    pub section: String,
    /// Simulated seconds in a real second.
    pub speed: f64,
    /// What the random numbers depend on.
    pub seed: u64,
    /// When the section began. The wall clock is the one that processes share.
    pub began: SystemTime,
}

/// The current run.
#[derive(Debug)]
pub struct Run {
    /// Its name, pace and seed.
    pub settings: Settings,
    began: Instant,
}

impl Run {
    /// The time since the section began, on the real and the simulated clock.
    pub fn elapsed(&self) -> (Duration, Duration) {
        let real = self.began.elapsed();
        (real, self.simulated(real))
    }

    /// A length of real time, in simulated time.
    pub(crate) fn simulated(&self, real: Duration) -> Duration {
        scaled(real, self.settings.speed)
    }

    /// A simulated length of time, in real time.
    pub fn real(&self, simulated: Duration) -> Duration {
        scaled(simulated, 1.0 / self.settings.speed)
    }

    /// A length of real time, in simulated seconds: the inverse of [`real`](Self::real),
    /// except for what a [`Duration`] rounds off.
    pub fn in_simulated_seconds(&self, real: Duration) -> f64 {
        (real.as_secs_f64() * self.settings.speed * 1e6).round() / 1e6
    }
}

/// `Duration::mul_f64` panics where the product is too large.
fn scaled(time: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

static CURRENT: RwLock<Option<Arc<Run>>> = RwLock::new(None);

/// The current run. A program without the lessons' frame has one as well: it begins
/// with the first call of this function, and its speed comes from the environment.
pub fn current() -> Arc<Run> {
    if let Some(run) = &*CURRENT.read() {
        return Arc::clone(run);
    }
    let speed = match speed_from_environment() {
        Ok(speed) => speed.unwrap_or(1.0),
        Err(complaint) => {
            eprintln!("{complaint}");
            std::process::exit(2);
        }
    };
    let mut current = CURRENT.write();
    let run = current.get_or_insert_with(|| {
        Arc::new(Run {
            settings: Settings {
                section: String::new(),
                speed,
                seed: DEFAULT_SEED,
                began: SystemTime::now(),
            },
            began: Instant::now(),
        })
    });
    Arc::clone(run)
}

/// Begins the run of a section now.
pub fn begin(section: &str, speed: f64, seed: u64) {
    join(Settings {
        section: section.to_string(),
        speed,
        seed,
        began: SystemTime::now(),
    });
}

/// Takes part in a run that began elsewhere.
pub fn join(settings: Settings) {
    // The wall clock may have been set back in between.
    let age = settings.began.elapsed().unwrap_or_default();
    let now = Instant::now();
    let run = Run {
        began: now.checked_sub(age).unwrap_or(now),
        settings,
    };
    *CURRENT.write() = Some(Arc::new(run));
}

/// The speed that `LESSON_SPEED` asks for, if it is set.
pub fn speed_from_environment() -> Result<Option<f64>, String> {
    let Some(value) = std::env::var_os("LESSON_SPEED") else {
        return Ok(None);
    };
    match parse_speed(&value.to_string_lossy()) {
        Some(speed) => Ok(Some(speed)),
        None => Err(format!(
            "LESSON_SPEED takes a number from 0.01 to 1000, not `{}`",
            value.to_string_lossy()
        )),
    }
}

/// A speed is a number from 0.01 to 1000. Above that, pauses are shorter than the
/// delays of the machine itself.
pub fn parse_speed(text: &str) -> Option<f64> {
    let speed: f64 = text.parse().ok()?;
    (0.01..=1000.0).contains(&speed).then_some(speed)
}
