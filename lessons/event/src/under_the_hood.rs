//! An event from a mutex, a condition variable and a count of the sets.
//!
//! Watch the first table: which of the four steps is the mistake?
use shared::prelude::*;
use shared::primitives::{Condvar, Mutex, MutexGuard};
use shared::turns::Turns;
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

/// Wrong: looks at the flag, lets the lock go, and sleeps.
pub fn lost_wake_up(turns: &Turns) -> Result<f64> {
    let event = Arc::new((Mutex::new(false), Condvar::new()));
    let (waiters_event, waiters_turns) = (Arc::clone(&event), turns.clone());
    let waiter = spawn("waiter", move || {
        let ((flag, changed), turns) = (&*waiters_event, waiters_turns);
        let begun = elapsed();
        if !*turns.step("waiter", "looks at the flag", || flag.lock()) {
            let lock = turns.step("waiter", "goes to sleep", || flag.lock());
            sleep_for_a_second(changed, lock);
        }
        elapsed() - begun
    });
    let (flag, changed) = &*event;
    *turns.step("setter", "sets the flag", || flag.lock()) = true;
    turns.step("setter", "wakes all who sleep", || changed.notify_all());
    Ok(waiter.join()?)
}

/// Without the second, which is for this lesson, it would sleep for ever.
fn sleep_for_a_second(changed: &Condvar, lock: MutexGuard<'_, bool>) {
    let waiting = stage::waits::outside(|| "a notification", None);
    drop(changed.wait_timeout(lock, simulated(1.0)));
    waiting.ended_after(1.0);
}

/// Right: the flag and how often it was set, behind one lock; and where to sleep.
type Counted = (Mutex<(bool, u64)>, Condvar);

fn wait((state, changed): &Counted, me: &'static str, turns: &Turns) {
    let mut now = turns.step(me, "locks, looks", || state.lock());
    let (is_set, sets) = *now;
    // `while`: a condition variable may also wake for no reason.
    while !is_set && now.1 == sets {
        now = changed.wait(now);
    }
    drop(now);
    turns.step(me, "goes on", || ());
}

pub fn set_then_clear(turns: &Turns) -> Result<bool> {
    let event = Arc::new(Counted::default());
    let waiters = ["first", "second"].map(|me| {
        let (event, turns) = (Arc::clone(&event), turns.clone());
        spawn(me, move || wait(&event, me, &turns))
    });
    let (state, changed) = &*event;
    turns.step("setter", "sets", || {
        let mut now = state.lock();
        *now = (true, now.1 + 1);
        changed.notify_all();
    });
    turns.step("setter", "clears", || state.lock().0 = false);
    waiters.into_iter().try_for_each(|waiter| waiter.join())?;
    Ok(state.lock().0)
}
