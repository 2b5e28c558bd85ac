//! One act in one sentence: what happens, and why.

use super::act::Act;
use super::bars::Inside;
use super::names::{Task, count, crowd, list, seconds};
use super::order::Waiting;
use super::story::Story;
use super::waits;
use crate::record::{About, Kind};

/// The most letters of a printed line that are quoted.
const QUOTED: usize = 60;

/// The sentence about an act. `waiting` are the queues before it.
pub fn words(story: &Story<'_>, act: &Act, waiting: &Waiting) -> String {
    let tale = Tale {
        story,
        events: story.acts.events(act),
        main: act.main,
        waiting,
    };
    finished(&tale.sentence())
}

/// Who does what happens at `place`: the task or callback, or else the actor.
pub fn subject(story: &Story<'_>, place: usize) -> String {
    match story.inside[place] {
        Inside::Nothing => story.names.actor(story.log.events[place].who).to_string(),
        Inside::Task(task) => story.names.task(task),
        Inside::Callback(task) => format!("the callback of {}", story.names.task(task)),
    }
}

/// With a full stop, and with a capital if it does not begin with a name.
fn finished(text: &str) -> String {
    let begins = ["task ", "the ", "after ", "a "];
    let mut text = text.trim_end_matches(['.', ':']).to_string();
    if begins.iter().any(|begin| text.starts_with(begin)) {
        text[..1].make_ascii_uppercase();
    }
    if !text.ends_with(['”', '?', '!']) || !text.contains('“') {
        return text + ".";
    }
    text + "."
}

struct Tale<'a> {
    story: &'a Story<'a>,
    events: &'a [usize],
    main: usize,
    waiting: &'a Waiting,
}

