//! A picture of a run, made from its event log: who ran, waited and slept, when.
//!
//! A [`Timeline`] is the model of the picture: a [`Row`] for each actor; in each row [`Span`]s, which lie inside one
//! another as a pause lies inside a task, and [`Mark`]s, which take no time; and
//! [`Arrow`]s from row to row, from a cause to its effect. It is drawn as lines of
//! characters ([`to_terminal`](Timeline::to_terminal)), as an SVG
//! ([`to_svg`](Timeline::to_svg)), and in words
//! ([`describe`](Timeline::describe)).
//!
//! ```
//! use shared::events;
//! use shared::prelude::*;
//! use shared::timeline::Timeline;
//!
//! # fn main() -> Result {
//! events::start();
//! let pool = ThreadPool::new(2)?;
//! for _ in 0..4 {
//!     pool.submit(|| pause(0.01))?;
//! }
//! pool.shutdown()?;
//! let timeline = Timeline::new(&events::take());
//! println!("{}", timeline.to_terminal(80));
//! # assert_eq!(timeline.rows.len(), 3);
//! # Ok(())
//! # }
//! ```

mod describe;
mod svg;
mod terminal;

pub(crate) use terminal::columns;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::events::{Actor, ActorKind, Event, EventId, Kind, TaskId, WORKER};

/// A point in time on both clocks, since the section began.
///
/// ```
/// use shared::timeline::Moment;
/// assert!(Moment::default().real.is_zero());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// On the clock on the wall.
    pub real: Duration,
    /// In simulated time.
    pub simulated: Duration,
}

impl Moment {
    fn of(event: &Event) -> Self {
        Moment {
            real: event.real,
            simulated: event.simulated,
        }
    }

    fn seconds(self) -> f64 {
        self.simulated.as_secs_f64()
    }
}

/// What an actor does during a span.
///
/// ```
/// use shared::timeline::Activity;
/// assert_ne!(Activity::Waiting, Activity::Idle);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Activity {
    /// It runs: a task, or else code of its own.
    Running,
    /// It runs a callback.
    Callback,
    /// It sleeps on purpose, which stands for work.
    Sleeping,
    /// It waits for something.
    Waiting,
    /// It lives, and has nothing to do; or another has its thread.
    Idle,
}

/// What one actor did for some time.
///
/// ```
/// use shared::events::{self, Kind};
/// use shared::prelude::*;
/// use shared::timeline::{Activity, Timeline};
///
/// events::start();
/// pause(0.01);
/// let timeline = Timeline::new(&events::take());
/// assert_eq!(timeline.rows[0].spans[0].activity, Activity::Sleeping);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// What it did.
    pub activity: Activity,
    /// For which task.
    pub task: Option<TaskId>,
    /// When it began.
    pub from: Moment,
    /// When it ended, or when the log did.
    pub to: Moment,
    /// How many spans of the same row it lies in.
    pub depth: usize,
    /// What was waited for.
    pub text: String,
    /// How the task or the callback failed, if it did.
    pub failure: String,
    /// The source file of the line that did it.
    pub file: String,
    /// That line.
    pub line: u32,
    /// The event with which it began.
    pub began: EventId,
    /// The event with which it ended; `None` if it was still going on when its
    /// actor or the log ended.
    pub ended: Option<EventId>,
}

impl Span {
    /// The number of a task, as it stands in the pictures.
    fn label(&self) -> String {
        let failed = if self.failure.is_empty() { "" } else { "!" };
        self.task
            .map_or(String::new(), |task| format!("{}{failed}", task.number))
    }
}

/// Something that took no time.
///
/// ```
/// use shared::events::{self, Kind};
/// use shared::timeline::Timeline;
///
/// events::start();
/// shared::say!("hello");
/// let timeline = Timeline::new(&events::take());
/// assert_eq!(timeline.rows[0].marks[0].kind, Kind::Say);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mark {
    /// What it was.
    pub kind: Kind,
    /// For which task, or in which.
    pub task: Option<TaskId>,
    /// When.
    pub at: Moment,
    /// What there is to say about it.
    pub text: String,
    /// The source file of the line that did it.
    pub file: String,
    /// That line.
    pub line: u32,
    /// The event.
    pub event: EventId,
}

