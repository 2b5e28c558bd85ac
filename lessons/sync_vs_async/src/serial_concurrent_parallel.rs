//! The same work three ways: in series, taking turns, at the same time.
//!
//! Watch the times. The tasks are the same in all three; what they share is not.
use shared::prelude::*;
use std::sync::{Arc, Mutex};

/// Who holds it computes, and nobody else: one core, as a lock.
type Core = Arc<Mutex<()>>;

pub fn main() -> Result {
    let steps = steps_in(simulated(0.5));
    let (one, other) = (Core::default(), Core::default());

    say!("serial: one worker, so one task after the other");
    two_tasks(1, [&one, &one], steps)?;
    say!("concurrent: two workers, who take turns on one core");
    two_tasks(2, [&one, &one], steps)?;
    say!("parallel: two workers, each with a core");
    two_tasks(2, [&one, &other], steps)
}

fn two_tasks(workers: usize, cores: [&Core; 2], steps: u64) -> Result {
    let start = elapsed();
    let pool = ThreadPool::new(workers)?;
    for (n, core) in cores.into_iter().enumerate() {
        let core = Arc::clone(core);
        pool.submit(move || {
            let turn = core.lock().unwrap();
            compute(steps);
            say!("task {n} has computed");
            // Whoever waits needs no core.
            drop(turn);
            pause(1.0);
        })?;
    }
    pool.shutdown()?;
    say!("in {:.1} s", elapsed() - start);
    Ok(())
}

/// How many steps a core of this machine computes in so long a time. Measured in
/// processor time, so that it comes out the same on a busy machine.
fn steps_in(time: Duration) -> u64 {
    const SAMPLE: u64 = 1_000_000;
    let before = cpu_time();
    compute(SAMPLE);
    let sample = cpu_time() - before;
    (SAMPLE as f64 * time.as_secs_f64() / sample.as_secs_f64()) as u64
}

fn compute(steps: u64) {
    // Without it the compiler would see that nobody wants the result.
    std::hint::black_box((0..steps).fold(0, |sum: u64, n| std::hint::black_box(sum ^ n)));
}
