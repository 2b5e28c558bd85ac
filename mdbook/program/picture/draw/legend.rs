//! What the signs mean: those that the picture has, and no others.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::picture::model::spans::Activity;

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
    Flag,
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
            Sign::Flag => "a result can be used",
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
            Sign::Set | Sign::Flag => upright("flag"),
            Sign::Goes => {
                html! { svg x="40%" y="50%" { path class="go" d="M1 -5.5L11 0L1 5.5Z" {} } }
            }
            Sign::Begins => html! { circle class="dot" cx="50%" cy="50%" r=".3em" {} },
            Sign::End => upright("end"),
        }
    }
}

/// The sign of what an actor does.
#[must_use]
pub fn sign(activity: &Activity, in_task: bool) -> Sign {
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
