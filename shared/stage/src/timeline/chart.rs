//! One line of the timeline in the terminal: cells on a scale.
//!
//! Each column stands for the same length of time, and shows what took the most
//! of it. What is short but matters (a task or a callback begins, a flag is set)
//! has a column in any case.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::model::{Activity, Flag, Moment, Phase, Queue, Row, Span, Timeline};
use super::text::{cut, printable, width};
use crate::record::{Kind, Target};

/// A label on the scale needs so many columns.
const TICK: usize = 9;
/// With less than this, a name says nothing.
const LEAST_OF_NAME: usize = 4;

pub(super) const RUNS: char = '█';
pub(super) const SLEEPS: char = '▒';
pub(super) const WAITS: char = '─';
pub(super) const IDLE: char = '·';
pub(super) const NOT_RECORDED: char = '╱';
pub(super) const BEGINS: char = '│';
pub(super) const CALLBACK: char = '◆';
pub(super) const SET: char = '▲';
pub(super) const CLEAR: char = '▽';
pub(super) const CANCEL: char = '×';
pub(super) const IS_SET: char = '━';
pub(super) const IS_NOT_SET: char = '╌';
/// More tasks in a queue than a digit can say.
pub(super) const MANY: char = '+';

/// So many columns apart, rows are still alike.
const NEARLY: usize = 3;

/// Stands behind a character that is two columns wide.
const CONTINUED: char = '\0';

/// The scale, and what it is of.
pub(super) struct Chart<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) columns: usize,
    pub(super) seconds: f64,
}

/// A line of cells.
pub(super) struct Cells {
    cells: Vec<char>,
    /// Columns that hold something which must not be overwritten.
    taken: Vec<bool>,
}

impl Chart<'_> {
    /// The column in which this moment lies.
    fn column(&self, at: Moment) -> usize {
        self.column_of(at.seconds())
    }

    fn column_of(&self, seconds: f64) -> usize {
        let column = (seconds / self.seconds * self.columns as f64) as usize;
        column.min(self.columns - 1)
    }

    /// Labels, and the line with the ticks.
    pub(super) fn scale(&self) -> [String; 2] {
        let (step, decimals) = nice_step(self.seconds, self.columns / TICK);
        let mut labels = String::new();
        let mut ticks: Vec<char> = vec!['─'; self.columns];
        for number in 0.. {
            let at = f64::from(number) * step;
            if at > self.seconds {
                break;
            }
            let column = self.column_of(at);
            ticks[column] = if number == 0 { '├' } else { '┬' };
            let label = format!("{at:.decimals$} s");
            // The last label may have to stand a little to the left of its tick.
            let place = column.min(self.columns.saturating_sub(width(&label)));
            let used = width(&labels);
            if used == 0 || place > used {
                labels.push_str(&" ".repeat(place - used));
                labels.push_str(&label);
            }
        }
        [labels, ticks.into_iter().collect()]
    }

    /// The names of the phases, each where it begins; in several lines if they would
    /// not fit into one.
    pub(super) fn phases(&self, phases: &[Phase]) -> Vec<Cells> {
        let mut lines: Vec<Cells> = Vec::new();
        for phase in phases {
            let start = self.column(phase.from);
            let label = format!("{BEGINS} {}", printable(&phase.name));
            let label = cut(&label, self.columns - start);
            let place = start..start + width(&label);
            let free = |line: &&mut Cells| {
                let behind = (place.end + 1).min(self.columns);
                !line.taken[place.start..behind].contains(&true)
            };
            let line = match lines.iter_mut().find(free) {
                Some(line) => line,
                None => {
                    lines.push(Cells::empty(self.columns));
                    lines.last_mut().expect("it was just added")
                }
            };
            line.write(place, &label);
        }
        lines
    }

    /// How many tasks are queued, as a digit in each column. `None` if none can be seen.
    pub(super) fn queue(&self, queue: &Queue) -> Option<Cells> {
        let mut cells = self.most_of_each_column(self.steps(&queue.lengths), |length| {
            match u32::try_from(length)
                .ok()
                .and_then(|n| char::from_digit(n, 10))
            {
                Some('0') => ' ',
                Some(digit) => digit,
                None => MANY,
            }
        });
        for (at, _) in &queue.cancelled {
            cells.mark(self.column(*at), CANCEL);
        }
        let seen = cells.cells.iter().any(|cell| *cell != ' ');
        seen.then_some(cells)
    }

    /// The state of an event as a band. `None` if no wait for it can be seen.
    pub(super) fn flag(&self, flag: &Flag) -> Option<Cells> {
        let is_for_it =
            |wait: &&Span| matches!(&wait.target, Some(Target::Event(name)) if *name == flag.name);
        let mut waits = self.timeline.rows.iter().flat_map(|row| &row.spans);
        if !waits.any(|wait| is_for_it(&wait) && self.column(wait.to) > self.column(wait.from)) {
            return None;
        }
        let mut changes = vec![(Moment::default(), false)];
        changes.extend(&flag.changes);
        let glyph = |set| if set { IS_SET } else { IS_NOT_SET };
        Some(self.most_of_each_column(self.steps(&changes), glyph))
    }

    /// What lasts from each change to the next.
    fn steps<T: Copy>(&self, changes: &[(Moment, T)]) -> Vec<(f64, f64, T)> {
        let ends = changes.iter().skip(1).map(|(at, _)| at.seconds());
        let ends = ends.chain([self.seconds]);
        std::iter::zip(changes, ends)
            .map(|((from, value), to)| (from.seconds(), to, *value))
            .collect()
    }

    pub(super) fn row(&self, row: &Row) -> Cells {
        let segments = row.segments.iter();
        let segments = segments.map(|s| (s.from.seconds(), s.to.seconds(), s.activity));
        let mut cells = self.most_of_each_column(segments.collect(), |activity| match activity {
            Activity::Running | Activity::Callback => RUNS,
            Activity::Sleeping => SLEEPS,
            Activity::Waiting => WAITS,
            Activity::Idle => IDLE,
            Activity::NotRecorded => NOT_RECORDED,
        });
        let columns_of = |span: &Span| self.column(span.from)..self.column(span.to);

        let tasks: Vec<(Range<usize>, String)> = row
            .tasks()
            .map(|span| (columns_of(span), printable(&self.timeline.label(span))))
            .collect();
        for (columns, _) in &tasks {
            // Among many that are too narrow to tell apart, lines would hide all else.
            if columns.len() >= 2 {
                cells.put(columns.start, BEGINS);
            }
        }
        for callback in row.of(Activity::Callback) {
            let mut column = self.column(callback.from);
            // The next task follows in the same column: the callback was before it.
            if cells.taken[column] && column > 0 {
                column -= 1;
            }
            cells.mark(column, CALLBACK);
        }
        for mark in &row.marks {
            let glyph = match mark.kind {
                Kind::Set => SET,
                Kind::Clear => CLEAR,
                Kind::Cancel => CANCEL,
                _ => continue,
            };
            cells.mark(self.column(mark.at), glyph);
        }
        for (columns, name) in &tasks {
            let place = columns.start + 1..columns.end;
            if width(name) > place.len() && place.len() >= LEAST_OF_NAME {
                cells.write(place.clone(), &cut(name, place.len()));
            } else {
                cells.write(place, name);
            }
        }
        for wait in row.of(Activity::Waiting) {
            let columns = columns_of(wait);
            // The first that leaves some of the line to be seen.
            let fits = |text: &String| columns.len() >= width(text) + 4;
            if let Some(text) = waits_for(wait).into_iter().find(fits) {
                cells.write(columns.start + 2..columns.end, &text);
            }
        }
        cells
    }

    /// For each column the glyph of what took the most of its time.
    fn most_of_each_column<T: Copy>(
        &self,
        spans: Vec<(f64, f64, T)>,
        glyph: impl Fn(T) -> char,
    ) -> Cells {
        let mut most = vec![(0.0, ' '); self.columns];
        let width = self.seconds / self.columns as f64;
        for (from, to, what) in spans {
            let glyph = glyph(what);
            for (column, (share, shown)) in most
                .iter_mut()
                .enumerate()
                .take(self.column_of(to) + 1)
                .skip(self.column_of(from))
            {
                let start = column as f64 * width;
                let here = to.min(start + width) - from.max(start);
                if here > *share {
                    (*share, *shown) = (here, glyph);
                }
            }
        }
        Cells {
            cells: most.into_iter().map(|(_, glyph)| glyph).collect(),
            taken: vec![false; self.columns],
        }
    }
}

