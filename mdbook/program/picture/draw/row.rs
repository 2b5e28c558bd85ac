//! The bars of one actor.

use maud::{Markup, html};

use super::label::{em, ids, label, pct};
use super::scale::{Scale, time};
use crate::picture::model::rows::Row;
use crate::picture::model::run::Run;
use crate::picture::model::spans::{Activity, Span, TaskId, Wait};
use crate::record::Target;

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
        @for ((span, entries), inner) in row.spans.iter().zip(&row.entries).zip(&row.inner) {
            (bar(frame, row, span, entries, *inner))
        }
        @for (class, texts, at, width) in names(frame, row) {
            @let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            (label(class, &texts, at, height(frame) / 2.0, width))
        }
    }
}

fn bar(
    frame: &Frame<'_>,
    row: &Row,
    span: &Span,
    entries: &[usize],
    (latest, earliest): (f64, f64),
) -> Markup {
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
        } @else if row.actors.len() > 1 {
            // Many thin bars on top of one another: those that begin later are below.
            @let share = |at: f64| (frame.x(at) - left) / (right - left) * 100.0;
            @let (begin, end) = (share(latest).min(100.0), share(earliest).max(0.0));
            svg x=(pct(left)) y=(em(AIR)) width=(pct(right - left)) height=(em(height(frame) - 2.0 * AIR))
                viewBox="0 0 100 100" preserveAspectRatio="none" {
                path class=(class) data-e=[ids] vector-effect="non-scaling-stroke"
                    d={ "M0 0H" (format!("{end:.1}")) "L100 100H" (format!("{begin:.1}")) "Z" } {}
            }
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
        Activity::Wait(wait) => waits(frame, wait),
        Activity::Pause => "works".to_string(),
        Activity::Runs => "runs".to_string(),
        Activity::Idle => "has nothing to do".to_string(),
        Activity::NotRecorded => "not recorded".to_string(),
    };
    let (from, to) = (span.from - frame.from, span.to - frame.from);
    format!("{}: {what}, {} to {}", row.name, time(from), time(to))
}

/// A class, the texts from the longest to the shortest, the place, and the room.
type Text = (&'static str, Vec<String>, f64, f64);

/// The texts in the bars. A task's name stands in the widest of its bars.
fn names(frame: &Frame<'_>, row: &Row) -> Vec<Text> {
    let width = |span: &Span| frame.x(span.to) - frame.x(span.from);
    let mut all = Vec::new();
    for (place, span) in row.spans.iter().enumerate() {
        let of_task =
            |other: &&Span| other.task == span.task && other.activity != Activity::Callback;
        let (class, texts) = match (&span.activity, span.task) {
            (Activity::Idle | Activity::Runs | Activity::Callback, _) => continue,
            (activity, Some(id)) => {
                let all = row.spans.iter().filter(of_task);
                let widest = all.map(width).fold(0.0, f64::max);
                let mut spans = row.spans.iter();
                if spans.position(|other| of_task(&other) && width(other) == widest) != Some(place)
                {
                    continue;
                }
                of_task_in(frame, activity, id)
            }
            (Activity::Wait(wait), None) => ("ink", vec![waits(frame, wait), "waits".to_string()]),
            (Activity::Pause | Activity::Work | Activity::Ready, None) => {
                ("on", vec!["works".to_string()])
            }
            (Activity::NotRecorded, None) => ("quiet", vec!["not recorded".to_string()]),
        };
        let (left, right) = frame.widest(span.from, span.to);
        all.push((class, texts, f64::midpoint(left, right), right - left));
    }
    all
}

fn of_task_in(frame: &Frame<'_>, activity: &Activity, id: TaskId) -> (&'static str, Vec<String>) {
    let name = frame
        .run
        .tasks
        .get(&id)
        .map(|task| task.name.clone())
        .unwrap_or_default();
    let names = vec![name.long.clone(), name.short.clone()];
    match activity {
        Activity::Work | Activity::Ready => ("on", names),
        // The answer to `GET /index/3` says all.
        Activity::Wait(wait) if !wait.text.contains(&name.long) => {
            let words = waits(frame, wait);
            (
                "ink",
                [
                    vec![
                        format!("{} {words}", name.long),
                        format!("{} waits", name.long),
                    ],
                    names,
                ]
                .concat(),
            )
        }
        _ => ("ink", names),
    }
}

/// What is waited for, in words that name tasks as the picture does.
fn waits(frame: &Frame<'_>, wait: &Wait) -> String {
    let task = match &wait.target {
        Some(Target::Result(task)) => frame.run.tasks.get(&(task.pool, task.number)),
        _ => None,
    };
    match task {
        Some(task) => format!("waits for {}", task.name.long),
        None => format!("waits for {}", wait.text),
    }
}
