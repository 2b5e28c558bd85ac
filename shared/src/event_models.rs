//! The event under the model checker: waits, sets and clears in every order.
//!
//! The checks are written over a small trait. The event has to pass them, and so has a
//! textbook event. Variants of the textbook event that are wrong in one step have to
//! fail, each for its own reason: a check that nothing fails would prove nothing.

mod broken;
/// The lesson that shows how a wake-up is lost: its own lines, under the checker.
#[path = "../../lessons/event/src/under_the_hood.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod under_the_hood;

use std::sync::{Arc, Mutex as Plain};

use crate::Turns;
use crate::event::Event;
use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::primitives::{JoinHandle, model, spawn};

/// What the checks need of an event.
trait Flag: Clone + Send + 'static {
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn is_set(&self) -> bool;
    fn wait(&self);
    /// How many threads are blocked in `wait`.
    fn asleep(&self) -> usize;
}

impl Flag for Event {
    fn new() -> Self {
        Event::new()
    }

    fn set(&self) {
        self.set();
    }

    fn clear(&self) {
        self.clear();
    }

    fn is_set(&self) -> bool {
        self.is_set()
    }

    fn wait(&self) {
        self.wait();
    }

    fn asleep(&self) -> usize {
        self.blocked()
    }
}

fn waiter<F: Flag>(flag: &F) -> JoinHandle<()> {
    let flag = flag.clone();
    spawn("waiter", move || flag.wait())
}

/// `set` wakes all that wait: one thread that may be about to sleep when the flag is
/// set, and two.
fn set_wakes_all_who_wait<F: Flag>() {
    let two_waiters = || {
        let flag = F::new();
        let waiters = [waiter(&flag), waiter(&flag)];
        flag.set();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    };
    // A waiter that asks again and again would keep `all` busy for good. A schedule that
    // never lets the setter run shows it.
    model::many(two_waiters);
    for wake_ups in [0, 1, 2] {
        model::all(wake_ups, || {
            let flag = F::new();
            let waiter = waiter(&flag);
            flag.set();
            waiter.join().unwrap();
            assert!(flag.is_set());
        });
    }
    model::all(0, two_waiters);
    model::few(2, 1, two_waiters);
}

/// No thread gets past `wait` before the flag is set: neither for no reason, nor
/// because it is cleared. And what was written before `set` is seen after it.
fn a_wait_ends_because_of_a_set<F: Flag>() {
    for (switches, wake_ups) in [(usize::MAX, 0), (usize::MAX, 1), (2, 2)] {
        model::few(switches, wake_ups, || {
            let flag = F::new();
            let data = Arc::new(AtomicUsize::new(0));
            let seen = {
                let (flag, data) = (flag.clone(), Arc::clone(&data));
                spawn("waiter", move || {
                    flag.wait();
                    data.load(Ordering::Relaxed)
                })
            };
            flag.clear();
            data.store(7, Ordering::Relaxed);
            flag.set();
            assert_eq!(seen.join().unwrap(), 7, "the data after the wait");
        });
    }
}

/// A `set` that is followed by `clear` at once still wakes every thread that was
/// waiting.
fn set_then_clear_wakes_all_who_wait<F: Flag>() {
    for (switches, wake_ups) in [(usize::MAX, 0), (2, 1)] {
        model::few(switches, wake_ups, || {
            let flag = F::new();
            let waiter = waiter(&flag);
            let slept = flag.asleep() == 1;
            flag.set();
            flag.clear();
            assert!(!flag.is_set());
            // A waiter that came too late needs another `set`.
            if !slept {
                flag.set();
            }
            waiter.join().unwrap();
        });
    }
    for (switches, wake_ups) in [(2, 0), (1, 1)] {
        model::few(switches, wake_ups, || {
            let flag = F::new();
            let waiters = [waiter(&flag), waiter(&flag)];
            let slept = flag.asleep() == 2;
            flag.set();
            flag.clear();
            if !slept {
                flag.set();
            }
            for waiter in waiters {
                waiter.join().unwrap();
            }
        });
    }
}

/// Three threads, one for each: whatever their order, the next `set` frees the
/// waiter, and the count of waiters is zero.
fn set_and_clear_at_the_same_time<F: Flag>() {
    for wake_ups in [0, 1] {
        model::few(2, wake_ups, || {
            let flag = F::new();
            let waiter = waiter(&flag);
            let setter = {
                let flag = flag.clone();
                spawn("setter", move || flag.set())
            };
            flag.clear();
            setter.join().unwrap();
            flag.set();
            waiter.join().unwrap();
            assert!(flag.is_set());
            assert_eq!(flag.asleep(), 0);
        });
    }
}

/// An event is used again: after `clear`, a wait lasts until the next `set`.
fn it_can_be_used_again<F: Flag>() {
    model::all(1, || {
        let flag = F::new();
        flag.set();
        flag.wait();
        flag.clear();
        assert!(!flag.is_set());
        let again = Arc::new(AtomicUsize::new(0));
        let setter = {
            let (flag, again) = (flag.clone(), Arc::clone(&again));
            spawn("setter", move || {
                again.store(1, Ordering::Relaxed);
                flag.set();
            })
        };
        flag.wait();
        assert_eq!(again.load(Ordering::Relaxed), 1, "set again");
        setter.join().unwrap();
        flag.wait();
    });
}