/// What an actor did at a moment, and nothing inside of that: the row without
/// its depth. The segments of a row follow one another without a gap.
///
/// ```
/// use shared::events;
/// use shared::prelude::*;
/// use shared::timeline::{Activity, Timeline};
///
/// events::start();
/// say!("good night");
/// pause(0.01);
/// let timeline = Timeline::new(&events::take());
/// let segments = &timeline.rows[0].segments;
/// assert_eq!(segments.last().unwrap().activity, Activity::Sleeping);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Segment {
    /// The innermost thing it did.
    pub activity: Activity,
    /// For which task.
    pub task: Option<TaskId>,
    /// When it began.
    pub from: Moment,
    /// When it ended.
    pub to: Moment,
    /// The place of the innermost span among those of the row.
    pub span: Option<usize>,
}

/// Everything that one actor did.
///
/// ```
/// use shared::events;
/// use shared::timeline::Timeline;
///
/// events::start();
/// shared::say!("hello");
/// let timeline = Timeline::new(&events::take());
/// assert_eq!(timeline.rows[0].actor, shared::events::current_actor());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// Who.
    pub actor: Arc<Actor>,
    /// Whether it is there to run tasks, so that it is idle between them.
    pub worker: bool,
    /// Its first moment.
    pub born: Moment,
    /// Its last moment.
    pub exit: Moment,
    /// How it died, if it was by accident.
    pub death: String,
    /// What it did, in the order in which that began.
    pub spans: Vec<Span>,
    /// What it did at each moment of its life.
    pub segments: Vec<Segment>,
    /// What took no time.
    pub marks: Vec<Mark>,
}

/// Why an effect could not come before its cause.
///
/// ```
/// use shared::timeline::Why;
/// assert_ne!(Why::Submitted, Why::Spawned);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// A task starts, because it was submitted.
    Submitted,
    /// A callback runs, because its task has ended.
    CalledBack,
    /// A wait is over, because something happened.
    Woken,
    /// An actor lives, because another created it.
    Spawned,
}

/// One end of an [`Arrow`].
///
/// ```
/// # fn row_of(end: shared::timeline::ArrowEnd) -> usize {
/// end.row
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrowEnd {
    /// The place of its row.
    pub row: usize,
    /// When.
    pub at: Moment,
    /// The event.
    pub event: EventId,
}

/// From a cause to its effect.
///
/// ```
/// use shared::events;
/// use shared::timeline::{Timeline, Why};
///
/// events::start();
/// shared::primitives::spawn("helper", || ()).join().unwrap();
/// let timeline = Timeline::new(&events::take());
/// assert_eq!(timeline.arrows[0].why, Why::Spawned);
/// assert_eq!(timeline.arrows[1].why, Why::Woken);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrow {
    /// What binds the two.
    pub why: Why,
    /// The cause.
    pub from: ArrowEnd,
    /// The effect.
    pub to: ArrowEnd,
}

/// The model of the picture. See the [module](self).
///
/// ```
/// use shared::timeline::Timeline;
/// assert!(Timeline::new(&[]).rows.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    /// One for each actor, in the order in which they were created or, where the
    /// log does not tell, first did something.
    pub rows: Vec<Row>,
    /// From causes to effects, in the order of the effects.
    pub arrows: Vec<Arrow>,
    /// When the log ends.
    pub end: Moment,
}

impl Timeline {
    /// The timeline of a log. It ends with the last event.
    ///
    /// The log need not be sorted. What has no beginning in it, as after a section
    /// that left something running, is left out; what has no end goes on to the
    /// end of its actor.
    ///
    /// ```
    /// use shared::events;
    /// use shared::timeline::Timeline;
    ///
    /// events::start();
    /// shared::say!("hello");
    /// assert_eq!(Timeline::new(&events::take()).rows.len(), 1);
    /// ```
    pub fn new(log: &[Event]) -> Self {
        Self::until(log, Moment::default())
    }

