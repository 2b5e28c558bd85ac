//! The lines of the output that an event printed.

use std::collections::{HashMap, VecDeque};

use crate::ansi;
use crate::log::Log;
use crate::record::Kind;

/// For each event that printed something, or that has a row in a printed table, its
/// lines: the first and the last, from 1.
pub fn printed(log: &Log, output: &str) -> HashMap<usize, (usize, usize)> {
    let output = ansi::plain(output);
    let mut free: Free<'_> = HashMap::new();
    for (number, line) in output.lines().enumerate() {
        if let Some(line) = taken_apart(line) {
            free.entry(line).or_default().push_back(number + 1);
        }
    }
    let mut lines = HashMap::new();
    // Steps of an interleaving that have no table yet.
    let mut steps: Vec<usize> = Vec::new();
    for (place, event) in log.events.iter().enumerate() {
        if event.kind == Kind::Step {
            steps.push(place);
        }
        if !matches!(event.kind, Kind::Say | Kind::Phase) {
            continue;
        }
        let actor = log.actors[event.who].name.as_str();
        let mut take = |text| take(&mut free, actor, text);
        // An empty text is an empty line.
        let mut texts = event.text.lines();
        let first = take(texts.next().unwrap_or_default());
        let last = texts.filter_map(&mut take).last();
        let Some(first) = first else { continue };
        let last = last.map_or(first, |last| last.max(first));
        lines.insert(place, (first, last));
        if event.text.starts_with("step ") && event.text.lines().count() == steps.len() + 1 {
            for (row, step) in steps.drain(..).enumerate() {
                let line = first + 1 + row;
                lines.insert(step, (line, line));
            }
        }
    }
    lines
}

/// The first line that has not been taken of those that `actor` printed with that text.
fn take<'a>(free: &mut Free<'a>, actor: &'a str, text: &'a str) -> Option<usize> {
    free.get_mut(&(actor, text.trim()))?.pop_front()
}

/// For each actor and text the lines that it printed.
type Free<'a> = HashMap<(&'a str, &'a str), VecDeque<usize>>;

/// The actor and the text of a line such as `  1.0 s  pool-0_3    │ task 3 ends`.
fn taken_apart(line: &str) -> Option<(&str, &str)> {
    let (front, said) = line.split_once('│')?;
    let (time, actor) = front.trim_start().split_once(" s  ")?;
    time.parse::<f64>().ok()?;
    Some((actor.trim(), said.trim()))
}
