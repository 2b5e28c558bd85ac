//! Ten tasks, all submitted at once: the program goes on while they run.
//!
//! Watch the line behind the loop: no chapter is done when it is printed.
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
        // Does not wait. How to get the results: see the sections after this one.
        pool.submit(move || write_chapter(n))?;
    }
    say!("all chapters are submitted, and I go on with my own work");
    pause(0.5);
    say!("my own work is done");
    pool.shutdown()?;
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
