//! An event from a mutex, a condition variable and a count of the sets.
//!
//! Watch the first table: no step is wrong by itself, and the waiter sleeps on.
use shared::prelude::*;
use shared::primitives::{Condvar, Mutex};
use shared::turns::Turns;
use shared::waits;
use std::sync::Arc;

/// Whose turn is when, in the order of steps that fails.
pub const FAILS: [&str; 4] = ["waiter", "setter", "setter", "waiter"];

pub fn main() -> Result {
    say!("between the look and the sleep somebody sets the flag:");
    let turns = Turns::new(&FAILS);
    let slept = lost_wake_up(&turns)?;
    say!("{turns}");
    say!("nobody woke the waiter: after {slept:.1} s it gave up");

    say!("the lock is kept until the sleep, and the sets are counted:");
    let turns = Turns::new(&["first", "second", "setter", "setter", "first", "second"]);
    let is_set = set_then_clear(&turns)?;
    say!("{turns}");
    say!("both woke up, although the flag now says {is_set}");
    Ok(())
}

/// Wrong: looks at the flag, and sleeps if it is not set.
pub fn lost_wake_up(turns: &Turns) -> Result<f64> {
    let event = Arc::new((Mutex::new(false), Condvar::new()));
    let waiter = spawn("waiter", {
        let (event, turns) = (Arc::clone(&event), turns.clone());
        move || {
            let (flag, changed) = &*event;
            let begun = elapsed();
            if !*turns.step("waiter", "looks at the flag", || flag.lock()) {
                let lock = turns.step("waiter", "goes to sleep", || flag.lock());
                let waiting = waits::outside(|| "a notification".into(), None);
                // The limit is for this lesson: without one it would sleep for ever.
                drop(changed.wait_for(lock, simulated(1.0)));
                waiting.ended_after(1.0);
            }
            elapsed() - begun
        }
    });
    let (flag, changed) = &*event;
    *turns.step("setter", "sets the flag", || flag.lock()) = true;
    turns.step("setter", "wakes all who sleep", || changed.notify_all());
    Ok(waiter.join()?)
}

/// Right, as in `shared::event`.
#[derive(Default)]
struct Counted {
    /// The flag, and how often it was set.
    state: Mutex<(bool, u64)>,
    changed: Condvar,
}

impl Counted {
    fn set(&self) {
        let mut state = self.state.lock();
        *state = (true, state.1 + 1);
        self.changed.notify_all();
    }

    fn wait(&self, me: &'static str, turns: &Turns) {
        let mut state = turns.step(me, "locks, looks", || self.state.lock());
        let before = state.1;
        // `while`: a condition variable may also wake for no reason.
        while !state.0 && state.1 == before {
            state = self.changed.wait(state);
        }
        drop(state);
        turns.step(me, "goes on", || ());
    }
}

pub fn set_then_clear(turns: &Turns) -> Result<bool> {
    let event = Arc::new(Counted::default());
    let waiters = ["first", "second"].map(|me| {
        let (event, turns) = (Arc::clone(&event), turns.clone());
        spawn(me, move || event.wait(me, &turns))
    });
    turns.step("setter", "sets", || event.set());
    turns.step("setter", "clears", || event.state.lock().0 = false);
    for waiter in waiters {
        waiter.join()?;
    }
    Ok(event.state.lock().0)
}
