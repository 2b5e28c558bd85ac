//! The primitives: the model checker's inside of a model, real ones outside.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::explore::{self, Budget};
use crate::story::{self, Step, Wait};

/// Made outside of a model, or inside.
enum Either<R, M> {
    Real(R),
    Model(M),
}
use Either::{Model, Real};

impl<R, M> Either<R, M> {
    fn new(real: impl FnOnce() -> R, model: impl FnOnce() -> M) -> Self {
        if story::in_model() {
            Model(model())
        } else {
            Real(real())
        }
    }

    #[track_caller]
    fn get(&self) -> Either<&R, &M> {
        match self {
            Real(real) => Real(real),
            Model(model) if story::in_model() => Model(model),
            Model(_) => panic!(
                "this was made inside of a model, but is used by a thread that the model checker \
                 does not know: start threads with the `spawn` of `shared::primitives!()`"
            ),
        }
    }
}

fn ignore_poison<G>(result: Result<G, PoisonError<G>>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}

/// A lock around a value, as `shared::primitives::Mutex`.
///
/// ```
/// let counter = model::Mutex::new(0);
/// *counter.lock() += 1;
/// assert_eq!(*counter.lock(), 1);
/// ```
pub struct Mutex<T>(Either<std::sync::Mutex<T>, shuttle::sync::Mutex<T>>);

/// Gives access to what a [`Mutex`] protects, and unlocks it when dropped.
pub struct MutexGuard<'a, T>(
    Either<std::sync::MutexGuard<'a, T>, shuttle::sync::MutexGuard<'a, T>>,
);

impl<T> Mutex<T> {
    /// A new lock, open.
    pub fn new(value: T) -> Self {
        Mutex(match story::in_model() {
            false => Real(std::sync::Mutex::new(value)),
            true => Model(shuttle::sync::Mutex::new(value)),
        })
    }

    /// Waits until the lock is free and takes it.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let at = Location::caller();
        let waiting = story::waiting(|| Wait::Lock, at);
        let guard = MutexGuard(match self.0.get() {
            Real(lock) => Real(ignore_poison(lock.lock())),
            Model(lock) => Model(ignore_poison(lock.lock())),
        });
        drop(waiting);
        story::step(|| Step::Locks, Some(at));
        guard
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        match &self.0 {
            Real(guard) => guard,
            Model(guard) => guard,
        }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.0 {
            Real(guard) => guard,
            Model(guard) => guard,
        }
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex { .. }")
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A place to sleep until somebody changes what a [`Mutex`] protects, as
/// `shared::primitives::Condvar`. In a model it also wakes for no reason.
pub struct Condvar(Either<std::sync::Condvar, ModelCondvar>);

struct ModelCondvar {
    inner: Arc<shuttle::sync::Condvar>,
    spurious: Budget,
}

impl ModelCondvar {
    /// What the story calls it.
    fn id(&self) -> usize {
        Arc::as_ptr(&self.inner).addr()
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl Condvar {
    /// A condition variable on which nobody waits.
    pub fn new() -> Self {
        Condvar(Either::new(std::sync::Condvar::new, || ModelCondvar {
            inner: Arc::new(shuttle::sync::Condvar::new()),
            spurious: Budget::default(),
        }))
    }

    /// Unlocks, sleeps until notified, locks again. May also return without any
    /// notification.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let at = Location::caller();
        let waiting = story::waiting(|| Wait::Notification, at);
        let guard = match (self.0.get(), guard.0) {
            (Real(condvar), Real(guard)) => Real(ignore_poison(condvar.wait(guard))),
            (Model(condvar), Model(guard)) => {
                condvar.wake_for_no_reason_later();
                story::falls_asleep(condvar.id(), at);
                Model(ignore_poison(condvar.inner.wait(guard)))
            }
            _ => panic!("a lock and a condition variable, one of a model and one not"),
        };
        drop(waiting);
        story::is_awake(at);
        MutexGuard(guard)
    }

    /// As [`wait`](Self::wait), but for `limit` at most. In a model time does not
    /// pass: there, only a notification or a wake-up for no reason ends the wait.
    #[track_caller]
    pub fn wait_for<'a, T>(&self, guard: MutexGuard<'a, T>, limit: Duration) -> MutexGuard<'a, T> {
        match (self.0.get(), guard.0) {
            (Real(condvar), Real(guard)) => {
                // It ends by itself, so it is in no table.
                MutexGuard(Real(match condvar.wait_timeout(guard, limit) {
                    Ok((guard, _)) => guard,
                    Err(poisoned) => poisoned.into_inner().0,
                }))
            }
            (_, guard) => self.wait(MutexGuard(guard)),
        }
    }

    /// As [`wait_for`](Self::wait_for), in the shape that std gives it.
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> (MutexGuard<'a, T>, ()) {
        (self.wait_for(guard, limit), ())
    }

    /// As [`wait`](Self::wait), until `deadline` at most; no deadline means for
    /// ever. The second value tells whether there was time left to wait.
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

    /// Wakes one of those who wait now, if any.
    #[track_caller]
    pub fn notify_one(&self) {
        match self.0.get() {
            Real(condvar) => condvar.notify_one(),
            Model(condvar) => {
                condvar.inner.notify_one();
                let at = Some(Location::caller());
                story::notifies(condvar.id(), |sleepers| Some(Step::WakesOne(sleepers)), at);
            }
        }
    }

    /// Wakes all who wait now.
    #[track_caller]
    pub fn notify_all(&self) {
        match self.0.get() {
            Real(condvar) => condvar.notify_all(),
            Model(condvar) => {
                condvar.inner.notify_all();
                let at = Some(Location::caller());
                story::notifies(condvar.id(), |sleepers| Some(Step::WakesAll(sleepers)), at);
            }
        }
    }
}

