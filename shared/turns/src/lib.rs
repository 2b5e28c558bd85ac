//! Leads threads through one chosen interleaving, step by step.
//!
//! A race shows itself in one order of the threads' steps out of many, and comes up
//! rarely. Here the order is chosen: each step says which thread takes it and what it
//! does, and waits for its turn. The result is a table, with a row for each step and a
//! column for each thread.
//!
//! ```text
//! step  reader  writer
//! 1     reads
//! 2             writes
//! ```

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use parking_lot::Mutex as Plain;
use stage::record::{self, About, Kind};

use shared::event::Event;
use shared::primitives::{Mutex, MutexGuard};

/// The steps of some threads, in a chosen order or in any order. Clones lead the same
/// steps.
///
/// ```
/// use shared::prelude::*;
/// use turns::Turns;
///
/// # fn main() -> Result {
/// let turns = Turns::new(&["writer", "reader"]);
/// let reader = spawn("reader", {
///     let turns = turns.clone();
///     move || turns.step("reader", "reads", || ())
/// });
/// turns.step("writer", "writes", || ());
/// reader.join()?;
/// assert_eq!(turns.steps(), [("writer", "writes"), ("reader", "reads")]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Turns {
    /// The thread of each turn; `None` leaves the order to the scheduler.
    order: Option<Arc<[(&'static str, Event)]>>,
    columns: Arc<[&'static str]>,
    /// Not a lock of the library: it is never held where the model checker may switch.
    board: Arc<Plain<Board>>,
}

/// The steps so far, and what is so after the last one.
#[derive(Debug, Default)]
struct Board {
    taken: Vec<Step>,
    /// What the lock protects, in words: `is_set: true`.
    state: Vec<String>,
    asleep: Vec<&'static str>,
    holder: Option<&'static str>,
}

/// A thread, and what it did.
type Step = (&'static str, &'static str);

impl Turns {
    /// One turn after the other, in this order of threads.
    ///
    /// ```
    /// use turns::Turns;
    ///
    /// let turns = Turns::new(&["one", "other", "one"]);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| turns.step("other", "is second", || ()));
    ///     turns.step("one", "is first", || ());
    ///     turns.step("one", "is third", || ());
    /// });
    /// assert_eq!(turns.steps()[1], ("other", "is second"));
    /// ```
    #[must_use]
    pub fn new(order: &[&'static str]) -> Self {
        let turn = |place: usize| Event::named(format!("turn {}", place + 1));
        let turns = order.iter().enumerate();
        let turns: Arc<[_]> = turns
            .map(|(place, thread)| (*thread, turn(place)))
            .collect();
        if let Some((_, first)) = turns.first() {
            first.set();
        }
        Turns {
            order: Some(turns),
            ..Self::in_any_order(order)
        }
    }

    /// No thread waits for its turn: the scheduler, or the model checker, decides the
    /// order of the steps.
    ///
    /// ```
    /// let turns = turns::Turns::in_any_order(&["one", "other"]);
    /// turns.step("other", "is first this time", || ());
    /// assert_eq!(turns.steps().len(), 1);
    /// ```
    #[must_use]
    pub fn in_any_order(threads: &[&'static str]) -> Self {
        let mut columns: Vec<&'static str> = Vec::new();
        for thread in threads {
            if !columns.contains(thread) {
                columns.push(thread);
            }
        }
        Turns {
            order: None,
            columns: columns.into(),
            board: Arc::default(),
        }
    }

    /// The next step of this thread: waits for its turn, acts, notes the step, and
    /// starts the next turn.
    ///
    /// # Panics
    ///
    /// If this thread has no turn left in the order.
    ///
    /// ```
    /// let turns = turns::Turns::new(&["one"]);
    /// assert_eq!(turns.step("one", "adds", || 1 + 1), 2);
    /// ```
    #[track_caller]
    pub fn step<T>(&self, thread: &'static str, what: &'static str, act: impl FnOnce() -> T) -> T {
        let _over = self.turn(thread, what);
        let done = act();
        self.note(thread, what, |_| ());
        done
    }

    /// A step that takes a lock and keeps it. Until [`unlock`](Self::unlock) or
    /// [`sleep`](Self::sleep), the other threads may only take steps without the lock.
    ///
    /// # Panics
    ///
    /// If this thread has no turn left in the order.
    ///
    /// ```
    /// use shared::primitives::Mutex;
    /// use turns::Turns;
    ///
    /// let (turns, flag) = (Turns::new(&["one", "one"]), Mutex::new(false));
    /// let mut guard = turns.lock("one", "locks", &flag);
    /// *guard = true;
    /// turns.unlock("one", "sets the flag, unlocks", guard);
    /// assert!(*flag.lock());
    /// ```
    #[track_caller]
    pub fn lock<'a, T: fmt::Debug>(
        &self,
        thread: &'static str,
        what: &'static str,
        mutex: &'a Mutex<T>,
    ) -> MutexGuard<'a, T> {
        let _over = self.turn(thread, what);
        let guard = mutex.lock();
        self.note(thread, what, |board| {
            board.state = words(&*guard);
            board.holder = Some(thread);
        });
        guard
    }

    /// A step that gives a lock back. What was changed under the lock belongs to it.
    ///
    /// # Panics
    ///
    /// If this thread has no turn left in the order.
    ///
    /// ```
    /// use shared::primitives::Mutex;
    /// use turns::Turns;
    ///
    /// let (turns, number) = (Turns::in_any_order(&["one"]), Mutex::new(1));
    /// turns.unlock("one", "unlocks", turns.lock("one", "locks", &number));
    /// assert_eq!(turns.steps().len(), 2);
    /// ```
    #[track_caller]
    pub fn unlock<T: fmt::Debug>(
        &self,
        thread: &'static str,
        what: &'static str,
        guard: MutexGuard<'_, T>,
    ) {
        let _over = self.turn(thread, what);
        // Noted before another thread can take the lock, and its step.
        self.note(thread, what, |board| {
            board.state = words(&*guard);
            board.holder = None;
        });
        drop(guard);
    }

    /// A step in which the thread falls asleep on a condition variable: `wait` is given
    /// the guard. The next turn starts at once, and has to be a step that takes the same
    /// lock: then it cannot come before the sleep. The thread counts as asleep until its
    /// own next step.
    ///
    /// # Panics
    ///
    /// If this thread has no turn left in the order.
    ///
    /// ```
    /// use shared::primitives::{Condvar, Mutex};
    /// use turns::Turns;
    /// use std::time::Duration;
    ///
    /// let (turns, flag) = (Turns::new(&["one", "one"]), Mutex::new(false));
    /// let guard = turns.lock("one", "locks, looks", &flag);
    /// let limit = Duration::from_millis(1);
    /// turns.sleep("one", "sleeps", guard, |guard| {
    ///     drop(Condvar::new().wait_timeout(guard, limit));
    /// });
    /// assert_eq!(turns.steps()[1], ("one", "sleeps"));
    /// ```
    #[track_caller]
    pub fn sleep<'a, T: fmt::Debug, R>(
        &self,
        thread: &'static str,
        what: &'static str,
        guard: MutexGuard<'a, T>,
        wait: impl FnOnce(MutexGuard<'a, T>) -> R,
    ) -> R {
        let over = self.turn(thread, what);
        self.note(thread, what, |board| {
            board.state = words(&*guard);
            board.holder = None;
            board.asleep.push(thread);
        });
        drop(over);
        wait(guard)
    }

    /// Waits for this thread's next turn. The turn is over when the value is dropped.
    #[track_caller]
    fn turn(&self, thread: &'static str, what: &'static str) -> Option<Over> {
        let order = self.order.as_ref()?;
        let taken = |step: &&Step| step.0 == thread;
        let before = self.board.lock().taken.iter().filter(taken).count();
        let mut own = (0..order.len()).filter(|place| order[*place].0 == thread);
        let place = own.nth(before);
        let place = place.unwrap_or_else(|| panic!("`{thread}` has no turn left: {what}"));
        order[place].1.wait();
        Some(Over(order.get(place + 1).map(|(_, next)| next.clone())))
    }

    /// Notes a step of a thread, which is awake, and what is so after it.
    #[track_caller]
    fn note(&self, thread: &'static str, what: &'static str, change: impl FnOnce(&mut Board)) {
        let at = Location::caller();
        let mut board = self.board.lock();
        board.taken.push((thread, what));
        board.asleep.retain(|asleep| *asleep != thread);
        change(&mut board);
        record::enter_about(Kind::Step, None, None, at, || {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
            let about = About::Step {
                state: board.state.clone(),
                asleep: names(&board.asleep),
                holder: board.holder.map(str::to_string),
            };
            (what.to_string(), about)
        });
    }

    /// The steps that were taken, in order, each with its thread.
    ///
    /// ```
    /// let turns = turns::Turns::new(&["one"]);
    /// assert!(turns.steps().is_empty());
    /// ```
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, &'static str)> {
        self.board.lock().taken.clone()
    }
}

/// A turn. When it is over, also because of a panic, the next one starts.
struct Over(Option<Event>);

impl Drop for Over {
    fn drop(&mut self) {
        if let Some(next) = &self.0 {
            next.set();
        }
    }
}

/// The fields of a value, each with its name: `is_set: true`.
fn words(value: &impl fmt::Debug) -> Vec<String> {
    let text = format!("{value:?}");
    match text
        .split_once(" { ")
        .and_then(|(_, fields)| fields.strip_suffix(" }"))
    {
        Some(fields) => fields.split(", ").map(str::to_string).collect(),
        None => vec![text],
    }
}

/// The table: a row for each step, a column for each thread.
///
/// ```
/// let turns = turns::Turns::new(&["one", "other"]);
/// turns.step("one", "adds", || ());
/// turns.step("other", "waits", || ());
/// assert_eq!(turns.to_string(), "\
/// step  one   other
/// 1     adds
/// 2           waits");
/// ```
impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps();
        let width = |column: &str| {
            let own = steps.iter().filter(|step| step.0 == column);
            let texts = own.map(|step| step.1).chain([column]);
            texts.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = self.columns.iter().map(|column| width(column)).collect();
        let row = |first: String, cells: Vec<&str>| {
            let cells = std::iter::zip(cells, &widths);
            let cells: String = cells
                .map(|(cell, width)| format!("  {cell:width$}"))
                .collect();
            format!("{first:<4}{cells}").trim_end().to_string()
        };
        f.write_str(&row("step".to_string(), self.columns.to_vec()))?;
        for (place, (thread, what)) in steps.iter().enumerate() {
            let cell = |column: &&'static str| if column == thread { *what } else { "" };
            let cells = self.columns.iter().map(cell).collect();
            write!(f, "\n{}", row((place + 1).to_string(), cells))?;
        }
        Ok(())
    }
}
