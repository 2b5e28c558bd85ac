//! Eleven squares from three processes, read in the order of submission.
//!
//! Watch the tasks end in any order, and the results come out in theirs.
use shared::prelude::*;
use std::process;

process_task!(square);

pub fn main() -> Result {
    let pool = ProcessPool::new(3)?;
    let mut futures = Vec::new();
    for n in 0..11 {
        futures.push(pool.submit(square, n)?);
    }
    pool.shutdown()?;
    say!("+++>");
    for future in futures {
        say!("{}", future.result()?);
    }
    Ok(())
}

fn square(n: u64) -> u64 {
    say!("task {n} runs in process {}", process::id());
    // The same seconds in every run: they are drawn from the seed and the task.
    pause(random(1..=3));
    n * n
}
