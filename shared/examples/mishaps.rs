//! Sections in which something goes wrong, for the tests of the lessons' frame:
//! they panic, fail, hang, never end, or are to be killed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{self, ExitCode};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use shared::prelude::*;
use shared::primitives::{Condvar, Mutex};
use stage::frame::{Chapter, Section};

fn main() -> ExitCode {
    let section = |name, main| Section::new(name, "//! A mishap.\n", main);
    let sections = vec![
        section("task_panics", task_panics),
        section("section_panics", || panic!("the roof leaks")),
        section("section_fails", || Err("the cellar is full".into())),
        section("deadlock", deadlock),
        section("lost_notification", lost_notification),
        section("starved_pool", starved_pool),
        section("nobody_sets_it", nobody_sets_it),
        section("idle_workers", idle_workers),
        section("silent_channel", silent_channel),
        section("taken_std_mutex", taken_std_mutex),
        section("scoped_threads", scoped_threads),
        section("hanging_process", hanging_process),
        section("sleeping", sleeping),
        section("sleeping_beside_a_hang", sleeping_beside_a_hang),
        section("child_process", child_process),
        section("child_process_in_a_task", child_process_in_a_task),
        section("pausing", pausing),
        section("computing", computing),
        section("waiting_for_the_test", wait_for_the_test),
        section("exit_in_the_middle", exit_in_the_middle),
        section("busy_threads", busy_threads),
        section("busy_processes", busy_processes),
        section("full_stderr", full_stderr),
        section("talkative", talkative),
        section("printing", printing),
        section("talkative_processes", talkative_processes),
        section("no_descriptors", no_descriptors),
        section("no_memory_for_threads", no_memory_for_threads),
    ];
    Chapter::new("mishaps", include_str!("mishaps.rs"), sections).run()
}

fn task_panics() -> Result {
    let pool = ThreadPool::builder()
        .workers(1)
        .name_prefix("cook")
        .build()?;
    let bad: Future<()> = pool.submit(|| panic!("no egg left"))?;
    say!("main got: {}", bad.result().unwrap_err());
    Ok(())
}

fn deadlock() -> Result {
    let lock = Arc::new(Mutex::new(()));
    let _held = lock.lock();
    let inside = Arc::clone(&lock);
    let egon = spawn("egon", move || drop(inside.lock())); // egon waits
    let _ = egon.join(); // main waits
    Ok(())
}

fn lost_notification() -> Result {
    let pool = ThreadPool::builder()
        .workers(1)
        .name_prefix("cook")
        .build()?;
    let future = pool.submit(|| {
        let (lock, never) = (Mutex::new(()), Condvar::new());
        drop(never.wait(lock.lock())); // the task waits
    })?;
    future.result()?; // main waits
    Ok(())
}

fn starved_pool() -> Result {
    let pool = ThreadPool::builder()
        .workers(2)
        .name_prefix("cook")
        .build()?;
    let both_run = Arc::new(Barrier::new(2));
    for _ in 0..2 {
        let (inside, both_run) = (pool.handle(), Arc::clone(&both_run));
        pool.submit(move || {
            both_run.wait();
            let other = inside.submit(|| ()).unwrap();
            other.result().unwrap(); // the task waits for its own pool
        })?;
    }
    Ok(())
}

fn nobody_sets_it() -> Result {
    let green = Event::named("the green light");
    green.wait(); // for ever
    Ok(())
}

/// Workers of both kinds wait for tasks, and the main thread for ever.
fn idle_workers() -> Result {
    let threads = ThreadPool::new(1)?;
    threads.submit(|| ())?.result()?;
    let processes = ProcessPool::new(1)?;
    processes.submit(compute, 0)?.result()?;
    Event::named("the green light").wait(); // with idle workers
    Ok(())
}

fn silent_channel() -> Result {
    let (_send, receive) = mpsc::channel::<()>();
    receive.recv()?; // no sender
    Ok(())
}

/// A lock of std, taken twice.
fn taken_std_mutex() -> Result {
    let lock = std::sync::Mutex::new(());
    let _held = lock.lock();
    let _again = lock.lock(); // taken already
    Ok(())
}

