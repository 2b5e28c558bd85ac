//! The bar of the picture to which an event belongs.

use crate::log::Log;
use crate::record::Kind;

/// For each event the place at which its bar begins. What an event within a bar belongs
/// to is the innermost bar: a line that a task prints belongs to the task.
pub fn bars(log: &Log) -> Vec<usize> {
    let mut open: Vec<Vec<(Kind, usize)>> = vec![Vec::new(); log.actors.len()];
    let mut bars = Vec::with_capacity(log.events.len());
    for (place, event) in log.events.iter().enumerate() {
        let open = &mut open[event.who];
        let begins = match event.kind {
            Kind::Start | Kind::Callback | Kind::Wait | Kind::Sleep => {
                open.push((event.kind, place));
                None
            }
            Kind::End => Some(Kind::Start),
            Kind::CallbackEnd => Some(Kind::Callback),
            Kind::Wake => Some(Kind::Wait),
            Kind::Awake => Some(Kind::Sleep),
            _ => None,
        };
        bars.push(match begins {
            // What was still open inside it has ended with it.
            Some(kind) => match open.iter().rposition(|bar| bar.0 == kind) {
                Some(from) => {
                    let bar = open[from].1;
                    open.truncate(from);
                    bar
                }
                None => place,
            },
            None if event.kind == Kind::Say => open.last().map_or(place, |bar| bar.1),
            None => place,
        });
    }
    bars
}

/// What an actor is in: the innermost task or callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    Nothing,
    Task((u32, u64)),
    Callback((u32, u64)),
}

/// For each event what its actor was in when it happened.
pub fn inside(log: &Log) -> Vec<Inside> {
    let mut open: Vec<Vec<Inside>> = vec![Vec::new(); log.actors.len()];
    let events = log.events.iter().map(|event| {
        let open = &mut open[event.who];
        let now = open.last().copied().unwrap_or(Inside::Nothing);
        match (event.kind, event.task) {
            (Kind::Start, Some(task)) => open.push(Inside::Task(task)),
            (Kind::Callback, Some(task)) => open.push(Inside::Callback(task)),
            (Kind::End | Kind::CallbackEnd, _) => {
                open.pop();
            }
            _ => {}
        }
        now
    });
    events.collect()
}
