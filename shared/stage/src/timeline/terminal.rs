//! The timeline as lines of characters.
//!
//! ```text
//! 2 workers ran 4 tasks in 2.0 s, at most 2 at once.
//!           0.0 s           1.0 s           2.0 s
//!           ├───────┬───────┼───────┬───────┤
//! main      ──── waits for the end of pool-0 ───
//! pool-0_0  │0▒▒▒▒▒▒▒▒▒▒▒▒▒▒│2▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
//! pool-0_1  │1▒▒▒▒▒▒▒▒▒▒▒▒▒▒│3▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
//! │3 task 3   ▒ sleeps: stands for work   ─ waits
//! ```
//!
//! Each column stands for the same length of time, and shows what took the most
//! of it. What is short but matters (a task or a callback begins, a flag is set)
//! has a column in any case.

use std::ops::Range;

use colored::Colorize;
use unicode_width::UnicodeWidthChar;

use super::model::{Activity, Row, Timeline};
use crate::narrate;
use crate::record::Kind;

/// More actors than this are only counted.
const ROWS: usize = 40;
/// Narrower than this, nothing can be told.
const LEAST: usize = 20;
/// A label on the scale needs so many columns.
const TICK: usize = 9;

const RUNS: char = '█';
const SLEEPS: char = '▒';
const WAITS: char = '─';
const IDLE: char = '·';
const BEGINS: char = '│';
const CALLBACK: char = '◆';
const SET: char = '▲';
const CLEAR: char = '▽';
const CANCEL: char = '×';

impl Timeline {
    /// The picture in lines of at most `columns` characters (20, if fewer are
    /// given). Each ends with a newline.
    ///
    /// ```
    /// use stage::record;
    /// use stage::{pace::pause, say};
    /// use stage::timeline::Timeline;
    ///
    /// record::start();
    /// say!("one moment");
    /// pause(0.05);
    /// let picture = Timeline::new(&record::take()).to_terminal(60);
    /// assert!(picture.contains('▒'));
    /// ```
    pub fn to_terminal(&self, columns: usize) -> String {
        let columns = columns.max(LEAST);
        let mut lines = wrap(&self.summary(), " ", columns);
        if self.rows.is_empty() {
            return joined(&lines);
        }
        let shown = &self.rows[..self.rows.len().min(ROWS)];
        let longest = shown.iter().map(|row| width(&printable(&row.actor.name)));
        let name_width = longest.max().unwrap_or(0).min(columns / 3);
        let chart = Chart {
            columns: columns - name_width - 2,
            seconds: self.seconds(),
        };
        let margin = " ".repeat(name_width + 2);
        for line in chart.scale() {
            lines.push(format!("{margin}{line}"));
        }
        let mut bars = String::new();
        for row in shown {
            let name = fitted(&printable(&row.actor.name), name_width);
            let bar = chart.row(row);
            lines.push(match narrate::color_of(&row.actor.name) {
                Some(color) => format!("{}  {}", name.color(color), bar.color(color)),
                None => format!("{}  {bar}", name.bold()),
            });
            bars.push_str(&bar);
        }
        if self.rows.len() > shown.len() {
            let more = self.rows.len() - shown.len();
            lines.extend(wrap(&format!("… and {more} more actors"), " ", columns));
        }
        lines.extend(wrap(&legend(shown, &bars), "   ", columns));
        joined(&lines)
    }
}

/// How many columns the terminal has. In a pipe or a file, as many as the
/// environment variable `COLUMNS` says, or else 80.
pub(crate) fn columns() -> usize {
    if let Some((width, _)) = terminal_size::terminal_size_of(std::io::stdout()) {
        return usize::from(width.0);
    }
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse().ok());
    // More than any screen has would only be a waste of memory.
    columns.filter(|columns| *columns <= 10_000).unwrap_or(80)
}

struct Chart {
    columns: usize,
    seconds: f64,
}

impl Chart {
    /// The column in which this moment lies.
    fn column(&self, seconds: f64) -> usize {
        let column = (seconds / self.seconds * self.columns as f64) as usize;
        column.min(self.columns - 1)
    }