/// The scope waits for the end of a thread that waits for ever.
fn scoped_threads() -> Result {
    let (_send, receive) = mpsc::channel::<()>();
    let waits = move || receive.recv(); // in the scope
    let named = || thread::Builder::new().name("egon".to_string());
    thread::scope(|scope| named().spawn_scoped(scope, waits).map(drop))?; // the scope
    Ok(())
}

process_task!(wait_for_ever);
fn wait_for_ever(_: ()) {
    let (lock, never) = (Mutex::new(()), Condvar::new());
    drop(never.wait(lock.lock())); // the process waits
}

fn hanging_process() -> Result {
    let pool = ProcessPool::builder()
        .workers(1)
        .name_prefix("clerk")
        .build()?;
    pool.submit(wait_for_ever, ())?.result()?;
    Ok(())
}

process_task!(compute);
fn compute(milliseconds: u64) {
    let length = Duration::from_millis(milliseconds);
    let begun = Instant::now();
    while begun.elapsed() < length {
        std::hint::spin_loop();
    }
}

/// No line is printed for long, but every wait ends by itself.
fn pausing() -> Result {
    pause(0.6);
    let threads = ThreadPool::new(1)?;
    threads.submit(|| pause(0.6))?.result()?;
    let late = threads.submit(|| pause(1.0))?;
    let in_time = late.result_timeout(Duration::from_millis(600));
    assert_eq!(in_time, Err(TaskError::TimedOut));
    drop(threads);
    ProcessPool::new(1)?.submit(nap, ())?.result()?;
    say!("all is well");
    Ok(())
}

/// Sleeps until the test opens the gate: it makes the file.
fn sleep_until_the_gate_opens() {
    let gate = std::env::var_os("TEST_GATE").expect("the test says where the gate is");
    while !std::path::Path::new(&gate).exists() {
        thread::sleep(Duration::from_millis(100));
    }
}

/// The same in a child process. Whether it came to its end.
fn run_a_child_until_the_gate_opens() -> bool {
    let wait = r#"while ! test -e "$TEST_GATE"; do sleep 0.1; done"#;
    let ended = process::Command::new("sh").args(["-c", wait]).status();
    ended.is_ok_and(|status| status.success())
}

/// Nothing moves, since the only thread sleeps.
fn sleeping() -> Result {
    sleep_until_the_gate_opens();
    say!("all is well");
    Ok(())
}

/// As long as one thread sleeps, it may yet wake up the other.
fn sleeping_beside_a_hang() -> Result {
    let green = Event::named("the green light");
    let sleeper = thread::Builder::new().name("egon".to_string());
    let sleeper = sleeper.spawn({
        let green = green.clone();
        move || {
            sleep_until_the_gate_opens();
            green.set();
        }
    })?;
    green.wait(); // for long
    sleeper.join().expect("it sleeps");
    say!("all is well");
    Ok(())
}

fn child_process() -> Result {
    say!("all is well: {}", run_a_child_until_the_gate_opens());
    Ok(())
}

process_task!(run_a_child);
fn run_a_child(_: ()) -> bool {
    run_a_child_until_the_gate_opens()
}

fn child_process_in_a_task() -> Result {
    let pool = ProcessPool::builder()
        .workers(1)
        .name_prefix("clerk")
        .build()?;
    say!("all is well: {}", pool.submit(run_a_child, ())?.result()?);
    Ok(())
}

process_task!(nap);
fn nap(_: ()) {
    pause(0.6);
}

/// No line is printed for long, but a thread works.
fn computing() -> Result {
    compute(600);
    ThreadPool::new(1)?.submit(|| compute(600))?.result()?;
    ProcessPool::new(1)?.submit(compute, 600)?.result()?;
    say!("all is well");
    Ok(())
}

/// Waits for the test, through a connection that the library knows nothing of.
fn wait_for_the_test() -> Result {
    let port: u16 = std::env::var("TEST_PORT")?.parse()?;
    let mut test = TcpStream::connect(("127.0.0.1", port))?;
    test.write_all(&process::id().to_le_bytes())?;
    test.read_exact(&mut [0])?;
    Ok(())
}

