//! Logs as the lessons write them, event by event.

use crate::log::{Actor, Entry, Log};
use crate::record::{About, ActorKind, Kind, Outcome, Target};

/// A log that grows. Times are in simulated milliseconds; the pace is 1.
#[derive(Debug)]
pub struct Writer {
    pub log: Log,
}

impl Writer {
    /// The actors by name; the first is `main`.
    pub fn new(actors: &[&str]) -> Self {
        let actor = |name: &&str| Actor {
            name: (*name).to_string(),
            kind: ActorKind::Thread,
            process: 1,
        };
        let log = Log {
            section: "test".to_string(),
            speed: 1.0,
            actors: actors.iter().map(actor).collect(),
            events: Vec::new(),
        };
        Writer { log }
    }

    /// Adds an event and returns its place.
    pub fn add(&mut self, ms: u64, who: usize, kind: Kind, text: &str) -> usize {
        self.log.events.push(Entry {
            at: ms * 1000,
            who,
            kind,
            task: None,
            cause: None,
            text: text.to_string(),
            about: About::Nothing,
            line: None,
            cpu: None,
        });
        self.log.events.len() - 1
    }

    pub fn of_task(&mut self, ms: u64, who: usize, kind: Kind, task: (u32, u64)) -> usize {
        let place = self.add(ms, who, kind, "");
        self.log.events[place].task = Some(task);
        place
    }

    /// A task that pauses from its start to its end, and says a line first.
    pub fn task(&mut self, from: u64, to: u64, who: usize, task: (u32, u64), line: &str) {
        self.of_task(from, who, Kind::Start, task);
        if !line.is_empty() {
            let said = self.of_task(from, who, Kind::Say, task);
            self.log.events[said].text = line.to_string();
        }
        self.of_task(from, who, Kind::Sleep, task);
        self.of_task(to, who, Kind::Awake, task);
        self.of_task(to, who, Kind::End, task);
    }

    pub fn waits(&mut self, from: u64, to: u64, who: usize, text: &str, how: (Target, Outcome)) {
        let begin = self.add(from, who, Kind::Wait, text);
        self.log.events[begin].about = About::Wait {
            target: how.0,
            limit: None,
        };
        let end = self.add(to, who, Kind::Wake, "");
        self.log.events[end].about = About::Outcome(how.1);
    }

    pub fn pool(&mut self, pool: u32, workers: u32) {
        let place = self.add(0, 0, Kind::Pool, "");
        self.log.events[place].about = About::Pool {
            pool,
            prefix: format!("pool-{pool}"),
            processes: false,
            workers,
        };
    }

    /// The log, in the order of time. Causes are not kept.
    pub fn done(mut self) -> Log {
        self.log.events.sort_by_key(|entry| entry.at);
        self.log
    }
}

/// Five tasks of one second each on two workers, submitted at once.
pub fn two_workers() -> Log {
    let mut log = Writer::new(&["main", "pool-0_0", "pool-0_1"]);
    log.pool(0, 2);
    for task in 0..5 {
        log.of_task(0, 0, Kind::Submit, (0, task));
    }
    for (worker, task, from) in [
        (1, 0, 0),
        (2, 1, 0),
        (1, 2, 1000),
        (2, 3, 1000),
        (1, 4, 2000),
    ] {
        let line = format!("task {task} starts");
        log.task(from, from + 1000, worker, (0, task), &line);
    }
    log.waits(
        1,
        3000,
        0,
        "the end of pool-0",
        (Target::Pool(0), Outcome::Woken),
    );
    log.done()
}

/// One worker; after half a second, what is queued is cancelled.
pub fn cancelled() -> Log {
    let mut log = Writer::new(&["main", "pool-0_0"]);
    for task in 0..3 {
        log.of_task(0, 0, Kind::Submit, (0, task));
    }
    log.task(0, 1000, 1, (0, 0), "c1 is done");
    log.of_task(500, 0, Kind::Cancel, (0, 1));
    log.of_task(500, 0, Kind::Cancel, (0, 2));
    log.add(1000, 0, Kind::Say, "done");
    log.done()
}

/// Threads that wait for an event, which is set after five seconds.
pub fn cars(count: usize) -> Log {
    let names: Vec<String> = (1..=count).map(|car| format!("car {car}")).collect();
    let mut all = vec!["main"];
    all.extend(names.iter().map(String::as_str));
    let mut log = Writer::new(&all);
    log.add(0, 0, Kind::Sleep, "5");
    for car in 1..=count {
        log.add(car as u64, car, Kind::Born, "");
        let green = Target::Event("green".to_string());
        log.waits(
            car as u64 + 1,
            5002 + car as u64,
            car,
            "green",
            (green, Outcome::Woken),
        );
        log.add(5003 + car as u64, car, Kind::Exit, "");
    }
    log.add(5000, 0, Kind::Awake, "");
    log.add(5001, 0, Kind::Set, "green");
    log.done()
}
