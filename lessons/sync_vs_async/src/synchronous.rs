//! Ten tasks, one submitted and waited for after the other: it takes the sum.
//!
//! Watch the teachers: there are three, and never more than one has work.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::builder()
        .workers(3)
        .name_prefix("teacher")
        .build()?;
    let start = elapsed();
    let mut sum = 0;
    for n in 0..10 {
        let future = pool.submit(move || write_chapter(n))?;
        // Here is the wait: the next chapter is given to nobody before.
        sum += future.result()?;
        say!("chapter {n} is here");
    }
    pool.shutdown()?;
    say!("one after the other, the chapters are {sum} s of work");
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