    /// The timeline of a log that was still being written at `end`: a hang is
    /// long, and nothing happens in it.
    ///
    /// ```
    /// use shared::timeline::{Moment, Timeline};
    ///
    /// let one = std::time::Duration::from_secs(1);
    /// let end = Moment { real: one, simulated: one };
    /// assert_eq!(Timeline::until(&[], end).end, end);
    /// ```
    pub fn until(log: &[Event], end: Moment) -> Self {
        let mut log: Vec<&Event> = log.iter().collect();
        log.sort_by_key(|event| event.real);
        let end = log.last().map_or(end, |last| end.max(Moment::of(last)));

        let events: HashMap<EventId, &Event> = log.iter().map(|event| (event.id, *event)).collect();
        let mut drafts: Vec<Draft> = Vec::new();
        let mut places: HashMap<(u32, u32), usize> = HashMap::new();
        for event in &log {
            let key = (event.actor.process, event.actor.number);
            let place = *places.entry(key).or_insert_with(|| {
                let cause = event.cause.and_then(|cause| events.get(&cause));
                drafts.push(Draft::new(event, cause.copied(), drafts.is_empty()));
                drafts.len() - 1
            });
            if let (Kind::Start, _) | (Kind::Born, WORKER) = (event.kind, event.text.as_str()) {
                drafts[place].row.worker = true;
            }
        }
        for event in &log {
            let place = places[&(event.actor.process, event.actor.number)];
            drafts[place].take(event);
            if event.kind == Kind::Switch {
                // Whoever has the thread now goes on.
                let process = event.actor.process;
                let other = drafts.iter_mut().find(|draft| {
                    draft.row.actor.process == process && draft.row.actor.name == event.text
                });
                if let Some(other) = other {
                    other.resume(Moment::of(event));
                }
            }
        }

        // How fast the system was in starting them differs from run to run. The
        // sort is stable.
        drafts.sort_by_key(|draft| draft.created);
        // Whoever did nothing but create others, as the threads of a process pool
        // that read, is no actor of the lesson.
        let first = drafts.first().map(|draft| Arc::clone(&draft.row.actor));
        let rows: Vec<Row> = drafts
            .into_iter()
            .filter(|draft| draft.acts || Some(&draft.row.actor) == first.as_ref())
            .map(|draft| draft.finish(end))
            .collect();
        let arrows = arrows(&log, &events, &rows);
        Timeline { rows, arrows, end }
    }

    /// How wide the picture is, in seconds: never zero.
    fn seconds(&self) -> f64 {
        self.end.seconds().max(1e-6)
    }
}

fn arrows(log: &[&Event], events: &HashMap<EventId, &Event>, rows: &[Row]) -> Vec<Arrow> {
    let places: HashMap<(u32, u32), usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| ((row.actor.process, row.actor.number), place))
        .collect();
    let end_of = |event: &Event| {
        let row = *places.get(&(event.actor.process, event.actor.number))?;
        Some(ArrowEnd {
            row,
            at: Moment::of(event),
            event: event.id,
        })
    };
    log.iter()
        .filter_map(|effect| {
            let cause = events.get(&effect.cause?)?;
            let why = match (effect.kind, cause.kind) {
                (Kind::Start, _) => Why::Submitted,
                (Kind::Callback, _) => Why::CalledBack,
                // Caused by its own beginning: the time was up.
                (Kind::Wake, Kind::Wait) => return None,
                (Kind::Wake, _) => Why::Woken,
                (Kind::Born, _) => Why::Spawned,
                _ => return None,
            };
            Some(Arrow {
                why,
                from: end_of(cause)?,
                to: end_of(effect)?,
            })
        })
        .collect()
}

/// A row while the log is read.
struct Draft {
    row: Row,
    /// When another created it, or else when it first did something.
    created: Duration,
    /// Spans that have begun and not ended, the innermost last.
    open: Vec<usize>,
    /// Up to here the segments are known.
    known: Moment,
    /// It handed its thread to another.
    suspended: bool,
    last: Moment,
    ends_with_log: bool,
    exited: bool,
    acts: bool,
}

impl Draft {
    fn new(event: &Event, cause: Option<&Event>, is_first: bool) -> Self {
        let at = Moment::of(event);
        let created = cause.filter(|cause| cause.kind == Kind::Spawn);
        // The first one, as a rule the main thread, lived before and will live on.
        let born = match is_first && event.kind != Kind::Born {
            true => Moment::default(),
            false => at,
        };
        Draft {
            row: Row {
                actor: Arc::clone(&event.actor),
                worker: event.actor.kind == ActorKind::Process,
                born,
                exit: born,
                death: String::new(),
                spans: Vec::new(),
                segments: Vec::new(),
                marks: Vec::new(),
            },
            created: created.map_or(at, Moment::of).real,
            open: Vec::new(),
            known: born,
            suspended: false,
            last: at,
            ends_with_log: is_first || event.kind == Kind::Born,
            exited: false,
            acts: false,
        }
    }

