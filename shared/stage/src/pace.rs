//! Simulated time, and random numbers that do not depend on which worker is first.

use std::panic::Location;
use std::time::Duration;

use rand::distr::uniform::{SampleRange, SampleUniform};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::record::{self, Kind};
use crate::waits::EndsByItself;
use crate::{context, ending, run};

/// Stands for work: sleeps for a number of *simulated* seconds. Python's
/// `time.sleep`, except that `--speed 20` makes it twenty times shorter.
///
/// # Panics
///
/// If `seconds` is negative, infinite or not a number.
///
/// ```
/// use stage::pace::*;
///
/// pause(0.01);
/// ```
#[track_caller]
pub fn pause(seconds: impl Into<f64>) {
    let at = Location::caller();
    let seconds = seconds.into();
    let length = simulated(seconds);
    let _ends = EndsByItself::begin();
    let asleep = record::enter(Kind::Sleep, None, None, at, || seconds.to_string());
    std::thread::sleep(length);
    ending::stay_if_interrupted();
    if asleep.is_some() {
        record::enter(Kind::Awake, None, asleep, at, String::new);
    }
}

/// The real length of a number of simulated seconds, at the present `--speed`. Use it
/// for time limits on simulated work. A limit on a real thing, such as a socket, is
/// a plain [`Duration`].
///
/// # Panics
///
/// If `seconds` is negative, infinite or not a number.
///
/// ```
/// use stage::pace::*;
/// use std::time::Duration;
///
/// // At normal pace, which is the default:
/// assert_eq!(simulated(0.5), Duration::from_millis(500));
/// ```
#[track_caller]
pub fn simulated(seconds: impl Into<f64>) -> Duration {
    let seconds = seconds.into();
    match Duration::try_from_secs_f64(seconds) {
        Ok(length) => run::current().real(length),
        Err(_) => panic!("{seconds} is no number of seconds that one can wait"),
    }
}

/// The simulated seconds since the section began.
///
/// ```
/// let before = stage::pace::elapsed();
/// stage::pace::pause(0.01);
/// assert!(stage::pace::elapsed() - before >= 0.01);
/// ```
pub fn elapsed() -> f64 {
    run::current().elapsed().1.as_secs_f64()
}

/// A random number from a range: Python's `random.randint(1, 3)` is
/// `random(1..=3)`.
///
/// The number depends on the seed (`--seed`), the section, the task, and how many
/// numbers that task has drawn before. It does not depend on which worker is first,
/// so task 3 takes as long in the next run as in this one.
///
/// # Panics
///
/// If the range is empty.
///
/// ```
/// use stage::pace::*;
///
/// let seconds: u32 = random(1..=3);
/// assert!((1..=3).contains(&seconds));
/// ```
pub fn random<T, R>(range: R) -> T
where
    T: SampleUniform,
    R: SampleRange<T>,
{
    let run = run::current();
    let drawer = match context::current_task() {
        Some(task) => format!("{}/{}", task.pool, task.number),
        None => context::current_actor().name.clone(),
    };
    let key = format!(
        "{}\n{drawer}\n{}",
        run.settings.section,
        context::next_draw()
    );
    StdRng::seed_from_u64(run.settings.seed ^ fnv1a(key.as_bytes())).random_range(range)
}

/// The 64-bit FNV-1a hash. Unlike the standard hasher it gives the same number in
/// every process and every release of Rust.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
