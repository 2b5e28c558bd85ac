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
use std::sync::Arc;

use parking_lot::Mutex;

use crate::event::Event;

/// The steps of some threads, in a chosen order or in any order. Clones lead the same
/// steps.
///
/// ```
/// use shared::prelude::*;
/// use shared::turns::Turns;
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
    taken: Arc<Mutex<Vec<Step>>>,
}

/// A thread, and what it did.
type Step = (&'static str, &'static str);

impl Turns {
    /// One turn after the other, in this order of threads.
    ///
    /// ```
    /// use shared::turns::Turns;
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
    /// let turns = shared::turns::Turns::in_any_order(&["one", "other"]);
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
            taken: Arc::default(),
        }
    }

    /// The next step of this thread: waits for its turn, acts, notes the step, and
    /// starts the next turn.
    ///
    /// A step that takes a lock may return the guard. What the thread does until it
    /// unlocks belongs to the step, because other threads cannot take the lock in
    /// between.
    ///
    /// # Panics
    ///
    /// If this thread has no turn left in the order.
    ///
    /// ```
    /// let turns = shared::turns::Turns::new(&["one"]);
    /// assert_eq!(turns.step("one", "adds", || 1 + 1), 2);
    /// ```
    #[track_caller]
    pub fn step<T>(&self, thread: &'static str, what: &'static str, act: impl FnOnce() -> T) -> T {
        let _over = self.order.as_ref().map(|order| {
            let before = self
                .taken
                .lock()
                .iter()
                .filter(|step| step.0 == thread)
                .count();
            let mut own = (0..order.len()).filter(|place| order[*place].0 == thread);
            let place = own.nth(before);
            let place = place.unwrap_or_else(|| panic!("`{thread}` has no turn left: {what}"));
            order[place].1.wait();
            Over(order.get(place + 1).map(|(_, next)| next.clone()))
        });
        let done = act();
        self.taken.lock().push((thread, what));
        done
    }

    /// The steps that were taken, in order, each with its thread.
    ///
    /// ```
    /// let turns = shared::turns::Turns::new(&["one"]);
    /// assert!(turns.steps().is_empty());
    /// ```
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, &'static str)> {
        self.taken.lock().clone()
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

/// The table: a row for each step, a column for each thread.
///
/// ```
/// let turns = shared::turns::Turns::new(&["one", "other"]);
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
