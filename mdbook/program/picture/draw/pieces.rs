//! Enlarged pieces of time: where most of it happens within moments, these moments get
//! most of the room.

use super::scale::{Piece, Scale, time};
use crate::picture::model::spans::Activity;
use crate::picture::model::view::View;

/// Per cent between two pieces.
const GAP: f64 = 2.5;

/// A moment with less than this to see is not enlarged.
const LEAST: usize = 4;

/// A scale of pieces and the words above them; `None` if there is no moment to enlarge.
#[must_use]
pub fn enlarged(view: &View) -> Option<(Scale, Vec<String>)> {
    let (from, length) = (view.from, view.to - view.from);
    let mut times: Vec<f64> = (view.rows)
        .iter()
        .flat_map(|row| &row.spans)
        .filter(|span| !matches!(span.activity, Activity::Idle))
        .flat_map(|span| [span.from - from, span.to - from])
        .chain(view.sets().iter().map(|at| at - from))
        .collect();
    times.sort_by(f64::total_cmp);
    let bursts = bursts(&times, length);
    if bursts.is_empty() {
        return None;
    }
    let mut stretches: Vec<(f64, f64, bool)> = Vec::new();
    let mut at = 0.0;
    for (begin, end) in &bursts {
        // Some room before and after, so that nothing sticks to the edge.
        let margin = (end - begin) * 0.14;
        let begin = (begin - margin).max(at);
        let end = (end + margin).min(length);
        if begin - at > length * 0.02 {
            stretches.push((at, begin, false));
        }
        stretches.push((
            if begin - at > length * 0.02 {
                begin
            } else {
                at
            },
            end,
            true,
        ));
        at = end;
    }
    if length - at > length * 0.02 {
        stretches.push((at, length, false));
    }
    Some(arranged(&stretches))
}

/// The moments, shorter than a fiftieth of the time, in which several things happen.
fn bursts(times: &[f64], length: f64) -> Vec<(f64, f64)> {
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for at in times {
        match groups.last_mut() {
            Some((_, last, count)) if at - *last < length * 0.004 => {
                *last = *at;
                *count += 1;
            }
            _ => groups.push((*at, *at, 1)),
        }
    }
    let is_burst = |(from, to, count): &(f64, f64, usize)| {
        *count >= LEAST && to > from && to - from < length * 0.02
    };
    groups
        .into_iter()
        .filter(is_burst)
        .map(|(from, to, _)| (from, to))
        .collect()
}

fn arranged(stretches: &[(f64, f64, bool)]) -> (Scale, Vec<String>) {
    let weight = |enlarged: bool| if enlarged { 1.0 } else { 0.85 };
    let total: f64 = stretches
        .iter()
        .map(|(.., enlarged)| weight(*enlarged))
        .sum();
    let room = 100.0 - GAP * (stretches.len() - 1) as f64;
    let mut left = 0.0;
    let mut pieces = Vec::new();
    let mut words = Vec::new();
    for (from, to, enlarged) in stretches {
        let width = room * weight(*enlarged) / total;
        pieces.push(Piece {
            from: *from,
            to: *to,
            left,
            right: left + width,
        });
        let length = time(to - from);
        words.push(if *enlarged {
            format!("{length}, enlarged")
        } else {
            length
        });
        left += width + GAP;
    }
    (Scale { pieces }, words)
}
