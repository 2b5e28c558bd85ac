//! Threads, with the interface of `std::thread` and `shared::primitives`.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::engine::Stop;
use crate::real;
use crate::status::{Sleep, Status, Woken};
use crate::turns::{self, with};
use crate::words::{Place, Step, Wait, message};

/// A panic ended a thread that was joined, with this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPanicked(pub String);

impl fmt::Display for ThreadPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the thread panicked: {}", self.0)
    }
}

impl std::error::Error for ThreadPanicked {}

/// Where a thread of a model leaves its result.
pub(crate) type Slot<T> = Arc<Mutex<Option<T>>>;

/// Waits for the end of a thread that [`spawn`] started.
pub struct JoinHandle<T> {
    inner: Inner<T>,
    thread: Thread,
}

enum Inner<T> {
    Real(std::thread::JoinHandle<T>),
    Model(usize, Slot<T>),
}

/// Starts a thread with a name, as `shared::primitives::spawn`.
///
/// # Panics
///
/// If the system cannot start another thread.
///
/// ```
/// let handle = model::spawn("teacher", || "a book");
/// assert_eq!(handle.join().unwrap(), "a book");
/// ```
#[track_caller]
pub fn spawn<T, F>(name: impl Into<String>, body: F) -> JoinHandle<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let name = name.into();
    try_spawn(name.clone(), body)
        .unwrap_or_else(|error| panic!("the system cannot start the thread `{name}`: {error}"))
}

/// As [`spawn`], but hands the system's refusal to the caller.
///
/// # Errors
///
/// If the system cannot start another thread, or the model wants none (see
/// [`threads_left`]).
#[track_caller]
pub fn try_spawn<T, F>(name: impl Into<String>, body: F) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let name = name.into();
    let at = Location::caller();
    if turns::in_model() {
        let number = add(&name, at)?;
        let slot = Slot::default();
        let result = Arc::clone(&slot);
        let builder = shuttle::thread::Builder::new().name(name.clone());
        builder.spawn(move || run(body, &result))?;
        return Ok(JoinHandle {
            inner: Inner::Model(number, slot),
            thread: Thread::of_model(number, name),
        });
    }
    let live = real::live();
    let thread = std::thread::Builder::new().name(name);
    let inner = thread.spawn(move || {
        let _live = live;
        body()
    })?;
    Ok(JoinHandle {
        thread: Thread(Which::Real(inner.thread().clone())),
        inner: Inner::Real(inner),
    })
}

/// From now on, so many threads can be started in this execution. For a model
/// that wants the system to refuse one.
///
/// ```
/// model::explore(0, || {
///     model::threads_left(0);
///     assert!(model::try_spawn("one too many", || ()).is_err());
/// });
/// ```
pub fn threads_left(number: usize) {
    with(|engine| engine.threads_left = number);
}

/// In a model: a thread is about to be started; its number.
pub(crate) fn add(name: &str, at: Place) -> io::Result<usize> {
    with(|engine| {
        let left = engine.threads_left.checked_sub(1);
        engine.threads_left = left.ok_or_else(|| io::Error::other("too many threads"))?;
        engine.step(|| Step::Starts(name.to_string()), Some(at));
        Ok(engine.add_thread(name.to_string()))
    })
}

/// In a model: what a thread does, from its start to its end.
pub(crate) fn run<T>(body: impl FnOnce() -> T, result: &Slot<T>) {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => {
            with(|engine| engine.step(|| Step::Ends, None));
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        }
        Err(payload) => {
            with(|engine| engine.step(|| Step::Panics, None));
            let text = message(&*payload);
            // Its destructor may block, and no other thread runs any more.
            std::mem::forget(payload);
            turns::stop(Stop::Panic(text));
        }
    }
}

/// In a model: waits for the end of a thread, and takes its result.
pub(crate) fn join<T>(number: usize, name: &str, result: &Slot<T>, at: Place) -> T {
    wait_for_end(number, name, at);
    let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    value.expect("a thread that has ended has left its result")
}

pub(crate) fn wait_for_end(number: usize, name: &str, at: Place) {
    if !has_ended(number) {
        with(|engine| {
            let wait = || Wait::End {
                name: name.to_string(),
                thread: number,
            };
            engine.story.waits(engine.current, wait, at);
        });
        turns::pass(Status::Joins(number));
    }
    with(|engine| {
        engine.story.waits_no_longer(engine.current);
        engine.step(|| Step::Joined(name.to_string()), Some(at));
    });
}

