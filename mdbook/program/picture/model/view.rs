//! What one panel shows.

use std::collections::BTreeMap;

use super::absent::absent;
use super::band::{Band, bands};
use super::panel::Panel;
use super::queue::{Queue, queues};
use super::rows::{Row, rows};
use super::run::{Reading, Run};
use super::spans::{Activity, seconds};
use super::waves::{Wave, waves};
use crate::picture::options::Options;
use crate::record::Kind;

/// What is shorter than this part of the scale is not drawn.
const SLIVER: f64 = 0.005;

/// More marks of callbacks than this would hide the tasks.
const CALLBACKS: usize = 6;

/// Everything in one panel.
#[derive(Debug)]
pub struct View {
    pub from: f64,
    pub to: f64,
    pub rows: Vec<Row>,
    pub waves: Vec<Wave>,
    pub bands: Vec<Band>,
    pub queues: BTreeMap<u32, Queue>,
    /// What a stopwatch was read for, but for the total.
    pub flags: Vec<Reading>,
    /// Workers that were never started: what their names begin with, and their numbers.
    pub absent: Vec<(String, Vec<u32>)>,
    /// The time that all tasks together worked, where it is compared with the time that
    /// it took.
    pub work: Option<f64>,
    /// Callbacks that are too short for a bar get a mark: there are few of them.
    pub marks_callbacks: bool,
}

impl View {
    /// `scale` is the length of the scale, in seconds.
    #[must_use]
    pub fn new(run: &Run, panel: &Panel, scale: f64, options: &Options) -> Self {
        let (from, to) = (panel.from, panel.to);
        let least = scale * SLIVER;
        let rows = rows(run, (from, to), least, options.fold, |name| {
            options.shows(name)
        });
        let queues = match options.no_queue {
            true => BTreeMap::new(),
            false => queues(run, (from, to), least),
        };
        let inside = |(moment, ..): &&Reading| moment.at >= from && moment.at <= to;
        let mut flags: Vec<Reading> = run.readings.iter().filter(inside).cloned().collect();
        // The last one, near the end, is the total.
        let late = to - (to - from) * 0.02;
        if flags.last().is_some_and(|(moment, ..)| moment.at > late) {
            flags.pop();
        }
        let work = options.work.then(|| work(&rows));
        let callbacks = run.events.iter().filter(|entry| {
            let at = seconds(entry);
            entry.kind == Kind::Callback && at >= from && at <= to
        });
        View {
            from,
            to,
            marks_callbacks: (1..=CALLBACKS).contains(&callbacks.count()),
            waves: if to - from < scale * 0.1 {
                Vec::new()
            } else {
                waves(run, from, to)
            },
            bands: (bands(run, from, to).into_iter())
                .filter(|band| options.shows(&band.name))
                .collect(),
            flags,
            absent: absent(run, from, to),
            queues,
            rows,
            work,
        }
    }

    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.queues.is_empty() && self.bands.is_empty()
    }

    /// Whether a row's actor waits for one of the events.
    #[must_use]
    pub fn waits(&self, row: &Row) -> bool {
        let waits = |place: &usize| self.bands.iter().any(|band| band.waiters.contains(place));
        row.actors.iter().any(waits)
    }

    /// The moments in which an event is set.
    #[must_use]
    pub fn sets(&self) -> Vec<f64> {
        let stretches = self.bands.iter().flat_map(|band| &band.stretches);
        stretches
            .filter(|stretch| stretch.entry.is_some())
            .map(|stretch| stretch.from)
            .collect()
    }
}

fn work(rows: &[Row]) -> f64 {
    let spans = rows.iter().flat_map(|row| &row.spans);
    let works = spans.filter(|span| span.task.is_some() && span.activity == Activity::Work);
    works.map(|span| span.to - span.from).sum()
}
