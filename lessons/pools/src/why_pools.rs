//! Four reasons for a pool, each measured or shown.
use shared::prelude::*;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

process_task!(nothing);

pub fn main() -> Result {
    say!("1. nobody is created and destroyed for a task");
    let threads = ThreadPool::new(1)?;
    let fresh = microseconds(200, || thread::spawn(|| ()).join().unwrap());
    let pooled = microseconds(200, || threads.submit(|| ()).unwrap().result().unwrap());
    say!("a task on a new thread: {fresh:.1} µs, in a pool: {pooled:.1} µs");
    let processes = ProcessPool::new(1)?;
    let call = |pool: &ProcessPool| pool.submit(nothing, ()).unwrap().result().unwrap();
    let fresh = microseconds(10, || call(&ProcessPool::new(1).unwrap()));
    let pooled = microseconds(10, || call(&processes));
    say!("a task in a new process: {fresh:.1} µs, in a pool: {pooled:.1} µs");

    say!("2. never more at once than the machine can bear");
    for clients in [13, 1000] {
        let (each, pool) = (a_thread_each(clients), a_pool_of_five(clients)?);
        say!("{clients} clients, a thread each: {each} threads at once");
        say!("{clients} clients, a pool of 5: {pool} threads at once");
    }

    say!("3. the pool starts its workers, and ends them");
    say!("before shutdown: {:?}", threads.worker_names());
    threads.shutdown()?;
    say!("after shutdown: {:?}", threads.worker_names());

    say!("4. whoever is free takes the next task");
    let pool = ThreadPool::new(2)?;
    pool.submit(|| work("the long task", 3.0))?;
    for name in ["a short task", "another one", "one more"] {
        pool.submit(move || work(name, 0.8))?;
    }
    Ok(())
}

/// One call's time, on average. The first is not counted: it starts the worker.
fn microseconds(times: u32, mut call: impl FnMut()) -> f64 {
    call();
    let start = Instant::now();
    for _ in 0..times {
        call();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

/// All clients come at the same moment: nobody leaves before the last has come.
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
