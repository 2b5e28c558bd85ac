//! The same work three ways in plain Rust: in series, taking turns, at the same time.
//!
//! A task computes for about a tenth of a second and waits for half a second.
use std::hint::black_box;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// A thread computes while it has the lock: one core, as a lock.
type Core = Mutex<()>;

fn main() {
    let (one, other) = (Core::default(), Core::default());
    measure("serial", || {
        task(&one);
        task(&one);
    });
    measure("concurrent", || two_threads(&one, &one));
    measure("parallel", || two_threads(&one, &other));
}

fn two_threads(first: &Core, second: &Core) {
    thread::scope(|scope| {
        scope.spawn(|| task(first));
        scope.spawn(|| task(second));
    });
}

fn task(core: &Core) {
    let turn = core.lock().unwrap();
    // Without `black_box` the compiler drops a sum that is not used.
    black_box((0..4_000_000_u64).map(black_box).sum::<u64>());
    drop(turn); // A task that waits needs no core.
    thread::sleep(Duration::from_millis(500));
}

fn measure(how: &str, work: impl Fn()) {
    let start = Instant::now();
    work();
    println!("{how}: {:.2} s", start.elapsed().as_secs_f64());
}
