//! Logs made by hand, for the tests.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::record::{About, Actor, ActorKind, Entry, EntryId, Kind, TaskId, WORKER};

/// The process of the lesson.
pub(crate) const HOME: u32 = 100;

/// A log that grows line by line. Simulated time runs ten times faster.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<Entry>,
    actors: HashMap<String, Arc<Actor>>,
}

impl Log {
    /// `name` is a thread of the lesson's process.
    pub(crate) fn thread(&mut self, name: &str) {
        self.actor(name, ActorKind::Thread, HOME);
    }

    pub(crate) fn process(&mut self, name: &str, number: u32) {
        self.actor(name, ActorKind::Process, number);
    }

    fn actor(&mut self, name: &str, kind: ActorKind, process: u32) {
        let number = match kind {
            ActorKind::Process => 0,
            _ => u32::try_from(self.actors.len()).unwrap(),
        };
        let actor = Actor {
            kind,
            name: name.to_string(),
            process,
            number,
        };
        self.actors.insert(name.to_string(), Arc::new(actor));
    }

    /// At so many simulated milliseconds.
    pub(crate) fn add(
        &mut self,
        at: u64,
        actor: &str,
        kind: Kind,
        task: impl Into<Option<u64>>,
        cause: impl Into<Option<EntryId>>,
        text: &str,
    ) -> EntryId {
        let actor = Arc::clone(&self.actors[actor]);
        let id = EntryId {
            process: actor.process,
            number: self.events.len() as u64,
        };
        self.events.push(Entry {
            id,
            cause: cause.into(),
            actor,
            task: task.into().map(|number| TaskId { pool: 0, number }),
            kind,
            text: text.to_string(),
            about: About::Nothing,
            cpu: None,
            file: "lessons/pools/src/bounded.rs".to_string(),
            line: 7,
            real: Duration::from_micros(at * 100),
            simulated: Duration::from_millis(at),
        });
        id
    }

    /// More about the last entry.
    pub(crate) fn about(&mut self, about: About) {
        self.events.last_mut().expect("there is one").about = about;
    }

    /// For how long, in simulated milliseconds, the thread had been running at the last
    /// entry.
    pub(crate) fn active(&mut self, active: u64) {
        let active = Duration::from_micros(active * 100);
        self.events.last_mut().expect("there is one").cpu = Some(active);
    }
}

/// Two workers, three tasks of one second each, the last of which fails; a
/// callback of the first; the main thread waits until the pool is done.
pub(crate) fn pool() -> Log {
    let mut log = Log::default();
    log.thread("main");
    let submitted: Vec<EntryId> = (0..3)
        .map(|task| log.add(task, "main", Kind::Submit, task, None, ""))
        .collect();
    log.add(5, "main", Kind::Wait, None, None, "the end of pool-0");
    let mut born = Vec::new();
    for name in ["pool-0_0", "pool-0_1"] {
        log.thread(name);
        let spawned = log.add(6, "main", Kind::Spawn, None, None, name);
        born.push(log.add(7, name, Kind::Born, None, spawned, WORKER));
    }
    let mut work = |at: u64, name: &str, task: u64, failure: &str| {
        let started = log.add(at, name, Kind::Start, task, submitted[task as usize], "");
        let asleep = log.add(at + 1, name, Kind::Sleep, task, None, "1");
        log.add(at + 998, name, Kind::Awake, task, asleep, "");
        log.add(at + 999, name, Kind::End, task, started, failure)
    };
    let first = work(10, "pool-0_0", 0, "");
    work(10, "pool-0_1", 1, "");
    work(1020, "pool-0_0", 2, "it panicked: <oh> & \"no\"");
    let callback = log.add(1010, "pool-0_0", Kind::Callback, 0, first, "");
    log.add(1011, "pool-0_0", Kind::Say, 0, None, "the result is 0");
    log.add(1012, "pool-0_0", Kind::CallbackEnd, 0, callback, "");
    log.add(2021, "pool-0_1", Kind::Exit, None, born[1], "");
    let last = log.add(2022, "pool-0_0", Kind::Exit, None, born[0], "");
    log.add(2023, "main", Kind::Wake, None, last, "");
    log.add(2024, "main", Kind::Say, None, None, "all tasks are done");
    log
}
