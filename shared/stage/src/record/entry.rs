//! What the record consists of.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::context::{Actor, TaskId};

/// Names one entry of one run, also across processes.
///
/// ```
/// use stage::record::{self, Kind};
///
/// record::start();
/// stage::say!("hello");
/// let log = record::take();
/// assert_eq!(log[0].id.process, std::process::id());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryId {
    /// The system's number of the process that recorded it.
    pub process: u32,
    /// Counts the entries of that process, in order.
    pub number: u64,
}

/// What happened.
///
/// What takes time has two entries, one at its start and one at its end: [`Start`](Kind::Start) and [`End`](Kind::End) of a task,
/// [`Callback`](Kind::Callback) and [`CallbackEnd`](Kind::CallbackEnd),
/// [`Wait`](Kind::Wait) and [`Wake`](Kind::Wake), [`Sleep`](Kind::Sleep) and
/// [`Awake`](Kind::Awake), [`Born`](Kind::Born) and [`Exit`](Kind::Exit).
///
/// ```
/// use stage::record::{self, Kind};
///
/// record::start();
/// stage::say!("hello");
/// assert_eq!(record::take()[0].kind, Kind::Say);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// A line was printed. The text is the line.
    Say,
    /// A task was handed to a pool.
    Submit,
    /// A task began to run. Cause: its submission.
    Start,
    /// A task ended. The text is empty, or the error.
    End,
    /// A task was cancelled before it started.
    Cancel,
    /// A callback began to run. Cause: the end of its task. Who runs it is the actor: if
    /// it was added before the end, that is the thread that ended the task, or the
    /// callback thread of a process pool; if it was added later, the thread that added
    /// it.
    Callback,
    /// A callback ended. The text is empty, or the error.
    CallbackEnd,
    /// The actor began to wait. The text says for what.
    Wait,
    /// The wait is over. Cause: what ended it, or the wait itself where that is not
    /// known. The text is empty, or the simulated seconds of the limit that is over, or
    /// those that the other side took.
    Wake,
    /// The actor sleeps on purpose, for as many simulated seconds as the text says.
    Sleep,
    /// The sleep is over.
    Awake,
    /// A thread, process, coroutine or greenlet was created. The text is its name.
    Spawn,
    /// The first moment of an actor. Cause: its creation. The text is `a worker` if
    /// the actor runs tasks or callbacks, and empty otherwise. A thread that was started
    /// by other means than this library's has it, without a cause, before its first
    /// entry.
    Born,
    /// The last moment of an actor. The text is empty, or how it died.
    Exit,
    /// The actor handed its thread to another. The text is the other's name.
    Switch,
    /// A flag was set.
    Set,
    /// A flag was cleared.
    Clear,
    /// A pool was made. The text says which, and how many workers it may have:
    /// `pool 0 of 5 workers`.
    Pool,
    /// A pool was told to shut down.
    Shutdown,
    /// A phase of the section began. The text is its name; the phase before is over.
    Phase,
    /// The task got a name of its own, for lines and pictures. The text is the name.
    Name,
    /// A stopwatch was started. The text says what it measures.
    StopwatchStart,
    /// A stopwatch was read. The text says what was reached, for instance `the first
    /// result is usable`. Cause: its start.
    StopwatchRead,
    /// A step in a chosen interleaving was taken. The text says what was done.
    Step,
}

/// What an entry tells in a form that can be compared and drawn, beside its text.
///
/// ```
/// use stage::record::{self, About, Kind};
///
/// record::start();
/// stage::pace::pause(0.01);
/// assert_eq!(record::take()[0].about, About::Nothing);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum About {
    /// The kind and the text say all.
    #[default]
    Nothing,
    /// Of [`Kind::Wait`]: for what, and for how long at most.
    Wait {
        /// What is waited for.
        target: Target,
        /// The time limit in real seconds, as it was given; `None` for as long as it
        /// takes. It may count from before the wait: that of `as_completed_timeout`
        /// counts from its call.
        limit: Option<f64>,
    },
    /// Of [`Kind::Wake`]: how the wait ended.
    Outcome(Outcome),
    /// Of [`Kind::Pool`]: the pool.
    Pool {
        /// Which pool of the section, from 0: that of its [`TaskId`]s.
        pool: u32,
        /// What stands in front of its workers' numbers: `pool-0`, `teacher`.
        prefix: String,
        /// Whether its workers are processes.
        processes: bool,
        /// How many workers it may have.
        workers: u32,
    },
    /// Of [`Kind::Callback`]: whether the callback was added after the end of its task.
    Callback {
        /// Then it runs at once, on the thread that added it.
        late: bool,
    },
    /// Of [`Kind::Spawn`] and [`Kind::Born`] of a worker, of [`Kind::Born`] of the
    /// thread that runs the callbacks of a process pool, and of [`Kind::Shutdown`]:
    /// whose pool. A pool that has fewer of such spawns than [`About::Pool`] allows
    /// never needed the other workers.
    Of {
        /// Which pool of the section.
        pool: u32,
    },
    /// Of [`Kind::Step`]: what was so after it.
    Step {
        /// The state that the steps are about, in words: `flag: set`.
        state: Vec<String>,
        /// The threads that are asleep.
        asleep: Vec<String>,
        /// The thread that holds the lock.
        holder: Option<String>,
    },
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The result of a task.
    Result(TaskId),
    /// Some or all of a number of futures.
    Futures(u32),
    /// The end of a pool.
    Pool(u32),
    /// The end of an actor, by its name.
    Actor(String),
    /// An event, by its name.
    Event(String),
    /// A lock.
    Lock,
    /// A notification of a condition variable.
    Notification,
    /// As many as a barrier is for.
    Barrier(u32),
    /// A message of a channel, or room in it.
    Channel,
    /// The world outside: a socket, a file, a child process. The text says what.
    Outside,
    /// A wait that was seen from outside, by the system call: the text says which.
    Seen,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// What was waited for is there.
    Woken,
    /// The time limit is over.
    GaveUp,
    /// The other side answered, and says that it was made to take this number of
    /// simulated seconds.
    Answered(f64),
}

/// One entry of the record.
///
/// ```
/// use stage::record::{self, Kind};
///
/// record::start();
/// stage::say!("{} tasks", 13);
/// let log = record::take();
/// assert_eq!(log[0].text, "13 tasks");
/// assert!(log[0].file.ends_with(".rs"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// The entry that caused this one.
    pub cause: Option<EntryId>,
    /// Who did it.
    pub actor: Arc<Actor>,
    /// The task inside which, or to which, it happened.
    pub task: Option<TaskId>,
    /// What it was.
    pub kind: Kind,
    /// More about it; see [`Kind`].
    pub text: String,
    /// The same in a form that can be compared.
    pub about: About,
    /// For how long the actor's thread has been running or ready so far, where the system
    /// tells: it had a core, or waited for one. Between two entries, real time in which
    /// this did not grow was spent blocked.
    pub cpu: Option<Duration>,
    /// The source file of the line that did it.
    pub file: String,
    /// That line.
    pub line: u32,
    /// Since the start of the section, on the clock on the wall.
    pub real: Duration,
    /// Since the start of the section, in simulated time.
    pub simulated: Duration,
}

/// The text of [`Kind::Born`] for an actor that is idle when it runs no task.
pub const WORKER: &str = "a worker";
