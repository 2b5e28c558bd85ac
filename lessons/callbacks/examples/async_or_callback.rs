//! How a task is submitted, and how its result is received, in plain Rust.
//!
//! The tasks take 0.3 s here, not 1 s.
use std::thread;
use std::time::Duration;

fn main() {
    println!("1: synchronous, without a callback");
    let result = work(1);
    println!("1: I go on");
    println!("1: I have the result, {result}");

    println!("2: synchronous, with a callback");
    work_and_call(2, |result| println!("2: I am called with {result}"));
    println!("2: I go on");

    println!("3: asynchronous, without a callback");
    let task = thread::spawn(|| work(3));
    println!("3: I go on");
    println!("3: I fetch the result, {}", task.join().unwrap());

    println!("4: asynchronous, with a callback");
    let callback = |result| println!("4: I am called with {result}");
    let task = thread::spawn(move || work_and_call(4, callback));
    println!("4: I go on");
    task.join().unwrap();
}

fn work(n: u32) -> u32 {
    thread::sleep(Duration::from_millis(300));
    println!("{n}: the task ends");
    n * n
}

fn work_and_call(n: u32, callback: impl FnOnce(u32)) {
    callback(work(n));
}
