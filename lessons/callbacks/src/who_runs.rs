//! Who runs a callback? Four cases, each proven by the ids of threads and processes.
//!
//! Watch each "true" and "false". In case 4, watch when the callbacks end.
use shared::prelude::*;
use std::process;
use std::sync::Arc;
use std::thread::{self, ThreadId};

process_task!(fetch);

pub fn main() -> Result {
    phase!("1. pool of threads");
    let pool = ThreadPool::new(2)?;
    for seconds in [0.5, 1.0] {
        // When the second task ends, the other worker has been idle for half a second.
        pool.submit(move || work(seconds))?
            .add_done_callback(|done| {
                compare("the task ran", done.result()?);
                Ok(())
            });
    }
    pool.shutdown()?;

    let here = thread::current().id();
    phase!("2. the task has ended already");
    let pool = ThreadPool::new(1)?;
    let future = pool.submit(|| work(0.5))?;
    future.result()?;
    future.add_done_callback(move |_| compare("it was added", here));

    phase!("3. the task is cancelled");
    pool.submit(|| work(1.0))?;
    let queued = pool.submit(|| work(1.0))?;
    let same = queued.clone();
    // Added by another thread, so that adding and cancelling can be told apart.
    spawn("adder", move || {
        same.add_done_callback(move |_| compare("the task was cancelled", here));
    })
    .join()?;
    queued.cancel();
    pool.shutdown()?;

    phase!("4. pool of processes");
    let pool = ProcessPool::new(4)?;
    let (parent, clock) = (process::id(), Arc::new(Stopwatch::start()));
    for _ in 0..4 {
        let clock = Arc::clone(&clock);
        pool.submit(fetch, ())?.add_done_callback(move |done| {
            let now = (process::id(), thread::current().id());
            say!("the task ran in process {}", done.result()?);
            say!("the callback runs in process {}, on {:?}", now.0, now.1);
            say!(
                "in the parent: {}, on main's thread: {}",
                now.0 == parent,
                now.1 == here
            );
            pause(1.0);
            let seconds = clock.read("a callback ends");
            say!("the callback ends after {seconds:.1} s");
            Ok(())
        });
        // So that it is certain which callback is the first.
        pause(0.1);
    }
    pool.shutdown()?;
    Ok(())
}

fn work(seconds: f64) -> ThreadId {
    pause(seconds);
    thread::current().id()
}

fn fetch((): ()) -> u32 {
    pause(1.0);
    process::id()
}

fn compare(what: &str, there: ThreadId) {
    let here = thread::current().id();
    let same = here == there;
    say!("the callback runs on {here:?}, {what} on {there:?}: {same}");
}
