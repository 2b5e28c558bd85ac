//! The lock.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{PoisonError, TryLockError};

use crate::engine::Stop;
use crate::key::Key;
use crate::real;
use crate::status::Status;
use crate::turns::{self, with};
use crate::words::{Place, Step, Wait};

/// A lock around a value, as `shared::primitives::Mutex`: as the standard one,
/// but a panic does not poison it.
///
/// ```
/// static COUNTER: model::Mutex<u32> = model::Mutex::new(0);
///
/// let guard = COUNTER.lock();
/// assert!(COUNTER.try_lock().is_none(), "it is taken");
/// assert_eq!(*guard, 0);
/// ```
pub struct Mutex<T: ?Sized> {
    key: Key,
    /// In a model no thread ever blocks here: the engine knows who holds the lock.
    real: std::sync::Mutex<T>,
}

/// Gives access to what a [`Mutex`] protects, and unlocks it when dropped.
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    /// `None` only while the guard is dropped.
    real: Option<std::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    /// A new lock, open.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Mutex {
            key: Key::new(),
            real: std::sync::Mutex::new(value),
        }
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        let real = self.real.into_inner();
        real.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the lock is free and takes it.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let at = Location::caller();
        let real = if self.key.in_model() {
            self.acquire(at);
            with(|engine| {
                let number = engine.story.lock(self.key.address(), self.key.made());
                engine.step(|| Step::Locks(number), Some(at));
            });
            self.free()
        } else {
            let _waiting = real::waiting(Wait::Lock(0), at);
            self.real.lock().unwrap_or_else(PoisonError::into_inner)
        };
        self.guard(real)
    }

    /// Takes the lock if it is free.
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let at = Location::caller();
        if !self.key.in_model() {
            return match self.real.try_lock() {
                Ok(real) => Some(self.guard(real)),
                Err(TryLockError::Poisoned(poisoned)) => Some(self.guard(poisoned.into_inner())),
                Err(TryLockError::WouldBlock) => None,
            };
        }
        with(|engine| engine.watch_locks());
        turns::pass(Status::Ready);
        let taken = with(|engine| {
            let number = engine.story.lock(self.key.address(), self.key.made());
            if engine.holder(self.key.address()).is_some() {
                engine.step(|| Step::LockIsTaken(number), Some(at));
                return false;
            }
            engine.step(|| Step::Locks(number), Some(at));
            engine.take_lock(self.key.address());
            true
        });
        taken.then(|| self.guard(self.free()))
    }

    /// The value, without locking: `&mut` proves that no thread holds the lock.
    pub fn get_mut(&mut self) -> &mut T {
        let real = self.real.get_mut();
        real.unwrap_or_else(PoisonError::into_inner)
    }

    fn guard<'a>(&'a self, real: std::sync::MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        MutexGuard {
            lock: self,
            real: Some(real),
        }
    }

    /// In a model: waits until the lock is free and takes it.
    fn acquire(&self, at: Place) {
        let address = self.key.address();
        let own = with(|engine| {
            let _ = engine.story.lock(address, self.key.made());
            let who = engine.current;
            engine.story.waits(who, || Wait::Lock(address), at);
            engine.holder(address) == Some(who)
        });
        if own {
            turns::stop(Stop::OwnLock);
        }
        turns::pass(Status::Lock(address));
        with(|engine| {
            engine.story.waits_no_longer(engine.current);
            engine.take_lock(address);
        });
    }

    /// In a model the standard lock is free when the engine says so.
    #[track_caller]
    fn free(&self) -> std::sync::MutexGuard<'_, T> {
        match self.real.try_lock() {
            Ok(real) => real,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => panic!(
                "a thread that the model checker does not know, or a model that failed, holds \
                 this lock: make it inside of the model, and start threads with the `spawn` of \
                 `shared::primitives!()`"
            ),
        }
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Outside of a model: waits with the real condition variable.
    pub(crate) fn wait_with<R>(
        mut self,
        wait: impl FnOnce(std::sync::MutexGuard<'a, T>) -> (std::sync::MutexGuard<'a, T>, R),
    ) -> (Self, R) {
        let real = self.real.take().expect("a guard that is not dropped");
        let (real, result) = wait(real);
        self.real = Some(real);
        (self, result)
    }

    pub(crate) fn key(&self) -> &'a Key {
        &self.lock.key
    }

    /// In a model: gives the lock back, as the first half of a wait.
    pub(crate) fn release(mut self) -> &'a Mutex<T> {
        let lock = self.lock;
        self.real = None;
        let address = lock.key.address();
        with(|engine| engine.free_lock(address));
        lock
    }

    /// In a model: the second half of a wait. The lock is free.
    pub(crate) fn again(lock: &'a Mutex<T>) -> Self {
        with(|engine| engine.take_lock(lock.key.address()));
        lock.guard(lock.free())
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        let Some(real) = self.real.take() else {
            return;
        };
        if turns::in_model() {
            if with(|engine| engine.watched && !engine.over) {
                turns::pass(Status::Ready);
            }
            drop(real);
            let address = self.lock.key.address();
            with(|engine| engine.free_lock(address));
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.real.as_ref().expect("a guard that is not dropped")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.real.as_mut().expect("a guard that is not dropped")
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
