//! Mutex, condition variable, atomics and threads: the standard ones, or the
//! model checker's.
//!
//! Everything in this library that blocks is built on this module. In a normal
//! build it is a thin layer over [`std::sync`]; in the library's unit tests the
//! same names stand for the types of the model checker `shuttle`, which runs a
//! test under many interleavings of its threads. Code that is checked there and
//! code that runs in a lesson are therefore the same lines.
//!
//! Three things differ from the standard types:
//!
//! - A panic while a lock is held does not poison it. A panicking task is
//!   everyday business in this library, and nothing here is left half changed.
//! - A thread that blocks says so in a table, with the line it waits on, so
//!   that a hang can be explained instead of endured.
//! - In a model, condition variables also wake for no reason, as real ones may.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::time::{Duration, Instant};

use crate::error::ThreadPanicked;
use crate::events::EventId;
use crate::{panics, waits};

#[cfg(not(test))]
use std::sync as imp;

#[cfg(test)]
use shuttle::sync as imp;

/// Atomic integers and flags, of the standard library or of the model checker.
pub mod atomic {
    #[cfg(not(test))]
    pub use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

    #[cfg(test)]
    pub use shuttle::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
}

#[cfg(not(test))]
pub(crate) use std::thread_local;

#[cfg(test)]
pub(crate) use shuttle::thread_local;

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
    #[cfg(not(test))]
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

    /// In a model there is no table to enter, and a failed attempt before the
    /// lock would only multiply the interleavings.
    #[cfg(test)]
    #[allow(missing_docs)]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(ignore_poison(self.0.lock()))
    }
}

/// How often a thread looks at a lock before it sleeps.
#[cfg(not(test))]
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
    #[cfg(not(test))]
    inner: imp::Condvar,
    #[cfg(test)]
    inner: std::sync::Arc<imp::Condvar>,
    #[cfg(test)]
    spurious: model::Budget,
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
        #[cfg(test)]
        self.wake_for_no_reason_later();
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

    /// In a model: a thread that notifies at any moment from now on, for no
    /// reason. The checker decides when it runs, so it tries every moment.
    #[cfg(test)]
    fn wake_for_no_reason_later(&self) {
        if self.spurious.take() {
            let inner = std::sync::Arc::clone(&self.inner);
            let ghost = shuttle::thread::Builder::new().name(model::GHOST.to_string());
            let _ = ghost.spawn(move || inner.notify_one());
        }
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
        #[cfg(not(test))]
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
    #[cfg(not(test))]
    inner: std::thread::JoinHandle<T>,
    #[cfg(test)]
    inner: shuttle::thread::JoinHandle<T>,
    name: String,
    /// Its last moment in the event log.
    #[cfg(not(test))]
    exited: std::sync::Arc<std::sync::OnceLock<EventId>>,
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
#[cfg(not(test))]
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
    #[cfg(not(test))]
    return spawn_as(crate::events::WORKER, name, body);
    #[cfg(test)]
    try_spawn(name, body)
}

