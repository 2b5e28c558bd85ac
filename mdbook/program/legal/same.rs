//! The differences between the captured run and a new one, strand by strand: what is
//! done, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::align::{Alignment, align};
use super::doing::Doing;
use super::doing::Waited;
use super::figures;
use super::finding::{Finding, Nature};
use super::known::Known;
use super::source::Literals;
use super::{stopwatch, waits};

/// A run that is so late may do something else: a limit is over, or one look more is taken.
const LATE: f64 = 0.1;

/// The doings of both runs, side by side, by the strand's name.
pub fn aligned<'a>(old: &'a Known<'_>, new: &'a Known<'_>) -> BTreeMap<&'a String, Alignment> {
    let names: BTreeSet<&String> = old.doings.keys().chain(new.doings.keys()).collect();
    let of = |known: &'a Known<'_>, name: &String| known.doings.get(name).map_or(&[][..], |d| d);
    names
        .into_iter()
        .map(|name| (name, align(of(old, name), of(new, name))))
        .collect()
}

/// Strands that do not do the same things in the same order, or not in the same way.
pub fn doings(
    old: &Known<'_>,
    new: &Known<'_>,
    alignments: &BTreeMap<&String, Alignment>,
    literals: &Literals,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let nothing = Vec::new();
    for (name, alignment) in alignments {
        let before = old.doings.get(*name).unwrap_or(&nothing);
        let now = new.doings.get(*name).unwrap_or(&nothing);
        if let Some((left, right)) = alignment.difference {
            let what = difference(name, before.get(left), now.get(right));
            let nature = nature((old, new), (before, left), (now, right));
            let line = old.line_near(before, left);
            found.push(Finding::new(what.clone(), line, what, nature));
        }
        for (left, right) in &alignment.pairs {
            let (doing, same) = (&before[*left], &now[*right]);
            let line = old.line_near(before, *left);
            let late = lateness((old, new), Some(doing), Some(same));
            found.extend(waits::differences((name, line), doing, same, late));
            let colours = |known: &Known<'_>, doing: &Doing| {
                let line = known.printed.line_of.get(&doing.event)?;
                Some(known.printed.lines[*line].colours.clone())
            };
            if colours(old, doing) != colours(new, same) {
                let what = format!("{name} {} in another colour", doing.text);
                found.push(Finding::plain(line, what));
            }
            let pair = (&doing.figures[..], &same.figures[..]);
            found.extend(figures::differences(name, line, pair, literals));
            found.extend(stopwatch::differences(name, (old, new), (doing, same)));
        }
    }
    found.extend(of_workers(old, new));
    found
}

/// What may explain the first difference of a strand.
fn nature(
    runs: (&Known<'_>, &Known<'_>),
    (before, left): (&[Doing], usize),
    (now, right): (&[Doing], usize),
) -> Nature {
    let (expected, found) = (before.get(left), now.get(right));
    let is_missing =
        expected.is_some_and(|expected| !now[right..].iter().any(|doing| expected.is(doing)));
    let wait = |doing: Option<&'_ Doing>| doing.and_then(|doing| doing.wait.clone());
    if let Some(excess) = wait(found).as_ref().and_then(Waited::excess)
        && !is_missing
    {
        // A slow disk, a lock that is held for longer.
        return Nature::Late(excess);
    }
    if wait(expected).is_some_and(|wait| wait.seen) {
        // It may have been too short to be seen, or the machine too busy to look.
        return Nature::Measured;
    }
    match lateness(runs, expected, found) {
        late if late > LATE => Nature::Late(late),
        _ => Nature::Plain,
    }
}

/// By how much the new run is later than the book's, against the ideal times.
fn lateness(
    (old, new): (&Known<'_>, &Known<'_>),
    before: Option<&Doing>,
    now: Option<&Doing>,
) -> f64 {
    let late = |known: &Known<'_>, doing: Option<&Doing>| {
        doing.map_or(0.0, |doing| known.clock.late_by(known.run, doing.event))
    };
    late(new, now) - late(old, before).max(0.0)
}

