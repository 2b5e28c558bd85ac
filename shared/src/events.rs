//! The event log: what every actor did, when, and what caused it.
//!
//! A lesson's program runs, and the log writes down what happens: who submitted
//! which task, who started it, who waited for whom and what ended the wait. From
//! this one record come the lines with the actors' names, the timelines, the
//! trace files and the check that the book tells the truth.
//!
//! The record is settled here, once. An [`Event`] says
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

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::run;

/// Names one event of one run, also across processes.
///
/// ```
/// use shared::events::{self, Kind};
///
/// events::start();
/// shared::say!("hello");
/// let log = events::take();
/// assert_eq!(log[0].id.process, std::process::id());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId {
    /// The system's number of the process that recorded it.
    pub process: u32,
    /// Counts the events of that process, in the order of its log.
    pub number: u64,
}

/// Names one task: the pool it was submitted to, and its place in the order of
/// submission, from 0.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let pool = ThreadPool::new(1)?;
/// let done = pool.submit(|| ())?;
/// assert_eq!(done.task().to_string(), "task 0");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// Which pool of the section, from 0.
    pub pool: u32,
    /// Which task of that pool, from 0.
    pub number: u64,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.number)
    }
}

/// What kind of thing acts.
///
/// ```
/// use shared::events::{ActorKind, current_actor};
/// assert_eq!(current_actor().kind, ActorKind::Thread);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ActorKind {
    /// A thread of the system.
    Thread,
    /// A child process, as a whole.
    Process,
    /// A coroutine: it runs on the thread that resumes it.
    Coroutine,
    /// A greenlet: it shares its thread with others.
    Greenlet,
}

/// Who did it.
///
/// ```
/// let me = shared::events::current_actor();
/// assert_eq!(me.process, std::process::id());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// Thread, process, coroutine or greenlet.
    pub kind: ActorKind,
    /// As it stands in front of the actor's lines.
    pub name: String,
    /// The system's number of the process it lives in.
    pub process: u32,
    /// Tells actors of one process apart, whatever their names.
    pub number: u32,
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
/// use shared::events::{self, Kind};
///
/// events::start();
/// shared::say!("hello");
/// assert_eq!(events::take()[0].kind, Kind::Say);
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
/// use shared::events::{self, Kind};
///
/// events::start();
/// shared::say!("{} tasks", 13);
/// let log = events::take();
/// assert_eq!(log[0].text, "13 tasks");
/// assert!(log[0].file.ends_with(".rs"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// The event without which this one could not have happened.
    pub cause: Option<EventId>,
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
pub(crate) const WORKER: &str = "a worker";

static RECORDING: AtomicBool = AtomicBool::new(false);
static LOG: Mutex<Vec<Event>> = Mutex::new(Vec::new());
static NEXT_EVENT: AtomicU64 = AtomicU64::new(0);
static NEXT_ACTOR: AtomicU32 = AtomicU32::new(0);
static UNNAMED: AtomicU32 = AtomicU32::new(1);

/// In a worker process: what sends the events home.
static SENDER: OnceLock<fn(&Event)> = OnceLock::new();

thread_local! {
    static ACTOR: RefCell<Option<Arc<Actor>>> = const { RefCell::new(None) };
    static TASK: Cell<Option<TaskId>> = const { Cell::new(None) };
    static DRAWS: Cell<u64> = const { Cell::new(0) };
}

/// Begins to record, with an empty log.
///
/// ```
/// shared::events::start();
/// assert!(shared::events::recording());
/// shared::events::take();
/// ```
pub fn start() {
    log().clear();
    RECORDING.store(true, Ordering::Relaxed);
}

/// Stops recording and returns the log, in the order in which this process
/// learned of the events. Those of a child process come after their causes, but
/// may come later than events of this process that were recorded after them:
/// sort by [`Event::real`] where time matters.
///
/// ```
/// shared::events::start();
/// shared::say!("one");
/// assert_eq!(shared::events::take().len(), 1);
/// assert!(shared::events::take().is_empty());
/// ```
pub fn take() -> Vec<Event> {
    RECORDING.store(false, Ordering::Relaxed);
    std::mem::take(&mut log())
}

