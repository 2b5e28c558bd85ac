//! Mutex, condition variable, atomics and threads, as the standard library has
//! them, with two differences:
//!
//! - A panic while a lock is held does not poison it. A panicking task is
//!   everyday business in this library, and nothing here is left half changed.
//! - A thread that blocks says so in a table, with the line it waits on, so
//!   that a hang can be explained instead of endured.
//!
//! Everything in this library that blocks is built on these names. In the
//! library's unit tests they stand for those of the package `model`: there a
//! model checker runs a test under many interleavings of its threads. Code that
//! is checked and code that runs in a lesson are therefore the same lines. An
//! exercise gets the same with [`primitives!`](crate::primitives!).

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::time::{Duration, Instant};

use crate::error::ThreadPanicked;
use stage::record::EntryId;
use stage::{panics, waits};

use std::sync as imp;

/// Atomic integers and flags.
pub mod atomic {
    pub use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
}

pub(crate) use std::thread_local;

/// A lock around a value: Python's `threading.Lock` together with what it
/// protects.
///
/// ```
/// use shared::primitives::Mutex;
///
/// let counter = Mutex::new(0);
/// *counter.lock() += 1;
/// assert_eq!(*counter.lock(), 1);
/// ```
#[derive(Default)]
pub struct Mutex<T: ?Sized>(imp::Mutex<T>);

/// Gives access to what a [`Mutex`] protects, and unlocks it when dropped.
///
/// ```
/// use shared::primitives::{Mutex, MutexGuard};
///
/// let queue = Mutex::new(vec![1]);
/// let mut guard: MutexGuard<'_, Vec<i32>> = queue.lock();
/// guard.push(2);
/// assert_eq!(guard.len(), 2);
/// ```
pub struct MutexGuard<'a, T: ?Sized>(imp::MutexGuard<'a, T>);

impl<T> Mutex<T> {
    /// A new lock, open.
    ///
    /// ```
    /// assert_eq!(*shared::primitives::Mutex::new("free").lock(), "free");
    /// ```
    pub fn new(value: T) -> Self {
        Mutex(imp::Mutex::new(value))
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the lock is free and takes it.
    ///
    /// ```
    /// let seats = shared::primitives::Mutex::new(5);
    /// *seats.lock() -= 1;
    /// assert_eq!(*seats.lock(), 4);
    /// ```
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        // Locks are held for moments. Only who finds this one taken for longer
        // goes to sleep, and into the table of those who wait.
        for _ in 0..LOOKS {
            match self.0.try_lock() {
                Ok(guard) => return MutexGuard(guard),
                Err(imp::TryLockError::Poisoned(poisoned)) => {
                    return MutexGuard(poisoned.into_inner());
                }
                Err(imp::TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
        let _waiting = waits::primitive("a lock", Location::caller(), None);
        MutexGuard(ignore_poison(self.0.lock()))
    }
}

/// How often a thread looks at a lock before it sleeps.
const LOOKS: u32 = 100;

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex { .. }")
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A place to sleep until somebody changes what a [`Mutex`] protects: Python's
/// `threading.Condition`.
///
/// A waiter may wake although nobody notified it. Wait in a loop that looks at
/// the protected value again.
///
/// ```
/// use shared::primitives::{Condvar, Mutex, spawn};
/// use std::sync::Arc;
///
/// let green = Arc::new((Mutex::new(false), Condvar::new()));
/// let light = Arc::clone(&green);
/// let switch = spawn("light", move || {
///     *light.0.lock() = true;
///     light.1.notify_all();
/// });
///
/// let mut guard = green.0.lock();
/// while !*guard {
///     guard = green.1.wait(guard);
/// }
/// drop(guard);
/// switch.join().unwrap();
/// ```
#[derive(Default)]
pub struct Condvar {
    inner: imp::Condvar,
}

impl Condvar {
    /// A condition variable on which nobody waits.
    ///
    /// ```
    /// shared::primitives::Condvar::new().notify_all(); // wakes nobody, is not remembered
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Unlocks, sleeps until notified, locks again.
    ///
    /// May also return without any notification: see the type's example.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let _waiting = waits::primitive("a notification", Location::caller(), None);
        MutexGuard(ignore_poison(self.inner.wait(guard.0)))
    }

    /// As [`wait`](Self::wait), but for `limit` at most. Whoever calls this in
    /// a loop computes the rest of the time anew, or uses
    /// [`wait_until`](Self::wait_until).
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let lock = Mutex::new(());
    /// let _guard = Condvar::new().wait_for(lock.lock(), Duration::from_millis(1));
    /// ```
    #[track_caller]
    pub fn wait_for<'a, T>(&self, guard: MutexGuard<'a, T>, limit: Duration) -> MutexGuard<'a, T> {
        let until = Instant::now().checked_add(limit);
        let _waiting = waits::primitive("a notification", Location::caller(), until);
        match self.inner.wait_timeout(guard.0, limit) {
            Ok((guard, _)) => MutexGuard(guard),
            Err(poisoned) => MutexGuard(poisoned.into_inner().0),
        }
    }

