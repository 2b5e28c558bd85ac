//! What a picture of a run shows: rows, spans, marks, arrows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::record::{Actor, Entry, EntryId, Kind, Target, TaskId};

/// A point in time on both clocks, since the section began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// On the real clock.
    pub real: Duration,
    /// In simulated time.
    pub simulated: Duration,
}

impl Moment {
    pub(super) fn of(event: &Entry) -> Self {
        Moment {
            real: event.real,
            simulated: event.simulated,
        }
    }

    pub(super) fn seconds(self) -> f64 {
        self.simulated.as_secs_f64()
    }
}

/// What an actor does during a span.
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
    /// It is alive and has nothing to do, or another actor has its thread.
    Idle,
    /// It was neither running nor ready, and the record does not tell what it did.
    NotRecorded,
}

/// What one actor did for some time.
///
/// ```
/// use stage::record::{self, Kind};
/// use stage::{pace::pause, say};
/// use stage::timeline::{Activity, Timeline};
///
/// record::start();
/// pause(0.01);
/// let timeline = Timeline::new(&record::take());
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
    /// What was waited for, in words.
    pub text: String,
    /// The same in a form that can be compared, where the record has it.
    pub target: Option<Target>,
    /// Whether the wait ended because its time limit was over.
    pub gave_up: bool,
    /// How the task or the callback failed, if it did.
    pub failure: String,
    /// The source file of the line that did it.
    pub file: String,
    /// That line.
    pub line: u32,
    /// The event with which it began.
    pub began: EntryId,
    /// The event with which it ended; `None` if it was still going on when its
    /// actor or the log ended.
    pub ended: Option<EntryId>,
}

/// Something that took no time.
///
/// ```
/// use stage::record::{self, Kind};
/// use stage::timeline::Timeline;
///
/// record::start();
/// stage::say!("hello");
/// let timeline = Timeline::new(&record::take());
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
    pub event: EntryId,
}

/// The innermost thing that an actor did: the row without its depth. The segments of a row follow one another without a gap.
///
/// ```
/// use stage::record;
/// use stage::{pace::pause, say};
/// use stage::timeline::{Activity, Timeline};
///
/// record::start();
/// say!("good night");
/// pause(0.01);
/// let timeline = Timeline::new(&record::take());
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
/// use stage::record;
/// use stage::timeline::Timeline;
///
/// record::start();
/// stage::say!("hello");
/// let timeline = Timeline::new(&record::take());
/// assert_eq!(timeline.rows[0].actor, stage::context::current_actor());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// Who.
    pub actor: Arc<Actor>,
    /// Whether it runs tasks: then it is idle between them.
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

/// What binds an effect to its cause.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrowEnd {
    /// The place of its row.
    pub row: usize,
    /// When.
    pub at: Moment,
    /// The event.
    pub event: EntryId,
}

/// From a cause to its effect.
///
/// ```
/// use stage::record;
/// use stage::timeline::{Timeline, Why};
///
/// use std::panic::Location;
/// use stage::record::Kind;
///
/// record::start();
/// let here = Location::caller();
/// let spawned = record::enter(Kind::Spawn, None, None, here, || "helper".to_string());
/// let helper = std::thread::spawn(move || {
///     record::enter(Kind::Born, None, spawned, here, String::new);
/// });
/// helper.join().unwrap();
/// let timeline = Timeline::new(&record::take());
/// assert_eq!(timeline.arrows[0].why, Why::Spawned);
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

/// A part of the section that has a name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Phase {
    /// As the section calls it.
    pub name: String,
    /// When it began.
    pub from: Moment,
    /// When the next one began, or the record ended.
    pub to: Moment,
    /// The entry with which it began.
    pub began: EntryId,
}

/// The queue of a pool.
///
/// ```
/// use stage::context::TaskId;
/// use stage::record::{self, Kind};
/// use stage::timeline::Timeline;
/// use std::panic::Location;
///
/// record::start();
/// let here = Location::caller();
/// for number in 0..3 {
///     let task = Some(TaskId { pool: 0, number });
///     record::enter(Kind::Submit, task, None, here, String::new);
/// }
/// let queue = &Timeline::new(&record::take()).queues[0];
/// let lengths: Vec<usize> = queue.lengths.iter().map(|(_, length)| *length).collect();
/// assert_eq!(lengths, [1, 2, 3]);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Queue {
    /// Which pool of the section.
    pub pool: u32,
    /// What stands in front of its workers' numbers.
    pub name: String,
    /// How many tasks are in it from then on, in the order of time.
    pub lengths: Vec<(Moment, usize)>,
    /// The tasks that were cancelled in it, and when.
    pub cancelled: Vec<(Moment, TaskId)>,
}

/// The state of an event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Flag {
    /// The event's name.
    pub name: String,
    /// Whether it is set from then on, in the order of time. Before, it is not set.
    pub changes: Vec<(Moment, bool)>,
}

/// The model of the picture. See the [module](super).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    /// One for each actor, in the order in which they were created or, where the
    /// log does not tell, first did something.
    pub rows: Vec<Row>,
    /// In the order of the effects.
    pub arrows: Vec<Arrow>,
    /// In the order of time; none if the section has no phases.
    pub phases: Vec<Phase>,
    /// One for each pool to which tasks were submitted.
    pub queues: Vec<Queue>,
    /// One for each event that actors waited for.
    pub flags: Vec<Flag>,
    /// The tasks that have names of their own.
    pub names: HashMap<TaskId, String>,
    /// When the log ends.
    pub end: Moment,
}

impl Timeline {
    /// What a task is called: by its name, or else by its number.
    ///
    /// ```
    /// use stage::context::{TaskId, enter_task};
    /// use stage::{narrate, record};
    /// use stage::timeline::Timeline;
    ///
    /// record::start();
    /// let task = TaskId { pool: 0, number: 3 };
    /// let inside = enter_task(task);
    /// narrate::name_task("/index/3");
    /// let timeline = Timeline::new(&record::take());
    /// assert_eq!(timeline.name_of(task), "/index/3");
    /// assert_eq!(timeline.name_of(TaskId { pool: 0, number: 4 }), "4");
    /// # drop(inside);
    /// ```
    pub fn name_of(&self, task: TaskId) -> String {
        match self.names.get(&task) {
            Some(name) => name.clone(),
            None => task.number.to_string(),
        }
    }

    /// How a span of a task is labelled.
    pub(super) fn label(&self, span: &Span) -> String {
        let failed = if span.failure.is_empty() { "" } else { "!" };
        span.task
            .map_or(String::new(), |task| self.name_of(task) + failed)
    }

    /// How wide the picture is, in seconds: never zero.
    pub(super) fn seconds(&self) -> f64 {
        self.end.seconds().max(1e-6)
    }
}
