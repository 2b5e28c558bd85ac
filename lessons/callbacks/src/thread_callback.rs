//! A thread that calls back when it is done.
//!
//! Watch where "over" stands, and who prints the result.
use shared::prelude::*;

pub fn main() -> Result {
    say!("start");
    let thread = spawn("worker", || work(3, show));
    say!("over");
    // Without this line the program would end with `main`, in the middle of the work.
    thread.join()?;
    Ok(())
}

/// Knows nothing of what becomes of its result: it calls the function it was given.
fn work(n: u32, callback: fn(u32)) {
    pause(1.0);
    say!("the work is done");
    callback(n * n);
}

fn show(result: u32) {
    say!("the result is {result}");
}