    /// As [`wait`](Self::wait), until `deadline` at most; no deadline means for
    /// ever. The second value tells whether there was time left to wait.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex};
    /// use std::time::Instant;
    ///
    /// let lock = Mutex::new(());
    /// let (_guard, in_time) = Condvar::new().wait_until(lock.lock(), Some(Instant::now()));
    /// assert!(!in_time);
    /// ```
    #[track_caller]
    pub fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> (MutexGuard<'a, T>, bool) {
        let Some(deadline) = deadline else {
            return (self.wait(guard), true);
        };
        match deadline.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => (self.wait_for(guard, left), true),
            _ => (guard, false),
        }
    }

    /// Wakes one of those who wait now, if any. Costs a system call even when
    /// nobody waits: hot paths count their waiters and ask first.
    ///
    /// ```
    /// shared::primitives::Condvar::new().notify_one();
    /// ```
    pub fn notify_one(&self) {
        self.inner.notify_one();
    }

    /// Wakes all who wait now.
    ///
    /// ```
    /// shared::primitives::Condvar::new().notify_all();
    /// ```
    pub fn notify_all(&self) {
        self.inner.notify_all();
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar { .. }")
    }
}

/// A place where a number of threads meet: each waits until all have come.
/// Python's `threading.Barrier`.
///
/// ```
/// use shared::primitives::{Barrier, spawn};
/// use std::sync::Arc;
///
/// let meeting = Arc::new(Barrier::new(2));
/// let other = Arc::clone(&meeting);
/// let friend = spawn("friend", move || other.wait());
/// meeting.wait();
/// friend.join().unwrap();
/// ```
pub struct Barrier {
    inner: imp::Barrier,
    threads: usize,
}

impl Barrier {
    /// A barrier for so many threads. For none or one, nobody waits.
    ///
    /// ```
    /// shared::primitives::Barrier::new(1).wait();
    /// ```
    pub fn new(threads: usize) -> Self {
        Barrier {
            inner: imp::Barrier::new(threads),
            threads,
        }
    }

    /// Waits until all have come. Then it can be used again.
    ///
    /// ```
    /// let alone = shared::primitives::Barrier::new(1);
    /// alone.wait();
    /// alone.wait();
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        let _waiting = waits::begin(
            || format!("{} threads to meet", self.threads),
            Location::caller(),
            None,
        );
        self.inner.wait();
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barrier {{ threads: {} }}", self.threads)
    }
}

/// Waits for the end of a thread that [`spawn`] started.
///
/// ```
/// let handle: shared::primitives::JoinHandle<i32> = shared::primitives::spawn("adder", || 1 + 2);
/// assert_eq!(handle.join().unwrap(), 3);
/// ```
pub struct JoinHandle<T> {
    inner: std::thread::JoinHandle<T>,
    name: String,
    /// Its last moment in the event log.
    exited: std::sync::Arc<std::sync::OnceLock<EntryId>>,
}

/// Starts a thread with a name: Python's `threading.Thread(target=…, name=…).start()`.
///
/// The name stands in front of every line that the thread says. On Linux the
/// system keeps only its first 15 bytes; the narration keeps all of it.
///
/// # Panics
///
/// If the system cannot start another thread.
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
        .unwrap_or_else(|error| panic!("the system cannot start the thread `{name}`: {error}"))
}

/// As [`spawn`], but hands the system's refusal to the caller.
///
/// # Errors
///
/// If the system cannot start another thread.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// shared::primitives::try_spawn("helper", || ())?.join().unwrap();
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn try_spawn<T, F>(name: impl Into<String>, body: F) -> std::io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    spawn_as("", name.into(), body)
}

/// As [`try_spawn`], for a worker: what it does between tasks is being idle.
#[track_caller]
pub(crate) fn try_spawn_worker<F>(name: String, body: F) -> std::io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    spawn_as(stage::record::WORKER, name, body)
}

/// Starts a thread of which the record does not tell: it is no actor of the lesson.
pub(crate) fn try_spawn_unrecorded<F>(name: String, body: F) -> std::io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    let thread = std::thread::Builder::new().name(name.clone());
    Ok(JoinHandle {
        inner: thread.spawn(body)?,
        name,
        exited: std::sync::Arc::default(),
    })
}

