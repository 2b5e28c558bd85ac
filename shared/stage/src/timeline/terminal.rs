//! The timeline as lines of characters.
//!
//! ```text
//! 2 workers ran 4 tasks in 2.0 s, at most 2 at once.
//!           0.0 s           1.0 s           2.0 s
//!           ├───────┬───────┼───────┬───────┤
//! main      ──── waits for the end of pool-0 ───
//! queued    222222222222222
//! pool-0_0  │0▒▒▒▒▒▒▒▒▒▒▒▒▒▒│2▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
//! pool-0_1  │1▒▒▒▒▒▒▒▒▒▒▒▒▒▒│3▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
//! │3 task 3   ▒ sleeps (stands for work)   ─ waits
//! ```

use colored::Colorize;

use super::chart::{self, Cells, Chart, are_alike};
use super::model::{Activity, Queue, Row, Timeline};
use super::text::{fitted, printable, width, wrap};
use crate::narrate;
use crate::record::ActorKind;

/// More actors than this are only counted.
const ROWS: usize = 40;
/// Of more rows than this that are like each other, only the first few are shown.
const ALIKE: usize = 6;
/// So many of them.
const OF_ALIKE: usize = 2;
/// Narrower than this, nothing can be told.
const LEAST: usize = 20;
/// The name of the line that counts the tasks in a queue.
const QUEUED: &str = "queued";

/// One line of the picture.
enum Line {
    /// A name, and what stands behind it.
    Bar(String, Cells),
    /// As that, of an actor.
    Actor(String, Cells),
    Words(String),
}

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
        let names = self.rows.iter().take(ROWS).map(|row| &row.actor.name);
        let names = names.chain(self.flags.iter().map(|flag| &flag.name));
        let longest = names.map(|name| width(&printable(name))).max();
        let name_width = longest.unwrap_or(0).max(QUEUED.len()).min(columns / 3);
        let chart = Chart {
            timeline: self,
            columns: columns - name_width - 2,
            seconds: self.seconds(),
        };
        let margin = " ".repeat(name_width + 2);
        for line in chart.phases(&self.phases) {
            lines.push(format!("{margin}{line}"));
        }
        for line in chart.scale() {
            lines.push(format!("{margin}{line}"));
        }
        let mut bars = String::new();
        for line in self.lines(&chart) {
            let (name, cells, color) = match &line {
                Line::Words(words) => {
                    lines.extend(wrap(words, " ", columns));
                    continue;
                }
                Line::Bar(name, cells) => (name, cells, None),
                Line::Actor(name, cells) => (name, cells, narrate::color_of(name)),
            };
            let bar = cells.to_string();
            let shown = fitted(&printable(name), name_width);
            lines.push(match (color, &line) {
                (Some(color), _) => format!("{}  {}", shown.color(color), bar.color(color)),
                (None, Line::Actor(..)) => format!("{}  {bar}", shown.bold()),
                (None, _) => format!("{shown}  {bar}"),
            });
            bars.push_str(&bar);
        }
        lines.extend(wrap(&self.legend(&bars), "   ", columns));
        joined(&lines)
    }

    /// The states of events, and then the actors: above the workers of a pool its queue.
    fn lines(&self, chart: &Chart<'_>) -> Vec<Line> {
        let flags = self.flags.iter().filter_map(|flag| {
            let cells = chart.flag(flag)?;
            Some(Line::Bar(flag.name.clone(), cells))
        });
        let mut lines: Vec<Line> = flags.collect();
        let mut queues: Vec<&Queue> = self.queues.iter().collect();
        let groups = groups(self.rows.iter().map(|row| (row, chart.row(row))));
        let mut shown = 0;
        let mut left = self.rows.len();
        for (row, cells, place, of) in groups {
            let of_row = |queue: &&Queue| is_worker_of(row, queue);
            let at = queues.iter().position(of_row);
            let queue = at.and_then(|at| chart.queue(queues.remove(at)));
            if of > ALIKE && place == OF_ALIKE {
                let (more, kind) = (of - OF_ALIKE, several(row.actor.kind));
                lines.push(Line::Words(format!("… {more} more {kind} like this")));
                left -= more;
            }
            if of > ALIKE && place >= OF_ALIKE {
                continue;
            }
            if shown == ROWS {
                lines.push(Line::Words(format!("… and {left} more actors")));
                return lines;
            }
            if let Some(cells) = queue {
                lines.push(Line::Bar(QUEUED.to_string(), cells));
            }
            (shown, left) = (shown + 1, left - 1);
            lines.push(Line::Actor(row.actor.name.clone(), cells));
        }
        // Those whose tasks no worker ever took.
        for queue in queues {
            if let Some(cells) = chart.queue(queue) {
                lines.push(Line::Bar(QUEUED.to_string(), cells));
            }
        }
        lines
    }

    /// What the glyphs mean: those that can be seen in the bars.
    fn legend(&self, bars: &str) -> String {
        let tasks = || self.rows.iter().flat_map(Row::tasks);
        let failed = tasks().any(|task| !task.failure.is_empty());
        let seen = |glyph: char| bars.contains(glyph);
        let mut entries = Vec::new();
        if seen(chart::BEGINS) {
            let first = tasks().find_map(|span| span.task);
            entries.push(match first {
                Some(task) if self.names.contains_key(&task) => {
                    let name = printable(&self.name_of(task));
                    format!("{}{name} a task", chart::BEGINS)
                }
                _ => format!("{}3 task 3", chart::BEGINS),
            });
            if failed && seen('!') {
                entries.push("3! failed".to_string());
            }
        }
        let mut all = self.rows.iter().flat_map(|row| &row.spans);
        // What sleeps in the standard library only sleeps.
        let pauses = all.any(|span| span.activity == Activity::Sleeping && span.target.is_none());
        let sleeps = match pauses {
            true => "sleeps (stands for work)",
            false => "sleeps",
        };
        for (glyph, meaning) in [
            (chart::RUNS, "runs, or is ready to"),
            (chart::SLEEPS, sleeps),
            (chart::CALLBACK, "callback"),
            (chart::WAITS, "waits"),
            (chart::IDLE, "idle"),
            (chart::NOT_RECORDED, "not recorded"),
            (chart::SET, "set"),
            (chart::CLEAR, "clear"),
            (chart::CANCEL, "cancelled"),
            (chart::IS_SET, "is set"),
            (chart::IS_NOT_SET, "is not set"),
        ] {
            if seen(glyph) {
                entries.push(format!("{glyph} {meaning}"));
            }
        }
        if !self.queues.is_empty() && seen(chart::MANY) {
            entries.push(format!("{} more than 9", chart::MANY));
        }
        entries.join("\n")
    }
}