/// What may be written on a wait, the longest first.
fn waits_for(wait: &Span) -> [String; 2] {
    let gave_up = if wait.gave_up { ", gives up" } else { "" };
    let what = match wait.target {
        // A system call, not a thing.
        Some(Target::Seen) if wait.text == "a poll" => "a connection or a file",
        _ => wait.text.as_str(),
    };
    let what = format!("{}{gave_up} ", printable(what));
    [format!(" waits for {what}"), format!(" {what}")]
}

impl Cells {
    fn empty(columns: usize) -> Self {
        Cells {
            cells: vec![' '; columns],
            taken: vec![false; columns],
        }
    }

    fn put(&mut self, column: usize, glyph: char) {
        self.cells[column] = glyph;
        self.taken[column] = true;
    }

    /// As [`put`](Self::put), if the column is free.
    fn mark(&mut self, column: usize, glyph: char) {
        if !self.taken[column] {
            self.put(column, glyph);
        }
    }

    /// Writes a text, if there is room for all of it.
    fn write(&mut self, place: Range<usize>, text: &str) {
        if width(text) > place.len()
            || self.taken[place.start..place.start + width(text)].contains(&true)
        {
            return;
        }
        let mut column = place.start;
        for c in text.chars() {
            let width = c.width().unwrap_or(0);
            // A mark on the character before it has no column of its own.
            if width == 0 {
                continue;
            }
            self.cells[column] = c;
            self.cells[column + 1..column + width].fill(CONTINUED);
            self.taken[column..column + width].fill(true);
            column += width;
        }
    }

    /// Where something else begins, and what.
    pub(super) fn changes(&self) -> Vec<(usize, char)> {
        let mut changes: Vec<(usize, char)> = Vec::new();
        for (column, cell) in self.cells.iter().enumerate() {
            if changes.last().is_none_or(|(_, before)| before != cell) {
                changes.push((column, *cell));
            }
        }
        changes
    }
}

/// Whether two lines with these changes show the same, but for a few columns to the left
/// or right.
pub(super) fn are_alike(one: &[(usize, char)], other: &[(usize, char)]) -> bool {
    one.len() == other.len()
        && std::iter::zip(one, other)
            .all(|(one, other)| one.1 == other.1 && one.0.abs_diff(other.0) <= NEARLY)
}

impl std::fmt::Display for Cells {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line: String = self
            .cells
            .iter()
            .filter(|cell| **cell != CONTINUED)
            .collect();
        f.write_str(line.trim_end())
    }
}

/// One tick each 1, 2 or 5 times a power of ten, at most `most` of them, and the
/// decimals that their labels need.
pub(super) fn nice_step(seconds: f64, most: usize) -> (f64, usize) {
    let least = seconds / most.max(1) as f64;
    let power = least.log10().floor();
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * 10f64.powf(power))
        .find(|step| *step >= least * 0.999)
        .unwrap_or(least);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    (step, decimals)
}
