//! Logs for tests, made event by event.

use crate::log::{Actor, Entry, Log};
use crate::picture::Naming;
use crate::player::{Step, steps};
use crate::record::{About, ActorKind, Kind};

/// A log to which events are added.
#[derive(Debug)]
pub struct Made {
    pub log: Log,
    now: u64,
}

impl Made {
    pub fn new(actors: &[&str]) -> Self {
        let actors = actors.iter().map(|name| Actor {
            name: (*name).to_string(),
            kind: ActorKind::Thread,
            process: 1,
        });
        Made {
            log: Log {
                section: "made".to_string(),
                speed: 1.0,
                actors: actors.collect(),
                events: Vec::new(),
            },
            now: 0,
        }
    }

    /// The next event, ten microseconds after the one before.
    pub fn add(&mut self, who: usize, kind: Kind, text: &str) -> &mut Entry {
        self.now += 10;
        self.log.events.push(Entry {
            at: self.now,
            who,
            kind,
            task: None,
            cause: None,
            text: text.to_string(),
            about: About::Nothing,
            line: None,
            cpu: None,
        });
        self.log.events.last_mut().expect("one was added")
    }

    /// An event of a task of pool 0, and its place.
    pub fn of_task(&mut self, who: usize, kind: Kind, task: u64, cause: Option<usize>) -> usize {
        let entry = self.add(who, kind, "");
        entry.task = Some((0, task));
        entry.cause = cause;
        self.last()
    }

    pub fn later(&mut self, seconds: f64) {
        self.now += (seconds * 1e6) as u64;
    }

    /// The place of the last event.
    pub fn last(&self) -> usize {
        self.log.events.len() - 1
    }

    /// The steps, if all that was said was printed.
    pub fn steps(&self) -> Vec<Step> {
        let said = self.log.events.iter();
        let said = said.filter(|event| matches!(event.kind, Kind::Say | Kind::Phase));
        let output: String = said
            .flat_map(|event| {
                let actor = &self.log.actors[event.who].name;
                let lines = event.text.lines();
                lines.map(move |line| format!("  0.0 s  {actor:<11} │ {line}\n"))
            })
            .collect();
        steps(
            &self.log,
            &Naming::new(&self.log, &Default::default()),
            &output,
        )
    }

    pub fn words(&self) -> Vec<String> {
        self.steps().into_iter().map(|step| step.words).collect()
    }
}
