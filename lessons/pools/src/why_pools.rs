//! Four reasons for a pool, each measured or shown.
//!
//! Watch the two pairs of figures: how often does the smaller one fit into the larger?
//!
//! Proves: 1.3 * "a task in a pool of threads: _ µs" < "a task on a new thread: _ µs"
//! Proves: 3 * "a task in a pool of processes: _ µs" < "a task in a new process: _ µs"
use shared::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

process_task!(nothing);

pub fn main() -> Result {
    phase!("1. a worker is started once, not for each task");
    let threads = ThreadPool::new(1)?;
    let fresh = microseconds(20, |tasks| {
        thread::scope(|scope| tasks.for_each(|_| drop(scope.spawn(|| ()))));
    });
    let pooled = microseconds(20, |tasks| wait_for(tasks.map(|_| threads.submit(|| ()))));
    say!("a task on a new thread: {fresh:.1} µs");
    say!("a task in a pool of threads: {pooled:.1} µs");
    let processes = ProcessPool::new(1)?;
    let fresh = microseconds(4, |tasks| {
        wait_for(tasks.map(|_| ProcessPool::new(1)?.submit(nothing, ())));
    });
    let pooled = microseconds(4, |tasks| {
        wait_for(tasks.map(|_| processes.submit(nothing, ())))
    });
    say!("a task in a new process: {fresh:.1} µs");
    say!("a task in a pool of processes: {pooled:.1} µs");

    phase!("2. never more at once than the machine can bear");
    for clients in [13, 1000] {
        let (each, pool) = (a_thread_each(clients), a_pool_of_five(clients)?);
        say!("{clients} clients, a thread each: {each} threads at once");
        say!("{clients} clients, a pool of 5: {pool} threads at once");
    }

    phase!("3. the pool starts its workers, and ends them");
    say!("before shutdown: {:?}", threads.worker_names());
    threads.shutdown()?;
    say!("after shutdown: {:?}", threads.worker_names());

    phase!("4. a worker that is free takes the next task");
    let pool = ThreadPool::new(2)?;
    pool.submit(|| work("the long task", 3.0))?;
    for name in ["a short task", "another one", "one more"] {
        pool.submit(move || work(name, 0.8))?;
    }
    Ok(())
}

fn wait_for(batch: impl Iterator<Item = Result<Future<()>, PoolError>>) {
    let batch: Vec<_> = batch.map(Result::unwrap).collect();
    wait(&batch, Until::AllCompleted);
}

/// A task's time in the best of five batches. Other programs only make it longer.
fn microseconds(tasks: u32, batch: impl Fn(Range<u32>)) -> f64 {
    let time = |_| {
        let start = Instant::now();
        // Keeping the record of the run would take longer than these tasks.
        unrecorded(|| batch(0..tasks));
        start.elapsed().as_secs_f64()
    };
    (0..5).map(time).fold(f64::INFINITY, f64::min) * 1e6 / f64::from(tasks)
}

/// All clients come at the same moment: no thread ends before the last has started.
fn a_thread_each(clients: usize) -> usize {
    let all_are_here = Barrier::new(clients);
    thread::scope(|scope| {
        let start = |_| scope.spawn(|| all_are_here.wait());
        (0..clients).map(start).collect::<Vec<_>>().len()
    })
}

/// All clients have come before the door opens for the first one.
fn a_pool_of_five(clients: usize) -> Result<usize> {
    let pool = ThreadPool::new(5)?;
    let door = Arc::new(Mutex::new(()));
    let _closed = door.lock().unwrap();
    for _ in 0..clients {
        let door = Arc::clone(&door);
        pool.submit(move || drop(door.lock().unwrap()))?;
    }
    Ok(pool.worker_names().len())
}

fn work(name: &str, seconds: f64) {
    say!("{name} starts");
    pause(seconds);
    say!("{name} ends");
}

fn nothing((): ()) {}
