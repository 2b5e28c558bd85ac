//! The lock.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{self, PoisonError, TryLockError};

use stage::waits::{self, Primitive};

/// A lock around a value: Python's `threading.Lock` together with what it
/// protects. As [`std::sync::Mutex`], but a panic does not poison it.
///
/// ```
/// use shared::primitives::{Mutex, spawn};
///
/// static SEATS: Mutex<u32> = Mutex::new(5);
///
/// let guest = spawn("guest", || *SEATS.lock() -= 1);
/// guest.join().unwrap();
/// assert_eq!(*SEATS.lock(), 4);
/// ```
#[derive(Default)]
pub struct Mutex<T: ?Sized>(sync::Mutex<T>);

/// Gives access to what a [`Mutex`] protects, and unlocks it when dropped.
///
/// ```
/// use shared::primitives::{Mutex, MutexGuard};
///
/// let queue = Mutex::new(vec![1]);
/// let mut guard: MutexGuard<'_, Vec<i32>> = queue.lock();
/// guard.push(2);
/// assert!(queue.try_lock().is_none(), "locked as long as there is a guard");
/// drop(guard);
/// assert!(queue.try_lock().is_some());
/// ```
#[must_use = "when the guard is dropped, the lock is open again"]
pub struct MutexGuard<'a, T: ?Sized>(pub(super) sync::MutexGuard<'a, T>);

impl<T> Mutex<T> {
    /// A new lock, open.
    ///
    /// ```
    /// # use shared::primitives::Mutex;
    /// static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    ///
    /// NAMES.lock().push("Ada".to_string());
    /// assert_eq!(NAMES.lock().len(), 1);
    /// ```
    pub const fn new(value: T) -> Self {
        Mutex(sync::Mutex::new(value))
    }

    /// The value. It takes the lock itself, so no other thread can have it.
    ///
    /// ```
    /// # use shared::primitives::Mutex;
    /// let results = Mutex::new(vec![1]);
    /// results.lock().push(4);
    /// assert_eq!(results.into_inner(), [1, 4]);
    /// ```
    pub fn into_inner(self) -> T {
        ignore_poison(self.0.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the lock is free and takes it.
    ///
    /// Returns the guard itself, not a `Result` as the standard mutex does. If a
    /// thread panicked while it held the lock, the value is as that thread left it.
    ///
    /// ```
    /// use shared::primitives::{Mutex, spawn};
    ///
    /// static SEATS: Mutex<u32> = Mutex::new(5);
    ///
    /// let clumsy = spawn("clumsy", || {
    ///     *SEATS.lock() -= 1;
    ///     let _guard = SEATS.lock();
    ///     panic!("fell off the seat");
    /// });
    /// assert!(clumsy.join().is_err());
    /// assert_eq!(*SEATS.lock(), 4);
    /// ```
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        // Most locks are held for moments. Only a thread that finds this one taken
        // for longer blocks, and appears in the table of waits.
        for _ in 0..ATTEMPTS {
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            std::hint::spin_loop();
        }
        let _waiting = waits::primitive(Primitive::Lock, Location::caller(), None);
        MutexGuard(ignore_poison(self.0.lock()))
    }

    /// Takes the lock if it is free. Python's `Lock.acquire(blocking=False)`.
    ///
    /// Returns an `Option`, since without poisoning there is one reason only to
    /// fail: another guard is alive.
    ///
    /// ```
    /// # use shared::primitives::Mutex;
    /// let printer = Mutex::new("printer");
    /// let mine = printer.lock();
    /// assert!(printer.try_lock().is_none());
    /// drop(mine);
    /// assert_eq!(*printer.try_lock().unwrap(), "printer");
    /// ```
    #[must_use = "it may not have the lock"]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(MutexGuard(guard)),
            Err(TryLockError::Poisoned(poisoned)) => Some(MutexGuard(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The value. No lock is needed, because this is the only reference to it.
    ///
    /// ```
    /// # use shared::primitives::Mutex;
    /// let mut counter = Mutex::new(0);
    /// *counter.get_mut() = 10;
    /// assert_eq!(*counter.lock(), 10);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        ignore_poison(self.0.get_mut())
    }
}

/// How often a thread tries to take a lock before it blocks.
const ATTEMPTS: u32 = 100;

/// What a lock protects, whether or not a panic has poisoned it.
pub(super) fn ignore_poison<G>(result: Result<G, PoisonError<G>>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

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

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
