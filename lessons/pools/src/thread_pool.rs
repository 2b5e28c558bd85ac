//! Two tasks, and the workers that run them: they live as long as their pool.
//!
//! Watch the names in front of the lines: `pool-0_1` is worker 1 of pool 0.
use shared::prelude::*;
use std::sync::Arc;

pub fn main() -> Result {
    // At most twenty workers. None is started before there is work for it.
    let pool = ThreadPool::new(20)?;
    say!(
        "workers before the first task: {}",
        pool.worker_names().len()
    );

    // Two tasks that end at once could share one worker. These two have to
    // meet, so each needs a worker of its own.
    let meeting = Arc::new(Barrier::new(2));
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let meeting = Arc::clone(&meeting);
        tasks.push(pool.submit(move || introduce_yourself(&meeting))?);
    }
    wait(&tasks, Until::AllCompleted);

    say!(
        "both tasks are done; the pool's threads are {}",
        pool.worker_names().join(" and ")
    );
    pool.shutdown()?;
    say!("workers after shutdown: {}", pool.worker_names().len());
    Ok(())
}

fn introduce_yourself(meeting: &Barrier) {
    meeting.wait();
    say!("hello from a worker");
}
