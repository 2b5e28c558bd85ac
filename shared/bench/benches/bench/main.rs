//! What the library costs, beside the well-known crates and Python, measured in
//! one run: ratios, with their targets.
//!
//! ```text
//! cargo bench --package bench                  everything, in four minutes
//! cargo bench --package bench -- thread-pool   only what has this in its name
//! cargo bench --package bench -- --quick       a first impression
//! cargo bench --package bench -- --markdown    with the tables of the book's page
//! cargo bench --package bench -- --help        the options
//! ```
//!
//! Each figure is a median over several processes. The peers take turns, and all
//! of them run with their threads in the same placement: one process alone shows
//! where the system happened to put the threads, more than it shows the code.
//!
//! The figures of one run belong together. What else the machine does at that
//! time changes them all: a ratio says more than a time.

#![forbid(unsafe_code)]

mod child;
mod events;
mod markdown;
mod processes;
mod python;
mod report;
mod row;
mod sampler;
mod threads;
mod turns;

use std::process::ExitCode;

use bench::WORKERS;
use bench::busy::{Reading, TOO_MUCH};
use bench::options::{HELP, Options, Task};
use bench::placement::Placement;

use row::{How, Row};
use sampler::{Outcome, Sampler};
use turns::Measured;

/// The samples of a row when nothing else is said, and for a first impression.
const SAMPLES: usize = 9;
const QUICK: usize = 3;

/// The name of the other benchmark, which gets the same words.
const CRAWL: &str = "crawl";

fn main() -> ExitCode {
    let options = Options::read(std::env::args_os().skip(1)).and_then(known);
    let options = match options {
        Ok(options) => options,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    let done = match &options.task {
        Task::Help => {
            print!("{HELP}");
            Ok(())
        }
        Task::List => {
            list();
            Ok(())
        }
        Task::Sample {
            row,
            peer,
            placement,
        } => sample(row, peer, *placement, options.seconds),
        Task::Compare => compare(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}.");
            ExitCode::FAILURE
        }
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    [threads::ROWS, processes::ROWS, events::ROWS]
        .into_iter()
        .flatten()
}

/// Refuses names that no row and no peer has.
fn known(options: Options) -> Outcome<Options> {
    let nothing = rows().all(|row| !options.wants_row(row.name)) && !options.wants_row(CRAWL);
    if nothing {
        return Err("No row has such a name; `--list` shows them.".to_string());
    }
    let peers: Vec<_> = rows().flat_map(|row| row.peers).collect();
    let stranger = |name: &&String| peers.iter().all(|peer| peer.name != **name);
    match options.peers.iter().find(stranger) {
        Some(name) => Err(format!("No peer is called `{name}`; `--list` shows them.")),
        None => Ok(options),
    }
}

fn list() {
    for row in rows() {
        let peers: Vec<_> = row.peers.iter().map(|peer| peer.name).collect();
        println!("{:<30}{}", row.name, peers.join(", "));
    }
}

/// One sample, in this process.
fn sample(row: &str, peer: &str, placement: Placement, seconds: f64) -> Outcome<()> {
    let found = rows()
        .filter(|other| other.name == row)
        .flat_map(|row| row.peers)
        .find(|other| other.name == peer);
    let Some(How::Here(run)) = found.map(|peer| &peer.how) else {
        return Err(format!(
            "there is no row `{row}` with the peer `{peer}` in this program"
        ));
    };
    let figures = run(&Sampler::new(placement, seconds)?)?;
    let figures = serde_json::to_string(&figures).expect("numbers can be written");
    println!("{figures}");
    Ok(())
}

fn compare(options: &Options) -> Outcome<()> {
    let wanted: Vec<_> = rows().filter(|row| options.wants_row(row.name)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    // The sample is a process group of its own, so the terminal does not end it.
    let stopped = ctrlc::set_handler(|| child::stop(130));
    stopped.map_err(|error| format!("Ctrl-C cannot be handled: {error}"))?;

    let samples = options.samples_or(if options.quick { QUICK } else { SAMPLES });
    println!(
        "Medians of {samples} processes, with the least and the greatest; peers in turns, {WORKERS} workers."
    );
    match python::version() {
        Ok(version) => println!("Python is {version}."),
        Err(why) => println!("Python is left out: {why}."),
    }
    let begun = Reading::now();
    let mut all = Vec::new();
    for row in wanted {
        report::heading(row);
        for &placement in row.placements {
            if options.placements.contains(&placement) {
                all.extend(one(row, placement, samples, options)?);
            }
        }
    }
    if options.markdown {
        markdown::print(&all);
    }
    if let Some(others) = begun.and_then(|begun| begun.others_since())
        && others > TOO_MUCH
    {
        eprintln!(
            "\nOther programs kept {others:.2} cores busy during this run. Repeat it on a quiet machine."
        );
    }
    Ok(())
}

/// A row in one placement, measured and printed.
fn one(
    row: &'static Row,
    placement: Placement,
    samples: usize,
    options: &Options,
) -> Outcome<Option<Measured>> {
    if let Err(why) = placement.cores() {
        report::left_out(placement, &why);
        return Ok(None);
    }
    let measured = turns::measure(row, placement, samples, options)?;
    report::print(&measured);
    Ok(Some(measured))
}