/// What the workers do outside of their tasks.
fn of_workers(old: &Known<'_>, new: &Known<'_>) -> Vec<Finding> {
    let pools: BTreeSet<&String> = old.of_workers.keys().chain(new.of_workers.keys()).collect();
    let mut found = Vec::new();
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
            let what =
                format!("the workers of {pool} do something else before or between their tasks");
            found.push(Finding::plain(None, what));
        }
    }
    found
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

/// A sentence about the first difference.
fn difference(name: &str, before: Option<&Doing>, now: Option<&Doing>) -> String {
    match (before, now) {
        (Some(before), Some(now)) => {
            format!("{name} now {}; in the book it {}", now.text, before.text)
        }
        (Some(before), None) => format!("{name} no longer {}", before.text),
        (None, Some(now)) => format!("{name} now also {}", now.text),
        (None, None) => format!("{name} does something else"),
    }
}

/// Broken orders: those that the program enforces, and those that the clock makes.
pub fn orders(
    old: &Known<'_>,
    new: &Known<'_>,
    alignments: &BTreeMap<&String, Alignment>,
) -> Vec<Finding> {
    // The same line in the old and in the new run.
    let mut said: Vec<(&Doing, &Doing)> = Vec::new();
    for (name, alignment) in alignments {
        if let (Some(before), Some(now)) = (old.doings.get(*name), new.doings.get(*name)) {
            let pairs = alignment.pairs.iter();
            said.extend(
                pairs
                    .map(|(left, right)| (&before[*left], &now[*right]))
                    .filter(|(before, _)| old.says(before)),
            );
        }
    }
    let mut found = Vec::new();
    for (first, first_now) in &said {
        for (second, second_now) in &said {
            let printed = |doing: &Doing| new.printed.line_of.get(&doing.event);
            let exchanged =
                first_now.event > second_now.event || printed(first_now) > printed(second_now);
            if !exchanged || first.event == second.event {
                continue;
            }
            let (why, nature) = if old.before.says(first.event, second.event) {
                ("the program makes it come after", Nature::Plain)
            } else if old.by_the_clock(first, second) && first_now.event > second_now.event {
                let late = new.clock.late_by(new.run, first_now.event);
                let gap = old.clock.ideal[second.event] - old.clock.ideal[first.event];
                let nature = match late > gap / 2.0 {
                    true => Nature::Late(late),
                    false => Nature::Plain,
                };
                ("by the clock it comes after", nature)
            } else {
                continue;
            };
            let text = |doing: &Doing| &old.run.log.events[doing.event].text;
            let what = format!(
                "“{}” comes too early: {why} “{}”",
                text(second),
                text(first)
            );
            found.push(Finding::new(what.clone(), old.line(second), what, nature));
        }
    }
    // A line that is too early often comes before many others.
    found.sort_by_key(|finding| finding.complaint.line);
    found.dedup_by_key(|finding| finding.complaint.line);
    found
}

/// Differences in the lines that are not in the log: the frame's, and what was printed
/// directly.
pub fn other_lines(old: &Known<'_>, new: &Known<'_>, literals: &Literals) -> Vec<Finding> {
    let (before, now) = (old.printed.others(), new.printed.others());
    if before.len() != now.len() {
        let what = format!(
            "{} lines are printed around the lesson; in the book there are {}",
            now.len(),
            before.len()
        );
        return vec![Finding::plain(None, what)];
    }
    let mut found = Vec::new();
    for ((number, text), (_, now)) in before.iter().zip(&now) {
        let line = Some(number + 1);
        let ((shape, figures), (shape_now, figures_now)) =
            (figures::split(text), figures::split(now));
        if shape == shape_now {
            let pair = (&figures[..], &figures_now[..]);
            found.extend(figures::differences("the frame", line, pair, literals));
        } else {
            let what = format!("“{now}” is printed; in the book it is “{text}”");
            found.push(Finding::plain(line, what));
        }
    }
    found
}
