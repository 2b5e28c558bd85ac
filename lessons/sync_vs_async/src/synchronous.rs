//! Ten tasks, one submitted and waited for after the other: it takes the sum.
//!
//! Watch the teachers: there are three, and never more than one has work.
//!
//! Proves: 0.99 * "chapters are _ s of work" < "it took _ s"
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
    for n in 0..10 {
        let future = pool.submit(move || write_chapter(n))?;
        // Here is the wait: no other chapter is submitted before this one is done.
        let there = future.result()?;
        say!(
            "chapter {n}: done at {there:.1} s, read at {:.1} s",
            elapsed()
        );
    }
    pool.shutdown()?;
    let sum: f64 = CHAPTERS.iter().sum();
    say!("one after the other, the chapters are {sum:.1} s of work");
    say!("it took {:.1} s", clock.read("all chapters are done"));
    say!("===main===");
    Ok(())
}

/// Returns the moment at which the chapter was done.
fn write_chapter(n: usize) -> f64 {
    say!("chapter {n} starts, {} s of work", CHAPTERS[n]);
    pause(CHAPTERS[n]);
    say!("chapter {n} ends");
    elapsed()
}