    /// Labels, and the line with the ticks.
    fn scale(&self) -> [String; 2] {
        let (step, decimals) = nice_step(self.seconds, self.columns / TICK);
        let mut labels = String::new();
        let mut ticks: Vec<char> = vec!['─'; self.columns];
        for number in 0.. {
            let at = f64::from(number) * step;
            if at > self.seconds {
                break;
            }
            let column = self.column(at);
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

    fn row(&self, row: &Row) -> String {
        let mut cells = self.most_of_each_column(row);
        // Columns that hold something which must not be overwritten.
        let mut taken = vec![false; self.columns];
        let columns_of = |from: f64, to: f64| self.column(from)..self.column(to);

        let tasks: Vec<(Range<usize>, String)> = row
            .tasks()
            .map(|span| {
                let columns = columns_of(span.from.seconds(), span.to.seconds());
                (columns, span.label())
            })
            .collect();
        for (columns, _) in &tasks {
            // Among many that are too narrow to tell apart, lines would hide all else.
            if columns.len() >= 2 {
                cells[columns.start] = BEGINS;
                taken[columns.start] = true;
            }
        }
        for callback in row.of(Activity::Callback) {
            let mut column = self.column(callback.from.seconds());
            // The next task follows in the same column: the callback was before it.
            if taken[column] && column > 0 {
                column -= 1;
            }
            if !taken[column] {
                cells[column] = CALLBACK;
                taken[column] = true;
            }
        }
        for mark in &row.marks {
            let glyph = match mark.kind {
                Kind::Set => SET,
                Kind::Clear => CLEAR,
                Kind::Cancel => CANCEL,
                _ => continue,
            };
            let column = self.column(mark.at.seconds());
            if !taken[column] {
                cells[column] = glyph;
                taken[column] = true;
            }
        }
        for (columns, name) in &tasks {
            let at = columns.start + 1;
            write(&mut cells, &mut taken, at..columns.end, name);
        }
        for wait in row.of(Activity::Waiting) {
            let columns = columns_of(wait.from.seconds(), wait.to.seconds());
            let text = format!(" waits for {} ", printable(&wait.text));
            let free = columns.len().saturating_sub(width(&text));
            if free >= 4 {
                write(
                    &mut cells,
                    &mut taken,
                    columns.start + 2..columns.end,
                    &text,
                );
            }
        }
        let bar: String = cells.iter().filter(|cell| **cell != CONTINUED).collect();
        bar.trim_end().to_string()
    }

    /// For each column the glyph of what took the most of its time.
    fn most_of_each_column(&self, row: &Row) -> Vec<char> {
        let mut most = vec![(0.0, ' '); self.columns];
        let width = self.seconds / self.columns as f64;
        for segment in &row.segments {
            let (from, to) = (segment.from.seconds(), segment.to.seconds());
            let glyph = match segment.activity {
                Activity::Running | Activity::Callback => RUNS,
                Activity::Sleeping => SLEEPS,
                Activity::Waiting => WAITS,
                Activity::Idle => IDLE,
            };
            for (column, (share, shown)) in most
                .iter_mut()
                .enumerate()
                .take(self.column(to) + 1)
                .skip(self.column(from))
            {
                let start = column as f64 * width;
                let here = to.min(start + width) - from.max(start);
                if here > *share {
                    (*share, *shown) = (here, glyph);
                }
            }
        }
        most.into_iter().map(|(_, glyph)| glyph).collect()
    }
}

/// Stands behind a character that is two columns wide.
const CONTINUED: char = '\0';

/// Writes a text, if there is room for all of it.
fn write(cells: &mut [char], taken: &mut [bool], place: Range<usize>, text: &str) {
    if width(text) > place.len() || taken[place.start..place.start + width(text)].contains(&true) {
        return;
    }
    let mut column = place.start;
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        // A mark on the character before it has no column of its own.
        if width == 0 {
            continue;
        }
        cells[column] = c;
        cells[column + 1..column + width].fill(CONTINUED);
        taken[column..column + width].fill(true);
        column += width;
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

/// What the glyphs mean: those that can be seen in the bars.
fn legend(rows: &[Row], bars: &str) -> String {
    let mut tasks = rows.iter().flat_map(Row::tasks);
    let failed = tasks.any(|task| !task.failure.is_empty());
    let seen = |glyph: char| bars.contains(glyph);
    let mut entries = Vec::new();
    if seen(BEGINS) {
        entries.push(format!("{BEGINS}3 task 3"));
        if failed && seen('!') {
            entries.push("3! failed".to_string());
        }
    }
    for (glyph, meaning) in [
        (RUNS, "runs"),
        (SLEEPS, "sleeps (stands for work)"),
        (CALLBACK, "callback"),
        (WAITS, "waits"),
        (IDLE, "idle"),
        (SET, "set"),
        (CLEAR, "clear"),
        (CANCEL, "cancelled"),
    ] {
        if seen(glyph) {
            entries.push(format!("{glyph} {meaning}"));
        }
    }
    entries.join("\n")
}

/// Words, or the lines of `text`, joined by `space` into lines of at most
/// `columns`.
fn wrap(text: &str, space: &str, columns: usize) -> Vec<String> {
    let words: Vec<&str> = match text.contains('\n') {
        true => text.lines().collect(),
        false => text.split(' ').collect(),
    };
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let word = cut(word, columns);
        match lines.last_mut() {
            Some(line) if width(line) + space.len() + width(&word) <= columns => {
                line.push_str(space);
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// How many columns a text takes: never fewer than the terminal gives it.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Without characters that would move the cursor or change the width of others.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200d}' | '\u{fe0f}'))
        .map(|c| match c.is_control() {
            true => char::REPLACEMENT_CHARACTER,
            false => c,
        })
        .collect()
}

/// Cut to so many columns, with a sign that it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars() {
        if width(&short) + c.width().unwrap_or(0) + 1 > columns {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

/// Cut or filled to exactly so many columns.
fn fitted(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let space = columns.saturating_sub(width(&text));
    text + &" ".repeat(space)
}
