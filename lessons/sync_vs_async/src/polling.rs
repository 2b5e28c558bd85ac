//! Asking again and again, or being told: what each costs.
//!
//! Watch two figures that cannot both be small, until the last line.
//!
//! Proves: 5 * "being told: … late, _ ms of CPU" < "asking all the time: … late, _ ms of CPU"
//! Proves: 5 * "being told: _ ms late" < "asking every 0.50 s: _ ms late"
use shared::prelude::*;
use std::thread;

pub fn main() -> Result {
    let pool = ThreadPool::new(1)?;
    for interval in [0.0, 0.01, 0.1, 0.5] {
        let how = match interval {
            0.0 => "asking all the time".to_string(),
            _ => format!("asking every {interval:.2} s"),
        };
        measure(&pool, &how, |future| {
            while !future.is_done() {
                // Not `pause`: a hundred pauses would fill the record of the run.
                thread::sleep(simulated(interval));
            }
        })?;
    }
    measure(&pool, "being told", |future| drop(future.result()))
}

/// How late `notice` sees that a task is done, and how long it keeps a core busy.
fn measure(pool: &ThreadPool, how: &str, notice: impl Fn(&Future<f64>)) -> Result {
    let before = cpu_time();
    let future = pool.submit(work)?;
    notice(&future);
    let late = (elapsed() - future.result()?) * 1e3;
    let cpu = (cpu_time() - before).as_secs_f64() * 1e3;
    say!("{how}: {late:.2} ms late, {cpu:.2} ms of CPU time");
    Ok(())
}

/// Returns the moment at which it was done.
fn work() -> f64 {
    pause(1.232);
    elapsed()
}
