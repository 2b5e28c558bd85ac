//! The context of an actor: who acts, in which task, at which random draw, in
//! which wait, and whether its panics are caught.
//!
//! Each thread has a context of its own and needs to do nothing for it. A
//! coroutine or a greenlet is an actor, too, although it shares its thread. It
//! has a [`Context`], and whatever resumes it calls [`switch`] before and after:
//! the only place where a context is taken out and another one put in.
//!
//! A context stays on the thread on which it was made.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::threads;

/// The kind of an actor.
///
/// ```
/// use stage::context::{ActorKind, current_actor};
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

/// An actor: whatever can do something that the record tells of.
///
/// ```
/// let me = stage::context::current_actor();
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

impl Actor {
    /// A new actor of this process.
    ///
    /// ```
    /// use stage::context::{Actor, ActorKind};
    ///
    /// let one = Actor::new(ActorKind::Greenlet, "egon");
    /// let other = Actor::new(ActorKind::Greenlet, "egon");
    /// assert_ne!(one.number, other.number);
    /// ```
    pub fn new(kind: ActorKind, name: impl Into<String>) -> Arc<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Arc::new(Actor {
            kind,
            name: name.into(),
            process: std::process::id(),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }
}

/// Names one task: its pool, and its place in the order of submission, from 0.
///
/// ```
/// let task = stage::context::TaskId { pool: 0, number: 3 };
/// assert_eq!(task.to_string(), "task 3");
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

/// A primitive of which it is not known what a wait for it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    /// A lock.
    Lock,
    /// A notification of a condition variable.
    Notification,
}

impl Primitive {
    /// As it stands behind "waits for".
    pub(crate) fn text(self) -> &'static str {
        match self {
            Primitive::Lock => "a lock",
            Primitive::Notification => "a notification",
        }
    }
}

/// What an actor waits for, and since when.
#[derive(Clone, Debug)]
pub struct Wait {
    /// What it waits for: `the result of task 3`.
    pub what: Cow<'static, str>,
    /// Set if a primitive entered the wait, and not a caller that knows what it means.
    pub primitive: Option<Primitive>,
    /// The time limit, if there is one.
    pub limit: Option<Duration>,
    /// The line that waits.
    pub at: &'static Location<'static>,
    /// When the wait began.
    pub since: Instant,
    /// The system's number of the thread that waits, where it has one.
    pub thread: Option<u32>,
}

/// An actor's line in the table of waits. It goes where the actor goes.
#[derive(Debug)]
pub(crate) struct WaitSlot {
    pub(crate) actor: Arc<Actor>,
    /// The system's number of the actor's thread.
    pub(crate) thread: Option<u32>,
    pub(crate) wait: Mutex<Option<Wait>>,
}

/// The table of waits.
static SLOTS: Mutex<Vec<Weak<WaitSlot>>> = Mutex::new(Vec::new());

/// The lines of the table, each with an actor that lives.
pub(crate) fn wait_slots() -> Vec<Arc<WaitSlot>> {
    SLOTS.lock().iter().filter_map(Weak::upgrade).collect()
}

/// Everything that belongs to one actor. See the [module](self).
///
/// ```
/// use stage::context::{self, Actor, ActorKind, Context};
///
/// let greenlet = Context::new(Actor::new(ActorKind::Greenlet, "egon"));
/// let before = context::switch(Some(greenlet));
/// assert_eq!(context::current_actor().name, "egon");
/// context::switch(before);
/// assert_ne!(context::current_actor().name, "egon");
/// greenlet.recycle();
/// ```
///
/// It is not `Sync`, so it cannot leave its thread:
///
/// ```compile_fail
/// # use stage::context::{self, Context};
/// # let greenlet = Context::new(context::current_actor());
/// std::thread::spawn(move || context::switch(Some(greenlet)));
/// ```
#[derive(Debug)]
pub struct Context {
    actor: RefCell<Option<Arc<Actor>>>,
    task: Cell<Option<TaskId>>,
    /// Random numbers drawn so far: in this task, or outside of tasks.
    draws: Cell<u64>,
    wait: RefCell<Option<Arc<WaitSlot>>>,
    /// Whether a panic is caught, and must not be reported in the standard way.
    catching: Cell<bool>,
    /// Where the last panic that was caught was raised.
    panicked_at: RefCell<Option<String>>,
}

thread_local! {
    /// The context of the thread itself.
    static OWN: Context = const { Context::empty() };
    /// The context in use, if it is not the thread's own.
    static CURRENT: Cell<Option<&'static Context>> = const { Cell::new(None) };
    /// Contexts whose actors have ended.
    static SPARE: RefCell<Vec<&'static Context>> = const { RefCell::new(Vec::new()) };
}

