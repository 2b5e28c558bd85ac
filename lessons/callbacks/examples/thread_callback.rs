//! A thread that calls back when it is done, in plain Rust.
use std::thread;
use std::time::Duration;

fn main() {
    println!("start");
    let worker = thread::spawn(|| work(3, |result| println!("the result is {result}")));
    println!("over");
    // Without this line `main` would end, and the thread with it.
    worker.join().unwrap();
}

fn work(n: u32, callback: impl FnOnce(u32)) {
    thread::sleep(Duration::from_secs(1));
    println!("the work is done");
    callback(n * n);
}
