//! Wait for all, then read all: the first result waits for the last task.
//!
//! Watch how long each result lies there before it is read.
//!
//! Proves: "it took _ s" < 1.02 * "the first result was read after _ s"
use shared::prelude::*;

/// Seconds of work for each chapter. The book is the same in four sections:
/// `synchronous`, `asynchronous`, `collect_at_end` and `as_completed`.
const CHAPTERS: [f64; 10] = [2.2, 0.8, 1.2, 0.9, 2.7, 1.0, 0.9, 2.5, 1.7, 1.7];

pub fn main() -> Result {
    let pool = ThreadPool::builder()
        .workers(3)
        .name_prefix("teacher")
        .build()?;
    let clock = Stopwatch::start();
    let mut futures = Vec::new();
    for n in 0..10 {
        futures.push(pool.submit(move || write_chapter(n))?);
    }
    pool.shutdown()?;

    say!("all are done: {}", futures.iter().all(Future::is_done));
    let first = clock.read("the first result is usable");
    let mut idle = 0.0;
    for (n, future) in futures.iter().enumerate() {
        let (there, read) = (future.result()?, elapsed());
        say!("chapter {n}: done at {there:.1} s, read at {read:.1} s");
        idle += read - there;
    }
    say!("the first result was read after {first:.1} s");
    say!("on average a result lay there for {:.1} s", idle / 10.0);
    say!("it took {:.1} s", clock.read("all results are read"));
    Ok(())
}

/// Returns the moment at which the chapter was done.
fn write_chapter(n: usize) -> f64 {
    say!("chapter {n} starts, {} s of work", CHAPTERS[n]);
    pause(CHAPTERS[n]);
    say!("chapter {n} ends");
    elapsed()
}
