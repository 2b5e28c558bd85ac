//! Threads compute at the same time: the same sum on 1, 2 and 4 workers.
//!
//! Watch the times: more workers help as long as there is a free core for each.
//!
//! Proves: 1.5 * "2 threads took _ ms" < "1 thread took _ ms" on two cores
//! Proves: "2 threads took _ ms" < 1.4 * "4 threads took _ ms" on two cores
//! Proves: 1.4 * "2 processes took _ ms" < "1 process took _ ms" on two cores
//! Proves: "2 processes took _ ms" < 1.4 * "4 processes took _ ms" on two cores
use shared::prelude::*;

process_task!(sum_of_part);

/// Each part of the sum is a task. Twelve can be shared evenly by 1, 2 and 4 workers.
const PARTS: u64 = 12;

pub fn main() -> Result {
    // So that a core takes as long on a fast machine as on a slow one.
    let numbers = numbers_in(simulated(0.05));
    say!("{PARTS} parts of a sum, 50 ms each");
    sum("1 thread", &ThreadPool::new(1)?, numbers)?;
    sum("2 threads", &ThreadPool::new(2)?, numbers)?;
    sum("4 threads", &ThreadPool::new(4)?, numbers)?;
    sum("1 process", &ProcessPool::new(1)?, numbers)?;
    sum("2 processes", &ProcessPool::new(2)?, numbers)?;
    sum("4 processes", &ProcessPool::new(4)?, numbers)
}

/// The same tasks on any pool.
fn sum(how: &str, pool: &impl Executor, numbers: u64) -> Result {
    phase!("{how}");
    let clock = Stopwatch::start();
    let mut parts = Vec::new();
    for part in 0..PARTS {
        parts.push(pool.submit_call(sum_of_part, (part * numbers, numbers))?);
    }
    let mut sum = 0;
    for part in &parts {
        sum += part.result()?;
    }
    let seconds = clock.read("the sum is there");
    say!("{how} took {:.0} ms", seconds * 1e3);
    // The time is worth nothing if a part is missing.
    let all = PARTS * numbers;
    assert_eq!(sum, all * (all - 1) / 2);
    pool.shutdown()?;
    Ok(())
}

/// The sum of so many numbers from `first` on.
fn sum_of_part((first, numbers): (u64, u64)) -> u64 {
    // Without `black_box` the compiler would find the formula, and nothing to compute.
    (first..first + numbers).fold(0, |sum, n| sum + std::hint::black_box(n))
}

/// How many numbers a core of this machine adds up in that time, by processor time, so
/// that a busy machine gives the same answer.
fn numbers_in(time: Duration) -> u64 {
    const SAMPLE: u64 = 1_000_000;
    let before = cpu_time();
    sum_of_part((0, SAMPLE));
    let sample = cpu_time() - before;
    (SAMPLE as f64 * time.as_secs_f64() / sample.as_secs_f64()) as u64
}
