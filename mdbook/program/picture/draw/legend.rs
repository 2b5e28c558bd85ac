//! What the signs mean: those that the picture has, and no others.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::actor::Marks;
use super::row::Frame;
use crate::picture::model::spans::Activity;
use crate::picture::model::view::View;

/// A sign of the legend, in the order in which the legend lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    Task,
    Work,
    Ready,
    Callback,
    Wait,
    GaveUp,
    Queued,
    Cancelled,
    Failed,
    Idle,
    Runs,
    NotRecorded,
    Begins,
    Goes,
    Set,
    Called,
    Died,
    End,
}

impl Sign {
    fn words(self) -> &'static str {
        match self {
            Sign::Task => "works",
            Sign::Work => "works",
            Sign::Ready => "computes when it has a core",
            Sign::Callback => "runs a callback",
            Sign::Wait => "waits (blocked)",
            Sign::GaveUp => "waits, then gives up",
            Sign::Queued => "in the queue",
            Sign::Cancelled => "cancelled",
            Sign::Failed => "failed",
            Sign::Idle => "has nothing to do",
            Sign::Runs => "runs",
            Sign::NotRecorded => "not recorded",
            Sign::Begins => "begins",
            Sign::Goes => "goes on",
            Sign::Set => "set()",
            Sign::Called => "a callback",
            Sign::Died => "was killed",
            Sign::End => "the end",
        }
    }

    fn drawn(self) -> Markup {
        let bar = |class: &str| html! { rect class=(class) x="1" y="10%" width="94%" height="80%" rx="2" {} };
        let line = |class: &str| html! { line class=(class) x1="0" x2="100%" y1="50%" y2="50%" {} };
        let upright =
            |class: &str| html! { line class=(class) x1="50%" x2="50%" y1="0" y2="100%" {} };
        match self {
            Sign::Task => bar("work"),
            Sign::Work => bar("work"),
            Sign::Ready => bar("work ready"),
            Sign::Callback => bar("call"),
            Sign::Wait => bar("wait"),
            Sign::GaveUp => bar("wait gave-up"),
            Sign::Queued => bar("queue"),
            Sign::Cancelled => bar("gone"),
            Sign::Failed => bar("work failed"),
            Sign::Idle => line("idle"),
            Sign::Runs => line("runs"),
            Sign::NotRecorded => bar("not"),
            Sign::Set => upright("flag"),
            Sign::Goes => {
                html! { svg x="40%" y="50%" { path class="go" d="M1 -5.5L11 0L1 5.5Z" {} } }
            }
            Sign::Begins => html! { circle class="dot" cx="50%" cy="50%" r=".3em" {} },
            Sign::Called => html! {
                svg x="50%" y="50%" { path class="called" d="M0 -6L6 0L0 6L-6 0Z" {} }
            },
            Sign::Died => html! {
                svg x="30%" y="50%" { path class="cross" d="M0 -5L10 5M0 5L10 -5" {} }
            },
            Sign::End => upright("end"),
        }
    }
}

/// The signs that one panel has.
#[must_use]
pub fn signs(frame: &Frame<'_>, view: &View) -> BTreeSet<Sign> {
    let mut signs = BTreeSet::new();
    for row in &view.rows {
        let marks = Marks::of(frame, view, row);
        signs.extend((!marks.begins.is_empty()).then_some(Sign::Begins));
        signs.extend((!marks.goes.is_empty()).then_some(Sign::Goes));
        signs.extend((!marks.callbacks.is_empty()).then_some(Sign::Called));
        signs.extend((!marks.deaths.is_empty()).then_some(Sign::Died));
        for span in row.spans.iter().filter(|span| frame.seen(span)) {
            signs.insert(sign(&span.activity, span.task.is_some()));
            let task = span.task.and_then(|id| frame.run.tasks.get(&id));
            let failed = task.is_some_and(|task| !task.failure.is_empty());
            signs.extend((failed && span.activity == Activity::Work).then_some(Sign::Failed));
        }
    }
    for queue in view.queues.values() {
        signs.extend((!queue.cells.is_empty()).then_some(Sign::Queued));
        signs.extend((!queue.cancelled.is_empty()).then_some(Sign::Cancelled));
    }
    signs.extend((!view.bands.is_empty()).then_some(Sign::Set));
    signs
}

/// The sign of what an actor does.
fn sign(activity: &Activity, in_task: bool) -> Sign {
    match activity {
        Activity::Work if in_task => Sign::Task,
        Activity::Work | Activity::Pause => Sign::Work,
        Activity::Ready => Sign::Ready,
        Activity::Callback => Sign::Callback,
        Activity::Wait(wait) if wait.gave_up => Sign::GaveUp,
        Activity::Wait(_) => Sign::Wait,
        Activity::Idle => Sign::Idle,
        Activity::Runs => Sign::Runs,
        Activity::NotRecorded => Sign::NotRecorded,
    }
}

#[must_use]
pub fn legend(signs: &BTreeSet<Sign>) -> Markup {
    // One sign stands for both.
    let works = |sign: &&Sign| **sign != Sign::Work || !signs.contains(&Sign::Task);
    html! {
        ul class="key" {
            @for sign in signs.iter().filter(works) {
                li { svg aria-hidden="true" { (sign.drawn()) } (sign.words()) }
            }
        }
    }
}
