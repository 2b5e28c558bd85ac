//! Wait for all, then read all: the first result waits for the last task.
//!
//! Watch how long each result lies there before anybody reads it.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::new(3)?;
    let mut futures = Vec::new();
    for seconds in [2.0, 1.0, 3.0, 1.5, 1.7, 0.9] {
        futures.push(pool.submit(move || work(seconds))?);
    }
    pool.shutdown()?;

    say!(
        "all tasks are done: {}",
        futures.iter().all(Future::is_done)
    );
    let mut idle = 0.0;
    for (n, future) in futures.iter().enumerate() {
        let (there, read) = (future.result()?, elapsed());
        say!("result {n}: there at {there:.1} s, read at {read:.1} s");
        idle += read - there;
    }
    say!("on average a result lay there for {:.1} s", idle / 6.0);
    Ok(())
}

/// Returns the moment at which its result was there.
fn work(seconds: f64) -> f64 {
    pause(seconds);
    say!("done after {seconds} s of work");
    elapsed()
}
