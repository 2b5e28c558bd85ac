//! What the library costs, beside the well-known crates and Python, measured in
//! one run. At the end stands a table of ratios, each with its target.
//!
//! ```text
//! cargo bench -p bench                  everything, in two minutes
//! cargo bench -p bench -- threads       only what has this in its name
//! cargo bench -p bench -- --quick       a first impression
//! cargo bench -p bench -- --help        criterion's options
//! ```
//!
//! criterion warms up, takes the samples and keeps them in files, for Python as
//! well: a Python process is asked to do something so many times and answers how
//! long that took. The table is made from these files.
//!
//! The figures of one run belong together. What else the machine does at that
//! time changes them all: a ratio says more than a time.

#![forbid(unsafe_code)]

mod events;
mod processes;
mod python;
mod row;
mod table;
mod threads;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use criterion::Criterion;

/// How many workers every pool has.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    watch::start();
    let began = SystemTime::now();
    let samples = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .output_directory(&samples)
        .without_plots()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .nresamples(10_000)
        .configure_from_args();
    threads::measure(&mut criterion);
    processes::measure(&mut criterion);
    events::measure(&mut criterion);
    criterion.final_summary();

    let comparisons = [
        threads::COMPARISONS,
        processes::COMPARISONS,
        events::COMPARISONS,
    ]
    .concat();
    match table::print(&comparisons, &samples, began) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The table cannot be printed: {error}");
            ExitCode::FAILURE
        }
    }
}
