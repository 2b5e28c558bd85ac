//! Eleven squares from three processes, in the order of submission.
use shared::prelude::*;
use std::process;

process_task!(square);

fn square(n: u64) -> u64 {
    say!("task {n} runs in process {}", process::id());
    pause(random(1..=3));
    n * n
}

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
