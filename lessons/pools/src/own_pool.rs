//! A task that waits for a task of its own pool: fine on two workers, stuck on one.
//!
//! Watch the pool of one worker: which worker could run the task that is waited for?
use shared::prelude::*;
use stage::frame::{Opt, Value, option};

pub const OPTIONS: &[Opt] = &[Opt::new(
    "no-limit",
    Value::Flag,
    "wait without a limit: the deadlock, and how it is explained",
)];

pub fn main() -> Result {
    phase!("two workers: one waits, the other runs inner");
    let pool = ThreadPool::new(2)?;
    outer_waits(&pool, pool.handle())?;

    phase!("one worker: it waits for a task that only it could run");
    let pool = ThreadPool::new(1)?;
    outer_waits(&pool, pool.handle())?;
    pool.shutdown()?;

    phase!("way out 1: outer calls inner, and submits nothing");
    let pool = ThreadPool::new(1)?;
    let future = pool.submit(|| inner() + 1)?;
    say!("outer's result: {}", future.result()?);

    phase!("way out 2: a second pool runs inner");
    let second = ThreadPool::new(1)?;
    outer_waits(&pool, second.handle())?;

    phase!("way out 3: outer does not wait, a callback goes on");
    let handle = pool.handle();
    pool.submit(move || {
        let future = handle.submit(inner).expect("the pool is open");
        say!("outer ends");
        future.add_done_callback(|inner| {
            say!("the callback has {}", inner.result()? + 1);
            Ok(())
        });
    })?;
    pool.shutdown()?;
    Ok(())
}

/// Runs `outer` on `pool`, whose inner task goes to the pool behind `handle`.
fn outer_waits(pool: &ThreadPool, handle: PoolHandle) -> Result {
    let future = pool.submit(move || outer(&handle))?;
    pause(0.5);
    say!("{pool:?}");
    say!("outer's result: {:?}", future.result()?);
    Ok(())
}

fn outer(pool: &PoolHandle) -> Result<u32, TaskError> {
    let future = pool.submit(inner).expect("the pool is open");
    say!("outer waits for inner");
    let result = match option("no-limit") {
        None => future.result_timeout(simulated(3.0)),
        Some(_) => future.result(),
    };
    result.map(|inner| inner + 1)
}

fn inner() -> u32 {
    say!("inner starts");
    pause(1.0);
    41
}
