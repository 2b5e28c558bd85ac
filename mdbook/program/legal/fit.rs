//! Whether a run can be captured.

use super::compared::{self, Stated};
use super::finding::worst;
use super::known::Known;
use crate::captured::Captured;

/// Whether a run is good enough to be kept: it is legal compared with itself, it proves
/// what the section's `source` says that it proves, and no pause was so long that the
/// order of its lines is in doubt.
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
