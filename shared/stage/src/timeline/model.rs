//! What a picture of a run shows: rows, spans, marks, arrows.

use std::sync::Arc;
use std::time::Duration;

use crate::record::{Actor, Entry, EntryId, Kind, TaskId};

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
    /// What was waited for.
    pub text: String,
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

impl Span {
    /// The number of a task, as it stands in the pictures.
    pub(super) fn label(&self) -> String {
        let failed = if self.failure.is_empty() { "" } else { "!" };
        self.task
            .map_or(String::new(), |task| format!("{}{failed}", task.number))
    }
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

/// The model of the picture. See the [module](super).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    /// One for each actor, in the order in which they were created or, where the
    /// log does not tell, first did something.
    pub rows: Vec<Row>,
    /// In the order of the effects.
    pub arrows: Vec<Arrow>,
    /// When the log ends.
    pub end: Moment,
}

impl Timeline {
    /// How wide the picture is, in seconds: never zero.
    pub(super) fn seconds(&self) -> f64 {
        self.end.seconds().max(1e-6)
    }
}
