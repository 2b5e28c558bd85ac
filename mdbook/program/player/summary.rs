//! Many acts in one sentence.

use std::collections::BTreeSet;

use super::act::Act;
use super::names::{Task, count, list, seconds};
use super::story::Story;
use crate::record::Kind;

/// What happens in `acts`. If they repeat, each was told before, about something else.
pub fn words(story: &Story<'_>, acts: &[Act], repeats: bool) -> String {
    let events = &story.log.events;
    let mut tasks: BTreeSet<Task> = BTreeSet::new();
    let mut counts = [0_usize; COUNTED.len()];
    let mut until = 0;
    for &place in acts.iter().flat_map(|act| story.acts.events(act)) {
        let event = &events[place];
        until = until.max(event.at);
        tasks.extend(event.task);
        for (number, (kind, ..)) in COUNTED.iter().enumerate() {
            let spawned_worker = event.kind == Kind::Spawn && story.names.is_worker(&event.text);
            counts[number] += usize::from(event.kind == *kind && !spawned_worker);
        }
    }
    let parts: Vec<String> = std::iter::zip(counts, COUNTED)
        .filter(|(number, _)| *number > 0)
        .map(|(number, (_, one, many))| match number {
            1 => format!("one {one}"),
            _ => format!("{} {many}", count(number)),
        })
        .take(4)
        .collect();
    let what = match parts.as_slice() {
        [] => format!("{} steps", count(acts.len())),
        [one] => one.clone(),
        [first, second] => format!("{first}, and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    };
    let until = seconds(until as f64 / 1e6);
    match about(story, &tasks) {
        Some(tasks) if repeats => format!("The same for {tasks}, until {until}: {what}."),
        _ if repeats => format!("The same again, until {until}: {what}."),
        _ => format!("Until {until}: {what}."),
    }
}

/// What is counted: with its words for one and for many. The first ones say most.
const COUNTED: [(Kind, &str, &str); 10] = [
    (Kind::Submit, "task is submitted", "tasks are submitted"),
    (Kind::Start, "task starts", "tasks start"),
    (Kind::End, "task ends", "tasks end"),
    (Kind::Callback, "callback runs", "callbacks run"),
    (Kind::Cancel, "task is cancelled", "tasks are cancelled"),
    (Kind::Spawn, "thread is started", "threads are started"),
    (Kind::Switch, "switch", "switches"),
    (Kind::Wait, "wait begins", "waits begin"),
    (Kind::Set, "event is set", "events are set"),
    (Kind::Say, "line is printed", "lines are printed"),
];

/// The tasks, if they are of one pool; or the pools.
fn about(story: &Story<'_>, tasks: &BTreeSet<Task>) -> Option<String> {
    let pools: BTreeSet<u32> = tasks.iter().map(|task| task.0).collect();
    match pools.len() {
        0 => None,
        1 => {
            let tasks: Vec<Task> = tasks.iter().copied().collect();
            Some(story.names.tasks(&tasks))
        }
        _ => {
            let pools = pools.into_iter().map(|pool| story.names.pool(pool).name);
            let pools: Vec<String> = pools.collect();
            Some(format!("the tasks of {}", list(&pools)))
        }
    }
}
