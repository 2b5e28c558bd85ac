//! What a strand does, in words that are the same in every run.
//!
//! Two runs are compared doing by doing: what is said, for how long a strand sleeps, for
//! what it waits, what it submits, sets, starts, measures. How many workers a pool starts
//! and when, and what an idle worker waits for, may differ and are not listed.

use super::clock::Clock;
use super::doing::Doing;
use super::redact::Redactor;
use super::strands::{Strand, Strands};
use super::waits;
use crate::log::Log;
use crate::record::{About, Kind};

/// The doings of each strand, in order.
pub fn of_strands(log: &Log, strands: &Strands, clock: &Clock) -> Vec<Vec<Doing>> {
    let redactor = Redactor::new(log, strands);
    let mut by_strand: Vec<Vec<Doing>> = vec![Vec::new(); strands.names.len()];
    let mut strangers: Vec<Vec<String>> = vec![Vec::new(); strands.names.len()];
    for event in 0..log.events.len() {
        let strand = strands.of_event[event];
        let doing = match log.events[event].kind {
            Kind::Wait if strands.kinds[strand] != Strand::Worker => {
                waits::doing(log, strands, clock, &redactor, event)
            }
            _ => doing(log, strands, &redactor, event, &mut strangers[strand]),
        };
        if let Some(doing) = doing {
            waits::push(&mut by_strand[strand], doing);
        }
    }
    by_strand
}

fn doing(
    log: &Log,
    strands: &Strands,
    redactor: &Redactor<'_>,
    place: usize,
    strangers: &mut Vec<String>,
) -> Option<Doing> {
    let event = &log.events[place];
    let task = || {
        event
            .task
            .map(|task| strands.task(task))
            .unwrap_or_default()
    };
    let mut figures = Vec::new();
    let mut text = || {
        let (text, found) = redactor.said_by(event.who, &event.text, strangers);
        figures = found;
        text
    };
    let mut raw = String::new();
    let text = match event.kind {
        Kind::Say => {
            raw.clone_from(&event.text);
            format!("says “{}”", text())
        }
        Kind::Sleep => format!("sleeps {} s", event.text),
        Kind::End | Kind::CallbackEnd if event.text.is_empty() => "ends".to_string(),
        Kind::End | Kind::CallbackEnd => format!("fails: {}", text()),
        Kind::Submit => format!("submits {}", task()),
        Kind::Cancel => format!("cancels {}", task()),
        // How many workers a pool starts, and when, may differ.
        Kind::Spawn if strands.serves(&event.text) => return None,
        Kind::Spawn => format!("starts {}", event.text),
        Kind::Set => format!("sets {}", text()),
        Kind::Clear => format!("clears {}", text()),
        Kind::Switch => format!("switches to {}", text()),
        Kind::Pool => format!("makes {}", event.text),
        Kind::Shutdown => format!("shuts down {}", event.text),
        Kind::Phase => format!("begins the phase “{}”", text()),
        Kind::Name => format!("has the name {}", event.text),
        Kind::StopwatchStart => "starts a stopwatch".to_string(),
        Kind::StopwatchRead => format!("reads the stopwatch: {}", event.text),
        Kind::Step => format!("takes the step “{}”{}", event.text, state(&event.about)),
        _ => return None,
    };
    Some(Doing {
        event: place,
        text,
        raw,
        figures,
        certain: true,
        wait: None,
    })
}

/// What was so after a step.
fn state(about: &About) -> String {
    match about {
        About::Step {
            state,
            asleep,
            holder,
        } => format!(
            ", then {}; asleep: {}; lock: {}",
            state.join(", "),
            asleep.join(", "),
            holder.as_deref().unwrap_or("free")
        ),
        _ => String::new(),
    }
}
