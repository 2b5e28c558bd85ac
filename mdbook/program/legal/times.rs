//! Times: a run that takes 13 seconds where the book shows 3 is another one, whatever
//! its orders.
//!
//! 1. *Gaps.* Between two doings of a strand that follow each other goes by as much
//!    simulated time as in the book, within [`GAP`]. What was computed in between may
//!    take longer or shorter by a share of it: cores are shared. After a long computation
//!    the gap says nothing.
//! 2. *Lines.* The times of all lines, sorted: the first line of the one run beside the
//!    first of the other, and so on. It does not matter who says them. They may differ by
//!    [`LINE`] and a share of the time so far.
//! 3. *The column* in front of each line is the time of the record, within [`COLUMN`].
//!
//! A late machine breaks these as well: so each says by how much, and the next run, at a
//! slower pace, tells (see `judge.rs`).

use std::collections::BTreeMap;

use super::align::Alignment;
use super::clock::seconds;
use super::finding::{Finding, Nature};
use super::known::{Known, LONG};
use super::strands::Strand;
use crate::record::Kind;

/// How much longer or shorter a gap may be, in simulated seconds.
const GAP: f64 = 0.15;
/// By how much a computation may take longer or shorter, in proportion.
const COMPUTING: f64 = 0.5;
/// The same for the sorted times of lines, and a share of the time so far.
const LINE: f64 = 0.25;
const SHARE: f64 = 0.05;
/// How far the printed time may be from the record's, with rounding.
const COLUMN: f64 = 0.20;
/// The same in the captured run, which was made at normal pace: nothing but rounding, and
/// what goes by between the entry and the line.
const CAPTURED_COLUMN: f64 = 0.11;

/// The gaps of all strands.
pub fn gaps(
    old: &Known<'_>,
    new: &Known<'_>,
    alignments: &BTreeMap<&String, Alignment>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, alignment) in alignments {
        let (Some(before), Some(now)) = (old.doings.get(*name), new.doings.get(*name)) else {
            continue;
        };
        let at = |known: &Known<'_>, event: usize| seconds(known.run.log.events[event].at);
        // The strand begins before its first doing.
        let begun = |known: &Known<'_>, first: usize| begin_of_strand(known, first);
        let mut last = before.first().zip(now.first()).map(|(before, now)| {
            let (old_begin, new_begin) = (begun(old, before.event), begun(new, now.event));
            let first = old.first_of_strand(before.event);
            (old_begin, new_begin, first, "it starts".to_string())
        });
        let mut expected = (0, 0);
        for (left, right) in &alignment.pairs {
            let (doing, same) = (&before[*left], &now[*right]);
            let (was, is) = (at(old, doing.event), at(new, same.event));
            if let Some((last_was, last_is, last_event, after)) = &last {
                let (gap, gap_now) = (was - last_was, is - last_is);
                let computed = old.computed(*last_event, doing.event);
                if computed > LONG {
                    last = Some((was, is, doing.event, format!("it {}", doing.text)));
                    expected = (*left + 1, *right + 1);
                    continue;
                }
                let excess = (gap_now - gap).abs() - GAP - COMPUTING * computed;
                // Between doings that were left out, times may differ.
                if excess > 0.0 && known_between(before, now, expected, (*left, *right)) {
                    let what = format!(
                        "{name} {} {gap_now:.2} s after {after}; in the book {gap:.2} s",
                        doing.text
                    );
                    let key = format!("gap of {name} before {left}");
                    let line = old.line_near(before, *left);
                    found.push(Finding::new(key, line, what, Nature::Late(excess)));
                }
            }
            last = Some((was, is, doing.event, format!("it {}", doing.text)));
            expected = (*left + 1, *right + 1);
        }
    }
    found
}

/// Whether nothing that is certain lies between two pairs.
fn known_between(
    old: &[super::doing::Doing],
    new: &[super::doing::Doing],
    from: (usize, usize),
    to: (usize, usize),
) -> bool {
    old[from.0..to.0].iter().all(|doing| !doing.certain)
        && new[from.1..to.1].iter().all(|doing| !doing.certain)
}

/// When the strand of that event began.
fn begin_of_strand(known: &Known<'_>, event: usize) -> f64 {
    let log = &known.run.log;
    let first = known.first_of_strand(event);
    match known.strands.kinds[known.strands.of_event[event]] {
        // The main thread is there from the beginning.
        Strand::Actor if log.events[first].kind != Kind::Born && log.events[first].who == 0 => 0.0,
        _ => seconds(log.events[first].at),
    }
}

/// The sorted times of the lines.
pub fn lines(old: &Known<'_>, new: &Known<'_>) -> Vec<Finding> {
    let (before, now) = (said(old), said(new));
    // With lines lost or added, only the last one can be compared.
    let pairs: Vec<_> = match before.len() == now.len() {
        true => before.iter().zip(&now).collect(),
        false => before.last().into_iter().zip(now.last()).collect(),
    };
    let excess =
        |(was, is): &(&(f64, usize), &(f64, usize))| (is.0 - was.0).abs() - (LINE + SHARE * was.0);
    let worst = pairs
        .into_iter()
        .max_by(|one, other| excess(one).total_cmp(&excess(other)));
    let Some((was, is)) = worst.filter(|pair| excess(pair) > 0.0) else {
        return Vec::new();
    };
    let text = &old.run.log.events[was.1].text;
    let line = old.printed.line_of.get(&was.1).map(|line| line + 1);
    let what = format!(
        "what is said at {:.2} s in the book, “{text}”, now comes at {:.2} s",
        was.0, is.0
    );
    vec![Finding::new(
        "lines",
        line,
        what,
        Nature::Late(excess(&(was, is))),
    )]
}

fn said(known: &Known<'_>) -> Vec<(f64, usize)> {
    let events = known.run.log.events.iter().enumerate();
    let mut said: Vec<(f64, usize)> = events
        .filter(|(_, event)| event.kind == Kind::Say)
        .map(|(place, event)| (seconds(event.at), place))
        .collect();
    said.sort_by(|one, other| one.0.total_cmp(&other.0));
    said
}

/// The time column of one run. `captured` is whether it is the book's.
pub fn column(known: &Known<'_>, captured: bool) -> Vec<Finding> {
    let (bound, run) = match captured {
        true => (CAPTURED_COLUMN, "in the captured run, "),
        false => (COLUMN + 0.05, ""),
    };
    let events = &known.run.log.events;
    let mut found = Vec::new();
    for (event, number) in &known.printed.line_of {
        let line = &known.printed.lines[*number];
        let Some(printed) = line.time else { continue };
        let at = seconds(events[*event].at);
        let excess = (printed - at).abs() - bound;
        if excess > 0.0 {
            found.push(Finding::new(
                format!("{run}column of line {number}"),
                captured.then_some(number + 1),
                format!(
                    "{run}“{}” stands at {printed:.1} s; the record has it at {at:.2} s",
                    line.text
                ),
                match captured {
                    true => Nature::Plain,
                    false => Nature::Late(excess),
                },
            ));
        }
    }
    found.sort_by_key(|finding| finding.complaint.line);
    found
}
