//! One act in one sentence: what happens, and why.

use super::act::Act;
use super::names::{count, crowd, list, seconds};
use super::order::Waiting;
use super::pools::Pools;
use super::story::Story;
use super::tale::{Tale, seconds_of, subject};
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

/// With a full stop, and with a capital if it does not begin with a name.
fn finished(text: &str) -> String {
    let begins = ["task ", "the ", "after ", "a "];
    let mut text = text.trim_end_matches(['.', ':']).to_string();
    if begins.iter().any(|begin| text.starts_with(begin)) {
        text[..1].make_ascii_uppercase();
    }
    text + "."
}

impl Tale<'_> {
    /// Why something goes on, if the act begins with that.
    fn why_now(&self) -> String {
        if let Some(pause) = self.pause() {
            return format!(": its pause of {pause} is over");
        }
        match self.first(Kind::Wake) {
            Some(wake) => format!(": {}", waits::over(self.story, wake)),
            None => String::new(),
        }
    }

    fn sentence(&self) -> String {
        let event = &self.story.log.events[self.main];
        let text = event.text.as_str();
        let names = &self.story.names;
        let who = names.actor(event.who);
        let by = subject(self.story, self.main);
        let task = event.task.unwrap_or_default();
        match event.kind {
            Kind::Phase => format!("a new part begins, “{}”", text.trim_end_matches(':')),
            Kind::Step => self.turn(&by, text),
            Kind::Pool => Pools(self).pool(&by, text),
            Kind::Submit => self.after_pause(&Pools(self).submit(&by)),
            Kind::Start => Pools(self).start(who, task),
            Kind::End if text.is_empty() => {
                format!("{by} ends on {who}{}", self.why_now())
            }
            Kind::End => match text.strip_prefix("the task panicked: ") {
                Some(why) => format!("{by} panics on {who}: {why}"),
                None => format!("{by} fails on {who}: {text}"),
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
            Kind::Callback => Pools(self).callback(task),
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
            Kind::Shutdown => self.after_pause(&Pools(self).shutdown(&by, text)),
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
            return format!("{}. It prints {what}", waits::wakes(self.story, wake));
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
        let mut now = Vec::new();
        if let About::Step {
            state,
            asleep,
            holder,
        } = &self.story.log.events[self.main].about
        {
            let state = state.iter().map(|pair| pair.replacen(": ", " = ", 1));
            let state: Vec<String> = state.collect();
            now.extend((!state.is_empty()).then(|| list(&state)));
            now.extend(
                holder
                    .iter()
                    .map(|holder| format!("{holder} holds the lock")),
            );
            let are = if asleep.len() > 1 { "are" } else { "is" };
            now.extend((!asleep.is_empty()).then(|| format!("{} {are} asleep", list(asleep))));
        }
        // `locks, looks` is two verbs.
        let text = text.replace(", ", " and ");
        match now.as_slice() {
            [] => format!("{by} {text}"),
            now => format!("{by} {text}. Now {}", now.join("; ")),
        }
    }
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
