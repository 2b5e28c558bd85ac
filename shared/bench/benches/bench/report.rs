//! What is printed for each row: ratios first.

use bench::busy::TOO_MUCH;
use bench::placement::Placement;
use bench::show::{Range, Time, digits};
use bench::spread::Spread;

use crate::row::Row;
use crate::turns::{Measured, Samples};

/// The heading of a row.
pub(crate) fn heading(row: &Row) {
    println!("\n{} ({})", row.what, row.name);
}

/// Why a row is not measured in this placement.
pub(crate) fn left_out(placement: Placement, why: &str) {
    println!("  {placement}: left out, because {why}");
}

/// A row in one placement.
pub(crate) fn print(measured: &Measured) {
    let mut head = String::new();
    if measured.row.placements.len() > 1 {
        head = format!("{}", measured.placement);
    }
    if let Some(line) = measured.line() {
        let way = format!("a cache line moves in {}", with_range(line));
        head = match head.is_empty() {
            true => way,
            false => format!("{head:<46}{way}"),
        };
    }
    if !head.is_empty() {
        println!("  {head}");
    }
    if let Some(others) = measured.others.filter(|&others| others > TOO_MUCH) {
        println!(
            "  BUSY: other programs kept {others:.2} cores busy meanwhile; do not trust these figures."
        );
    }
    for samples in &measured.peers {
        print_peer(measured, samples);
    }
}

fn print_peer(measured: &Measured, samples: &Samples) {
    let time = samples.time();
    let here = samples.peer.name == "shared";
    let ratio = match measured.ratio(samples) {
        Some(ratio) if !here => format!("{} ×", digits(ratio)),
        _ => String::new(),
    };
    let name = if here { "here" } else { samples.peer.name };
    let cores = samples.cores().map(|cores| format!("{cores:.1} cores"));
    let verdict = match here {
        true => measured.row.limit.map(|limit| {
            let limit = limit.as_nanos() as f64;
            verdict(time.median <= limit, &format!("at most {}", Time(limit)))
        }),
        false => samples
            .peer
            .target(measured.placement)
            .zip(measured.ratio(samples))
            .map(|(target, ratio)| verdict(ratio >= target, &format!("{target} ×"))),
    };
    let line = format!(
        "    {name:<24}{ratio:>8}  {:<27}{:<11}{}",
        with_range(time),
        cores.unwrap_or_default(),
        verdict.unwrap_or_default()
    );
    println!("{}", line.trim_end());
}

fn verdict(met: bool, target: &str) -> String {
    let verdict = if met { "met" } else { "MISSED" };
    format!("target {target}: {verdict}")
}

fn with_range(spread: Spread) -> String {
    format!("{} {}", Time(spread.median), Range(spread))
}