pub(crate) fn has_ended(number: usize) -> bool {
    with(|engine| matches!(engine.threads[number].status, Status::Gone))
}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended and returns what it returned, or its
    /// panic.
    ///
    /// # Errors
    ///
    /// If a panic ended the thread: with its message. (In a model a panic fails
    /// the model instead.)
    #[track_caller]
    pub fn join(self) -> Result<T, ThreadPanicked> {
        let at = Location::caller();
        let name = self.name().to_string();
        match self.inner {
            Inner::Model(number, slot) => Ok(join(number, &name, &slot, at)),
            Inner::Real(real) => {
                let thread = 0;
                let _waiting = real::waiting(Wait::End { name, thread }, at);
                let result = real.join();
                result.map_err(|payload| ThreadPanicked(message(&*payload)))
            }
        }
    }

    /// Whether the thread has ended, so that [`join`](Self::join) would not wait.
    pub fn is_finished(&self) -> bool {
        match &self.inner {
            Inner::Real(real) => real.is_finished(),
            Inner::Model(number, _) => {
                turns::point();
                has_ended(*number)
            }
        }
    }

    /// The thread.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// The name that the thread was given.
    pub fn name(&self) -> &str {
        self.thread.name().unwrap_or("a thread")
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.name()).finish()
    }
}

/// A thread, as `std::thread::Thread`.
#[derive(Clone, Debug)]
pub struct Thread(Which);

#[derive(Clone, Debug)]
enum Which {
    Real(std::thread::Thread),
    Model(usize, String),
}

/// What tells a thread from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(Result<std::thread::ThreadId, usize>);

impl Thread {
    pub(crate) fn of_model(number: usize, name: String) -> Self {
        Thread(Which::Model(number, name))
    }

    /// The name that it was given.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Which::Real(real) => real.name(),
            Which::Model(_, name) => Some(name),
        }
    }

    /// What tells it from all others.
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.0 {
            Which::Real(real) => Ok(real.id()),
            Which::Model(number, _) => Err(*number),
        })
    }

    /// Ends its [`park`], now or the next time that it parks.
    #[track_caller]
    pub fn unpark(&self) {
        let at = Location::caller();
        match &self.0 {
            Which::Real(real) => real.unpark(),
            Which::Model(number, name) => {
                turns::point();
                with(|engine| {
                    engine.step(|| Step::Unparks(name.clone()), Some(at));
                    match engine.sleepers(parking_lot(*number)).as_slice() {
                        [] => engine.threads[*number].token = true,
                        _ => engine.wake(*number, Woken::Notified),
                    }
                });
            }
        }
    }
}

/// The thread that calls this.
pub fn current() -> Thread {
    if !turns::in_model() {
        return Thread(Which::Real(std::thread::current()));
    }
    with(|engine| Thread::of_model(engine.current, engine.me().name.clone()))
}

/// No primitive has this address.
fn parking_lot(number: usize) -> usize {
    usize::MAX - number
}

/// Waits until this thread is [unparked](Thread::unpark); at once if it was
/// since it last parked. May also return for no reason.
#[track_caller]
pub fn park() {
    if turns::in_model() {
        park_for(None, Location::caller());
    } else {
        let _waiting = real::waiting(Wait::Unpark, Location::caller());
        std::thread::park();
    }
}

/// As [`park`], for `limit` at most.
#[track_caller]
pub fn park_timeout(limit: Duration) {
    if turns::in_model() {
        park_for(Some(limit), Location::caller());
    } else {
        std::thread::park_timeout(limit);
    }
}

fn park_for(limit: Option<Duration>, at: Place) {
    let sleep = with(|engine| {
        if std::mem::take(&mut engine.me().token) {
            return None;
        }
        engine.step(|| Step::Parks, Some(at));
        engine.story.waits(engine.current, || Wait::Unpark, at);
        Some(Sleep {
            on: parking_lot(engine.current),
            lock: None,
            deadline: limit.and_then(|limit| engine.deadline(limit)),
            light: true,
        })
    });
    let Some(sleep) = sleep else { return };
    turns::pass(Status::Asleep(sleep));
    with(|engine| {
        engine.story.waits_no_longer(engine.current);
        engine.step(|| Step::Unparked, Some(at));
    });
}

/// Blocks for this time. In a model the model's clock moves on by it, and no real
/// time passes.
#[track_caller]
pub fn sleep(time: Duration) {
    if !turns::in_model() {
        return std::thread::sleep(time);
    }
    let at = Location::caller();
    let deadline = with(|engine| {
        engine.step(|| Step::Pauses, Some(at));
        engine.story.waits(engine.current, || Wait::Time, at);
        engine.deadline(time)
    });
    turns::pass(Status::Asleep(Sleep {
        on: 0,
        lock: None,
        deadline,
        light: false,
    }));
    with(|engine| engine.story.waits_no_longer(engine.current));
}

/// Lets the other threads have a turn. In a model, this thread goes on only when
/// the checker has let another one go on, if there is one that can.
pub fn yield_now() {
    match turns::in_model() {
        true => turns::let_others_go(),
        false => std::thread::yield_now(),
    }
}
