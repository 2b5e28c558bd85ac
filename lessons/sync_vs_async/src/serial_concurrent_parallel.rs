//! The same work three ways: in series, taking turns, at the same time.
//!
//! Watch the times. The tasks are the same in all three; what they share is not.
//!
//! Proves: 1.2 * "concurrent took _ s" < "serial took _ s"
//! Proves: 1.1 * "parallel took _ s" < "concurrent took _ s" on two cores
use shared::prelude::*;
use std::sync::{Arc, Mutex};

/// One core, as a lock: only the thread that holds it computes.
type Core = Arc<Mutex<()>>;

pub fn main() -> Result {
    let steps = steps_in(simulated(0.5));
    let (one, other) = (Core::default(), Core::default());

    phase!("serial: one worker, so one task after the other");
    two_tasks("serial", 1, [&one, &one], steps)?;
    phase!("concurrent: two workers that take turns on one core");
    two_tasks("concurrent", 2, [&one, &one], steps)?;
    phase!("parallel: two workers, each with a core");
    two_tasks("parallel", 2, [&one, &other], steps)
}

fn two_tasks(how: &str, workers: usize, cores: [&Core; 2], steps: u64) -> Result {
    let clock = Stopwatch::start();
    let pool = ThreadPool::new(workers)?;
    for (n, core) in cores.into_iter().enumerate() {
        let core = Arc::clone(core);
        pool.submit(move || {
            let turn = core.lock().unwrap();
            compute(steps);
            say!("task {n} has computed");
            // A pause needs no core.
            drop(turn);
            pause(1.0);
        })?;
    }
    pool.shutdown()?;
    say!("{how} took {:.1} s", clock.read("both tasks are done"));
    Ok(())
}

/// How many steps a core of this machine computes in that time. Measured in
/// processor time, so that a busy machine gives the same number.
fn steps_in(time: Duration) -> u64 {
    const SAMPLE: u64 = 1_000_000;
    let before = cpu_time();
    compute(SAMPLE);
    let sample = cpu_time() - before;
    (SAMPLE as f64 * time.as_secs_f64() / sample.as_secs_f64()) as u64
}

fn compute(steps: u64) {
    // Without it the compiler would see that the result is not used.
    std::hint::black_box((0..steps).fold(0, |sum: u64, n| std::hint::black_box(sum ^ n)));
}
