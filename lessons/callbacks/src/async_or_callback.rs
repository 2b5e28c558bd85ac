//! How a task is submitted, and how its result is received: two questions.
//!
//! Watch two things in each of the four: is "I go on" before or after "the task
//! ends", and who fetches the result?
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::new(1)?;

    phase!("1: synchronous, without a callback");
    let result = work(1);
    say!("1: I go on");
    say!("1: I have the result, {result}");

    phase!("2: synchronous, with a callback");
    work_and_call(2, |result| say!("2: I am called with {result}"));
    say!("2: I go on");

    phase!("3: asynchronous, without a callback");
    let future = pool.submit(|| work(3))?;
    say!("3: I go on");
    say!("3: I fetch the result, {}", future.result()?);

    phase!("4: asynchronous, with a callback");
    let future = pool.submit(|| work(4))?;
    future.add_done_callback(|done| {
        say!("4: I am called with {}", done.result()?);
        Ok(())
    });
    say!("4: I go on");
    pool.shutdown()?;
    Ok(())
}

fn work(n: u32) -> u32 {
    pause(1.0);
    say!("{n}: the task ends");
    n * n
}

/// No pool, no thread, no future: a callback is a function that another one calls.
fn work_and_call(n: u32, callback: impl FnOnce(u32)) {
    callback(work(n));
}
