//! The sentences about pools and their tasks.

use super::names::{Task, count, list};
use super::tale::Tale;
use crate::record::{About, Kind};

/// What a pool and its workers do.
#[derive(Debug)]
pub struct Pools<'a>(pub &'a Tale<'a>);

impl Pools<'_> {
    pub fn pool(&self, by: &str, text: &str) -> String {
        let number = match &self.0.story.log.events[self.0.main].about {
            About::Pool { pool, .. } => Some(*pool),
            _ => text
                .split(' ')
                .nth(1)
                .and_then(|number| number.parse().ok()),
        };
        let pool = self.0.story.names.pool(number.unwrap_or_default());
        let kind = if pool.processes {
            "worker process"
        } else {
            "worker"
        };
        let size = match pool.workers {
            None => "a pool".to_string(),
            Some(1) => format!("a pool of one {kind}"),
            Some(workers) => {
                let plural = if pool.processes { "es" } else { "s" };
                format!(
                    "a pool of at most {} {kind}{plural}",
                    count(workers as usize)
                )
            }
        };
        let started = match self.0.spawned(true) {
            names if names.is_empty() => String::new(),
            names => format!(", and starts {}", list(&names)),
        };
        format!("{by} makes {}, {size}{started}", pool.name)
    }

    pub fn submit(&self, by: &str) -> String {
        let names = &self.0.story.names;
        let tasks = self.0.tasks_of(Kind::Submit);
        let pool = names.pool(tasks.first().map_or(0, |task| task.0));
        let started = match self.0.spawned(true) {
            names if names.is_empty() => String::new(),
            names => format!(
                ". The pool starts {}, because no worker is idle",
                list(&names)
            ),
        };
        let one_by_one = if tasks.len() > 2 {
            ", one after the other"
        } else {
            ""
        };
        let to = if names.several {
            format!(" to {}", pool.name)
        } else {
            String::new()
        };
        format!(
            "{by} submits {}{to}{one_by_one}{started}",
            names.tasks(&tasks)
        )
    }

    pub fn start(&self, who: &str, task: Task) -> String {
        let name = self.0.story.names.task(task);
        match self.0.waiting.first(task.0) {
            Some(first) if first == task && self.0.waiting.len(task.0) == 1 => format!(
                "{who} takes {name}, because it is free and {name} is the only one in the queue"
            ),
            Some(first) if first == task => {
                format!("{who} takes {name}, because it is free and {name} is first in the queue")
            }
            _ => format!("{who} takes {name}, because it is free"),
        }
    }

    /// Where a callback runs, and why there.
    pub fn callback(&self, task: Task) -> String {
        let events = &self.0.story.log.events;
        let event = &events[self.0.main];
        let name = self.0.story.names.task(task);
        let who = self.0.story.names.actor(event.who);
        let cause = event.cause.map(|cause| &events[cause]);
        let late = match event.about {
            About::Callback { late } => Some(late),
            _ => None,
        };
        let why = match cause {
            Some(cause)
                if late != Some(true) && cause.kind == Kind::End && cause.who == event.who =>
            {
                format!(", the worker that ran {name}")
            }
            Some(cause) if cause.kind == Kind::Cancel && cause.who == event.who => {
                format!(", which cancelled {name}")
            }
            Some(cause) if cause.kind == Kind::End && who.ends_with("_callbacks") => {
                return format!(
                    "the callback of {name} runs in the parent, on {who}, because {name} has ended"
                );
            }
            Some(cause)
                if late != Some(false) && matches!(cause.kind, Kind::End | Kind::Cancel) =>
            {
                let over = if cause.kind == Kind::End {
                    "had ended"
                } else {
                    "was cancelled"
                };
                format!(" at once: {name} {over} before {who} added it")
            }
            _ => String::new(),
        };
        format!("the callback of {name} runs on {who}{why}")
    }

    pub fn shutdown(&self, by: &str, text: &str) -> String {
        let event = &self.0.story.log.events[self.0.main];
        let (name, number) = match event.about {
            About::Of { pool } => (self.0.story.names.pool(pool).name, Some(pool)),
            _ => {
                let number = text.rsplit('-').next();
                (
                    text.to_string(),
                    number.and_then(|number| number.parse().ok()),
                )
            }
        };
        let wait = match self.0.first(Kind::Wait) {
            Some(_) => ", and waits for it to finish",
            None => "",
        };
        let left = number.map_or_else(Vec::new, |pool| {
            self.0.waiting.of(pool).take(1000).collect()
        });
        let left = match left.len() {
            0 => String::new(),
            1 => format!(
                ". {} is still in its queue",
                capital(&self.0.story.names.tasks(&left))
            ),
            _ => format!(
                ". {} are still in its queue",
                capital(&self.0.story.names.tasks(&left))
            ),
        };
        format!("{by} shuts {name} down{wait}{left}")
    }
}

fn capital(text: &str) -> String {
    let mut text = text.to_string();
    if text.starts_with("task") {
        text[..1].make_ascii_uppercase();
    }
    text
}
