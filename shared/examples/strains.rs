//! Sections in which the system refuses something to a process pool, or treats it
//! badly, for the tests of the pool.

use std::fs;
use std::process::{self, ExitCode};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use shared::prelude::*;
use stage::frame::{Chapter, Section};

fn main() -> ExitCode {
    let section = |name, main| Section::new(name, "//! A strain.\n", main);
    let sections = vec![
        section("nobody_to_replace_it", nobody_to_replace_it),
        section("no_callback_thread", no_callback_thread),
        section("many_retire", many_retire),
        section("waiting_workers", waiting_workers),
    ];
    Chapter::new("strains", include_str!("strains.rs"), sections).run()
}

process_task!(nap);
fn nap(seconds: f64) {
    pause(seconds);
}

/// A worker that retires has to be replaced, and no descriptor is left for it.
fn nobody_to_replace_it() -> Result {
    let pool = ProcessPool::builder()
        .workers(1)
        .name_prefix("clerk")
        .tasks_per_worker(1)
        .build()?;
    let first = pool.submit(nap, 0.3)?;
    let second = pool.submit(nap, 0.0)?;
    while !first.is_running() {
        pause(0.01);
    }
    let mut files = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        files.push(file);
    }
    say!("first: {:?}", first.result());
    say!("second: {}", second.result().unwrap_err());
    say!("third: {}", pool.submit(nap, 0.0).unwrap_err());
    pool.shutdown()?;
    say!("the pool has ended");
    Ok(())
}

/// The first callback needs a thread, and there is no room for its stack.
fn no_callback_thread() -> Result {
    let pool = ProcessPool::builder()
        .workers(1)
        .name_prefix("clerk")
        .build()?;
    let first = pool.submit(nap, 0.3)?;
    let second = pool.submit(nap, 0.0)?;
    first.add_done_callback(|done| say!("callback: {:?}", done.result()));
    second.add_done_callback(|done| say!("callback: {}", done.result().unwrap_err()));
    while !first.is_running() {
        pause(0.01);
    }
    let used: u64 = fs::read_to_string("/proc/self/statm")?
        .split(' ')
        .next()
        .ok_or("a size")?
        .parse()?;
    let room = used * 4096 + (1 << 20);
    let (_, most) = getrlimit(Resource::RLIMIT_AS)?;
    setrlimit(Resource::RLIMIT_AS, room, most)?;
    say!("first: {:?}", first.result());
    let refused = second.result();
    setrlimit(Resource::RLIMIT_AS, most, most)?;
    say!("second: {}", refused.unwrap_err());
    pool.shutdown()?;
    say!("the pool has ended");
    Ok(())
}

/// What this process has now: threads, descriptors, MiB of address space.
fn holds() -> Result<[usize; 3]> {
    let count = |path| Ok::<_, std::io::Error>(fs::read_dir(path)?.count());
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: usize = statm.split(' ').next().ok_or("a size")?.parse()?;
    let (threads, descriptors) = (count("/proc/self/task")?, count("/proc/self/fd")?);
    Ok([threads, descriptors, pages >> 8])
}

/// After 40 retired workers, the program holds what it held after 4.
fn many_retire() -> Result {
    let pool = ProcessPool::builder()
        .workers(2)
        .tasks_per_worker(1)
        .build()?;
    let mut held = Vec::new();
    for tasks in [4, 36] {
        for result in pool.map(nap, vec![0.0; tasks])? {
            result?;
        }
        // The last of them may be on their way home.
        while !pool.worker_ids().is_empty() {
            pause(0.01);
        }
        held.push(holds()?);
    }
    let [threads, descriptors, mebibytes] = held[0];
    say!("threads: {}", held[1][0] as i64 - threads as i64);
    say!("descriptors: {}", held[1][1] as i64 - descriptors as i64);
    say!("much memory: {}", held[1][2] > mebibytes + 8);
    Ok(())
}

process_task!(tell);
fn tell(n: u32) {
    say!("process {} waits", process::id());
    pause(3.0);
    say!("task {n} is done");
}

/// Ends by itself, unless it is ended.
fn waiting_workers() -> Result {
    let pool = ProcessPool::new(2)?;
    for result in pool.map(tell, [0, 1])? {
        result?;
    }
    say!("all is well");
    Ok(())
}
