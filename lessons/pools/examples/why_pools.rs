//! What a pool saves, in plain Rust: a new thread for each task, or threads that stay.
use std::error::Error;
use std::process::Command;
use std::thread;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let new_threads = microseconds(100, |tasks| {
        thread::scope(|scope| {
            for _ in 0..tasks {
                scope.spawn(|| ());
            }
        });
    });
    println!("a task on a new thread: {new_threads:.1} µs");

    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let pooled = microseconds(1000, |tasks| {
        pool.scope(|scope| {
            for _ in 0..tasks {
                scope.spawn(|_| ());
            }
        });
    });
    println!("a task in a pool of threads: {pooled:.1} µs");

    let new_processes = microseconds(4, |tasks| {
        for _ in 0..tasks {
            Command::new("true").status().unwrap();
        }
    });
    println!("a task in a new process: {new_processes:.1} µs");
    Ok(())
}

/// A task's time in the best of five batches: other programs only make it longer.
fn microseconds(tasks: u32, batch: impl Fn(u32)) -> f64 {
    let time = |_| {
        let start = Instant::now();
        batch(tasks);
        start.elapsed().as_secs_f64() * 1e6 / f64::from(tasks)
    };
    (0..5).map(time).fold(f64::INFINITY, f64::min)
}