fn busy_threads() -> Result {
    let pool = ThreadPool::builder()
        .workers(2)
        .name_prefix("cook")
        .build()?;
    pool.submit(|| ())?.result()?;
    for n in 0..5 {
        pool.submit(move || {
            say!("task {n} runs");
            pause(3600.0);
        })?;
    }
    drop(pool);
    unreachable!("the test ends it within the hour")
}

process_task!(toil);
fn toil(n: u32) {
    say!("process {} toils", process::id());
    match n {
        0 => loop {
            std::hint::spin_loop();
        },
        1 => thread::sleep(Duration::from_secs(3600)),
        _ => pause(3600.0),
    }
}

fn busy_processes() -> Result {
    let pool = ProcessPool::builder()
        .workers(3)
        .name_prefix("clerk")
        .build()?;
    let futures = (0..5).map(|n| pool.submit(toil, n));
    let futures = futures.collect::<Result<Vec<_>, _>>()?;
    for future in futures {
        future.result()?;
    }
    Ok(())
}

fn exit_in_the_middle() -> Result {
    let pool = ProcessPool::new(3)?;
    for n in 0..3 {
        pool.submit(toil, n)?;
    }
    wait_for_the_test()?;
    process::exit(5)
}

/// Blocks in writing to standard error, since the test does not read it. So the summary
/// after Ctrl-C cannot be written either.
fn full_stderr() -> Result {
    say!("ready");
    eprint!("{}", "x".repeat(1 << 20));
    Ok(())
}

fn talkative() -> Result {
    loop {
        say!("one more line");
    }
}

fn printing() -> Result {
    let pool = ThreadPool::new(2)?;
    for _ in 0..2 {
        pool.submit(|| {
            loop {
                println!("one more line");
            }
        })?;
    }
    Ok(())
}

process_task!(talk);
fn talk(aloud: bool) {
    loop {
        if aloud {
            say!("one more line");
        } else {
            println!("one more line");
        }
    }
}

/// Only the workers print, so only they notice that the reader has gone.
fn talkative_processes() -> Result {
    let pool = ProcessPool::new(2)?;
    for result in pool.map(talk, [true, false])? {
        result?;
    }
    Ok(())
}

/// The system refuses to start the first worker.
fn no_descriptors() -> Result {
    let pool = ProcessPool::builder()
        .workers(1)
        .name_prefix("clerk")
        .build()?;
    let mut files = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        files.push(file);
    }
    let refused = pool.submit(nap, ())?.result();
    drop(files);
    say!("refused: {}", refused.unwrap_err());
    ProcessPool::new(1)?.submit(compute, 0)?.result()?;
    say!("and now it works");
    Ok(())
}

/// Runs `body` with so little memory left that no thread can have its stack.
fn with_little_memory<T>(body: impl FnOnce() -> T) -> Result<T> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = pages.split(' ').next().unwrap().parse()?;
    let (soft, hard) = getrlimit(Resource::RLIMIT_AS)?;
    setrlimit(Resource::RLIMIT_AS, pages * 4096 + (1 << 20), hard)?;
    let result = body();
    setrlimit(Resource::RLIMIT_AS, soft, hard)?;
    Ok(result)
}

fn no_memory_for_threads() -> Result {
    let (pool, none) = (
        ThreadPool::builder()
            .workers(5)
            .name_prefix("cook")
            .build()?,
        ThreadPool::builder()
            .workers(5)
            .name_prefix("clerk")
            .build()?,
    );
    let both_run = Arc::new(Barrier::new(3));
    for _ in 0..2 {
        let both_run = Arc::clone(&both_run);
        pool.submit(move || {
            both_run.wait();
            both_run.wait();
        })?;
    }
    // A thread that is still being started needs memory, too.
    both_run.wait();
    let late = with_little_memory(|| [pool.submit(|| ()), pool.submit(|| ())])?;
    both_run.wait();
    for late in late {
        late?.result()?;
    }
    say!("all tasks have run");
    let refused = with_little_memory(|| none.submit(|| ()))?;
    say!("refused: {}", refused.unwrap_err());
    say!("refused again: {}", none.submit(|| ()).unwrap_err());
    Ok(())
}