#[track_caller]
fn spawn_as<T, F>(role: &'static str, name: String, body: F) -> std::io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    use stage::record::{self, Kind};

    /// Says that the thread ends, also if it panics.
    struct Ending {
        born: Option<EntryId>,
        at: &'static Location<'static>,
        exited: std::sync::Arc<std::sync::OnceLock<EntryId>>,
    }
    impl Drop for Ending {
        fn drop(&mut self) {
            let text = || match std::thread::panicking() {
                true => "it panicked".to_string(),
                false => String::new(),
            };
            if let Some(id) = record::enter(Kind::Exit, None, self.born, self.at, text) {
                let _ = self.exited.set(id);
            }
        }
    }

    let at = Location::caller();
    let exited = std::sync::Arc::default();
    let spawned = record::enter(Kind::Spawn, None, None, at, || name.clone());
    let inner = std::thread::Builder::new().name(name.clone()).spawn({
        let exited = std::sync::Arc::clone(&exited);
        move || {
            let born = record::enter(Kind::Born, None, spawned, at, || role.to_string());
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

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended and returns what it returned, or its
    /// panic. Python's `Thread.join()`, with the value that Python lacks.
    ///
    /// # Errors
    ///
    /// If a panic ended the thread: with its message.
    ///
    /// ```
    /// let handle = shared::primitives::spawn("one", || 1);
    /// assert_eq!(handle.join().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn join(self) -> Result<T, ThreadPanicked> {
        let waiting = waits::begin(
            || format!("the end of the thread `{}`", self.name),
            Location::caller(),
            None,
        );
        let result = self.inner.join();
        waiting.over(self.exited.get().copied());
        result.map_err(|payload| ThreadPanicked(panics::message(&*payload)))
    }

    /// Whether the thread has ended, so that [`join`](Self::join) would not wait.
    ///
    /// ```
    /// let handle = shared::primitives::spawn("quick", || ());
    /// while !handle.is_finished() {
    ///     std::thread::yield_now();
    /// }
    /// handle.join().unwrap();
    /// ```
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }

    /// The name that the thread was given.
    ///
    /// ```
    /// let handle = shared::primitives::spawn("egon", || ());
    /// assert_eq!(handle.name(), "egon");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.name).finish()
    }
}

/// As [`JoinHandle::join`], as a part of a wait that is already recorded. Returns
/// the last event of the thread.
pub(crate) fn join_as_part<T>(thread: JoinHandle<T>) -> Option<EntryId> {
    // Whoever wants the panic calls `join`.
    let _ = thread.inner.join();
    thread.exited.get().copied()
}

/// A few looks before falling asleep. What a thread waits for is often only moments
/// away, while sleeping and being woken take two system calls and, on another core,
/// many times as long as a small task.
///
/// Between the looks it yields. That is a pause of a fraction of a microsecond if the
/// thread has its core to itself. If it shares the core with the very thread that it
/// waits for, that one runs at once; a loop that spins first keeps it waiting.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    looks: u32,
}

impl Patience {
    /// So many take a few microseconds, about as long as being woken.
    const LOOKS: u32 = 50;

    pub(crate) fn is_left(&self) -> bool {
        self.looks < Self::LOOKS
    }

    /// Lets a moment pass. No lock may be held meanwhile.
    pub(crate) fn wait(&mut self) {
        self.looks += 1;
        std::thread::yield_now();
    }
}

fn ignore_poison<G>(result: Result<G, imp::PoisonError<G>>) -> G {
    result.unwrap_or_else(imp::PoisonError::into_inner)
}

/// Brings `Mutex`, `MutexGuard`, `Condvar`, `Barrier`, `atomic`, `spawn` and
/// `JoinHandle` into an exercise.
///
/// In the program they are those of [`shared::primitives`](mod@crate::primitives), and
/// if the program hangs it is stopped with a message that says who waits on what.
/// In the exercise's checks the same names stand for those of the package `model`:
/// there the model checker decides which thread goes on.
///
/// It is the exercise's own `cfg(test)` that decides, so the package that the
/// exercise is in needs `model` as a dev-dependency.
///
/// ```
/// shared::primitives!();
///
/// # fn main() {
/// let counter = std::sync::Arc::new(Mutex::new(0));
/// let other = counter.clone();
/// spawn("other", move || *other.lock() += 1).join().unwrap();
/// assert_eq!(*counter.lock(), 1);
/// # }
/// ```
#[macro_export]
macro_rules! primitives {
    () => {
        #[cfg(not(test))]
        #[allow(unused_imports)]
        use $crate::primitives::{Barrier, Condvar, JoinHandle, Mutex, MutexGuard, atomic, spawn};

        #[cfg(test)]
        #[allow(unused_imports)]
        use ::model::{Barrier, Condvar, JoinHandle, Mutex, MutexGuard, atomic, spawn};

        #[cfg(not(test))]
        const _: () = {
            #[$crate::__private::linkme::distributed_slice($crate::__private::WATCHED)]
            #[linkme(crate = $crate::__private::linkme)]
            static WATCHED: fn() = $crate::__private::watch_to_the_end;
        };
    };
}
