//! How many workers a pool has by default, and what they are called.
use shared::pool::{default_processes, default_threads, machine_cores};
use shared::prelude::*;

pub fn main() -> Result {
    // A container, or `taskset`, can leave a process fewer cores than there are.
    let cores = default_processes();
    say!("cores of this machine: {}", machine_cores());
    say!("cores this process may use: {cores}");

    say!(
        "processes in a pool: {}",
        ProcessPool::with_default_size()?.workers()
    );
    say!(
        "threads in a pool: {}, which is min(32, cores + 4)",
        default_threads()
    );
    say!("the rule of Python 3.5 to 3.7 was cores × 5: {}", cores * 5);

    say!("zero workers: {}", ThreadPool::new(0).unwrap_err());

    for pool in [
        ThreadPool::new(1)?,
        ThreadPool::new(1)?,
        ThreadPool::builder()
            .workers(1)
            .name_prefix("crawler")
            .build()?,
    ] {
        pool.submit(|| say!("this is my name"))?.result()?;
    }
    Ok(())
}
