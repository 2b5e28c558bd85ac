//! Threads with names.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

use crate::error::ThreadPanicked;
use stage::record::{self, About, EntryId, Kind, Target};
use stage::{panics, waits};

/// Waits for the end of a thread that [`spawn`] started. As
/// [`std::thread::JoinHandle`]: if it is dropped, the thread goes on by itself.
///
/// ```
/// use shared::primitives::{JoinHandle, spawn};
///
/// let handle: JoinHandle<i32> = spawn("adder", || 1 + 2);
/// assert_eq!(handle.join().unwrap(), 3);
/// ```
pub struct JoinHandle<T> {
    inner: thread::JoinHandle<T>,
    name: String,
    /// Its last entry in the record.
    exited: Arc<OnceLock<EntryId>>,
}

/// Starts a thread with a name: Python's `threading.Thread(target=…, name=…).start()`.
///
/// The name stands in front of every line that the thread prints. On Linux the
/// system keeps only its first 15 bytes; the narration keeps all of it.
///
/// # Panics
///
/// If the system cannot start another thread, or if the name contains a NUL
/// character. [`try_spawn`] returns an error instead.
///
/// ```
/// let handle = shared::primitives::spawn("teacher", || "a book");
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
        .unwrap_or_else(|error| panic!("the thread `{name}` cannot be started: {error}"))
}

/// As [`spawn`], but returns an error if the thread cannot be started.
///
/// # Errors
///
/// If the system cannot start another thread, or if the name contains a NUL
/// character.
///
/// ```
/// use shared::primitives::try_spawn;
///
/// # fn main() -> std::io::Result<()> {
/// try_spawn("helper", || ())?.join().unwrap();
/// assert!(try_spawn("hel\0per", || ()).is_err());
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn try_spawn<T, F>(name: impl Into<String>, body: F) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    spawn_as("", Default::default(), name.into(), body)
}

/// As [`try_spawn`], for a worker of the pool with this number: it is idle between its
/// tasks.
#[track_caller]
pub(crate) fn try_spawn_worker<F>(pool: u32, name: String, body: F) -> io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    let abouts = [About::Of { pool }, About::Of { pool }];
    spawn_as(record::WORKER, abouts, name, body)
}

/// As [`try_spawn_worker`], for the thread that runs the callbacks of a process pool,
/// whose workers are processes.
#[track_caller]
pub(crate) fn try_spawn_callbacks<F>(pool: u32, name: String, body: F) -> io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    let abouts = [About::Nothing, About::Of { pool }];
    spawn_as(record::WORKER, abouts, name, body)
}

/// Starts a thread of which the record does not tell: it is no actor of the lesson.
pub(crate) fn try_spawn_unrecorded<F>(name: String, body: F) -> io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    let thread = thread::Builder::new().name(name.clone());
    Ok(JoinHandle {
        inner: thread.spawn(|| {
            record::leave_out();
            body();
        })?,
        name,
        exited: Arc::default(),
    })
}

#[track_caller]
fn spawn_as<T, F>(
    role: &'static str,
    [of_spawn, of_birth]: [About; 2],
    name: String,
    body: F,
) -> io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    // The standard library would panic.
    if name.contains('\0') {
        let error = "the name of a thread cannot contain a NUL character";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    let at = Location::caller();
    let exited = Arc::default();
    let spawned = record::enter_about(Kind::Spawn, None, None, at, || (name.clone(), of_spawn));
    let inner = thread::Builder::new().name(name.clone()).spawn({
        let exited = Arc::clone(&exited);
        move || {
            let born = record::enter_about(Kind::Born, None, spawned, at, || {
                (role.to_string(), of_birth)
            });
            let _ending = Ending { born, at, exited };
            body()
        }
    })?;
    Ok(JoinHandle {
        inner,
        name,
        exited,
    })
}

/// Records the end of a thread, also of one that panics.
struct Ending {
    born: Option<EntryId>,
    at: &'static Location<'static>,
    exited: Arc<OnceLock<EntryId>>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let text = || match thread::panicking() {
            true => "it panicked".to_string(),
            false => String::new(),
        };
        if let Some(id) = record::enter(Kind::Exit, None, self.born, self.at, text) {
            let _ = self.exited.set(id);
        }
    }
}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended and returns what it returned, or its
    /// panic. Python's `Thread.join()`, with the value that Python lacks.
    ///
    /// # Errors
    ///
    /// If a panic ended the thread: with its message.
    ///
    /// ```
    /// use shared::primitives::spawn;
    ///
    /// assert_eq!(spawn("one", || 1).join().unwrap(), 1);
    /// let error = spawn("unlucky", || panic!("no egg left")).join().unwrap_err();
    /// assert_eq!(error.to_string(), "the thread panicked: no egg left");
    /// ```
    #[track_caller]
    pub fn join(self) -> Result<T, ThreadPanicked> {
        let what = || format!("the end of the thread `{}`", self.name);
        let target = || Target::Actor(self.name.clone());
        let waiting = waits::begin(what, target, Location::caller(), None);
        let result = self.inner.join();
        waiting.over(self.exited.get().copied());
        result.map_err(|payload| ThreadPanicked(message(payload)))
    }

    /// Whether the thread has ended, so that [`join`](Self::join) would not wait.
    /// Python's `not Thread.is_alive()`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let gate = Event::new();
    /// let waiter = spawn("waiter", {
    ///     let gate = gate.clone();
    ///     move || gate.wait()
    /// });
    /// assert!(!waiter.is_finished());
    /// gate.set();
    /// waiter.join().unwrap();
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }

    /// The name that the thread was given. Python's `Thread.name`.
    ///
    /// ```
    /// let handle = shared::primitives::spawn("egon", || ());
    /// assert_eq!(handle.name(), "egon");
    /// # handle.join().unwrap();
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The thread itself: its id, and [`unpark`](Thread::unpark).
    ///
    /// ```
    /// let handle = shared::primitives::spawn("sleeper", || std::thread::park());
    /// assert_ne!(handle.thread().id(), std::thread::current().id());
    /// handle.thread().unpark();
    /// handle.join().unwrap();
    /// ```
    #[must_use]
    pub fn thread(&self) -> &Thread {
        self.inner.thread()
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.name).finish()
    }
}

/// As [`JoinHandle::join`], as a part of a wait that is already recorded. Returns
/// the thread's last entry in the record. A panic is dropped: a caller that wants it
/// calls `join`.
pub(crate) fn join_as_part<T>(thread: JoinHandle<T>) -> Option<EntryId> {
    if let Err(payload) = thread.inner.join() {
        message(payload);
    }
    thread.exited.get().copied()
}

/// What a panic said. The payload is dropped, and may panic again in its destructor:
/// that panic is reported, and does not reach the thread that joins.
fn message(payload: Box<dyn Any + Send>) -> String {
    let message = panics::message(&*payload);
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    message
}
