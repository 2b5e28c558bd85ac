//! Asking again and again, or being told, in plain Rust: `is_finished` and `join`.
//!
//! The work takes 0.4 s here, not 1.2 s.
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

fn main() {
    for interval in [0, 10, 250] {
        measure(&format!("asking every {interval} ms"), |task| {
            let mut questions = 1;
            while !task.is_finished() {
                thread::sleep(Duration::from_millis(interval));
                questions += 1;
            }
            questions
        });
    }
    // `join` does not return before the thread has ended: it needs no question.
    measure("being told", |_| 0);
}

fn measure(how: &str, wait: impl Fn(&JoinHandle<Instant>) -> u64) {
    let task = thread::spawn(work);
    let questions = wait(&task);
    let done_at = task.join().unwrap();
    let late = done_at.elapsed().as_secs_f64() * 1e3;
    println!("{how}: {questions} questions, {late:.1} ms late");
}

/// Returns the moment at which it was done.
fn work() -> Instant {
    thread::sleep(Duration::from_millis(400));
    Instant::now()
}
