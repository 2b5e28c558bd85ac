//! The verdict on one run by itself.

use super::compared::{self, Stated};
use super::finding::{Complaint, Finding, Nature};
use super::known::Known;
use crate::captured::Captured;

/// The largest number of complaints in a verdict.
const MOST: usize = 5;

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq)]
#[allow(dead_code, reason = "offered to the harness")]
pub enum Verdict {
    Legal,
    Illegal(Vec<Complaint>),
    /// Something is wrong, but a late machine, the pace or what else runs there may be the
    /// reason. Another run, at a slower pace, tells.
    Unclear(Vec<Complaint>),
}

/// Compares a new run with what the book shows, without the section's source.
#[must_use]
#[allow(dead_code, reason = "offered to the harness")]
pub fn compare(captured: &Captured, new: &Captured) -> Verdict {
    let (old, new) = (Known::of(captured), Known::of(new));
    let found = compared::findings(&old, &new, &Stated::default(), 2);
    let clear: Vec<&Finding> = (found.iter())
        .filter(|finding| finding.nature == Nature::Plain)
        .collect();
    match (clear.is_empty(), found.is_empty()) {
        (_, true) => Verdict::Legal,
        (true, false) => Verdict::Unclear(worst(found.iter())),
        (false, false) => Verdict::Illegal(worst(clear.into_iter())),
    }
}

/// The complaints that say most, without doubles.
pub fn worst<'a>(found: impl Iterator<Item = &'a Finding>) -> Vec<Complaint> {
    let mut found: Vec<&Finding> = found.collect();
    let rank = |finding: &Finding| match finding.nature {
        Nature::Plain => f64::INFINITY,
        Nature::Pace | Nature::Measured => 1e6,
        Nature::Late(excess) | Nature::Figure(excess) => excess,
    };
    found.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    let mut complaints: Vec<Complaint> = Vec::new();
    for finding in found {
        if complaints.len() < MOST && !complaints.contains(&finding.complaint) {
            complaints.push(finding.complaint.clone());
        }
    }
    complaints
}

/// Whether a run is good enough to be kept: it is legal compared with itself, and no
/// pause was so long that the order of its lines is in doubt.
pub fn fit_to_show(run: &Captured) -> Result<(), String> {
    fit_to_show_as(run, "")
}

/// As [`fit_to_show`], and it proves what the section's `source` says that it proves.
pub fn fit_to_show_as(run: &Captured, source: &str) -> Result<(), String> {
    let known = Known::of(run);
    let found = compared::findings(&known, &known, &Stated::of(source), 2);
    if !found.is_empty() {
        let complaints = worst(found.iter()).into_iter();
        let complaints: Vec<String> = complaints.map(|complaint| complaint.what).collect();
        return Err(format!("it contradicts itself: {}", complaints.join("; ")));
    }
    let (late, gap) = (known.clock.overrun, known.least_gap());
    if late > gap / 2.0 {
        return Err(format!(
            "a pause was {late:.2} s too long, and the order of lines depends on {gap:.2} s"
        ));
    }
    Ok(())
}
