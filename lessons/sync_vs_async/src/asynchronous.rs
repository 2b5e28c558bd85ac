//! Ten tasks, all submitted at once: the program goes on while they run.
//!
//! Watch the line behind the loop: no chapter is done when it is printed.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::builder()
        .workers(3)
        .name_prefix("teacher")
        .build()?;
    let start = elapsed();
    for n in 0..10 {
        // Nobody waits here. What becomes of the future: see `collect_at_end`.
        pool.submit(move || write_chapter(n))?;
    }
    say!("all chapters are submitted, and I go on with my own work");
    pause(0.5);
    say!("my own work is done");
    pool.shutdown()?;
    say!("it took {:.1} s", elapsed() - start);
    say!("===main===");
    Ok(())
}

fn write_chapter(n: u32) -> u32 {
    let seconds = random(1..=3);
    say!("chapter {n} starts, {seconds} s of work");
    pause(seconds);
    say!("chapter {n} ends");
    seconds
}
