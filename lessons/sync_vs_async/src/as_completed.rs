//! The results in finishing order, each as soon as it is there.
//!
//! Watch the numbers of the results, and that none lies there unread.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::new(3)?;
    let mut futures = Vec::new();
    for seconds in [2.0, 1.0, 3.0, 1.5, 1.7, 0.9] {
        futures.push(pool.submit(move || work(seconds))?);
    }

    let mut idle = 0.0;
    // Waits for whichever is next; the order of the list does not matter.
    for future in as_completed(&futures) {
        let n = future.task().number;
        let (there, read) = (future.result()?, elapsed());
        say!("result {n}: there at {there:.1} s, read at {read:.1} s");
        idle += read - there;
    }
    say!("on average a result lay there for {:.1} s", idle / 6.0);
    pool.shutdown()?;
    Ok(())
}

/// Returns the moment at which its result was there.
fn work(seconds: f64) -> f64 {
    pause(seconds);
    say!("done after {seconds} s of work");
    elapsed()
}
