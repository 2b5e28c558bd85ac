//! A flag that many threads wait for: Python's `threading.Event`.
//!
//! An event is a flag that is not set at first. Any thread may set it, clear it, look
//! at it, or wait until it is set. Clones are handles to the same flag.
//!
//! A wait is over when the flag is set *or has been set since the wait began*.
//! So a [`set`](Event::set) wakes every thread that waits at that moment, even if
//! another thread clears the flag before the waiters can look at it. The flag alone
//! cannot tell them that it was set; a count of the sets can.
//!
//! Memory: what a thread wrote before a `set` is seen by every thread that sees the
//! flag as that `set`, or a later one, left it, whether by [`wait`](Event::wait) or by
//! [`is_set`](Event::is_set). There is no promise the other way round: a thread that
//! clears the flag sees nothing of what the waiters did.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::primitives::atomic::{AtomicBool, Ordering};
use crate::primitives::{Condvar, Mutex};
use stage::record::{self, EntryId, Kind, Target};
use stage::waits::{self, Limit};

/// A flag that threads wait for: Python's `threading.Event`.
///
/// ```
/// use shared::prelude::*;
///
/// # fn main() -> Result {
/// let green = Event::named("the green light");
/// let light = green.clone();
/// let car = spawn("car", move || {
///     light.wait();
///     say!("I go");
/// });
/// green.set();
/// car.join()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Event {
    shared: Arc<Shared>,
}

struct Shared {
    name: Cow<'static, str>,
    /// Any thread reads it, but it is written under the lock only. So it stays as it
    /// is between a waiter's last look at it and the waiter's sleep.
    is_set: AtomicBool,
    waiters: Mutex<Waiters>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiters {
    /// How often the flag changed from not set to set. A waiter remembers the number,
    /// and waits until it is another one.
    generation: u64,
    /// How many threads wait in this generation. With none, `set` saves the system
    /// call that wakes them.
    count: usize,
    /// For the record: the earlier generations whose waiters have not all left yet.
    /// Empty if there is no record.
    ended: BTreeMap<u64, Ended>,
}

/// A generation whose waiters were woken.
struct Ended {
    by: EntryId,
    count: usize,
}

impl Waiters {
    /// A thread begins to wait. Returns its generation.
    fn enter(&mut self) -> u64 {
        self.count += 1;
        self.generation
    }

    /// A thread of this generation ends its wait. Returns the recorded `set` that
    /// ended the generation, if there is one.
    fn leave(&mut self, generation: u64) -> Option<EntryId> {
        if generation == self.generation {
            // It gave up.
            self.count -= 1;
            return None;
        }
        let ended = self.ended.get_mut(&generation)?;
        let by = ended.by;
        ended.count -= 1;
        if ended.count == 0 {
            self.ended.remove(&generation);
        }
        Some(by)
    }

    /// The flag changes to set. Returns whether there are threads to wake.
    fn next_generation(&mut self, set: Option<EntryId>) -> bool {
        let count = std::mem::take(&mut self.count);
        if let Some(by) = set
            && count > 0
        {
            self.ended.insert(self.generation, Ended { by, count });
        }
        self.generation += 1;
        count > 0
    }
}

impl Event {
    /// An event that is not set. Python's `threading.Event()`.
    ///
    /// ```
    /// assert!(!shared::prelude::Event::new().is_set());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_name(Cow::Borrowed("an event"))
    }

