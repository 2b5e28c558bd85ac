//! The event log: what every actor did, when, and what caused it.
//!
//! A lesson's program runs, and the log writes down what happens: who submitted
//! which task, who started it, who waited for whom and what ended the wait. From
//! this one record come the lines with the actors' names, the timelines, the
//! trace files and the check that the book tells the truth.
//!
//! The record is settled here, once. An [`Entry`] says
//!
//! - **who**: the [`Actor`], a thread, a process, a coroutine or a greenlet. A
//!   greenlet is an actor although it shares its thread;
//! - **for which task**: the [`TaskId`], if it happened inside one or to one;
//! - **what**: the [`Kind`], with a text;
//! - **where**: source file and line;
//! - **when**: on two clocks, the real one and the simulated one, which runs
//!   `--speed` times faster;
//! - **why**: the event that caused it. A start is caused by its submission, a
//!   callback by the end of its task, a wake-up by whatever ended the wait.
//!
//! Recording is off unless somebody asked for it. Then it costs one relaxed
//! load of a flag.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::context::{self, current_actor, current_task};
use crate::run;

pub use crate::context::{Actor, ActorKind, TaskId};

/// Names one event of one run, also across processes.
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
    /// Counts the events of that process, in the order of its log.
    pub number: u64,
}

/// What happened.
///
/// Those that take time come in pairs, and between them the actor is busy with
/// just that: [`Start`](Kind::Start) and [`End`](Kind::End) of a task,
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
    /// A new actor's first moment. Cause: its creation. The text is `a worker`
    /// if it is there to run tasks or callbacks, and empty otherwise.
    Born,
    /// An actor's last moment. The text is empty, or how it died.
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
}

/// One line of the log.
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
    /// The event without which this one could not have happened.
    pub cause: Option<EntryId>,
    /// Who did it.
    pub actor: Arc<Actor>,
    /// Inside which task, or to which, it happened.
    pub task: Option<TaskId>,
    /// What it was.
    pub kind: Kind,
    /// What there is to say about it.
    pub text: String,
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
static NEXT_EVENT: AtomicU64 = AtomicU64::new(0);

/// In a worker process: what sends the events home.
static SENDER: OnceLock<fn(&Entry)> = OnceLock::new();

/// Begins to record, with an empty log.
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

/// Stops recording and returns the log, in the order in which this process
/// learned of the events. Those of a child process come after their causes, but
/// may come later than events of this process that were recorded after them:
/// sort by [`Entry::real`] where time matters.
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

/// Whether events are being recorded. Costs one relaxed load.
///
/// ```
/// assert!(!stage::record::recording());
/// ```
pub fn recording() -> bool {
    RECORDING.load(Ordering::Relaxed)
}

/// Writes an event down, if anybody asked for it. `text` is not called otherwise.
pub fn enter(
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EntryId>,
    at: &'static Location<'static>,
    text: impl FnOnce() -> String,
) -> Option<EntryId> {
    if !recording() {
        return None;
    }
    let actor = current_actor();
    let task = task.or_else(current_task);
    let text = text();
    // Number and time are taken under the lock, so that both grow along the log.
    let mut log = LOG.lock();
    let id = EntryId {
        process: std::process::id(),
        number: NEXT_EVENT.fetch_add(1, Ordering::Relaxed),
    };
    let (real, simulated) = run::current().elapsed();
    let event = Entry {
        id,
        cause,
        actor,
        task,
        kind,
        text,
        file: at.file().to_string(),
        line: at.line(),
        real,
        simulated,
    };
    match SENDER.get() {
        Some(send) => send(&event),
        None => log.push(event),
    }
    Some(id)
}

/// Writes down the end of an actor that could not do so itself.
pub fn enter_death(actor: Arc<Actor>, cause: EntryId, how: String) -> Option<EntryId> {
    if !recording() {
        return None;
    }
    let at = Location::caller();
    let mut log = LOG.lock();
    let id = EntryId {
        process: std::process::id(),
        number: NEXT_EVENT.fetch_add(1, Ordering::Relaxed),
    };
    let (real, simulated) = run::current().elapsed();
    log.push(Entry {
        id,
        cause: Some(cause),
        actor,
        task: None,
        kind: Kind::Exit,
        text: how,
        file: at.file().to_string(),
        line: at.line(),
        real,
        simulated,
    });
    Some(id)
}

/// Writes down an event of a child process.
pub fn adopt(event: Entry) {
    if recording() {
        LOG.lock().push(event);
    }
}

/// In a worker process: this process acts under `name`, and its events go to
/// its parent.
pub fn become_process(name: String, recording: bool, send: fn(&Entry)) {
    context::act_as(Actor::new(ActorKind::Process, name));
    let _ = SENDER.set(send);
    RECORDING.store(recording, Ordering::Relaxed);
}
