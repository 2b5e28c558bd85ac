//! The rows of a timeline: one an actor, in a steady order; those that do the same may
//! share one.

use std::cmp::Ordering;

use super::run::Run;
use super::spans::{Activity, Span};

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    /// The actors, as places in the run's list: several, if they do the same.
    pub actors: Vec<usize>,
    /// Cut at the ends of the piece of time that is shown.
    pub spans: Vec<Span>,
    /// For each span, the events that began it: several, if actors share the row.
    pub entries: Vec<Vec<usize>>,
    /// For each span, the latest beginning and the earliest end, if actors share the row.
    pub inner: Vec<(f64, f64)>,
    pub worker: bool,
}

/// More rows than this cannot be taken in at a glance.
const MANY: usize = 14;

/// The actors that do something between two moments, for longer than `least`.
#[must_use]
pub fn rows(
    run: &Run,
    (from, to): (f64, f64),
    least: f64,
    fold: Option<bool>,
    shown: impl Fn(&str) -> bool,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (place, actor) in run.actors.iter().enumerate() {
        let spans: Vec<Span> = actor
            .spans
            .iter()
            .filter_map(|span| clipped(span, from, to))
            .collect();
        let does = |span: &Span| match span.activity {
            Activity::Idle | Activity::Runs => false,
            Activity::NotRecorded => span.task.is_some() && span.length() > least,
            _ => span.length() > least,
        };
        if shown(&actor.name) && spans.iter().any(does) {
            rows.push(Row {
                name: actor.name.clone(),
                actors: vec![place],
                entries: spans.iter().map(|span| vec![span.entry]).collect(),
                inner: spans.iter().map(|span| (span.from, span.to)).collect(),
                spans,
                worker: actor.worker,
            });
        }
    }
    rows.sort_by(order);
    match fold {
        Some(false) => rows,
        Some(true) => folded(rows, 2),
        None if rows.len() > MANY => folded(rows, 4),
        None => rows,
    }
}

fn clipped(span: &Span, from: f64, to: f64) -> Option<Span> {
    let inside = span.from < to && span.to > from;
    inside.then(|| Span {
        from: span.from.max(from),
        to: span.to.min(to),
        ..span.clone()
    })
}

/// What is no worker comes first, as it appears; then the workers by name.
fn order(one: &Row, other: &Row) -> Ordering {
    match (one.worker, other.worker) {
        (true, true) => parts(&one.name).cmp(&parts(&other.name)),
        (false, false) => one.actors.cmp(&other.actors),
        (one, other) => one.cmp(&other),
    }
}

/// A name in pieces, with its numbers as numbers: `pool-0_10` comes after `pool-0_9`.
fn parts(name: &str) -> Vec<(u64, String)> {
    let digit = |c: char| c.is_ascii_digit();
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(digit).unwrap_or(rest.len());
        let digits = rest[text..]
            .find(|c| !digit(c))
            .unwrap_or(rest.len() - text);
        parts.push((0, rest[..text].to_string()));
        // A number that is too long for one comes last.
        let number = rest[text..text + digits].parse().unwrap_or(u64::MAX);
        parts.push((number, String::new()));
        rest = &rest[text + digits..];
    }
    parts
}

/// Rows that do the same, one after the other, become one if there are `least` of them.
fn folded(rows: Vec<Row>, least: usize) -> Vec<Row> {
    let mut groups: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| same(&group[0], &row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let one = |group: Vec<Row>| match group.len() >= least {
        true => vec![merged(&group)],
        false => group,
    };
    groups.into_iter().flat_map(one).collect()
}

fn same(one: &Row, other: &Row) -> bool {
    let what = |row: &Row| -> Vec<std::mem::Discriminant<Activity>> {
        row.spans
            .iter()
            .map(|span| std::mem::discriminant(&span.activity))
            .collect()
    };
    one.worker == other.worker && stem(&one.name) == stem(&other.name) && what(one) == what(other)
}

/// A name without its numbers.
fn stem(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches([' ', '_', '-'])
}

fn merged(group: &[Row]) -> Row {
    let mut row = group[0].clone();
    for other in &group[1..] {
        row.actors.extend(&other.actors);
        for (place, span) in other.spans.iter().enumerate() {
            let own = &mut row.spans[place];
            own.from = own.from.min(span.from);
            own.to = own.to.max(span.to);
            let (latest, earliest) = &mut row.inner[place];
            *latest = latest.max(span.from);
            *earliest = earliest.min(span.to);
            row.entries[place].push(span.entry);
        }
    }
    row.name = format!("{} × {}", thousands(group.len()), stem(&group[0].name));
    row
}

/// `1,000`.
#[must_use]
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