#[cfg(not(test))]
#[track_caller]
fn spawn_as<T, F>(role: &'static str, name: String, body: F) -> std::io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    use crate::events::{self, Kind};

    /// Says that the thread ends, also if it panics.
    struct Ending {
        born: Option<EventId>,
        at: &'static Location<'static>,
        exited: std::sync::Arc<std::sync::OnceLock<EventId>>,
    }
    impl Drop for Ending {
        fn drop(&mut self) {
            let text = || match std::thread::panicking() {
                true => "it panicked".to_string(),
                false => String::new(),
            };
            if let Some(id) = events::record(Kind::Exit, None, self.born, self.at, text) {
                let _ = self.exited.set(id);
            }
        }
    }

    let at = Location::caller();
    let exited = std::sync::Arc::default();
    let spawned = events::record(Kind::Spawn, None, None, at, || name.clone());
    let inner = std::thread::Builder::new().name(name.clone()).spawn({
        let exited = std::sync::Arc::clone(&exited);
        move || {
            let born = events::record(Kind::Born, None, spawned, at, || role.to_string());
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

#[cfg(test)]
#[allow(missing_docs)]
pub fn try_spawn<T, F>(name: impl Into<String>, body: F) -> std::io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let name = name.into();
    model::take_thread()?;
    let inner = shuttle::thread::Builder::new()
        .name(name.clone())
        .spawn(body)?;
    Ok(JoinHandle { inner, name })
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
        #[cfg(not(test))]
        let waiting = waits::begin(
            || format!("the end of the thread `{}`", self.name),
            Location::caller(),
            None,
        );
        let result = self.inner.join();
        #[cfg(not(test))]
        waiting.over(self.exited.get().copied());
        result.map_err(|payload| ThreadPanicked(panics::message(&*payload)))
    }

    /// As [`join`](Self::join), as a part of a wait that is already recorded.
    /// Returns the last event of the thread.
    pub(crate) fn join_as_part(self) -> Option<EventId> {
        // Whoever wants the panic calls `join`.
        let _ = self.inner.join();
        #[cfg(not(test))]
        return self.exited.get().copied();
        #[cfg(test)]
        None
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
    #[cfg(not(test))]
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

/// A few looks before falling asleep. What one waits for is often only moments
/// away, while to sleep and be woken takes two system calls and, on another
/// core, many times as long as a small task.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    #[cfg(not(test))]
    backoff: crossbeam::utils::Backoff,
    /// In a model time does not pass: there, one look is enough.
    #[cfg(test)]
    looked: bool,
}

#[cfg(not(test))]
impl Patience {
    pub(crate) fn is_left(&self) -> bool {
        !self.backoff.is_completed()
    }

    /// Lets a moment pass: first on the core, then by letting another thread
    /// have it. No lock may be held meanwhile.
    pub(crate) fn wait(&mut self) {
        self.backoff.snooze();
    }
}

#[cfg(test)]
impl Patience {
    pub(crate) fn is_left(&self) -> bool {
        !self.looked
    }

    pub(crate) fn wait(&mut self) {
        self.looked = true;
    }
}

fn ignore_poison<G>(result: Result<G, imp::PoisonError<G>>) -> G {
    result.unwrap_or_else(imp::PoisonError::into_inner)
}

/// How the unit tests run a model.
///
/// A model is a small program. The checker runs it again and again, decides at
/// every lock, notification, start and end of a thread which one goes on, and
/// fails if an assertion does, or if everybody waits. What it decides is the same
/// in every run of the tests.
#[cfg(test)]
pub(crate) mod model {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use shuttle::scheduler::{
        DfsScheduler, PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId,
    };
    use shuttle::{Config, MaxSteps, Runner};

    use super::imp;

    /// The name of the threads that wake others for no reason.
    pub(super) const GHOST: &str = "a wake-up for no reason";

    std::thread_local! {
        static WAKE_UPS: Cell<usize> = const { Cell::new(0) };
        static THREADS_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    /// How often a condition variable may still wake somebody for no reason.
    /// Bounded, because an endless supply would hide every lost wake-up.
    pub(crate) struct Budget(AtomicUsize);

    impl Default for Budget {
        fn default() -> Self {
            Budget(AtomicUsize::new(WAKE_UPS.get()))
        }
    }

    impl Budget {
        pub(super) fn take(&self) -> bool {
            self.0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
        }
    }

    /// From now on, so many threads can be started. For a model that wants the
    /// system to refuse one.
    pub(crate) fn threads_left(number: usize) {
        THREADS_LEFT.set(number);
    }

    pub(super) fn take_thread() -> std::io::Result<()> {
        match THREADS_LEFT.get().checked_sub(1) {
            Some(left) => {
                THREADS_LEFT.set(left);
                Ok(())
            }
            None => Err(std::io::Error::other("too many threads")),
        }
    }

    /// Runs `test` as often as the scheduler wants, and returns how often. Each
    /// condition variable may wake somebody for no reason `wake_ups` times.
    fn run(
        scheduler: impl Scheduler + Send + 'static,
        wake_ups: usize,
        test: impl Fn() + Send + Sync + 'static,
    ) -> usize {
        let mut config = Config::new();
        // A thread that spins for ever fails the test instead of hanging it.
        config.max_steps = MaxSteps::FailAfter(20_000);
        config.failure_persistence = shuttle::FailurePersistence::None;
        config.stack_size = 0x40000;
        // All threads of a model share one system thread. It is a fresh one, so
        // that what a failed model left behind in it harms no other.
        let runner = std::thread::spawn(move || {
            WAKE_UPS.set(wake_ups);
            Runner::new(scheduler, config).run(test)
        });
        runner
            .join()
            .unwrap_or_else(|payload| panic!("{}", crate::panics::message(&*payload)))
    }

    /// Many interleavings of a large case: at random, and with few but well
    /// placed switches, each without and with wake-ups for no reason.
    pub(crate) fn many(test: impl Fn() + Send + Sync + Clone + 'static) {
        const SEED: u64 = 13;
        for wake_ups in [0, 2] {
            let random = RandomScheduler::new_from_seed(SEED, 400);
            run(random, wake_ups, test.clone());
            let few = PctScheduler::new_from_seed(SEED, 3, 400);
            run(few, wake_ups, test.clone());
        }
    }

    /// Every interleaving. For small cases only: their number grows without
    /// mercy, so a case that turns out too large fails.
    pub(crate) fn all(wake_ups: usize, test: impl Fn() + Send + Sync + 'static) {
        few(usize::MAX, wake_ups, test);
    }

    /// Every interleaving with so many *forced* switches at most, those that stop
    /// a thread which could have gone on, and so many wake-ups for no reason
    /// altogether. Nearly all errors need one or two.
    pub(crate) fn few(switches: usize, wake_ups: usize, test: impl Fn() + Send + Sync + 'static) {
        const LIMIT: usize = 50_000;
        let scheduler = Few {
            every: DfsScheduler::new(Some(LIMIT), false),
            switches,
            wake_ups,
            switches_left: 0,
            ghosts: Vec::new(),
        };
        let count = run(scheduler, wake_ups, test);
        assert!(
            count < LIMIT,
            "more than {LIMIT} interleavings: make the case smaller"
        );
    }

    struct Few {
        every: DfsScheduler,
        switches: usize,
        wake_ups: usize,
        switches_left: usize,
        /// Those that have begun to wake somebody.
        ghosts: Vec<TaskId>,
    }

    impl Scheduler for Few {
        fn new_execution(&mut self) -> Option<Schedule> {
            self.switches_left = self.switches;
            self.ghosts.clear();
            self.every.new_execution()
        }

        fn next_task(
            &mut self,
            runnable: &[&Task],
            current: Option<TaskId>,
            is_yielding: bool,
        ) -> Option<TaskId> {
            let is_ghost = |task: &Task| task.name().as_deref() == Some(GHOST);
            let goes_on = runnable.iter().any(|task| Some(task.id()) == current);
            let allowed: Vec<&Task> = runnable
                .iter()
                .copied()
                .filter(|task| {
                    if is_ghost(task) && !self.ghosts.contains(&task.id()) {
                        self.ghosts.len() < self.wake_ups
                    } else {
                        !goes_on || self.switches_left > 0 || Some(task.id()) == current
                    }
                })
                .collect();
            // When nobody but ghosts is left, they may run: there is no harm in it.
            let choice = if allowed.is_empty() {
                runnable
            } else {
                &allowed
            };
            let next = self.every.next_task(choice, current, is_yielding)?;
            let chosen = choice.iter().find(|task| task.id() == next)?;
            if is_ghost(chosen) && !self.ghosts.contains(&next) {
                self.ghosts.push(next);
            } else if goes_on && Some(next) != current {
                self.switches_left -= 1;
            }
            Some(next)
        }

        fn next_u64(&mut self) -> u64 {
            self.every.next_u64()
        }
    }

    /// Something that a model waits for and that happens once. It has no wake-ups
    /// for no reason: they would only multiply the interleavings.
    #[derive(Clone, Default)]
    pub(crate) struct Gate(std::sync::Arc<(imp::Mutex<bool>, imp::Condvar)>);

    impl Gate {
        pub(crate) fn open(&self) {
            *self.0.0.lock().unwrap() = true;
            self.0.1.notify_all();
        }

        pub(crate) fn wait(&self) {
            let mut open = self.0.0.lock().unwrap();
            while !*open {
                open = self.0.1.wait(open).unwrap();
            }
        }
    }

    /// What the checker finds wrong in `check`, if it finds anything.
    pub(crate) fn finds(check: impl FnOnce()) -> Option<String> {
        catch_unwind(AssertUnwindSafe(check))
            .err()
            .map(|payload| crate::panics::message(&*payload))
    }
}
