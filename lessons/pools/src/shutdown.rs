//! Four ways to end a pool, and what becomes of the tasks in its queue.
//!
//! Watch in each part: when does `main` go on, and which tasks are run?
use shared::prelude::*;

pub fn main() -> Result {
    phase!("shutdown waits for everything");
    let pool = one_worker_three_tasks("a")?;
    pool.shutdown()?;
    say!("shutdown returns");

    phase!("begin_shutdown waits for nothing, and everything still runs");
    let pool = one_worker_three_tasks("b")?;
    pool.begin_shutdown();
    say!("begin_shutdown returns");
    // For good, not only "until the last task is done".
    say!("submit: {}", pool.submit(|| ()).unwrap_err());
    say!("map: {}", pool.map(0..3, |n| n).unwrap_err());
    pool.shutdown()?;

    phase!("cancel_queued cancels what has not started");
    let pool = one_worker_three_tasks("c")?;
    pause(0.5);
    say!("cancelled: {} tasks", pool.cancel_queued());
    pool.shutdown()?;

    phase!("the end of the variable is the end of the pool");
    {
        let pool = one_worker_three_tasks("d")?;
        let last = pool.submit(|| "done at last")?;
        // Waiting for a result can have a limit. The task knows nothing of it.
        say!("after 1.5 s: {:?}", last.result_timeout(simulated(1.5)));
        say!("after all: {}", last.result()?);
        pool.submit(|| work("d4"))?;
    }
    say!("nothing was lost");
    Ok(())
}

fn one_worker_three_tasks(letter: &str) -> Result<ThreadPool> {
    let pool = ThreadPool::new(1)?;
    for n in 1..=3 {
        let name = format!("{letter}{n}");
        pool.submit(move || work(&name))?;
    }
    Ok(pool)
}

fn work(name: &str) {
    pause(1.0);
    say!("{name} is done");
}