/// Makes `to` the context of what runs on this thread from now on, and returns
/// the one before. `None` is the thread's own.
///
/// Whatever resumes an actor puts the context before back once the actor gives
/// the thread back. Costs less than a nanosecond.
///
/// ```
/// use stage::context;
///
/// let before = context::switch(None);
/// assert!(before.is_none());
/// ```
pub fn switch(to: Option<&'static Context>) -> Option<&'static Context> {
    CURRENT.replace(to)
}

/// Calls `look` with the context in use. It is looked up anew for each call,
/// because the actor may have switched in between. `look` itself must not switch.
///
/// `None` only while the thread's own storage is torn down.
fn with<T>(look: impl FnOnce(&Context) -> T) -> Option<T> {
    match CURRENT.try_with(Cell::get) {
        Ok(Some(context)) => Some(look(context)),
        _ => OWN.try_with(look).ok(),
    }
}

impl Context {
    const fn empty() -> Self {
        Context {
            actor: RefCell::new(None),
            task: Cell::new(None),
            draws: Cell::new(0),
            wait: RefCell::new(None),
            catching: Cell::new(false),
            panicked_at: RefCell::new(None),
        }
    }

    /// The context of a new actor on this thread.
    ///
    /// It is never freed, because it is in use while its actor is suspended. Give
    /// it back with [`recycle`](Self::recycle), together with the actor's stack.
    pub fn new(actor: Arc<Actor>) -> &'static Self {
        let spare = SPARE.with_borrow_mut(Vec::pop);
        let context = spare.unwrap_or_else(|| Box::leak(Box::new(Context::empty())));
        context.actor.replace(Some(actor));
        context
    }

    /// The actor has ended: its context may serve another one on this thread.
    ///
    /// # Panics
    ///
    /// If the context is in use.
    pub fn recycle(&'static self) {
        let in_use = CURRENT
            .get()
            .is_some_and(|current| std::ptr::eq(current, self));
        assert!(!in_use, "a context in use cannot be recycled: switch first");
        self.actor.take();
        self.task.take();
        self.draws.take();
        self.wait.take();
        self.catching.take();
        self.panicked_at.take();
        // Fails only while the thread ends, when no other actor will come.
        let _ = SPARE.try_with(|spare| spare.borrow_mut().push(self));
    }
}

/// Counts the threads without a name.
static UNNAMED: AtomicU32 = AtomicU32::new(1);

/// The actor on whose behalf this code runs.
///
/// ```
/// let teacher = std::thread::Builder::new().name("teacher".to_string());
/// let name = teacher.spawn(|| stage::context::current_actor().name.clone()).unwrap();
/// assert_eq!(name.join().unwrap(), "teacher");
/// ```
pub fn current_actor() -> Arc<Actor> {
    let current = with(|context| {
        let mut actor = context.actor.borrow_mut();
        Arc::clone(actor.get_or_insert_with(|| {
            let thread = std::thread::current();
            match thread.name() {
                Some(name) => Actor::new(ActorKind::Thread, name),
                None => {
                    let number = UNNAMED.fetch_add(1, Ordering::Relaxed);
                    Actor::new(ActorKind::Thread, format!("thread-{number}"))
                }
            }
        }))
    });
    current.unwrap_or_else(|| Actor::new(ActorKind::Thread, "an ending thread"))
}

/// From now on the current context acts as `actor`: a worker process acts under
/// its own name.
pub fn act_as(actor: Arc<Actor>) {
    with(|context| context.actor.replace(Some(actor)));
}

/// The task inside which this code runs, if any.
///
/// ```
/// assert_eq!(stage::context::current_task(), None);
/// ```
pub fn current_task() -> Option<TaskId> {
    with(|context| context.task.get()).flatten()
}

/// Says that the current actor runs a task, until dropped. See [`enter_task`].
#[derive(Debug)]
#[must_use = "when it is dropped, the actor is in the task no longer"]
pub struct InTask {
    task_before: Option<TaskId>,
    draws_before: u64,
}

/// From now on the current actor is in `task`, which has drawn no random number
/// yet. Tasks nest: the one before is back when the guard is dropped.
///
/// ```
/// use stage::context::{TaskId, current_task, enter_task};
///
/// let task = TaskId { pool: 0, number: 3 };
/// let inside = enter_task(task);
/// assert_eq!(current_task(), Some(task));
/// drop(inside);
/// assert_eq!(current_task(), None);
/// ```
pub fn enter_task(task: TaskId) -> InTask {
    let before = with(|context| (context.task.replace(Some(task)), context.draws.replace(0)));
    let (task_before, draws_before) = before.unwrap_or_default();
    InTask {
        task_before,
        draws_before,
    }
}

impl Drop for InTask {
    fn drop(&mut self) {
        with(|context| {
            context.task.set(self.task_before);
            context.draws.set(self.draws_before);
        });
    }
}

/// How many random numbers this task, or this actor outside of tasks, has drawn
/// before.
pub(crate) fn next_draw() -> u64 {
    with(|context| context.draws.replace(context.draws.get() + 1)).unwrap_or(0)
}

/// Before a section: names and draws count from the start again.
pub(crate) fn begin_section() {
    UNNAMED.store(1, Ordering::Relaxed);
    with(|context| context.draws.set(0));
}

/// The current actor's line in the table of waits.
pub(crate) fn wait_slot() -> Option<Arc<WaitSlot>> {
    let known = with(|context| context.wait.borrow().clone())?;
    known.or_else(|| {
        let slot = Arc::new(WaitSlot {
            actor: current_actor(),
            thread: threads::own_number(),
            wait: Mutex::new(None),
        });
        let mut slots = SLOTS.lock();
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot));
        drop(slots);
        with(|context| context.wait.replace(Some(Arc::clone(&slot))))?;
        Some(slot)
    })
}

/// Whether panics of the current actor are caught.
pub(crate) fn catching() -> bool {
    with(|context| context.catching.get()).unwrap_or(false)
}

/// Sets that, and returns what it was.
pub(crate) fn set_catching(catching: bool) -> bool {
    with(|context| context.catching.replace(catching)).unwrap_or(false)
}

/// The place of the current actor's last panic that was caught, once.
pub(crate) fn take_panic_place() -> Option<String> {
    with(|context| context.panicked_at.take()).flatten()
}

/// Notes that place.
pub(crate) fn set_panic_place(place: Option<String>) {
    with(|context| context.panicked_at.replace(place));
}
