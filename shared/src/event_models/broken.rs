//! A textbook event, and the mistakes that one can make in it.
//!
//! Each variant overrides one step of the correct one, which passes every check. So it
//! is that step that the checker finds.

use std::marker::PhantomData;
use std::sync::Arc;

use super::*;
use crate::primitives::{Condvar, Mutex};

/// The steps in which the variants differ.
trait Steps: Sized + Send + 'static {
    fn set(event: &Textbook) {
        let mut state = event.state.lock();
        state.set = true;
        state.generation += 1;
        event.changed.notify_all();
    }

    fn clear(event: &Textbook) {
        event.state.lock().set = false;
    }

    fn wait(event: &Textbook) {
        let mut state = event.state.lock();
        if state.set {
            return;
        }
        let generation = state.generation;
        state.asleep += 1;
        while state.generation == generation {
            state = event.changed.wait(state);
        }
        state.asleep -= 1;
    }
}

#[derive(Default)]
struct Textbook {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    set: bool,
    generation: u64,
    asleep: usize,
}

struct EventWith<S> {
    textbook: Arc<Textbook>,
    steps: PhantomData<S>,
}

impl<S> Clone for EventWith<S> {
    fn clone(&self) -> Self {
        EventWith {
            textbook: Arc::clone(&self.textbook),
            steps: PhantomData,
        }
    }
}

impl<S: Steps> Flag for EventWith<S> {
    fn new() -> Self {
        EventWith {
            textbook: Arc::default(),
            steps: PhantomData,
        }
    }

    fn set(&self) {
        S::set(&self.textbook);
    }

    fn clear(&self) {
        S::clear(&self.textbook);
    }

    fn is_set(&self) -> bool {
        self.textbook.state.lock().set
    }

    fn wait(&self) {
        S::wait(&self.textbook);
    }

    fn asleep(&self) -> usize {
        self.textbook.state.lock().asleep
    }
}

/// The checks, in the order of their numbers.
fn checks<S: Steps>() -> [fn(); 7] {
    [
        set_wakes_all_who_wait::<EventWith<S>>,
        a_wait_ends_because_of_a_set::<EventWith<S>>,
        set_then_clear_wakes_all_who_wait::<EventWith<S>>,
        set_and_clear_at_the_same_time::<EventWith<S>>,
        it_can_be_used_again::<EventWith<S>>,
        a_second_set_tells_of_what_came_before_it::<EventWith<S>>,
        an_old_set_frees_no_waiter::<EventWith<S>>,
    ]
}

/// What is found by the check of this number.
fn found<S: Steps>(number: usize) -> Option<String> {
    model::finds(checks::<S>()[number])
}

/// Asserts that the check of this number finds it, for this reason.
#[track_caller]
fn is_caught<S: Steps>(number: usize, reason: &str) {
    let found = found::<S>(number).unwrap_or_default();
    assert!(found.contains(reason), "check {number} found: {found}");
}

const WAKES: usize = 0;
const BECAUSE: usize = 1;
const SET_THEN_CLEAR: usize = 2;
const SET_AND_CLEAR: usize = 3;
const AGAIN: usize = 4;
const SECOND_SET: usize = 5;
const OLD_SET: usize = 6;

struct Correct;
impl Steps for Correct {}

#[test]
fn the_textbook_event_passes() {
    for check in checks::<Correct>() {
        check();
    }
}

/// A flag without a condition variable: asks again and again. It is not certain that
/// the setter gets a core meanwhile.
struct OnlyAFlag;
impl Steps for OnlyAFlag {
    fn wait(event: &Textbook) {
        while !event.state.lock().set {}
    }
}

#[test]
fn a_flag_that_is_asked_again_and_again_is_caught() {
    is_caught::<OnlyAFlag>(WAKES, model::SPINS);
}

/// A condition variable without a look at the flag: a wait that begins after the `set`
/// never ends.
struct SleepsUnseeing;
impl Steps for SleepsUnseeing {
    fn wait(event: &Textbook) {
        drop(event.changed.wait(event.state.lock()));
    }
}

#[test]
fn a_wait_without_the_flag_is_caught() {
    is_caught::<SleepsUnseeing>(WAKES, "deadlock");
}

/// Looks, unlocks, and sleeps. The `set` may come in between, when no thread receives
/// its notification: the lost wake-up.
struct LooksBeforeItSleeps;
impl Steps for LooksBeforeItSleeps {
    fn wait(event: &Textbook) {
        while !event.state.lock().set {
            drop(event.changed.wait(event.state.lock()));
        }
    }
}

#[test]
fn a_wait_that_looks_before_it_locks_is_caught() {
    is_caught::<LooksBeforeItSleeps>(WAKES, "deadlock");
}