/// The rows with their cells, each with its place among those that are like it, and the
/// number of those.
fn groups<'a>(rows: impl Iterator<Item = (&'a Row, Cells)>) -> Vec<(&'a Row, Cells, usize, usize)> {
    struct Group<'a> {
        first: &'a Row,
        changes: Vec<(usize, char)>,
        rows: usize,
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut all: Vec<(&Row, Cells, usize, usize)> = Vec::new();
    for (row, cells) in rows {
        let changes = cells.changes();
        let is_like = |group: &Group<'_>| {
            let other = group.first;
            let same = (row.actor.kind, row.worker) == (other.actor.kind, other.worker);
            same && are_alike(&changes, &group.changes)
        };
        let group = match groups.iter().position(is_like) {
            Some(group) => group,
            None => {
                groups.push(Group {
                    first: row,
                    changes,
                    rows: 0,
                });
                groups.len() - 1
            }
        };
        let place = groups[group].rows;
        groups[group].rows += 1;
        all.push((row, cells, place, group));
    }
    for (.., group) in &mut all {
        *group = groups[*group].rows;
    }
    all
}

fn is_worker_of(row: &Row, queue: &Queue) -> bool {
    let name = row.actor.name.strip_prefix(queue.name.as_str());
    row.worker && name.is_some_and(|rest| rest.starts_with('_'))
}

fn several(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Thread => "threads",
        ActorKind::Process => "processes",
        ActorKind::Coroutine => "coroutines",
        ActorKind::Greenlet => "greenlets",
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

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
