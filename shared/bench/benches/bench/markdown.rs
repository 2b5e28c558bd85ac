//! The tables of the book's page Numbers and of the README, ready to paste.

use bench::placement::Placement;
use bench::show::{Range, Time, digits};

use crate::row::{Row, Table};
use crate::turns::{Measured, Samples};

/// Prints what was measured in this run.
pub(crate) fn print(all: &[Measured]) {
    println!("\nThe tables of the book's page Numbers:");
    for row in rows(all, Table::Placements) {
        by_placement(row, all);
    }
    by_row(all, Table::Processes);
    by_row(all, Table::Events);
    println!("\nThe lines of README.md:\n");
    for measured in all {
        if measured.row.in_readme.contains(&measured.placement) {
            readme(measured);
        }
    }
}

/// The rows of a table, each once.
fn rows(all: &[Measured], table: Table) -> Vec<&'static Row> {
    let mut rows: Vec<&'static Row> = Vec::new();
    for measured in all {
        let row = measured.row;
        if row.table == table && !rows.iter().any(|other| other.name == row.name) {
            rows.push(row);
        }
    }
    rows
}

/// A line for each peer, a column for each placement.
fn by_placement(row: &Row, all: &[Measured]) {
    let columns: Vec<_> = all
        .iter()
        .filter(|measured| measured.row.name == row.name)
        .collect();
    println!("\n{}\n", row.what);
    let heads = columns.iter().map(|column| short(column.placement));
    line("who", heads.map(str::to_string));
    rule(columns.len());
    for peer in row.peers {
        let cells = columns.iter().map(|column| {
            let samples = column.samples(peer.name);
            samples.map_or_else(String::new, |samples| cell(column, samples))
        });
        line(peer.label, cells);
    }
    let busy = columns.iter().map(|column| {
        let cores = column.here().and_then(Samples::cores);
        cores.map_or_else(String::new, |cores| format!("{cores:.1}"))
    });
    line("*cores that this workbook keeps busy*", busy);
    let ways = columns.iter().map(|column| {
        let way = column.line();
        way.map_or_else(String::new, |way| Time(way.median).to_string())
    });
    line("*a cache line moves to the other core in*", ways);
}

/// A line for each row and placement, a column for each peer.
fn by_row(all: &[Measured], table: Table) {
    let rows = rows(all, table);
    let Some(first) = rows.first() else {
        return;
    };
    println!();
    line(
        "what",
        first.peers.iter().map(|peer| peer.label.to_string()),
    );
    rule(first.peers.len());
    for measured in all.iter().filter(|measured| measured.row.table == table) {
        let what = match measured.row.placements.len() {
            1 => subject(measured.row).to_string(),
            _ => format!("{}, {}", subject(measured.row), short(measured.placement)),
        };
        let cells = measured.row.peers.iter().map(|peer| {
            let samples = measured.samples(peer.name);
            samples.map_or_else(String::new, |samples| cell(measured, samples))
        });
        line(&what, cells);
    }
}

/// One line: what, here, and the others.
fn readme(measured: &Measured) {
    let Some(here) = measured.here() else {
        return;
    };
    let place = match measured.row.placements.len() {
        1 => String::new(),
        _ => format!(" ({})", short(measured.placement)),
    };
    let others = measured.peers.iter().filter(|samples| {
        samples.peer.name != "shared" && !samples.peer.name.ends_with("one-channel")
    });
    let others: Vec<_> = others
        .map(|samples| {
            let name = match samples.peer.name {
                "python" => "Python".to_string(),
                name => format!("`{name}`"),
            };
            format!("{name} {}", ratio(measured, samples))
        })
        .collect();
    let what = format!("{}{place}", measured.row.what);
    let cells = [Time(here.time().median).to_string(), others.join(", ")];
    line(&what, cells);
}

/// What is measured, without what all rows of the table have in common.
fn subject(row: &Row) -> &str {
    let (_, subject) = row.what.split_once(", ").unwrap_or(("", row.what));
    subject
}

fn short(placement: Placement) -> &'static str {
    match placement {
        Placement::Apart => "a core for each side",
        Placement::Together => "one core for all",
        Placement::Unpinned => "unpinned",
    }
}

/// This workbook's time, or a peer's ratio and time.
fn cell(measured: &Measured, samples: &Samples) -> String {
    let spread = samples.time();
    let time = Time(spread.median);
    match samples.peer.name {
        "shared" => format!("{time} {}", Range(spread)),
        _ => format!("**{}** {time}", ratio(measured, samples)),
    }
}

fn ratio(measured: &Measured, samples: &Samples) -> String {
    let ratio = measured.ratio(samples);
    ratio.map_or_else(String::new, |ratio| format!("{}×", digits(ratio)))
}

fn line(head: &str, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<_> = cells.into_iter().collect();
    println!("| {head} | {} |", cells.join(" | "));
}

fn rule(columns: usize) {
    println!("|---|{}", "---|".repeat(columns));
}
