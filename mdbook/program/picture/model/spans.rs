//! What each actor did: its time, cut into pieces with one activity each.

use crate::log::{Entry, Log};
use crate::record::{About, Kind, Outcome, Target, WORKER};

/// A task, by the numbers of its pool and of itself.
pub type TaskId = (u32, u64);

/// What an actor did for some time.
#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// Runs a task, or a part of it.
    Work,
    /// Runs a callback.
    Callback,
    /// Is blocked.
    Wait(Wait),
    /// Pauses outside of tasks, which stands for work of its own.
    Pause,
    /// Runs outside of tasks and callbacks.
    Runs,
    /// Has used the processor for a part of the time: it computed when it had a core.
    Ready,
    /// Is a worker, and has no task.
    Idle,
    /// Nothing is known about this time.
    NotRecorded,
}

/// What an actor waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// In words: `the result of task 3`.
    pub text: String,
    pub target: Option<Target>,
    /// The wait ended because its time limit was over.
    pub gave_up: bool,
}

/// Some time of one actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// In simulated seconds.
    pub from: f64,
    pub to: f64,
    pub activity: Activity,
    /// The task that it belongs to.
    pub task: Option<TaskId>,
    /// The event that began it, as its place in the log.
    pub entry: usize,
}

impl Span {
    #[must_use]
    pub fn length(&self) -> f64 {
        self.to - self.from
    }
}

/// One actor.
#[derive(Clone, Debug)]
pub struct Actor {
    pub name: String,
    /// It runs tasks of a pool, and nothing else.
    pub worker: bool,
    /// The time in which it exists.
    pub from: f64,
    pub to: f64,
    /// How it died, if it did not simply end.
    pub death: String,
    /// In order, without gaps.
    pub spans: Vec<Span>,
    /// Events with something to see at one moment, as places in the log.
    pub marks: Vec<usize>,
}

/// The times of the log are in simulated microseconds.
#[must_use]
pub fn seconds(entry: &Entry) -> f64 {
    entry.at as f64 / 1e6
}

/// All actors, in the order of the log.
#[must_use]
pub fn actors(log: &Log) -> Vec<Actor> {
    let end = log.events.iter().map(seconds).fold(0.0, f64::max);
    let of = |who: usize| {
        let own = |(_, entry): &(usize, &Entry)| entry.who == who;
        let events = log.events.iter().enumerate().filter(own).collect();
        Walk::over(log, who, events).until(end)
    };
    (0..log.actors.len()).map(of).collect()
}

/// What the actor is inside of. An actor that sleeps on purpose uses no processor.
#[derive(Clone, Debug)]
struct Frame {
    activity: Activity,
    task: Option<TaskId>,
    entry: usize,
    asleep: bool,
}

struct Walk<'a> {
    log: &'a Log,
    actor: Actor,
    /// The outermost first; never empty.
    inside: Vec<Frame>,
    /// The event before.
    before: Option<&'a Entry>,
    gone: bool,
}