    /// As [`new`](Self::new), with the name that it has in the timeline and in
    /// the message about a hang: "car 3 waits for the green light".
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let green = Event::named("the green light");
    /// assert_eq!(format!("{green:?}"), "<Event the green light: not set>");
    /// ```
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::with_name(Cow::Owned(name.into()))
    }

    fn with_name(name: Cow<'static, str>) -> Self {
        Event {
            shared: Arc::new(Shared {
                name,
                is_set: AtomicBool::new(false),
                waiters: Mutex::default(),
                changed: Condvar::new(),
            }),
        }
    }

    /// Sets the flag, and wakes every thread that waits. Python's `Event.set()`.
    ///
    /// A later waiter does not block, until a thread clears the flag.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let event = Event::new();
    /// event.set();
    /// event.set(); // It stays set.
    /// event.wait(); // Returns at once.
    /// ```
    #[track_caller]
    pub fn set(&self) {
        let at = Location::caller();
        let mut waiters = self.shared.waiters.lock();
        let name = || self.shared.name.to_string();
        // Recorded before any thread can see the flag: the effect comes later.
        let set = record::enter(Kind::Set, None, None, at, name);
        // Written even if the flag is set already, so that what came before this `set`
        // is seen by the threads that see it. `Release` is enough: the lock has told
        // this thread of the sets before it.
        let was_set = self.shared.is_set.swap(true, Ordering::Release);
        if was_set {
            return;
        }
        let anyone_waits = waiters.next_generation(set);
        // A thread that wakes up needs this lock.
        drop(waiters);
        if anyone_waits {
            self.shared.changed.notify_all();
        }
    }

    /// Clears the flag: from now on, waiters block again. Python's `Event.clear()`.
    ///
    /// Threads that were woken by an earlier `set` go on all the same.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let event = Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    #[track_caller]
    pub fn clear(&self) {
        let at = Location::caller();
        let _waiters = self.shared.waiters.lock();
        record::enter(Kind::Clear, None, None, at, || self.shared.name.to_string());
        // A thread that sees the flag not set is promised nothing.
        self.shared.is_set.store(false, Ordering::Relaxed);
    }

    /// Whether the flag is set now. Python's `Event.is_set()`.
    ///
    /// A moment later it may be different. A thread that has waited need not ask again:
    /// the answer can be `false`, if another thread has cleared the flag in between.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let event = Event::new();
    /// assert!(!event.is_set());
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.shared.is_set.load(Ordering::Acquire)
    }

    /// Waits until the flag is set. Returns at once if it is. Python's
    /// `Event.wait()`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let ready = Event::named("the database");
    /// let checker = spawn("checker", {
    ///     let ready = ready.clone();
    ///     move || ready.set()
    /// });
    /// ready.wait();
    /// checker.join()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        self.wait_until(None);
    }

    /// Waits until the flag is set, but for `limit` at most. Returns whether it
    /// was set. With a limit of zero it only looks. Python's `Event.wait(timeout)`.
    ///
    /// The limit is real time. For a limit in simulated seconds write `simulated(0.5)`.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let event = Event::new();
    /// assert!(!event.wait_timeout(Duration::from_millis(1)));
    /// event.set();
    /// assert!(event.wait_timeout(Duration::ZERO));
    /// ```
    #[track_caller]
    #[must_use = "it says whether the flag was set, or the time was over"]
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        if limit.is_zero() {
            return self.is_set();
        }
        self.wait_until(Limit::from_now(limit))
    }

    /// Whether the flag was set before the deadline.
    #[track_caller]
    fn wait_until(&self, limit: Option<Limit>) -> bool {
        if self.is_set() {
            return true;
        }
        let at = Location::caller();
        let deadline = limit.map(|limit| limit.deadline);
        let mut waiters = self.shared.waiters.lock();
        if self.is_set() {
            return true;
        }
        let target = || Target::Event(self.shared.name.to_string());
        let waiting = waits::begin(|| self.shared.name.clone(), target, at, limit);
        let generation = waiters.enter();
        let mut in_time = true;
        while waiters.generation == generation && in_time {
            (waiters, in_time) = self.shared.changed.wait_until(waiters, deadline);
        }
        let was_set = waiters.generation != generation;
        let cause = waiters.leave(generation);
        drop(waiters);
        match was_set {
            true => waiting.over(cause),
            false => waiting.gave_up(),
        }
        was_set
    }

    /// For the models: how many threads are blocked in [`wait`](Self::wait).
    #[cfg(test)]
    pub(crate) fn blocked(&self) -> usize {
        self.shared.waiters.lock().count
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

/// Shown as `<Event the green light: set>`.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_set() { "set" } else { "not set" };
        write!(f, "<Event {}: {state}>", self.shared.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Option<EntryId> = Some(EntryId {
        process: 1,
        number: 7,
    });

    /// An event that is used for long keeps no memory of its earlier waiters.
    #[test]
    fn a_generation_is_forgotten_when_its_last_waiter_leaves() {
        let mut waiters = Waiters::default();
        assert!(!waiters.next_generation(SET), "there is no thread to wake");
        let mut late = waiters.enter();
        // One thread waits all the time, and none for long.
        for _ in 0..1000 {
            assert!(waiters.next_generation(SET), "there is one to wake");
            let next = waiters.enter();
            assert_eq!(waiters.leave(late), SET);
            late = next;
            assert!(waiters.ended.is_empty());
        }
    }

    #[test]
    fn the_waiters_of_one_generation_leave_one_by_one() {
        let mut waiters = Waiters::default();
        let (first, second) = (waiters.enter(), waiters.enter());
        assert_eq!(first, second);
        waiters.next_generation(SET);
        // Threads that are on the way out need not be woken once more.
        assert!(!waiters.next_generation(None));
        assert_eq!(waiters.leave(first), SET);
        assert_eq!(waiters.ended[&second].count, 1);
        assert_eq!(waiters.leave(second), SET);
        assert!(waiters.ended.is_empty());
    }

    #[test]
    fn a_waiter_that_gives_up_is_not_woken() {
        let mut waiters = Waiters::default();
        let (patient, hasty) = (waiters.enter(), waiters.enter());
        assert_eq!(waiters.leave(hasty), None);
        assert!(waiters.next_generation(None), "there is one to wake");
        assert_eq!(waiters.leave(patient), None, "nothing is recorded");
        let hasty = waiters.enter();
        waiters.leave(hasty);
        assert!(!waiters.next_generation(None), "there is none to wake");
    }
}
