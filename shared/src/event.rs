//! A flag that many wait for: Python's `threading.Event`.
//!
//! An event is a flag, down at first. Anybody may set it, clear it and look at
//! it; anybody may wait until it is set. Clones are handles to the same flag.
//!
//! A wait is over when the flag is set *or has been set since the wait began*.
//! So a [`set`](Event::set) wakes everybody who waits at that moment, also if
//! somebody clears the flag again before they have got to look at it. The flag
//! alone cannot tell them; it is a count of the sets that does.
//!
//! Memory: whatever a thread wrote before a `set` is seen by every thread that sees
//! the flag as that `set`, or a later one, left it, be it by [`wait`](Event::wait) or
//! by [`is_set`](Event::is_set). The other way round nothing is promised: who clears
//! the flag learns nothing of those who waited.

#[cfg(test)]
mod models;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::primitives::atomic::{AtomicBool, Ordering};
use crate::primitives::{Condvar, Mutex};
use stage::record::{self, EntryId, Kind};
use stage::waits;

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
    name: String,
    /// Read by anybody, but written under the lock only: between the look of one
    /// who is about to sleep and the sleep, nobody sets it.
    is_set: AtomicBool,
    sleepers: Mutex<Sleepers>,
    changed: Condvar,
}

#[derive(Default)]
struct Sleepers {
    /// How often the flag has gone up. Who falls asleep remembers it, and waits
    /// until it is another.
    generation: u64,
    /// The generations that somebody sleeps in, or has not quite left: the one of
    /// now, and those of late risers.
    asleep: BTreeMap<u64, Asleep>,
}

/// Who fell asleep in one generation.
#[derive(Default)]
struct Asleep {
    /// How many. Where there is none, there is no entry: waking nobody would cost a
    /// system call.
    count: usize,
    /// The `set` that ended the generation, for the event log.
    ended_by: Option<EntryId>,
}

impl Sleepers {
    /// One more falls asleep. Returns in which generation.
    fn fall_asleep(&mut self) -> u64 {
        self.asleep.entry(self.generation).or_default().count += 1;
        self.generation
    }

    /// One of this generation leaves. Returns which `set` ended it.
    fn leave(&mut self, generation: u64) -> Option<EntryId> {
        let asleep = self.asleep.get_mut(&generation)?;
        let ended_by = asleep.ended_by;
        asleep.count -= 1;
        if asleep.count == 0 {
            self.asleep.remove(&generation);
        }
        ended_by
    }

    /// The flag goes up. Returns whether somebody has to be woken.
    fn next_generation(&mut self, set: Option<EntryId>) -> bool {
        let asleep = self.asleep.get_mut(&self.generation);
        self.generation += 1;
        let somebody = asleep.is_some();
        if let Some(asleep) = asleep {
            asleep.ended_by = set;
        }
        somebody
    }
}

impl Event {
    /// An event that is not set. Python's `threading.Event()`.
    ///
    /// ```
    /// assert!(!shared::prelude::Event::new().is_set());
    /// ```
    pub fn new() -> Self {
        Self::named("an event")
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
    pub fn named(name: impl Into<String>) -> Self {
        Event {
            shared: Arc::new(Shared {
                name: name.into(),
                is_set: AtomicBool::new(false),
                sleepers: Mutex::default(),
                changed: Condvar::new(),
            }),
        }
    }

    /// Sets the flag, and wakes everybody who waits. Python's `Event.set()`.
    ///
    /// Who comes later does not wait at all, until somebody clears the flag.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let event = Event::new();
    /// event.set();
    /// event.set(); // it stays set
    /// event.wait(); // returns at once
    /// ```
    #[track_caller]
    pub fn set(&self) {
        let at = Location::caller();
        let mut sleepers = self.shared.sleepers.lock();
        let name = || self.shared.name.clone();
        // Before anybody can see the flag: in the log the effect follows.
        let set = record::enter(Kind::Set, None, None, at, name);
        // Also if it is set already: what was written before this `set` has to be
        // seen by those who look from now on.
        let was_set = self.shared.is_set.swap(true, Ordering::AcqRel);
        if was_set {
            return;
        }
        let somebody_sleeps = sleepers.next_generation(set);
        // Whoever is woken wants this lock.
        drop(sleepers);
        if somebody_sleeps {
            self.shared.changed.notify_all();
        }
    }

    /// Clears the flag: from now on, who comes waits. Python's `Event.clear()`.
    ///
    /// It does not send back to sleep those whom a `set` has woken.
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
        let _sleepers = self.shared.sleepers.lock();
        record::enter(Kind::Clear, None, None, at, || self.shared.name.clone());
        self.shared.is_set.store(false, Ordering::Release);
    }

