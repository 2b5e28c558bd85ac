//! The differences between the captured run and a new one.

use std::collections::BTreeSet;

use super::known::{Doing, Known};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// The line of the captured output, counted from 1, if there is one.
    pub line: Option<usize>,
    pub what: String,
}

/// Strands that do not do the same things in the same order.
pub fn doings(old: &Known<'_>, new: &Known<'_>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let names: BTreeSet<&String> = old.doings.keys().chain(new.doings.keys()).collect();
    let nothing = Vec::new();
    for name in names {
        let before = old.doings.get(name).unwrap_or(&nothing);
        let now = new.doings.get(name).unwrap_or(&nothing);
        complaints.extend(
            first_difference(name, before, now).map(|(place, what)| Complaint {
                line: old.line_near(before, place),
                what,
            }),
        );
    }
    let pools: BTreeSet<&String> = old.of_workers.keys().chain(new.of_workers.keys()).collect();
    for pool in pools {
        let before = texts_of(old.of_workers.get(pool));
        let now = texts_of(new.of_workers.get(pool));
        // The number of workers may differ; what each of them does may not.
        let alike = before.len() < 2 || before.iter().all(|one| *one == before[0]);
        let same = if alike && !before.is_empty() {
            now.iter().all(|one| *one == before[0])
        } else {
            before == now
        };
        if !same {
            complaints.push(Complaint {
                line: None,
                what: format!(
                    "the workers of {pool} do something else before or between their tasks"
                ),
            });
        }
    }
    complaints
}

fn texts_of(workers: Option<&Vec<Vec<Doing>>>) -> Vec<Vec<&str>> {
    let mut texts: Vec<Vec<&str>> = workers
        .into_iter()
        .flatten()
        .map(|doings| doings.iter().map(|doing| doing.text.as_str()).collect())
        .collect();
    texts.sort();
    texts
}

/// The first difference: its place, and a sentence about it.
fn first_difference(name: &str, before: &[Doing], now: &[Doing]) -> Option<(usize, String)> {
    for place in 0..before.len().max(now.len()) {
        let text = |doings: &'_ [Doing]| doings.get(place).map(|doing| doing.text.clone());
        let what = match (text(before), text(now)) {
            (Some(before), Some(now)) if before == now => continue,
            (Some(before), Some(now)) => format!("{name} now {now}; in the book it {before}"),
            (Some(before), None) => format!("{name} no longer {before}"),
            (None, Some(now)) => format!("{name} now also {now}"),
            (None, None) => continue,
        };
        return Some((place, what));
    }
    None
}

/// Broken orders: those that the program enforces, and those that the clock makes.
pub fn orders(old: &Known<'_>, new: &Known<'_>) -> Vec<Complaint> {
    // The same line in the old and in the new run. Without a complaint
    // from `doings`, the strands are the same, doing by doing.
    let said: Vec<(&Doing, &Doing)> = (old.doings.iter())
        .flat_map(|(name, before)| before.iter().zip(&new.doings[name]))
        .filter(|(before, _)| old.says(before))
        .collect();
    let mut complaints = Vec::new();
    for (first, first_now) in &said {
        for (second, second_now) in &said {
            let printed = |doing: &Doing| new.printed.line_of.get(&doing.event);
            let exchanged =
                first_now.event > second_now.event || printed(first_now) > printed(second_now);
            if !exchanged || first.event == second.event {
                continue;
            }
            let why = if old.before.says(first.event, second.event) {
                "the program makes it come after"
            } else if old.by_the_clock(first, second) && first_now.event > second_now.event {
                "by the clock it comes after"
            } else {
                continue;
            };
            let text = |doing: &Doing| &old.run.log.events[doing.event].text;
            complaints.push(Complaint {
                line: old.line(second),
                what: format!(
                    "“{}” comes too early: {why} “{}”",
                    text(second),
                    text(first)
                ),
            });
        }
    }
    // A line that is too early often comes before many others.
    complaints.sort_by_key(|complaint| complaint.line);
    complaints.dedup_by_key(|complaint| complaint.line);
    complaints
}

/// Differences in the lines that are not in the log: the frame's, and what was printed
/// directly.
pub fn other_lines(old: &Known<'_>, new: &Known<'_>) -> Vec<Complaint> {
    let (before, now) = (old.printed.others(), new.printed.others());
    if before == now {
        return Vec::new();
    }
    let differs = |(old, new): &(&String, &String)| old != new;
    let what = match before.iter().zip(&now).find(differs) {
        Some((before, now)) => format!("“{now}” is printed; in the book it is “{before}”"),
        None => format!(
            "{} lines are printed around the lesson; in the book there are {}",
            now.len(),
            before.len()
        ),
    };
    vec![Complaint { line: None, what }]
}
