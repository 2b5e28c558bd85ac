//! The record of a run: what every actor did, when, and what caused it.
//!
//! While a lesson runs, each module enters what happens: which task was submitted,
//! who started it, who waited for what, and what ended the wait. The timelines, the
//! trace files and the check of the book are made from this one record.
//!
//! An [`Entry`] says
//!
//! - **who**: the [`Actor`], a thread, a process, a coroutine or a greenlet;
//! - **for which task**: the [`TaskId`], if it happened inside a task or to one;
//! - **what**: the [`Kind`], with a text;
//! - **where**: source file and line;
//! - **when**: on two clocks, the real one and the simulated one, which runs
//!   `--speed` times faster;
//! - **why**: the entry that caused it. A start is caused by its submission, a
//!   callback by the end of its task, a wake-up by what ended the wait.
//!
//! Recording is off by default. Then [`enter`] costs one relaxed load of a flag.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::context::{self, current_actor, current_task};
use crate::run;

pub use crate::context::{Actor, ActorKind, TaskId};

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
    /// A callback began to run. Cause: the end of its task.
    Callback,
    /// A callback ended. The text is empty, or the error.
    CallbackEnd,
    /// The actor began to wait. The text says for what.
    Wait,
    /// The wait is over. Cause: what ended it.
    Wake,
    /// The actor sleeps on purpose, for as many simulated seconds as the text says.
    Sleep,
    /// The sleep is over.
    Awake,
    /// A thread, process, coroutine or greenlet was created. The text is its name.
    Spawn,
    /// The first moment of an actor. Cause: its creation. The text is `a worker` if
    /// the actor runs tasks or callbacks, and empty otherwise.
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
        /// The time limit in real seconds; `None` for as long as it takes.
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
    /// Of [`Kind::Spawn`] and [`Kind::Born`] of a worker, and of [`Kind::Shutdown`]:
    /// whose pool.
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
    /// The processor time that the actor's thread has used so far, where the system
    /// tells. Less of it than of real time has gone by: the thread was blocked, or
    /// waited for a core.
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

static RECORDING: AtomicBool = AtomicBool::new(false);
static LOG: Mutex<Vec<Entry>> = Mutex::new(Vec::new());
static NEXT_ENTRY: AtomicU64 = AtomicU64::new(0);

/// In a worker process: sends the entries to the parent.
static SENDER: OnceLock<fn(&Entry)> = OnceLock::new();

/// Begins to record, with an empty record.
///
/// ```
/// stage::record::start();
/// assert!(stage::record::recording());
/// stage::record::take();
/// ```
pub fn start() {
    LOG.lock().clear();
    RECORDING.store(true, Ordering::Relaxed);
}

/// Stops recording and returns the record, in the order in which this process
/// received the entries. Those of a child process stand behind their causes, but
/// may stand behind entries of this process that are younger. Sort by
/// [`Entry::real`] where time matters.
///
/// ```
/// stage::record::start();
/// stage::say!("one");
/// assert_eq!(stage::record::take().len(), 1);
/// assert!(stage::record::take().is_empty());
/// ```
pub fn take() -> Vec<Entry> {
    RECORDING.store(false, Ordering::Relaxed);
    std::mem::take(&mut LOG.lock())
}

/// Whether a record is kept. Costs one relaxed load.
///
/// ```
/// assert!(!stage::record::recording());
/// ```
pub fn recording() -> bool {
    RECORDING.load(Ordering::Relaxed)
}

/// Enters what happened at `at` into the record, if there is one, and returns the
/// name of the entry. `text` is called only then. Without a `task`, the entry
/// belongs to the one that the current actor is in.
///
/// ```
/// use stage::record::{self, Kind};
/// use std::panic::Location;
///
/// record::start();
/// let here = Location::caller();
/// let set = record::enter(Kind::Set, None, None, here, || "the light".to_string());
/// record::enter(Kind::Wake, None, set, here, String::new);
/// let log = record::take();
/// assert_eq!(log[1].cause, Some(log[0].id));
/// ```
pub fn enter(
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EntryId>,
    at: &'static Location<'static>,
    text: impl FnOnce() -> String,
) -> Option<EntryId> {
    enter_about(kind, task, cause, at, || (text(), About::Nothing))
}

/// As [`enter`], with something to say in a form that can be compared.
pub fn enter_about(
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EntryId>,
    at: &'static Location<'static>,
    text: impl FnOnce() -> (String, About),
) -> Option<EntryId> {
    recording().then(|| {
        let task = task.or_else(current_task);
        append(current_actor(), kind, task, cause, at, text())
    })
}

/// Enters the end of an actor that could not do so itself.
#[track_caller]
pub fn enter_death(actor: Arc<Actor>, cause: EntryId, how: String) -> Option<EntryId> {
    let at = Location::caller();
    recording().then(|| {
        append(
            actor,
            Kind::Exit,
            None,
            Some(cause),
            at,
            (how, About::Nothing),
        )
    })
}

fn append(
    actor: Arc<Actor>,
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EntryId>,
    at: &'static Location<'static>,
    (text, about): (String, About),
) -> EntryId {
    let cpu = crate::threads::thread_cpu_time();
    // Number and time are taken under the lock, so that both grow along the record.
    let mut log = LOG.lock();
    let id = EntryId {
        process: std::process::id(),
        number: NEXT_ENTRY.fetch_add(1, Ordering::Relaxed),
    };
    let (real, simulated) = run::current().elapsed();
    let entry = Entry {
        id,
        cause,
        actor,
        task,
        kind,
        text,
        about,
        cpu,
        file: at.file().to_string(),
        line: at.line(),
        real,
        simulated,
    };
    match SENDER.get() {
        Some(send) => send(&entry),
        None => log.push(entry),
    }
    id
}

/// Takes over an entry from the record of a child process.
pub fn adopt(entry: Entry) {
    if recording() {
        LOG.lock().push(entry);
    }
}

/// In a worker process: from now on the process acts under `name`, and `send` takes
/// its entries to its parent.
pub fn become_process(name: String, recording: bool, send: fn(&Entry)) {
    context::act_as(Actor::new(ActorKind::Process, name));
    let _ = SENDER.set(send);
    RECORDING.store(recording, Ordering::Relaxed);
}
