//! Ten squares, first on processes, then on threads: change the pool, keep the rest.
//!
//! Watch the futures: what they can tell changes while the tasks run.
use shared::prelude::*;

process_task!(square);

pub fn main() -> Result {
    phase!("on processes, as many as there are cores");
    ten_squares(&ProcessPool::with_default_size()?)?;
    phase!("on threads, four more than there are cores");
    ten_squares(&ThreadPool::with_default_size()?)
}

/// Works for every pool. The price is that of the stricter one: a task is a
/// named function with an argument that can travel. A pool of threads alone
/// would also take the closure `move || n * n`.
fn ten_squares(pool: &impl Executor) -> Result {
    let clock = Stopwatch::start();
    let mut futures = Vec::new();
    for n in 0..10 {
        futures.push(pool.submit_call(square, n)?);
    }
    pause(0.5);
    say!("{:?} … {:?}", futures[0], futures[9]);
    pool.shutdown()?;
    say!("{:?} … {:?}", futures[0], futures[9]);

    let mut squares = Vec::new();
    for future in &futures {
        squares.push(future.result()?);
    }
    say!("{squares:?}");
    say!("in {:.1} s", clock.read("all squares are there"));
    Ok(())
}

fn square(n: u64) -> u64 {
    say!("{n} is squared");
    pause(2.0);
    n * n
}