    /// Whether the flag is set at this moment. Python's `Event.is_set()`.
    ///
    /// The next moment it may be otherwise. Who has waited need not ask again:
    /// the answer may differ, if somebody has cleared the flag in between.
    ///
    /// ```
    /// use shared::prelude::*;
    ///
    /// let event = Event::new();
    /// assert!(!event.is_set());
    /// event.set();
    /// assert!(event.is_set());
    /// ```
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
    /// was set; zero looks and does not wait. Python's `Event.wait(timeout)`.
    ///
    /// For a limit on simulated work write `simulated(0.5)`.
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
    pub fn wait_timeout(&self, limit: Duration) -> bool {
        if limit.is_zero() {
            return self.is_set();
        }
        // Too long for the clock is for ever.
        match Instant::now().checked_add(limit) {
            Some(deadline) => self.wait_until(Some((deadline, limit))),
            None => self.wait_until(None),
        }
    }

    /// Whether the flag was set before the deadline.
    #[track_caller]
    fn wait_until(&self, limit: Option<(Instant, Duration)>) -> bool {
        if self.is_set() {
            return true;
        }
        let at = Location::caller();
        let deadline = limit.map(|(deadline, _)| deadline);
        let mut sleepers = self.shared.sleepers.lock();
        if self.is_set() {
            return true;
        }
        let waiting = waits::begin(|| self.shared.name.clone(), at, deadline);
        let generation = sleepers.fall_asleep();
        let mut in_time = true;
        while sleepers.generation == generation && in_time {
            (sleepers, in_time) = self.shared.changed.wait_until(sleepers, deadline);
        }
        let was_set = sleepers.generation != generation;
        let cause = sleepers.leave(generation);
        drop(sleepers);
        match limit {
            Some((_, limit)) if !was_set => waiting.over_after(limit),
            _ => waiting.over(cause),
        }
        was_set
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

    #[test]
    fn a_generation_is_forgotten_with_its_last_sleeper() {
        let mut sleepers = Sleepers::default();
        assert!(!sleepers.next_generation(None), "nobody is to be woken");
        let mut late = sleepers.fall_asleep();
        // Somebody sleeps all the time, and nobody for long.
        for _ in 0..1000 {
            assert!(sleepers.next_generation(None), "one is to be woken");
            let next = sleepers.fall_asleep();
            sleepers.leave(late);
            late = next;
            assert_eq!(sleepers.asleep.len(), 1);
        }
        sleepers.leave(late);
        assert!(sleepers.asleep.is_empty());
    }

    #[test]
    fn those_of_one_generation_leave_one_by_one() {
        let mut sleepers = Sleepers::default();
        let (first, second) = (sleepers.fall_asleep(), sleepers.fall_asleep());
        assert_eq!(first, second);
        sleepers.next_generation(None);
        // Whoever is on the way out need not be woken once more.
        assert!(!sleepers.next_generation(None));
        sleepers.leave(first);
        assert_eq!(sleepers.asleep[&second].count, 1);
        sleepers.leave(second);
        assert!(sleepers.asleep.is_empty());
    }
}
