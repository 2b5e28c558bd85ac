//! The parts of a trace in the form that its readers want.

use std::time::Duration;

use serde_json::{Value, json};

use crate::record::{Kind, TaskId};
use crate::timeline::{Activity, Mark, Moment, Span, Timeline};

/// What takes time on a track.
pub(super) struct Slice<'a> {
    pub(super) name: &'a str,
    pub(super) category: &'a str,
    pub(super) track: (u32, u32),
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) arguments: Value,
}

pub(super) fn slice(slice: Slice<'_>) -> Value {
    json!({
        "ph": "X", "name": slice.name, "cat": slice.category,
        "pid": slice.track.0, "tid": slice.track.1,
        "ts": microseconds(slice.from), "dur": microseconds(slice.to - slice.from),
        "args": slice.arguments,
    })
}

pub(super) fn name_of(timeline: &Timeline, span: &Span) -> (String, &'static str) {
    let task = || task_of(timeline, span.task);
    match span.activity {
        Activity::Running => (task(), "task"),
        Activity::Callback => (format!("callback of {}", task()), "callback"),
        Activity::Sleeping => ("sleeps".to_string(), "sleep"),
        _ => (format!("waits for {}", span.text), "wait"),
    }
}

fn task_of(timeline: &Timeline, task: Option<TaskId>) -> String {
    let Some(task) = task else {
        return "a task".to_string();
    };
    match timeline.names.get(&task) {
        Some(name) => name.clone(),
        None => task.to_string(),
    }
}

pub(super) fn arguments_of(span: &Span) -> Value {
    let mut arguments = simulated(span.from, span.to);
    arguments["at"] = json!(format!("{}:{}", span.file, span.line));
    if let Some(task) = span.task {
        arguments["task"] = json!(task.number);
        arguments["pool"] = json!(task.pool);
    }
    if !span.text.is_empty() {
        arguments["text"] = json!(span.text);
    }
    if let Some(target) = &span.target {
        arguments["target"] = json!(target);
    }
    if span.gave_up {
        arguments["gave up"] = json!(true);
    }
    if !span.failure.is_empty() {
        arguments["failed"] = json!(span.failure);
    }
    if span.ended.is_none() {
        arguments["unfinished"] = json!(true);
    }
    arguments
}

pub(super) fn mark_name(timeline: &Timeline, mark: &Mark) -> String {
    let task = || task_of(timeline, mark.task);
    match mark.kind {
        Kind::Say => mark.text.clone(),
        Kind::Submit => format!("submits {}", task()),
        Kind::Cancel => format!("cancels {}", task()),
        Kind::Spawn => format!("creates {}", mark.text),
        Kind::Switch => format!("switches to {}", mark.text),
        Kind::Pool => format!("makes {}", mark.text),
        Kind::Shutdown => format!("shuts {} down", mark.text),
        kind => format!("{kind:?} {}", mark.text).trim_end().to_string(),
    }
}

pub(super) fn mark_arguments(mark: &Mark) -> Value {
    let mut arguments = json!({
        "at": format!("{}:{}", mark.file, mark.line),
        "simulated": mark.at.simulated.as_secs_f64(),
    });
    if let Some(task) = mark.task {
        arguments["task"] = json!(task.number);
        arguments["pool"] = json!(task.pool);
    }
    arguments
}

/// In simulated seconds.
pub(super) fn simulated(from: Moment, to: Moment) -> Value {
    json!({
        "simulated from": from.simulated.as_secs_f64(),
        "simulated to": to.simulated.as_secs_f64(),
    })
}

/// The last moment that surely lies inside.
pub(super) fn just_before(from: u64, to: u64) -> u64 {
    to.saturating_sub(1).max(from)
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4)
}

pub(super) fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1_000.0
}
