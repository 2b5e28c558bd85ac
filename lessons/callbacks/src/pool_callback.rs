//! A callback on a pool: it is given the finished future, not the value.
//!
//! Watch the order of the callbacks, and which of them `main` runs.
use shared::prelude::*;

pub fn main() -> Result {
    phase!("added before the end: the workers call");
    let pool = ThreadPool::new(2)?;
    let slow = pool.submit(|| work("slow", 2.0))?;
    let quick = pool.submit(|| work("quick", 1.0))?;
    slow.add_done_callback(show);
    slow.add_done_callback(|_| {
        pause(1.0);
        say!("one future may have several callbacks");
    });
    quick.add_done_callback(show);
    say!("over");

    slow.result()?;
    phase!("added after the end: main calls, and overtakes the worker");
    slow.add_done_callback(|_| say!("added last, called at once"));
    say!("add_done_callback has returned");
    pool.shutdown()?;
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
    // Never waits: a callback is only called when its future is finished.
    say!("its result is {:?}", done.result()?);
    Ok(())
}