impl ModelCondvar {
    /// A thread that notifies at any moment from now on, for no reason. The
    /// checker decides when it runs, so it tries every moment.
    fn wake_for_no_reason_later(&self) {
        if self.spurious.take() {
            let (inner, id) = (Arc::clone(&self.inner), self.id());
            let ghost = shuttle::thread::Builder::new().name(explore::GHOST.to_string());
            let _ = ghost.spawn(move || {
                inner.notify_one();
                let step = |sleepers| (sleepers > 0).then_some(Step::WakesForNoReason);
                story::notifies(id, step, None);
            });
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar { .. }")
    }
}

/// A place where a number of threads meet, as `shared::primitives::Barrier`.
pub struct Barrier {
    inner: Either<std::sync::Barrier, shuttle::sync::Barrier>,
    threads: usize,
}

impl Barrier {
    /// A barrier for so many threads. For none or one, nobody waits.
    pub fn new(threads: usize) -> Self {
        let inner = Either::new(
            || std::sync::Barrier::new(threads),
            || shuttle::sync::Barrier::new(threads),
        );
        Barrier { inner, threads }
    }

    /// Waits until all have come. Then it can be used again.
    #[track_caller]
    pub fn wait(&self) {
        let at = Location::caller();
        let waiting = story::waiting(|| Wait::Meeting(self.threads), at);
        match self.inner.get() {
            Real(barrier) => drop(barrier.wait()),
            Model(barrier) => drop(barrier.wait()),
        }
        drop(waiting);
        story::step(|| Step::Meets, Some(at));
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barrier {{ threads: {} }}", self.threads)
    }
}

/// A panic ended a thread that was joined, with this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPanicked(pub String);

impl fmt::Display for ThreadPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the thread panicked: {}", self.0)
    }
}

impl std::error::Error for ThreadPanicked {}

/// Waits for the end of a thread that [`spawn`] started.
pub struct JoinHandle<T> {
    inner: Either<std::thread::JoinHandle<T>, shuttle::thread::JoinHandle<T>>,
    name: String,
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
/// [`threads_left`](crate::threads_left)).
#[track_caller]
pub fn try_spawn<T, F>(name: impl Into<String>, body: F) -> std::io::Result<JoinHandle<T>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let name = name.into();
    let inner = if story::in_model() {
        explore::take_thread()?;
        story::step(|| Step::Starts(name.clone()), Some(Location::caller()));
        let thread = shuttle::thread::Builder::new().name(name.clone());
        let name = name.clone();
        Model(thread.spawn(move || {
            story::introduce(&name);
            let _end = End;
            body()
        })?)
    } else {
        let live = story::live();
        let thread = std::thread::Builder::new().name(name.clone());
        Real(thread.spawn(move || {
            let _live = live;
            body()
        })?)
    };
    Ok(JoinHandle { inner, name })
}

/// The end of a thread in a model.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        let step = match std::thread::panicking() {
            true => Step::Panics,
            false => Step::Ends,
        };
        story::step(|| step, None);
    }
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
        let waiting = story::waiting(|| Wait::End(self.name.clone()), at);
        let result = match self.inner {
            Real(thread) => thread.join(),
            Model(thread) => thread.join(),
        };
        drop(waiting);
        story::step(|| Step::Joined(self.name), Some(at));
        result.map_err(|payload| ThreadPanicked(explore::message(&*payload)))
    }

    /// The name that the thread was given.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.name).finish()
    }
}

/// Atomic integers and flags.
pub mod atomic {
    use super::Either::{self, Model, Real};
    pub use std::sync::atomic::Ordering;

    macro_rules! atomic {
        ($name:ident, $value:ty, $($fetch:ident)*) => {
            /// As the standard one; in a model the checker may switch at each use.
            pub struct $name(
                Either<std::sync::atomic::$name, shuttle::sync::atomic::$name>,
            );

            impl $name {
                /// With this value.
                pub fn new(value: $value) -> Self {
                    $name(Either::new(
                        || std::sync::atomic::$name::new(value),
                        || shuttle::sync::atomic::$name::new(value),
                    ))
                }

                /// The value.
                pub fn load(&self, order: Ordering) -> $value {
                    match self.0.get() {
                        Real(atomic) => atomic.load(order),
                        Model(atomic) => atomic.load(order),
                    }
                }

                /// Replaces the value.
                pub fn store(&self, value: $value, order: Ordering) {
                    match self.0.get() {
                        Real(atomic) => atomic.store(value, order),
                        Model(atomic) => atomic.store(value, order),
                    }
                }

                /// Replaces the value if it is `old`.
                ///
                /// # Errors
                ///
                /// With the value, if it is another.
                pub fn compare_exchange(
                    &self,
                    old: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    match self.0.get() {
                        Real(atomic) => atomic.compare_exchange(old, new, success, failure),
                        Model(atomic) => atomic.compare_exchange(old, new, success, failure),
                    }
                }

                $(
                    /// Changes the value in one step, and returns the one before.
                    pub fn $fetch(&self, value: $value, order: Ordering) -> $value {
                        match self.0.get() {
                            Real(atomic) => atomic.$fetch(value, order),
                            Model(atomic) => atomic.$fetch(value, order),
                        }
                    }
                )*
            }

            impl Default for $name {
                fn default() -> Self {
                    $name::new(<$value>::default())
                }
            }

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(concat!(stringify!($name), " { .. }"))
                }
            }
        };
    }

    atomic!(AtomicBool, bool, swap fetch_and fetch_or);
    atomic!(AtomicUsize, usize, swap fetch_add fetch_sub fetch_max fetch_min);
    atomic!(AtomicU64, u64, swap fetch_add fetch_sub fetch_max fetch_min);
}
