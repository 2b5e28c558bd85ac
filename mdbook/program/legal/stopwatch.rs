//! Figures of a stopwatch: what is printed has to be what it said.
//!
//! The record has every start and every reading of a stopwatch. If a figure of the
//! captured run is one of the readings before it in the same strand, then it has to be
//! that reading again. So a figure that was divided, or taken from another stopwatch, or
//! made up, is seen, even if it is near the book's.

use super::clock::seconds;
use super::doing::Doing;
use super::figures::Figure;
use super::finding::{Finding, Nature};
use super::known::Known;
use crate::record::Kind;

/// Between the entry of a reading and the reading itself, in simulated seconds.
const SLACK: f64 = 0.02;

/// Complaints about the figures of one line, which strand `name` says in both runs.
pub fn differences(
    name: &str,
    (old, new): (&Known<'_>, &Known<'_>),
    (before, now): (&Doing, &Doing),
) -> Vec<Finding> {
    let line = old.line(before);
    let (said, says) = (readings(old, before.event), readings(new, now.event));
    let figures = before.figures.iter().zip(&now.figures).enumerate();
    figures
        .filter_map(|(place, (old_figure, new_figure))| {
            let same = |reading: &f64| distance(old_figure, *reading) <= 0.0;
            let places = said.iter().enumerate().filter(|(_, value)| same(value));
            let off = places
                .filter_map(|(place, _)| says.get(place))
                .map(|value| distance(new_figure, *value))
                .min_by(f64::total_cmp)?;
            (off > 0.0).then(|| {
                Finding::new(
                    format!("{name}, stopwatch {place} of line {line:?}"),
                    line,
                    format!(
                        "{name} now says {} {}, and the stopwatch says something else",
                        new_figure.raw, new_figure.unit
                    ),
                    Nature::Late(off),
                )
            })
        })
        .collect()
}

/// How far the figure is from the reading, beyond what rounding and delay explain.
fn distance(figure: &Figure, reading: f64) -> f64 {
    match figure.seconds() {
        Some(value) => (value - reading).abs() - figure.rounding() - SLACK,
        None => f64::INFINITY,
    }
}

/// What the stopwatches said before this event in its strand, in simulated seconds.
fn readings(known: &Known<'_>, until: usize) -> Vec<f64> {
    let events = &known.run.log.events;
    let strand = known.strands.of_event[until];
    (0..until)
        .filter(|place| {
            events[*place].kind == Kind::StopwatchRead && known.strands.of_event[*place] == strand
        })
        .filter_map(|place| {
            let start = events[place].cause?;
            Some(seconds(events[place].at) - seconds(events[start].at))
        })
        .collect()
}
