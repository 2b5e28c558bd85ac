//! What ends a worker: the end of its pool does, a panic does not, a kill breaks the pool.
use shared::prelude::*;
use std::process::Command;

process_task!(sleep);

pub fn main() -> Result {
    phase!("a panic costs no worker");
    let pool = ThreadPool::new(1)?;
    let broken: Future<u32> = pool.submit(|| panic!("no egg left"))?;
    say!("the future says: {}", broken.result().unwrap_err());
    pool.submit(|| say!("the same worker goes on"))?.result()?;
    say!("workers: {:?}", pool.worker_names());

    phase!("the end of the pool ends its workers, while the program goes on");
    pool.shutdown()?;
    say!("workers: {:?}", pool.worker_names());

    phase!("a worker process that is killed breaks its pool");
    let pool = ProcessPool::new(2)?;
    let first = pool.submit(sleep, 30.0)?;
    let second = pool.submit(sleep, 30.0)?;
    pause(1.0);
    let victim = pool.worker_ids()[0].to_string();
    Command::new("kill").args(["-KILL", &victim]).status()?;
    // How far the task had come is unknown, so the pool must not start it again.
    say!("first: {}", first.result().unwrap_err());
    say!("second: {}", second.result().unwrap_err());
    say!("submit: {}", pool.submit(sleep, 1.0).unwrap_err());
    Ok(())
}

fn sleep(seconds: f64) {
    say!("sleeps for {seconds} s");
    pause(seconds);
    say!("has slept");
}
