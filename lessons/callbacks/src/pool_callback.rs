//! A callback on a pool: it is given the finished future, not the value.
//!
//! Watch the order of the callbacks, and who runs the last one.
use shared::prelude::*;

pub fn main() -> Result {
    let pool = ThreadPool::new(2)?;
    let slow = pool.submit(|| work("slow", 2.0))?;
    let quick = pool.submit(|| work("quick", 1.0))?;
    slow.add_done_callback(show);
    slow.add_done_callback(|_| say!("one future may have several callbacks"));
    quick.add_done_callback(show);
    say!("over");
    pool.shutdown()?;

    say!("all is done, and here is one more callback");
    slow.add_done_callback(show);
    say!("add_done_callback has returned");
    Ok(())
}

fn work(name: &str, seconds: f64) -> String {
    pause(seconds);
    say!("{name} ends");
    format!("hello from {name}")
}

/// The same function for every future: it learns from its argument whose end it is.
fn show(done: Future<String>) -> Result {
    say!("I was given {done:?}");
    // Never waits: the future is finished, else nobody would have called.
    say!("its result is {:?}", done.result()?);
    Ok(())
}