    fn take(&mut self, event: &Event) {
        let at = Moment::of(event);
        self.last = at;
        self.acts |= event.kind != Kind::Spawn;
        if self.exited {
            // What is thrown away at the very end may still have something to say.
            self.row.exit = at;
        }
        self.resume(at);
        match event.kind {
            Kind::Start => self.open(Activity::Running, event),
            Kind::Callback => self.open(Activity::Callback, event),
            Kind::Sleep => self.open(Activity::Sleeping, event),
            Kind::Wait => self.open(Activity::Waiting, event),
            Kind::End => self.close(Activity::Running, event),
            Kind::CallbackEnd => self.close(Activity::Callback, event),
            Kind::Awake => self.close(Activity::Sleeping, event),
            Kind::Wake => self.close(Activity::Waiting, event),
            Kind::Born => {}
            Kind::Exit => {
                self.row.death.clone_from(&event.text);
                self.end_all(at);
                self.exited = true;
            }
            _ => self.row.marks.push(Mark {
                kind: event.kind,
                task: event.task,
                at,
                text: event.text.clone(),
                file: event.file.clone(),
                line: event.line,
                event: event.id,
            }),
        }
        if event.kind == Kind::Switch {
            self.know(at);
            self.suspended = true;
        }
    }

    fn open(&mut self, activity: Activity, event: &Event) {
        let at = Moment::of(event);
        self.know(at);
        self.open.push(self.row.spans.len());
        self.row.spans.push(Span {
            activity,
            task: event.task,
            from: at,
            to: at,
            depth: self.open.len() - 1,
            text: event.text.clone(),
            failure: String::new(),
            file: event.file.clone(),
            line: event.line,
            began: event.id,
            ended: None,
        });
    }

    /// Ends the innermost open span of this kind, and what is open inside of it.
    fn close(&mut self, activity: Activity, event: &Event) {
        let about_a_task = matches!(activity, Activity::Running | Activity::Callback);
        let found = self.open.iter().rposition(|place| {
            let span = &self.row.spans[*place];
            span.activity == activity && (!about_a_task || span.task == event.task)
        });
        let Some(found) = found else { return };
        let at = Moment::of(event);
        self.know(at);
        let closed = self.open[found];
        for place in self.open.drain(found..) {
            self.row.spans[place].to = at;
        }
        let span = &mut self.row.spans[closed];
        span.ended = Some(event.id);
        if about_a_task {
            span.failure.clone_from(&event.text);
        }
    }

    fn resume(&mut self, at: Moment) {
        if self.suspended {
            self.know(at);
            self.suspended = false;
        }
    }

    /// The segment up to this moment is what goes on now.
    fn know(&mut self, at: Moment) {
        if at.real <= self.known.real && at.simulated <= self.known.simulated {
            return;
        }
        let span = self.open.last().copied();
        let (activity, task) = match span.map(|place| &self.row.spans[place]) {
            Some(span) if !self.suspended => (span.activity, span.task),
            // A greenlet that sleeps has handed its thread to others.
            Some(span) if matches!(span.activity, Activity::Sleeping | Activity::Waiting) => {
                (span.activity, span.task)
            }
            Some(span) => (Activity::Idle, span.task),
            None if self.suspended || self.row.worker => (Activity::Idle, None),
            None => (Activity::Running, None),
        };
        self.row.segments.push(Segment {
            activity,
            task,
            from: self.known,
            to: at,
            span,
        });
        self.known = at;
    }

    fn end_all(&mut self, at: Moment) {
        self.know(at);
        for place in self.open.drain(..) {
            self.row.spans[place].to = at;
        }
        self.row.exit = at;
    }

    fn finish(mut self, end: Moment) -> Row {
        if !self.exited {
            let at = match self.ends_with_log || !self.open.is_empty() {
                true => end,
                false => self.last,
            };
            self.end_all(at);
        }
        self.row
    }
}

#[cfg(test)]
pub(crate) mod logs;
#[cfg(test)]
mod tests;