/// Whether events are being recorded. Costs one relaxed load.
///
/// ```
/// assert!(!shared::events::recording());
/// ```
pub fn recording() -> bool {
    RECORDING.load(Ordering::Relaxed)
}

/// The actor on whose behalf this code runs.
///
/// ```
/// let handle = shared::primitives::spawn("teacher", || shared::events::current_actor().name.clone());
/// assert_eq!(handle.join().unwrap(), "teacher");
/// ```
pub fn current_actor() -> Arc<Actor> {
    let current = ACTOR.try_with(|actor| {
        Arc::clone(actor.borrow_mut().get_or_insert_with(|| {
            let thread = std::thread::current();
            let name = match thread.name() {
                Some(name) => name.to_string(),
                None => format!("thread-{}", UNNAMED.fetch_add(1, Ordering::Relaxed)),
            };
            new_actor(ActorKind::Thread, name)
        }))
    });
    // The thread's own storage is gone only while the thread ends.
    current.unwrap_or_else(|_| new_actor(ActorKind::Thread, "an ending thread".to_string()))
}

/// The task inside which this code runs, if any.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// assert_eq!(shared::events::current_task(), None);
/// let pool = ThreadPool::new(1)?;
/// let inside = pool.submit(shared::events::current_task)?;
/// assert_eq!(inside.result()?, Some(inside.task()));
/// # Ok(())
/// # }
/// ```
pub fn current_task() -> Option<TaskId> {
    TASK.try_with(Cell::get).ok().flatten()
}

fn new_actor(kind: ActorKind, name: String) -> Arc<Actor> {
    Arc::new(Actor {
        kind,
        name,
        process: std::process::id(),
        number: NEXT_ACTOR.fetch_add(1, Ordering::Relaxed),
    })
}

fn log() -> std::sync::MutexGuard<'static, Vec<Event>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes an event down, if anybody asked for it. `text` is not called otherwise.
pub(crate) fn record(
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EventId>,
    at: &'static Location<'static>,
    text: impl FnOnce() -> String,
) -> Option<EventId> {
    if !recording() {
        return None;
    }
    let actor = current_actor();
    let task = task.or_else(current_task);
    let text = text();
    // Number and time are taken under the lock, so that both grow along the log.
    let mut log = log();
    let id = EventId {
        process: std::process::id(),
        number: NEXT_EVENT.fetch_add(1, Ordering::Relaxed),
    };
    let (real, simulated) = run::current().elapsed();
    let event = Event {
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
pub(crate) fn record_death(actor: Arc<Actor>, cause: EventId, how: String) -> Option<EventId> {
    if !recording() {
        return None;
    }
    let at = Location::caller();
    let mut log = log();
    let id = EventId {
        process: std::process::id(),
        number: NEXT_EVENT.fetch_add(1, Ordering::Relaxed),
    };
    let (real, simulated) = run::current().elapsed();
    log.push(Event {
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
pub(crate) fn adopt(event: Event) {
    if recording() {
        log().push(event);
    }
}

/// In a worker process: this process acts under `name`, and its events go to
/// its parent.
pub(crate) fn become_process(name: String, recording: bool, send: fn(&Event)) {
    let actor = new_actor(ActorKind::Process, name);
    ACTOR.set(Some(actor));
    let _ = SENDER.set(send);
    RECORDING.store(recording, Ordering::Relaxed);
}

/// Before a section: names and numbers count from the start again.
pub(crate) fn begin_section() {
    UNNAMED.store(1, Ordering::Relaxed);
    DRAWS.set(0);
}

/// Says that this thread runs `task`, until dropped.
#[derive(Debug)]
pub(crate) struct InTask {
    task_before: Option<TaskId>,
    draws_before: u64,
}

pub(crate) fn enter_task(task: TaskId) -> InTask {
    InTask {
        task_before: TASK.replace(Some(task)),
        draws_before: DRAWS.replace(0),
    }
}

impl Drop for InTask {
    fn drop(&mut self) {
        TASK.set(self.task_before);
        DRAWS.set(self.draws_before);
    }
}

/// How many random numbers this task, or this thread outside of tasks, has
/// drawn before.
pub(crate) fn next_draw() -> u64 {
    DRAWS.replace(DRAWS.get() + 1)
}
