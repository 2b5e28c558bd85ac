//! A callback on a pool, in plain Rust: the task and its callback are one closure.
//!
//! The tasks take 0.3 and 0.6 s here, not 1 and 2 s.
use std::error::Error;
use std::thread;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    // A scope, so that the program ends after the tasks; `pool.spawn` waits for none.
    pool.in_place_scope(|scope| {
        scope.spawn(|_| with_callback(|| work("slow", 600), show));
        scope.spawn(|_| with_callback(|| work("quick", 300), show));
        println!("over");
    });
    println!("all is done");
    Ok(())
}

fn with_callback<T>(task: impl FnOnce() -> T, callback: impl FnOnce(T)) {
    callback(task());
}

fn work(name: &str, milliseconds: u64) -> String {
    thread::sleep(Duration::from_millis(milliseconds));
    println!("{name} ends");
    format!("hello from {name}")
}

fn show(result: String) {
    println!("its result is {result:?}");
}
