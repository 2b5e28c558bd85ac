//! Three tasks, two worker processes: the third task waits for a free one.
//!
//! Watch the process ids: two different ones, and neither is the parent's.
use shared::prelude::*;
use std::process;

// A worker process knows a task by its name. A closure has none.
process_task!(sleep_and_tell);

pub fn main() -> Result {
    say!("the parent is process {}", process::id());
    let pool = ProcessPool::new(2)?;
    for n in 0..3 {
        pool.submit(sleep_and_tell, n)?;
    }
    pool.shutdown()?;
    say!("all tasks are done");
    Ok(())
}

fn sleep_and_tell(n: u32) {
    pause(1.0);
    say!("task {n} ran in process {}", process::id());
}
