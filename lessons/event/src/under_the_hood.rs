//! An event from a mutex, a condition variable and a count of the sets.
//!
//! Watch the first table: which of the six steps is the mistake?
use shared::prelude::*;
use shared::primitives::{Condvar, JoinHandle, Mutex};
use std::sync::Arc;
use turns::Turns;

/// Whose turn is when, in the order of steps that fails.
pub const FAILS: [&str; 6] = ["waiter", "waiter", "setter", "setter", "waiter", "waiter"];

/// Two waiters fall asleep; then the flag is set, and cleared at once.
pub const SET_THEN_CLEAR: [&str; 12] = [
    "first", "first", "second", "second", "setter", "setter", "setter", "setter", "first", "first",
    "second", "second",
];

pub fn main() -> Result {
    phase!("the flag is set between the look and the sleep");
    let turns = Turns::new(&FAILS);
    let slept = lost_wake_up(&turns)?;
    say!("{turns}");
    say!("no thread woke the waiter: after {slept:.1} s it gave up");

    phase!("the lock is kept until the sleep, and the sets are counted");
    let turns = Turns::new(&SET_THEN_CLEAR);
    let is_set = set_then_clear(&turns)?;
    say!("{turns}");
    say!("both woke up, although the flag now says {is_set}");
    Ok(())
}

/// What the lock protects, in both events.
#[derive(Debug, Default)]
struct State {
    is_set: bool,
    sets: u64,
}

/// The lock, and a place to sleep.
type Parts = (Mutex<State>, Condvar);

/// Wrong: looks at the flag, unlocks, and locks again to sleep.
fn look_then_sleep((state, changed): &Parts, me: &'static str, turns: &Turns) -> f64 {
    let begun = elapsed();
    let now = turns.lock(me, "locks, looks", state);
    let is_set = now.is_set;
    turns.unlock(me, "unlocks", now);
    if !is_set {
        let now = turns.lock(me, "locks again", state);
        // The limit is for this lesson. Without it, the sleep never ends.
        let limit = simulated(1.0);
        turns.sleep(me, "sleeps", now, |now| {
            drop(changed.wait_timeout(now, limit))
        });
    }
    elapsed() - begun
}

/// Right: keeps the lock from the look to the sleep, and looks again after it.
fn wait((state, changed): &Parts, me: &'static str, turns: &Turns) {
    let mut now = turns.lock(me, "locks, looks", state);
    let sets = now.sets;
    while !now.is_set && now.sets == sets {
        now = turns.sleep(me, "sleeps", now, |now| changed.wait(now));
        // For this lesson: until its turn comes, the others may have the lock.
        drop(now);
        now = turns.lock(me, "wakes, looks", state);
    }
    turns.unlock(me, "goes on", now);
}

fn set((state, changed): &Parts, me: &'static str, turns: &Turns) {
    let mut now = turns.lock(me, "locks", state);
    now.is_set = true;
    now.sets += 1;
    changed.notify_all();
    turns.unlock(me, "sets, wakes all", now);
}

fn set_and_clear(event: &Parts, me: &'static str, turns: &Turns) {
    set(event, me, turns);
    let mut now = turns.lock(me, "locks", &event.0);
    now.is_set = false;
    turns.unlock(me, "clears", now);
}

pub fn lost_wake_up(turns: &Turns) -> Result<f64> {
    let event = Arc::new(Parts::default());
    let waiter = start("waiter", &event, turns, look_then_sleep);
    start("setter", &event, turns, set).join()?;
    Ok(waiter.join()?)
}

pub fn set_then_clear(turns: &Turns) -> Result<bool> {
    let event = Arc::new(Parts::default());
    let waiters = ["first", "second"].map(|me| start(me, &event, turns, wait));
    start("setter", &event, turns, set_and_clear).join()?;
    waiters.into_iter().try_for_each(|waiter| waiter.join())?;
    Ok(event.0.lock().is_set)
}

/// Starts a thread whose steps are led by `turns`.
fn start<T: Send + 'static>(
    me: &'static str,
    event: &Arc<Parts>,
    turns: &Turns,
    body: fn(&Parts, &'static str, &Turns) -> T,
) -> JoinHandle<T> {
    let (event, turns) = (Arc::clone(event), turns.clone());
    spawn(me, move || body(&event, me, &turns))
}