impl<'a> Walk<'a> {
    fn over(log: &'a Log, who: usize, events: Vec<(usize, &'a Entry)>) -> Self {
        let starts = |(_, entry): &(usize, &Entry)| {
            entry.kind == Kind::Start || entry.kind == Kind::Born && entry.text == WORKER
        };
        let worker = events.iter().any(starts);
        let first = events.first().copied();
        let from = match first {
            Some((_, entry)) if who > 0 || entry.kind == Kind::Born => seconds(entry),
            // The thread that the section began on.
            _ => 0.0,
        };
        let mut walk = Walk {
            log,
            actor: Actor {
                name: log.actors[who].name.clone(),
                worker,
                from,
                to: from,
                death: String::new(),
                spans: Vec::new(),
                marks: Vec::new(),
            },
            inside: vec![Frame {
                activity: if worker {
                    Activity::Idle
                } else {
                    Activity::Runs
                },
                task: None,
                entry: first.map_or(0, |(place, _)| place),
                asleep: false,
            }],
            before: None,
            gone: false,
        };
        for (place, entry) in events {
            walk.step(place, entry);
        }
        walk
    }

    fn step(&mut self, place: usize, entry: &'a Entry) {
        self.cut(seconds(entry), Some(entry));
        let frame = |activity, task| Frame {
            activity,
            task,
            entry: place,
            asleep: false,
        };
        match entry.kind {
            Kind::Start => self.inside.push(frame(Activity::Work, entry.task)),
            Kind::Callback => self.inside.push(frame(Activity::Callback, entry.task)),
            Kind::Wait => {
                let wait = wait(entry, self.end_of(place));
                let task = self.top().task;
                self.inside.push(frame(Activity::Wait(wait), task));
            }
            Kind::Sleep => {
                let (activity, task) = match self.top() {
                    Frame {
                        activity: Activity::Runs,
                        ..
                    } => (Activity::Pause, None),
                    Frame {
                        activity: Activity::Idle,
                        ..
                    } => (Activity::Pause, None),
                    Frame { activity, task, .. } => (activity.clone(), *task),
                };
                let mut sleep = frame(activity, task);
                sleep.asleep = true;
                if task.is_some() {
                    // A pause in a task is a part of its work.
                    sleep.entry = self.top().entry;
                }
                self.inside.push(sleep);
            }
            Kind::End | Kind::CallbackEnd | Kind::Wake | Kind::Awake => {
                if self.inside.len() > 1 {
                    self.inside.pop();
                }
            }
            Kind::Exit => {
                self.gone = true;
                self.actor.death.clone_from(&entry.text);
            }
            _ => self.actor.marks.push(place),
        }
        self.before = Some(entry);
    }

    fn top(&self) -> &Frame {
        self.inside
            .last()
            .expect("the outermost frame is never popped")
    }

    /// The event that ends the wait that began at `place`.
    fn end_of(&self, place: usize) -> Option<&'a Entry> {
        let who = self.log.events[place].who;
        let mut after = self.log.events[place + 1..].iter();
        after.find(|entry| entry.who == who && entry.kind == Kind::Wake)
    }

    /// Ends the current piece at `to`.
    fn cut(&mut self, to: f64, next: Option<&Entry>) {
        let from = self.actor.to;
        if to <= from {
            return;
        }
        let top = self.top().clone();
        let activity = match top.activity {
            Activity::Work | Activity::Callback | Activity::Runs if !top.asleep => {
                match used(self.log.speed, self.before, next, to - from) {
                    Use::Whole => top.activity,
                    Use::Part if top.activity != Activity::Callback => Activity::Ready,
                    Use::Part => top.activity,
                    Use::Unknown => Activity::NotRecorded,
                }
            }
            known => known,
        };
        self.actor.to = to;
        if let Some(last) = self.actor.spans.last_mut()
            && last.activity == activity
            && (last.task, last.entry) == (top.task, top.entry)
        {
            last.to = to;
            return;
        }
        self.actor.spans.push(Span {
            from,
            to,
            activity,
            task: top.task,
            entry: top.entry,
        });
    }

    fn until(mut self, end: f64) -> Actor {
        if !self.gone {
            self.cut(end, None);
        }
        self.actor
    }
}

fn wait(begin: &Entry, end: Option<&Entry>) -> Wait {
    let target = match &begin.about {
        About::Wait { target, .. } => Some(target.clone()),
        _ => None,
    };
    let gave_up = end.is_some_and(|end| end.about == About::Outcome(Outcome::GaveUp));
    Wait {
        text: begin.text.clone(),
        target,
        gave_up,
    }
}

/// How much of some time an actor had the processor.
enum Use {
    Whole,
    Part,
    Unknown,
}

/// Between two entries that are nearer together, in real seconds, nothing is worth a
/// word: the entries themselves take time.
const MOMENT: f64 = 0.002;

fn used(speed: f64, before: Option<&Entry>, next: Option<&Entry>, length: f64) -> Use {
    let real = length / speed;
    if real < MOMENT {
        return Use::Whole;
    }
    let cpu = |entry: Option<&Entry>| entry.and_then(|entry| entry.cpu);
    let (Some(from), Some(to)) = (cpu(before), cpu(next)) else {
        return Use::Unknown;
    };
    match to.saturating_sub(from) as f64 / 1e6 / real {
        0.7.. => Use::Whole,
        0.1.. => Use::Part,
        _ => Use::Unknown,
    }
}
