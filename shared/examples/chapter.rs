//! A well-behaved chapter, for the tests of the lessons' frame.
//!
//! It is a program of its own because the frame decides about exit codes,
//! signals and whole streams.

use std::process::ExitCode;

use shared::prelude::*;
use shared::primitives::{Condvar, Mutex};
use stage::frame::{Chapter, Opt, Section, Value, option};

const CRAWL: &[Opt] = &[
    Opt::new(
        "workers",
        Value::Count { min: 1, max: 500 },
        "how many crawl at once",
    ),
    Opt::new("addr", Value::Address, "where the site is"),
    Opt::new("out", Value::Path, "where the pages go"),
    Opt::new("limit", Value::Seconds, "how long it may take"),
    Opt::new("name", Value::Text, "who crawls"),
    Opt::new("mode", Value::OneOf(&["fast", "polite"]), "how it crawls"),
    Opt::new("upper", Value::Flag, "in upper case"),
];

const SERVE: &[Opt] = &[Opt::new("addr", Value::Address, "where to listen")];

fn main() -> ExitCode {
    if std::env::var_os("SAY_MAIN").is_some() {
        eprintln!("main runs");
    }
    let sections = vec![
        Section::new("first", "//! The first one.\n//!\n//! More.\n", first),
        Section::new("crawl", "//! Has options.\n", crawl).options(CRAWL),
        Section::new("pace", "//! Pauses, and draws lots.\n", pace),
        Section::new("workers", "//! Two processes at work.\n", workers),
        Section::new("serve", "//! Waits for a person.\n", serve)
            .options(SERVE)
            .waits_for_a_person(),
    ];
    Chapter::new("chapter", include_str!("chapter.rs"), sections).run()
}

fn first() -> Result {
    say!("the first section runs");
    Ok(())
}

fn crawl() -> Result {
    for Opt { name, .. } in CRAWL {
        if let Some(value) = option(name) {
            say!("{name} is {value}");
        }
    }
    Ok(())
}

fn pace() -> Result {
    let before = elapsed();
    pause(2.0);
    say!("2 seconds passed: {}", elapsed() - before >= 2.0);
    say!("a second takes {} ms", simulated(1.0).as_millis());
    let lots: Vec<u32> = (0..5).map(|_| random(0..1000)).collect();
    say!("lots: {lots:?}");
    Ok(())
}

process_task!(work);
fn work(n: u64) -> u64 {
    say!("task {n} speaks");
    println!("task {n} prints");
    // As a whole: standard error has no buffer that would keep it together.
    let complaint = format!("task {n} complains\n");
    eprint!("{complaint}");
    n * n
}

fn workers() -> Result {
    let pool = ProcessPool::new(2)?;
    for result in pool.map(work, 0..4)? {
        say!("the square is {}", result?);
    }
    Ok(())
}

fn serve() -> Result {
    say!("serving at {}", option("addr").unwrap_or_default());
    // Until Ctrl-C: nobody will ever notify this.
    let (lock, never) = (Mutex::new(()), Condvar::new());
    let mut guard = lock.lock();
    loop {
        guard = never.wait(guard);
    }
}
