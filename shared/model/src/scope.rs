//! Threads that may borrow from the one that starts them.

use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::real;
use crate::threads::{self, Slot, ThreadPanicked};
use crate::turns;
use crate::words::{Wait, message};

/// In which threads are started that may borrow, as `std::thread::Scope`.
pub struct Scope<'scope, 'env: 'scope> {
    inner: Inner<'scope, 'env>,
    /// In a model: those that were started.
    started: Mutex<Vec<(usize, String)>>,
}

enum Inner<'scope, 'env: 'scope> {
    Real(&'scope std::thread::Scope<'scope, 'env>),
    Model(&'scope shuttle::thread::Scope<'scope, 'env>),
}

/// Calls `body` with a [`Scope`], and returns when all threads that were started
/// in it have ended.
///
/// ```
/// let mut numbers = [1, 2];
/// model::thread::scope(|scope| {
///     for number in &mut numbers {
///         scope.spawn(|| *number *= 10);
///     }
/// });
/// assert_eq!(numbers, [10, 20]);
/// ```
#[track_caller]
pub fn scope<'env, F, T>(body: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let at = Location::caller();
    if !turns::in_model() {
        return std::thread::scope(|scope| body(Scope::new(Inner::Real(scope))));
    }
    shuttle::thread::scope(|scope| {
        let scope = Scope::new(Inner::Model(scope));
        let result = catch_unwind(AssertUnwindSafe(|| body(scope)));
        loop {
            let mut started = scope.started.lock().unwrap_or_else(PoisonError::into_inner);
            let Some((number, name)) = started.pop() else {
                break;
            };
            drop(started);
            if !threads::has_ended(number) {
                threads::wait_for_end(number, &name, at);
            }
        }
        result.unwrap_or_else(|payload| resume_unwind(payload))
    })
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// It has to live as long as `'scope`, which only its creator knows. The
    /// standard library keeps it in a place of its own; here, a few bytes for
    /// each scope are never given back.
    fn new(inner: Inner<'scope, 'env>) -> &'scope Self {
        Box::leak(Box::new(Scope {
            inner,
            started: Mutex::default(),
        }))
    }

    /// Starts a thread.
    ///
    /// # Panics
    ///
    /// If the system cannot start another thread.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, body: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let at = Location::caller();
        match self.inner {
            Inner::Real(scope) => {
                let live = real::live();
                ScopedJoinHandle(Handle::Real(scope.spawn(move || {
                    let _live = live;
                    body()
                })))
            }
            Inner::Model(scope) => {
                let count = |started: &Vec<_>| started.len() + 1;
                let name = format!("scoped thread {}", count(&self.started()));
                let number = threads::add(&name, at)
                    .unwrap_or_else(|error| panic!("the system cannot start a thread: {error}"));
                self.started().push((number, name.clone()));
                let slot = Slot::default();
                let result = Arc::clone(&slot);
                drop(scope.spawn(move || threads::run(body, &result)));
                ScopedJoinHandle(Handle::Model(number, name, slot))
            }
        }
    }

    fn started(&self) -> std::sync::MutexGuard<'_, Vec<(usize, String)>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the end of a thread that was started in a [`Scope`].
pub struct ScopedJoinHandle<'scope, T>(Handle<'scope, T>);

enum Handle<'scope, T> {
    Real(std::thread::ScopedJoinHandle<'scope, T>),
    Model(usize, String, Slot<T>),
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits until the thread has ended and returns what it returned.
    ///
    /// # Errors
    ///
    /// As [`JoinHandle::join`](crate::JoinHandle::join).
    #[track_caller]
    pub fn join(self) -> Result<T, ThreadPanicked> {
        let at = Location::caller();
        match self.0 {
            Handle::Model(number, name, slot) => Ok(threads::join(number, &name, &slot, at)),
            Handle::Real(real) => {
                let name = "a scoped thread".to_string();
                let _waiting = real::waiting(Wait::End { name, thread: 0 }, at);
                let result = real.join();
                result.map_err(|payload| ThreadPanicked(message(&*payload)))
            }
        }
    }

    /// Whether the thread has ended, so that [`join`](Self::join) would not wait.
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Handle::Real(real) => real.is_finished(),
            Handle::Model(number, ..) => {
                turns::point();
                threads::has_ended(*number)
            }
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope { .. }")
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopedJoinHandle { .. }")
    }
}
