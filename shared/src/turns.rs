//! Leads threads through one chosen interleaving, step by step.
//!
//! A mistake between threads shows itself in one order of their steps out of
//! many, and nobody knows when that comes. Here the order is chosen: each step
//! says whose it is and what it does, and waits until it is its turn. What
//! happened is a table, with a row for each step and a column for each thread.
//!
//! ```text
//! step  reader  writer
//! 1     reads
//! 2             writes
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::Event;

/// The steps of some threads, in a chosen order or in any. Clones lead the same
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
    /// Whose turn comes when; `None` leaves it to the scheduler.
    order: Option<Arc<[(&'static str, Event)]>>,
    columns: Arc<[&'static str]>,
    /// The standard lock, which is not held where the model checker may switch.
    taken: Arc<Mutex<Vec<Step>>>,
}

/// A thread, and what it did.
type Step = (&'static str, &'static str);

impl Turns {
    /// One turn after the other, in this order of threads.
    ///
    /// ```
    /// shared::turns::Turns::new(&["one", "other", "one"]);
    /// ```
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

    /// Nobody is led: the order of the steps is what the scheduler makes of it,
    /// or the model checker.
    ///
    /// ```
    /// let turns = shared::turns::Turns::in_any_order(&["one", "other"]);
    /// turns.step("other", "is first this time", || ());
    /// ```
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

    /// The next step of this thread: waits for its turn, does it, notes it, and
    /// lets the next one have its turn.
    ///
    /// A step that takes a lock may return it. What the thread does until it lets
    /// the lock go belongs to the step: those who want the lock cannot come in
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
            let before = self.taken().iter().filter(|step| step.0 == thread).count();
            let mut own = (0..order.len()).filter(|place| order[*place].0 == thread);
            let place = own.nth(before);
            let place = place.unwrap_or_else(|| panic!("`{thread}` has no turn left: {what}"));
            order[place].1.wait();
            Over(order.get(place + 1).map(|(_, next)| next.clone()))
        });
        let done = act();
        self.taken().push((thread, what));
        done
    }

    /// The steps that were taken, in their order: each with its thread.
    ///
    /// ```
    /// let turns = shared::turns::Turns::new(&["one"]);
    /// assert!(turns.steps().is_empty());
    /// ```
    pub fn steps(&self) -> Vec<(&'static str, &'static str)> {
        self.taken().clone()
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Step>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn: when it is over, also by a panic, the next one comes.
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
