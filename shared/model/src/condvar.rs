//! The condition variable.

use std::fmt;
use std::panic::Location;
use std::sync::PoisonError;
use std::time::Duration;

use crate::key::Key;
use crate::mutex::MutexGuard;
use crate::real;
use crate::schedule::{Move, Price};
use crate::status::{Sleep, Status, Woken};
use crate::time::{Deadline, Instant};
use crate::turns::{self, with};
use crate::words::{Place, Step, Wait};

/// A place to sleep until another thread changes what a [`Mutex`](crate::Mutex)
/// protects, as `shared::primitives::Condvar`. In a model a wait may also end for no
/// reason.
///
/// ```
/// use model::{Condvar, Mutex, spawn};
///
/// static LIGHT: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
///
/// let switch = spawn("switch", || {
///     *LIGHT.0.lock() = true;
///     LIGHT.1.notify_all();
/// });
/// let on = LIGHT.1.wait_while(LIGHT.0.lock(), |on| !*on);
/// assert!(*on);
/// drop(on);
/// switch.join().unwrap();
/// ```
pub struct Condvar {
    key: Key,
    real: std::sync::Condvar,
}

/// Whether a wait with a limit has ended because of the limit, as
/// `std::sync::WaitTimeoutResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was over.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl Condvar {
    /// A condition variable without waiters.
    #[track_caller]
    pub const fn new() -> Self {
        Condvar {
            key: Key::new(),
            real: std::sync::Condvar::new(),
        }
    }

    /// Unlocks, sleeps until notified, locks again. May also return without any
    /// notification.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let at = Location::caller();
        if self.key.in_model() {
            return self.sleep(guard, None, at).0;
        }
        let _waiting = real::waiting(Wait::Notification, at);
        let wait = |guard| (ignore_poison(self.real.wait(guard)), ());
        guard.wait_with(wait).0
    }

    /// As [`wait`](Self::wait), again and again while the condition holds.
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> MutexGuard<'a, T>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut guard) {
            guard = self.wait(guard);
        }
        guard
    }

    /// As [`wait`](Self::wait), but for `limit` at most.
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> (MutexGuard<'a, T>, WaitTimeoutResult) {
        let at = Location::caller();
        if self.key.in_model() {
            let deadline = with(|engine| engine.deadline(limit));
            let (guard, woken) = self.sleep(guard, deadline, at);
            return (guard, WaitTimeoutResult(woken == Woken::TimedOut));
        }
        // It ends by itself, so it is in no table.
        guard.wait_with(|guard| {
            let (guard, result) = ignore_poison(self.real.wait_timeout(guard, limit));
            (guard, WaitTimeoutResult(result.timed_out()))
        })
    }

    /// As [`wait_while`](Self::wait_while), but for `limit` at most altogether.
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
        mut condition: F,
    ) -> (MutexGuard<'a, T>, WaitTimeoutResult)
    where
        F: FnMut(&mut T) -> bool,
    {
        let began = Instant::now();
        loop {
            if !condition(&mut guard) {
                return (guard, WaitTimeoutResult(false));
            }
            let Some(left) = limit.checked_sub(began.elapsed()) else {
                return (guard, WaitTimeoutResult(true));
            };
            if left.is_zero() {
                return (guard, WaitTimeoutResult(true));
            }
            guard = self.wait_timeout(guard, left).0;
        }
    }

    /// As [`wait`](Self::wait), until `deadline` at most; no deadline means for
    /// ever. The second value tells whether there was time left to wait.
    #[track_caller]
    pub fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<impl Deadline>,
    ) -> (MutexGuard<'a, T>, bool) {
        match deadline.map(Deadline::left) {
            None => (self.wait(guard), true),
            Some(left) if left.is_zero() => (guard, false),
            Some(left) => (self.wait_timeout(guard, left).0, true),
        }
    }

    /// In a model: all of a wait.
    fn sleep<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Duration>,
        at: Place,
    ) -> (MutexGuard<'a, T>, Woken) {
        turns::point();
        let number = with(|engine| {
            let number = engine.story.lock(guard.key().address(), guard.key().made());
            let who = engine.current;
            engine.step(|| Step::Sleeps(number), Some(at));
            engine.story.waits(who, || Wait::Notification, at);
            number
        });
        let lock = Some(guard.key().address());
        let mutex = guard.release();
        turns::pass(Status::Asleep(Sleep {
            on: self.key.address(),
            lock,
            deadline,
            light: true,
        }));
        let woken = with(|engine| {
            engine.story.waits_no_longer(engine.current);
            engine.step(|| Step::Awake(number), Some(at));
            engine.me().woken
        });
        (MutexGuard::again(mutex), woken)
    }

    /// Wakes one of the threads that wait now, if there is one.
    #[track_caller]
    pub fn notify_one(&self) {
        if !self.key.in_model() {
            return self.real.notify_one();
        }
        let at = Location::caller();
        turns::point();
        with(|engine| {
            let sleepers = engine.sleepers(self.key.address());
            engine.step(|| Step::WakesOne(sleepers.len()), Some(at));
            if sleepers.is_empty() {
                return;
            }
            let options = sleepers.iter();
            let options: Vec<_> = options
                .map(|sleeper| (Move::Notify(*sleeper), Price::Nothing))
                .collect();
            if let Move::Notify(sleeper) = engine.decisions.pick(&options) {
                engine.wake(sleeper, Woken::Notified);
            }
        });
    }

    /// Wakes all threads that wait now.
    #[track_caller]
    pub fn notify_all(&self) {
        if !self.key.in_model() {
            return self.real.notify_all();
        }
        let at = Location::caller();
        turns::point();
        with(|engine| {
            let sleepers = engine.sleepers(self.key.address());
            engine.step(|| Step::WakesAll(sleepers.len()), Some(at));
            for sleeper in sleepers {
                engine.wake(sleeper, Woken::Notified);
            }
        });
    }
}

fn ignore_poison<G>(result: Result<G, PoisonError<G>>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar { .. }")
    }
}