impl Tale<'_> {
    fn sentence(&self) -> String {
        let event = &self.story.log.events[self.main];
        let text = event.text.as_str();
        let names = &self.story.names;
        let who = names.actor(event.who);
        let by = subject(self.story, self.main);
        let task = event.task.unwrap_or_default();
        match event.kind {
            Kind::Phase => format!("a new part begins: {}", text.trim_end_matches(':')),
            Kind::Step => self.turn(&by, text),
            Kind::Pool => self.pool(&by, text),
            Kind::Submit => self.after_pause(&self.submit(&by)),
            Kind::Start => self.start(who, task),
            Kind::End if text.is_empty() => {
                format!("{} ends on {who}{}", names.task(task), self.why_now())
            }
            Kind::End => match text.strip_prefix("the task panicked: ") {
                Some(why) => format!("{} panics on {who}: {why}", names.task(task)),
                None => format!("{} fails on {who}: {text}", names.task(task)),
            },
            Kind::Cancel => {
                let tasks = self.tasks_of(Kind::Cancel);
                let (they, leave) = match tasks.len() {
                    1 => ("it", "leaves"),
                    _ => ("they", "leave"),
                };
                let tasks = names.tasks(&tasks);
                self.after_pause(&format!(
                    "{by} cancels {tasks}: {they} {leave} the queue without having started"
                ))
            }
            Kind::Callback => self.callback(task),
            Kind::CallbackEnd => {
                let name = names.task(task);
                let panic = text
                    .split_once(" panicked: ")
                    .map(|parts| ("panics", parts.1));
                let error = text.split_once(" failed: ").map(|parts| ("fails", parts.1));
                let (fails, why) = panic.or(error).unwrap_or(("fails", text));
                format!("the callback of {name} {fails}: {why}")
            }
            Kind::Set => self.after_pause(&self.set(&by, text)),
            Kind::Clear if text.is_empty() => self.after_pause(&format!("{by} clears the event")),
            Kind::Clear => self.after_pause(&format!("{by} clears {text}")),
            Kind::Shutdown => self.after_pause(&self.shutdown(&by, text)),
            Kind::StopwatchRead => self.stopwatch(&by),
            Kind::Spawn if names.is_worker(text) => format!("the pool starts {text}"),
            Kind::Spawn => self.after_pause(&self.spawn(&by)),
            Kind::Switch => format!("{by} hands its thread to {text}"),
            Kind::Wait => {
                let begins = if self.first(Kind::Born).is_some() {
                    "begins and "
                } else {
                    ""
                };
                format!("{by} {begins}{}", waits::waits(self.story, event))
            }
            Kind::Wake => waits::wakes(self.story, self.main),
            Kind::Say => self.say(&by, text),
            Kind::Sleep => format!("{by} pauses for {}", seconds_of(text)),
            Kind::Awake => match self.pause() {
                Some(pause) => format!("{by} goes on after a pause of {pause}"),
                None => format!("{by} goes on after a pause"),
            },
            Kind::Born => format!("{who} begins"),
            Kind::Exit if text.is_empty() => format!("{who} ends"),
            Kind::Exit => format!("{who} dies: it {text}"),
            other => format!("{by}: {other:?} {text}"),
        }
    }

    /// The first event of a kind in the act.
    fn first(&self, kind: Kind) -> Option<usize> {
        let mut events = self.events.iter().copied();
        events.find(|place| self.story.log.events[*place].kind == kind)
    }

    fn tasks_of(&self, kind: Kind) -> Vec<Task> {
        let events = self
            .events
            .iter()
            .map(|place| &self.story.log.events[*place]);
        events
            .filter(|event| event.kind == kind)
            .filter_map(|event| event.task)
            .collect()
    }

    fn spawned(&self, workers: bool) -> Vec<String> {
        let events = self
            .events
            .iter()
            .map(|place| &self.story.log.events[*place]);
        let spawned = events.filter(|event| event.kind == Kind::Spawn);
        let spawned = spawned.filter(|event| self.story.names.is_worker(&event.text) == workers);
        spawned.map(|event| event.text.clone()).collect()
    }

    /// How long the pause was that is over at the beginning of the act.
    fn pause(&self) -> Option<String> {
        let awake = self.first(Kind::Awake)?;
        let sleep = self.story.begin_of(awake)?;
        Some(seconds_of(&self.story.log.events[sleep].text))
    }

    fn after_pause(&self, sentence: &str) -> String {
        match self.pause() {
            Some(pause) => format!("after a pause of {pause}, {sentence}"),
            None => sentence.to_string(),
        }
    }

    /// Why something goes on, if the act begins with that.
    fn why_now(&self) -> String {
        if let Some(pause) = self.pause() {
            return format!(": its pause of {pause} is over");
        }
        let wait = self
            .first(Kind::Wake)
            .and_then(|wake| self.story.begin_of(wake));
        let wait = wait.map(|wait| &self.story.log.events[wait]);
        wait.map(|wait| format!(": {}", waits::is_there(self.story, wait)))
            .unwrap_or_default()
    }

    fn pool(&self, by: &str, text: &str) -> String {
        let number = match &self.story.log.events[self.main].about {
            About::Pool { pool, .. } => Some(*pool),
            _ => text
                .split(' ')
                .nth(1)
                .and_then(|number| number.parse().ok()),
        };
        let pool = self.story.names.pool(number.unwrap_or_default());
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
        let started = match self.spawned(true) {
            names if names.is_empty() => String::new(),
            names => format!(", and starts {}", list(&names)),
        };
        format!("{by} makes {}, {size}{started}", pool.name)
    }

    fn submit(&self, by: &str) -> String {
        let names = &self.story.names;
        let tasks = self.tasks_of(Kind::Submit);
        let pool = names.pool(tasks.first().map_or(0, |task| task.0));
        let started = match self.spawned(true) {
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

    fn start(&self, who: &str, task: Task) -> String {
        let name = self.story.names.task(task);
        match self.waiting.first(task.0) {
            Some(first) if first == task && self.waiting.len(task.0) == 1 => format!(
                "{who} takes {name}, because it is free and {name} is the only one in the queue"
            ),
            Some(first) if first == task => {
                format!("{who} takes {name}, because it is free and {name} is first in the queue")
            }
            _ => format!("{who} takes {name}, because it is free"),
        }
    }

    /// Where a callback runs, and why there.
    fn callback(&self, task: Task) -> String {
        let events = &self.story.log.events;
        let event = &events[self.main];
        let name = self.story.names.task(task);
        let who = self.story.names.actor(event.who);
        let cause = event.cause.map(|cause| &events[cause]);
        let why = match cause {
            Some(cause) if cause.kind == Kind::End && cause.who == event.who => {
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
            Some(cause) if matches!(cause.kind, Kind::End | Kind::Cancel) => {
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

    fn set(&self, by: &str, text: &str) -> String {
        let event = if text.is_empty() { "the event" } else { text };
        let woken = self.story.woken.get(&self.main);
        let woken = woken.map(Vec::as_slice).unwrap_or_default().iter();
        let mut names: Vec<String> = woken.map(|wake| subject(self.story, *wake)).collect();
        names.sort();
        names.dedup();
        match names.as_slice() {
            [] => format!("{by} sets {event}. No thread waits for it"),
            [one] => format!("{by} sets {event}: {one} wakes up"),
            [_, _] => format!("{by} sets {event}: {} wake up", list(&names)),
            names => format!("{by} sets {event}: {} wake up, all at once", crowd(names)),
        }
    }

    fn shutdown(&self, by: &str, text: &str) -> String {
        let event = &self.story.log.events[self.main];
        let (name, number) = match event.about {
            About::Of { pool } => (self.story.names.pool(pool).name, Some(pool)),
            _ => {
                let number = text.rsplit('-').next();
                (
                    text.to_string(),
                    number.and_then(|number| number.parse().ok()),
                )
            }
        };
        let wait = match self.first(Kind::Wait) {
            Some(_) => ", and waits for it to finish",
            None => "",
        };
        let left = number.map_or_else(Vec::new, |pool| self.waiting.of(pool).take(1000).collect());
        let left = match left.len() {
            0 => String::new(),
            1 => format!(
                ". {} is still in its queue",
                capital(&self.story.names.tasks(&left))
            ),
            _ => format!(
                ". {} are still in its queue",
                capital(&self.story.names.tasks(&left))
            ),
        };
        format!("{by} shuts {name} down{wait}{left}")
    }

    fn stopwatch(&self, by: &str) -> String {
        let events = &self.story.log.events;
        let event = &events[self.main];
        let text = event.text.as_str();
        let took = event
            .cause
            .map(|start| event.at.saturating_sub(events[start].at));
        match took.map(|took| seconds(took as f64 / 1e6)) {
            Some(took) if text.is_empty() => format!("{by} reads the stopwatch: {took}"),
            Some(took) => format!("{by} reads the stopwatch: {text} after {took}"),
            None => format!("{by} reads the stopwatch: {text}"),
        }
    }

    fn spawn(&self, by: &str) -> String {
        let then = match self.first(Kind::Sleep) {
            Some(sleep) => {
                let pause = seconds_of(&self.story.log.events[sleep].text);
                format!(" and then pauses for {pause}")
            }
            None => String::new(),
        };
        format!("{by} starts {}{then}", list(&self.spawned(false)))
    }

    fn say(&self, by: &str, text: &str) -> String {
        let what = match text.lines().count() {
            0 => "an empty line".to_string(),
            1 => quoted(text),
            lines => format!("{} lines", count(lines)),
        };
        if let Some(pause) = self.pause() {
            return format!("after a pause of {pause}, {by} prints {what}");
        }
        if let Some(wake) = self.first(Kind::Wake) {
            return format!("{}, and prints {what}", waits::wakes(self.story, wake));
        }
        if self.first(Kind::Born).is_some() {
            return format!("{by} begins and prints {what}");
        }
        match self.first(Kind::Sleep) {
            Some(sleep) => {
                let pause = seconds_of(&self.story.log.events[sleep].text);
                format!("{by} prints {what} and pauses for {pause}")
            }
            None => format!("{by} prints {what}"),
        }
    }

    /// A step of a chosen interleaving, and what is so after it.
    fn turn(&self, by: &str, text: &str) -> String {
        let mut after = Vec::new();
        if let About::Step {
            state,
            asleep,
            holder,
        } = &self.story.log.events[self.main].about
        {
            after.extend(state.iter().cloned());
            if !asleep.is_empty() {
                after.push(format!("asleep: {}", asleep.join(", ")));
            }
            after.extend(
                holder
                    .iter()
                    .map(|holder| format!("the lock is held by {holder}")),
            );
        }
        match after.as_slice() {
            [] => format!("{by} {text}"),
            after => format!("{by} {text}. After that: {}", after.join("; ")),
        }
    }
}

/// A number of seconds, as the record writes it.
fn seconds_of(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_string(), seconds)
}

fn quoted(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => {
            let words = text[..end]
                .rsplit_once(' ')
                .map_or(&text[..end], |words| words.0);
            format!("“{} …”", words.trim_end_matches([',', ':', ';']))
        }
        None => format!("“{text}”"),
    }
}

fn capital(text: &str) -> String {
    let mut text = text.to_string();
    if text.starts_with("task") {
        text[..1].make_ascii_uppercase();
    }
    text
}
