//! The bars of one actor.

use maud::{Markup, html};

use super::label::{em, ids, label, pct};
use super::scale::{Scale, time};
use crate::picture::model::rows::Row;
use crate::picture::model::run::Run;
use crate::picture::model::spans::{Activity, Span};

/// What a drawing of one panel needs to know.
#[derive(Debug)]
pub struct Frame<'a> {
    pub run: &'a Run,
    pub scale: &'a Scale,
    /// The beginning of the panel.
    pub from: f64,
    /// Whether the events are those of the page's own run, which can be played.
    pub own: bool,
    /// There are so many rows that each is lower.
    pub many: bool,
}

impl Frame<'_> {
    /// Whether a span is wide enough to be drawn.
    #[must_use]
    pub fn seen(&self, span: &Span) -> bool {
        self.x(span.to) - self.x(span.from) >= SEEN
    }

    /// The left and right end of the widest piece of a stretch: where its name stands.
    #[must_use]
    pub fn widest(&self, from: f64, to: f64) -> (f64, f64) {
        let (from, to) = (from - self.from, to - self.from);
        let parts = self
            .scale
            .pieces
            .iter()
            .filter(|piece| piece.from < to && piece.to > from);
        let ends = parts.map(|piece| {
            let end = |at: f64| self.scale.place(at.clamp(piece.from, piece.to));
            // The end of a piece is also the beginning of a gap.
            (
                if from <= piece.from {
                    piece.left
                } else {
                    end(from)
                },
                end(to),
            )
        });
        let width = |(left, right): &(f64, f64)| right - left;
        ends.max_by(|one, other| width(one).total_cmp(&width(other)))
            .unwrap_or_default()
    }

    #[must_use]
    pub fn x(&self, at: f64) -> f64 {
        self.scale.place(at - self.from)
    }

    #[must_use]
    pub fn ids(&self, entries: &[usize]) -> Option<String> {
        if self.own { ids(entries) } else { None }
    }
}

/// The height of a row in em.
#[must_use]
pub fn height(frame: &Frame<'_>) -> f64 {
    if frame.many { 1.45 } else { 1.75 }
}

/// What remains free above a bar, and below it.
const AIR: f64 = 0.13;

/// Narrower bars, in per cent, cannot be seen.
const SEEN: f64 = 0.12;

/// The bars of a row, from left to right.
#[must_use]
pub fn bars(frame: &Frame<'_>, row: &Row) -> Markup {
    html! {
        @for (span, entries) in row.spans.iter().zip(&row.entries) {
            (bar(frame, row, span, entries))
        }
        @for (text, at, width) in names(frame, row) {
            (label(text.0, &[&text.1, &text.2], at, height(frame) / 2.0, width))
        }
    }
}

fn bar(frame: &Frame<'_>, row: &Row, span: &Span, entries: &[usize]) -> Markup {
    let (left, right) = (frame.x(span.from), frame.x(span.to));
    let middle = em(height(frame) / 2.0);
    let task = span.task.and_then(|id| frame.run.tasks.get(&id));
    let failed = task.is_some_and(|task| !task.failure.is_empty());
    let class = match (class(&span.activity), failed) {
        ("work", true) => "work failed",
        (class, _) => class,
    };
    let ids = frame.ids(entries);
    if !frame.seen(span) {
        return html! {};
    }
    html! {
        @if matches!(span.activity, Activity::Idle | Activity::Runs) {
            line class=(class) data-e=[ids] x1=(pct(left)) x2=(pct(right)) y1=(middle) y2=(middle) {}
        } @else {
            rect class=(class) data-e=[ids] x=(pct(left)) y=(em(AIR))
                width=(pct(right - left)) height=(em(height(frame) - 2.0 * AIR)) rx="2" {
                title { (described(frame, row, span)) }
            }
        }
    }
}

#[must_use]
pub fn class(activity: &Activity) -> &'static str {
    match activity {
        Activity::Work => "work",
        Activity::Callback => "call",
        Activity::Wait(wait) if wait.gave_up => "wait gave-up",
        Activity::Wait(_) => "wait",
        Activity::Pause => "work own",
        Activity::Runs => "runs",
        Activity::Ready => "work ready",
        Activity::Idle => "idle",
        Activity::NotRecorded => "not",
    }
}

/// What a bar says when it is pointed at.
fn described(frame: &Frame<'_>, row: &Row, span: &Span) -> String {
    let task = span.task.and_then(|id| frame.run.tasks.get(&id));
    let task = task.map_or(String::new(), |task| task.name.long.clone());
    let what = match &span.activity {
        Activity::Work | Activity::Ready if task.is_empty() => "runs".to_string(),
        Activity::Work | Activity::Ready => task,
        Activity::Callback if task.is_empty() => "a callback".to_string(),
        Activity::Callback => format!("a callback of {task}"),
        Activity::Wait(wait) => format!("waits for {}", wait.text),
        Activity::Pause => "works".to_string(),
        Activity::Runs => "runs".to_string(),
        Activity::Idle => "has nothing to do".to_string(),
        Activity::NotRecorded => "not recorded".to_string(),
    };
    let (from, to) = (span.from - frame.from, span.to - frame.from);
    format!("{}: {what}, {} to {}", row.name, time(from), time(to))
}

type Text = (&'static str, String, String);

/// The texts in the bars, each with its place and its room. A task's name stands in the
/// widest of its bars.
fn names(frame: &Frame<'_>, row: &Row) -> Vec<(Text, f64, f64)> {
    let width = |span: &Span| frame.x(span.to) - frame.x(span.from);
    let mut texts = Vec::new();
    for (place, span) in row.spans.iter().enumerate() {
        let of_task =
            |other: &&Span| other.task == span.task && other.activity != Activity::Callback;
        let text = match (&span.activity, span.task) {
            (Activity::Idle | Activity::Runs | Activity::Callback, _) => continue,
            (activity, Some(id)) => {
                let widest = (row.spans.iter().filter(of_task))
                    .map(width)
                    .fold(0.0, f64::max);
                let first =
                    (row.spans.iter()).position(|other| of_task(&other) && width(other) == widest);
                if first != Some(place) {
                    continue;
                }
                let name = frame.run.tasks.get(&id).map(|task| task.name.clone());
                let name = name.unwrap_or_default();
                let on = matches!(activity, Activity::Work | Activity::Ready);
                (if on { "on" } else { "ink" }, name.long, name.short)
            }
            (Activity::Wait(wait), None) => (
                "ink",
                format!("waits for {}", wait.text),
                "waits".to_string(),
            ),
            (Activity::Pause | Activity::Work | Activity::Ready, None) => {
                ("on", "works".to_string(), String::new())
            }
            (Activity::NotRecorded, None) => ("quiet", "not recorded".to_string(), String::new()),
        };
        let (left, right) = frame.widest(span.from, span.to);
        texts.push((text, f64::midpoint(left, right), right - left));
    }
    texts
}
