//! Wait for all, then read all, in plain Rust: a slot for each result.
//!
//! Ten times faster than the section: a chapter takes 0.08 to 0.27 s.
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

const CHAPTERS: [u64; 10] = [220, 80, 120, 90, 270, 100, 90, 250, 170, 170];

fn main() {
    let start = Instant::now();
    let done: [OnceLock<Duration>; 10] = Default::default();
    // Shared by three threads: a queue that is known from the start is an iterator.
    let queue = Mutex::new(CHAPTERS.iter().zip(&done));
    let take = || queue.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((&work, slot)) = take() {
                    thread::sleep(Duration::from_millis(work));
                    slot.set(start.elapsed()).unwrap();
                }
            });
        }
    });

    let read = start.elapsed();
    let mut idle = Duration::ZERO;
    for (n, slot) in done.iter().enumerate() {
        // The scope waited for the threads, so every slot has its value.
        let there = *slot.get().unwrap();
        println!("chapter {n}: done at {} ms", there.as_millis());
        idle += read - there;
    }
    println!("all were read at {} ms", read.as_millis());
    let average = (idle / 10).as_millis();
    println!("on average a result lay there for {average} ms");
}
