//! A limit on the time of every sample: a hang becomes a sentence.

use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::python;

/// A sample takes a fraction of a second. On a machine that is this slow no
/// figure would mean anything.
const LIMIT: Duration = Duration::from_secs(60);

/// The row that is being sampled, and since when.
static SAMPLE: Mutex<Option<(String, Instant)>> = Mutex::new(None);

fn current() -> MutexGuard<'static, Option<(String, Instant)>> {
    SAMPLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that looks at the clock.
pub(crate) fn start() {
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_secs(1));
            if let Some((row, since)) = &*current()
                && since.elapsed() > LIMIT
            {
                give_up(&format!(
                    "`{row}` has not ended within {} seconds: it hangs, or the machine is far too busy.",
                    LIMIT.as_secs()
                ));
            }
        }
    });
}

/// Runs `sample` under the limit.
pub(crate) fn over<T>(row: &str, sample: impl FnOnce() -> T) -> T {
    *current() = Some((row.to_string(), Instant::now()));
    let result = sample();
    *current() = None;
    result
}

/// Ends the program. No process that it started stays behind: Python is killed,
/// and the library's own workers leave by themselves.
pub(crate) fn give_up(sentence: &str) -> ! {
    python::kill();
    eprintln!("\n{sentence}");
    exit(1)
}
