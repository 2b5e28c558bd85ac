//! The table of ratios, from the samples that criterion has kept.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;

use crate::{WORKERS, python};

/// What is measured, and with whom it is compared.
#[derive(Clone, Copy)]
pub(crate) struct Comparison {
    /// Under this name criterion keeps the rows.
    pub(crate) group: &'static str,
    pub(crate) what: &'static str,
    pub(crate) peers: &'static [(&'static str, Option<Target>)],
}

/// How many times faster than the peer it has to be, and is meant to be.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) must: f64,
    pub(crate) aim: Option<f64>,
}

/// A file of criterion's: how often each sample did it, and how long that took.
#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// Nanoseconds for one item: half of the samples lie between `low` and `high`.
#[derive(Clone, Copy)]
struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

/// Prints what this run has measured; what other runs left behind is older.
pub(crate) fn print(
    comparisons: &[Comparison],
    samples: &Path,
    began: SystemTime,
) -> io::Result<()> {
    let mut any = false;
    for comparison in comparisons {
        let group = samples.join(comparison.group);
        let Some(ours) = read(&group.join("shared"), began)? else {
            continue;
        };
        if !any {
            any = true;
            println!(
                "Medians, and in brackets the range of the middle half. Every pool has {WORKERS} workers."
            );
            match python::version() {
                Ok(version) => println!("Python is {version}."),
                Err(why) => println!("Python is left out: {why}."),
            }
        }
        println!("\n{}", comparison.what);
        println!("  {:<24}{}", "shared", ours.show());
        for (peer, target) in comparison.peers {
            if let Some(theirs) = read(&group.join(peer), began)? {
                let ratio = ours.times_faster_than(theirs);
                println!(
                    "  {peer:<24}{}   {}{}",
                    theirs.show(),
                    show_ratio(ratio),
                    target
                        .map(|target| target.judge(ratio.median))
                        .unwrap_or_default(),
                );
            }
        }
    }
    Ok(())
}

/// What this run has measured for a row, if it has.
fn read(row: &Path, began: SystemTime) -> io::Result<Option<Spread>> {
    let path = row.join("new").join("sample.json");
    match fs::metadata(&path) {
        Ok(file) if file.modified()? >= began => {}
        _ => return Ok(None),
    }
    let samples: Samples = serde_json::from_reader(BufReader::new(File::open(path)?))?;
    let each = std::iter::zip(samples.times, samples.iters).map(|(time, count)| time / count);
    Ok(Spread::of(each.collect()))
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |part: f64| {
            let place = last as f64 * part;
            let (below, above) = (
                values[place.floor() as usize],
                values[place.ceil() as usize],
            );
            below + (above - below) * place.fract()
        };
        Some(Spread {
            low: at(0.25),
            median: at(0.5),
            high: at(0.75),
        })
    }

    /// The widest range that the two allow.
    fn times_faster_than(self, other: Spread) -> Spread {
        Spread {
            low: other.low / self.high,
            median: other.median / self.median,
            high: other.high / self.low,
        }
    }

    fn show(self) -> String {
        let (unit, size) = match self.median {
            ..100.0 => ("ns", 1.0),
            _ => ("µs", 1_000.0),
        };
        let [low, median, high] = [self.low, self.median, self.high].map(|time| time / size);
        let range = format!("({low:.2} to {high:.2})");
        format!("{median:>9.2} {unit} {range:<20}")
    }
}

fn show_ratio(ratio: Spread) -> String {
    let Spread { low, median, high } = ratio;
    let range = format!("({low:.1} to {high:.1})");
    format!("{median:>6.1} times faster {range:<16}")
}

impl Target {
    fn judge(self, ratio: f64) -> String {
        let Target { must, aim } = self;
        let target = match aim {
            Some(aim) => format!("target {must}, aim {aim}"),
            None => format!("target {must}"),
        };
        let verdict = match aim {
            _ if ratio < must => "missed",
            Some(aim) if ratio < aim => "met, short of the aim",
            Some(_) => "met, and so is the aim",
            None => "met",
        };
        format!("   {target}: {verdict}")
    }
}