/// Looks at the flag again, as in every textbook, and not at the count of the sets.
/// Only a `clear` shows the mistake.
struct LoopsOverTheFlag;
impl Steps for LoopsOverTheFlag {
    fn wait(event: &Textbook) {
        let mut state = event.state.lock();
        state.asleep += 1;
        while !state.set {
            state = event.changed.wait(state);
        }
        state.asleep -= 1;
    }
}

#[test]
fn a_loop_over_the_flag_misses_set_then_clear_and_is_caught() {
    for number in 0..checks::<LoopsOverTheFlag>().len() {
        match number {
            SET_THEN_CLEAR => is_caught::<LoopsOverTheFlag>(number, "deadlock"),
            _ => assert_eq!(found::<LoopsOverTheFlag>(number), None),
        }
    }
}

/// Takes every wake-up for a `set`. Only a wake-up for no reason shows the mistake.
struct WaitsOnce;
impl Steps for WaitsOnce {
    fn wait(event: &Textbook) {
        let mut state = event.state.lock();
        if !state.set {
            state.asleep += 1;
            state = event.changed.wait(state);
            state.asleep -= 1;
        }
    }
}

#[test]
fn an_if_instead_of_a_while_is_caught() {
    assert_eq!(found::<WaitsOnce>(WAKES), None);
    is_caught::<WaitsOnce>(BECAUSE, "the data after the wait");
    is_caught::<WaitsOnce>(SECOND_SET, "the data of at least one");
}

/// Wakes one of the waiters. The others stay asleep.
struct WakesOne;
impl Steps for WakesOne {
    fn set(event: &Textbook) {
        let mut state = event.state.lock();
        state.set = true;
        state.generation += 1;
        event.changed.notify_one();
    }
}

#[test]
fn waking_one_waiter_of_two_is_caught() {
    is_caught::<WakesOne>(WAKES, "deadlock");
}

/// Wakes the waiters, and sets the flag a moment later, when they have looked and sleep
/// again.
struct WakesTooEarly;
impl Steps for WakesTooEarly {
    fn set(event: &Textbook) {
        event.changed.notify_all();
        let mut state = event.state.lock();
        state.set = true;
        state.generation += 1;
    }
}

#[test]
fn waking_before_the_flag_is_set_is_caught() {
    is_caught::<WakesTooEarly>(WAKES, "deadlock");
}

/// Counts the sets, and does not look at the flag: one who comes after the `set`
/// waits for the next one.
struct OnlyACount;
impl Steps for OnlyACount {
    fn wait(event: &Textbook) {
        let mut state = event.state.lock();
        let generation = state.generation;
        state.asleep += 1;
        while state.generation == generation {
            state = event.changed.wait(state);
        }
        state.asleep -= 1;
    }
}

#[test]
fn a_count_without_the_flag_is_caught() {
    is_caught::<OnlyACount>(WAKES, "deadlock");
}

/// Counts a `clear` as well: any change of the flag ends a wait.
struct ClearCounts;
impl Steps for ClearCounts {
    fn clear(event: &Textbook) {
        let mut state = event.state.lock();
        state.set = false;
        state.generation += 1;
        event.changed.notify_all();
    }
}

#[test]
fn a_wait_that_ends_with_a_clear_is_caught() {
    is_caught::<ClearCounts>(BECAUSE, "the data after the wait");
}

/// Raises the flag, lets the lock go, and counts. What is set and cleared in between
/// is older than the count, and the count frees those who came after it.
struct SetsInTwoSteps;
impl Steps for SetsInTwoSteps {
    fn set(event: &Textbook) {
        let was_set = std::mem::replace(&mut event.state.lock().set, true);
        if !was_set {
            event.state.lock().generation += 1;
            event.changed.notify_all();
        }
    }
}

#[test]
fn a_set_in_two_steps_is_caught() {
    is_caught::<SetsInTwoSteps>(OLD_SET, "the flag is down, and the waiter");
}

/// Goes on, and is counted as a sleeper for ever.
struct NeverLeaves;
impl Steps for NeverLeaves {
    fn wait(event: &Textbook) {
        let mut state = event.state.lock();
        if state.set {
            return;
        }
        let generation = state.generation;
        state.asleep += 1;
        while state.generation == generation {
            state = event.changed.wait(state);
        }
    }
}

#[test]
fn a_sleeper_that_stays_in_the_count_is_caught() {
    is_caught::<NeverLeaves>(SET_AND_CLEAR, "left: 1");
}

/// Who comes by lowers the flag: that is another thing, an event that lets one
/// through. Who sleeps is not concerned.
struct ResetsTheFlag;
impl Steps for ResetsTheFlag {
    fn wait(event: &Textbook) {
        let was_set = std::mem::take(&mut event.state.lock().set);
        if !was_set {
            Correct::wait(event);
        }
    }
}

#[test]
fn a_wait_that_resets_the_flag_is_caught() {
    is_caught::<ResetsTheFlag>(AGAIN, "deadlock");
}
