//! Thirteen tasks, five workers: never more than five at once.
//!
//! Watch the three waves, and that each result reaches a callback.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::new(5)?;
    for n in 0..13 {
        pool.submit(move || work(n))?.add_done_callback(|done| {
            // A callback gets the finished future, not the value.
            say!("result {}", done.result()?);
            Ok(())
        });
    }
    pool.shutdown()?;
    say!("all tasks are done");
    Ok(())
}

fn work(n: u32) -> u32 {
    say!("task {n} starts");
    pause(1.0);
    say!("task {n} ends");
    n * n
}
