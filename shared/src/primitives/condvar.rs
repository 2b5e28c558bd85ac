//! The condition variable.

use std::fmt;
use std::panic::Location;
use std::sync;
use std::time::{Duration, Instant};

use super::mutex::{MutexGuard, ignore_poison};
use stage::waits::{self, Limit, Primitive, Waiting};

/// Says whether a wait with a limit ended because of the limit.
pub use std::sync::WaitTimeoutResult;

/// A place to sleep until another thread changes what a [`Mutex`](super::Mutex)
/// protects: Python's `threading.Condition`. As [`std::sync::Condvar`].
///
/// A waiter may wake up although no thread notified it. Use
/// [`wait_while`](Self::wait_while), or wait in a loop that looks at the protected
/// value again.
///
/// ```
/// use shared::primitives::{Condvar, Mutex, spawn};
///
/// static IS_GREEN: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
///
/// let light = spawn("light", || {
///     *IS_GREEN.lock() = true;
///     CHANGED.notify_all();
/// });
///
/// let mut is_green = IS_GREEN.lock();
/// while !*is_green {
///     is_green = CHANGED.wait(is_green);
/// }
/// drop(is_green);
/// light.join().unwrap();
/// ```
#[derive(Default)]
pub struct Condvar(sync::Condvar);

impl Condvar {
    /// A condition variable without waiters.
    ///
    /// ```
    /// # use shared::primitives::Condvar;
    /// static CHANGED: Condvar = Condvar::new();
    /// CHANGED.notify_all(); // No thread waits, and a later one does not learn of it.
    /// ```
    pub const fn new() -> Self {
        Condvar(sync::Condvar::new())
    }

    /// Unlocks, sleeps until notified, locks again.
    ///
    /// May also return without a notification: see the type's example.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let _waiting = a_notification(None);
        MutexGuard(ignore_poison(self.0.wait(guard.0)))
    }

    /// Waits as long as `condition` is true. Python's `Condition.wait_for`, the
    /// other way round.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex, spawn};
    ///
    /// static QUEUE: Mutex<Vec<i32>> = Mutex::new(Vec::new());
    /// static ADDED: Condvar = Condvar::new();
    ///
    /// let producer = spawn("producer", || {
    ///     QUEUE.lock().push(7);
    ///     ADDED.notify_one();
    /// });
    /// let mut queue = ADDED.wait_while(QUEUE.lock(), |queue| queue.is_empty());
    /// assert_eq!(queue.pop(), Some(7));
    /// # drop(queue);
    /// producer.join().unwrap();
    /// ```
    #[track_caller]
    pub fn wait_while<'a, T, F>(&self, guard: MutexGuard<'a, T>, condition: F) -> MutexGuard<'a, T>
    where
        F: FnMut(&mut T) -> bool,
    {
        let _waiting = a_notification(None);
        MutexGuard(ignore_poison(self.0.wait_while(guard.0, condition)))
    }

    /// As [`wait`](Self::wait), but for `limit` at most. In a loop, use
    /// [`wait_timeout_while`](Self::wait_timeout_while): it counts the limit from
    /// the first wait.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let lock = Mutex::new(());
    /// // No thread notifies it. It may still wake up before the limit, for no reason.
    /// let (_guard, _result) = Condvar::new().wait_timeout(lock.lock(), Duration::from_millis(1));
    /// ```
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> (MutexGuard<'a, T>, WaitTimeoutResult) {
        let _waiting = a_notification(Some(limit));
        let (guard, result) = ignore_poison(self.0.wait_timeout(guard.0, limit));
        (MutexGuard(guard), result)
    }

    /// As [`wait_while`](Self::wait_while), but for `limit` at most altogether.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let (is_green, changed) = (Mutex::new(false), Condvar::new());
    /// let limit = Duration::from_millis(1);
    /// let (is_green, result) =
    ///     changed.wait_timeout_while(is_green.lock(), limit, |is_green| !*is_green);
    /// assert!(result.timed_out() && !*is_green);
    /// ```
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
        condition: F,
    ) -> (MutexGuard<'a, T>, WaitTimeoutResult)
    where
        F: FnMut(&mut T) -> bool,
    {
        let _waiting = a_notification(Some(limit));
        let result = self.0.wait_timeout_while(guard.0, limit, condition);
        let (guard, result) = ignore_poison(result);
        (MutexGuard(guard), result)
    }

    /// As [`wait`](Self::wait), until `deadline` at most; `None` is no deadline. The
    /// second value says whether there was time left to wait.
    ///
    /// The caller has entered the wait into the table already, and knows better what
    /// it means.
    pub(crate) fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> (MutexGuard<'a, T>, bool) {
        let Some(deadline) = deadline else {
            let guard = ignore_poison(self.0.wait(guard.0));
            return (MutexGuard(guard), true);
        };
        match deadline.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => {
                let (guard, _) = ignore_poison(self.0.wait_timeout(guard.0, left));
                (MutexGuard(guard), true)
            }
            _ => (guard, false),
        }
    }

    /// Wakes one of the threads that wait now, if there is one. Python's
    /// `Condition.notify()`.
    ///
    /// Costs a system call when there is a waiter. A notification is not kept for a
    /// thread that begins to wait later.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex, spawn};
    ///
    /// static TICKETS: Mutex<u32> = Mutex::new(0);
    /// static SOLD: Condvar = Condvar::new();
    ///
    /// let guests = [1, 2].map(|n| {
    ///     spawn(format!("guest {n}"), || {
    ///         *SOLD.wait_while(TICKETS.lock(), |tickets| *tickets == 0) -= 1;
    ///     })
    /// });
    /// for _ in 0..2 {
    ///     *TICKETS.lock() += 1;
    ///     SOLD.notify_one(); // One ticket is for one guest.
    /// }
    /// for guest in guests {
    ///     guest.join().unwrap();
    /// }
    /// assert_eq!(*TICKETS.lock(), 0);
    /// ```
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all threads that wait now. Python's `Condition.notify_all()`.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex, spawn};
    ///
    /// static IS_OPEN: Mutex<bool> = Mutex::new(false);
    /// static CHANGED: Condvar = Condvar::new();
    ///
    /// let guests = [1, 2, 3].map(|n| {
    ///     spawn(format!("guest {n}"), || {
    ///         drop(CHANGED.wait_while(IS_OPEN.lock(), |is_open| !*is_open));
    ///     })
    /// });
    /// *IS_OPEN.lock() = true;
    /// CHANGED.notify_all(); // An open door is for all.
    /// for guest in guests {
    ///     guest.join().unwrap();
    /// }
    /// ```
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// Enters the wait of the caller's caller into the table of waits.
#[track_caller]
fn a_notification(limit: Option<Duration>) -> Waiting {
    let limit = limit.and_then(Limit::from_now);
    waits::primitive(Primitive::Notification, Location::caller(), limit)
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar { .. }")
    }
}
