//! Who runs a callback, in plain Rust: the thread on which you call it.
use std::process::{self, Command};
use std::sync::mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

fn main() {
    println!("1. the thread that ran the task");
    let worker = thread::spawn(|| callback("the task ran", work()));
    worker.join().unwrap();

    println!("2. the thread that receives the result");
    let (done, results) = mpsc::channel();
    for _ in 0..2 {
        let done = done.clone();
        thread::spawn(move || done.send(work()).unwrap());
    }
    drop(done);
    for ran_on in results {
        // One after the other, as the callbacks of a pool of processes are.
        callback("the task ran", ran_on);
        callback("main waits", thread::current().id());
    }

    println!("3. the process that waits for the other one");
    // What the shell prints is the id of its process.
    let output = Command::new("sh").args(["-c", "echo $$"]).output().unwrap();
    println!(
        "the task ran in process {}",
        String::from_utf8_lossy(&output.stdout).trim()
    );
    println!("the callback runs in process {}", process::id());
}

fn work() -> ThreadId {
    thread::sleep(Duration::from_millis(300));
    thread::current().id()
}

fn callback(what: &str, there: ThreadId) {
    let same = thread::current().id() == there;
    println!("the callback runs on the thread on which {what}: {same}");
}