/// A reader that sees the flag sees the data of the thread that set it, also if two
/// threads set it. This is about the order of the steps. Whether the orderings of the
/// atomics are strong enough, only the package `weak` can tell: this checker treats
/// every atomic as sequentially consistent.
fn a_second_set_tells_of_what_came_before_it<F: Flag>() {
    model::few(2, 1, || {
        let flag = F::new();
        let data = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let setter = |number: usize| {
            let (flag, data) = (flag.clone(), Arc::clone(&data));
            spawn("setter", move || {
                data[number].store(1, Ordering::Relaxed);
                flag.set();
            })
        };
        let setters = [setter(0), setter(1)];
        flag.wait();
        let written: usize = data.iter().map(|data| data.load(Ordering::Relaxed)).sum();
        assert!(written >= 1, "the data of at least one");
        for setter in setters {
            setter.join().unwrap();
        }
    });
}

/// A thread that begins to wait after a `clear` goes on because of a later `set`. The
/// flag is
/// then set, since no thread clears it again.
fn an_old_set_frees_no_waiter<F: Flag>() {
    model::few(3, 0, || {
        let flag = F::new();
        let setter = {
            let flag = flag.clone();
            spawn("setter", move || flag.set())
        };
        flag.set();
        flag.clear();
        let gone_on = Arc::new(AtomicUsize::new(0));
        let waiter = {
            let (flag, gone_on) = (flag.clone(), Arc::clone(&gone_on));
            spawn("waiter", move || {
                flag.wait();
                gone_on.store(1, Ordering::Relaxed);
            })
        };
        setter.join().unwrap();
        if !flag.is_set() {
            let gone_on = gone_on.load(Ordering::Relaxed);
            assert_eq!(gone_on, 0, "the flag is down, and the waiter");
        }
        flag.set();
        waiter.join().unwrap();
    });
}

#[test]
fn waiters_and_set() {
    set_wakes_all_who_wait::<Event>();
}

#[test]
fn waiters_and_what_is_no_set() {
    a_wait_ends_because_of_a_set::<Event>();
}

#[test]
fn waiters_set_and_clear() {
    set_then_clear_wakes_all_who_wait::<Event>();
}

#[test]
fn waiter_setter_and_clearer() {
    set_and_clear_at_the_same_time::<Event>();
}

#[test]
fn again_and_again() {
    it_can_be_used_again::<Event>();
}

#[test]
fn two_setters() {
    a_second_set_tells_of_what_came_before_it::<Event>();
}

#[test]
fn a_waiter_and_a_set_before_its_time() {
    an_old_set_frees_no_waiter::<Event>();
}

/// `wait_timeout` says whether the flag was set, and ends without a `set`, too.
#[test]
fn a_wait_with_a_limit_ends_either_way() {
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(1);
    let seen = Arc::new(Plain::new(std::collections::BTreeSet::new()));
    let sees = Arc::clone(&seen);
    model::explore(1, move || {
        let event = Event::new();
        let waiter = {
            let event = event.clone();
            spawn("waiter", move || event.wait_timeout(LIMIT))
        };
        event.set();
        sees.lock().unwrap().insert(waiter.join().unwrap());
    });
    assert_eq!(*seen.lock().unwrap(), [false, true].into());
    model::explore(1, || assert!(!Event::new().wait_timeout(LIMIT)));
}

/// The steps that were taken when the checker found `found` in the lesson's event.
fn steps_of_a_lost_wake_up(turns: fn() -> Turns) -> (String, Vec<(&'static str, &'static str)>) {
    let last = Arc::new(Plain::new(None));
    let tried = Arc::clone(&last);
    let lesson = move || {
        let turns = turns();
        *tried.lock().unwrap() = Some(turns.clone());
        let began = model::time::Instant::now();
        under_the_hood::lost_wake_up(&turns).unwrap();
        // In a model time passes only when no thread can go on.
        assert!(began.elapsed().is_zero(), "nobody woke the waiter");
    };
    let every = model::Checker::new()
        .switches(usize::MAX)
        .early(0)
        .random(0);
    let found = model::finds(|| every.check(lesson)).expect("a mistake is there to be found");
    let turns = last.lock().unwrap().take();
    (found, turns.expect("it was tried").steps())
}

#[test]
fn the_steps_that_the_lesson_shows_are_those_that_the_checker_finds() {
    let in_any_order = || Turns::in_any_order(&under_the_hood::FAILS);
    let (found, steps) = steps_of_a_lost_wake_up(in_any_order);
    assert!(found.contains("nobody woke the waiter"), "{found}");
    let threads: Vec<&str> = steps.iter().map(|step| step.0).collect();
    assert_eq!(threads, under_the_hood::FAILS);
    // Led through these steps, it fails in the same way.
    let (found, led) = steps_of_a_lost_wake_up(|| Turns::new(&under_the_hood::FAILS));
    assert!(found.contains("nobody woke the waiter"), "{found}");
    assert_eq!(led, steps);
}

#[test]
fn the_event_of_the_lesson_wakes_both_waiters() {
    model::many(|| {
        let turns = Turns::new(&under_the_hood::SET_THEN_CLEAR);
        assert!(!under_the_hood::set_then_clear(&turns).unwrap());
    });
}
