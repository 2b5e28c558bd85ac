//! Events in real time: what needs the clock, or the system's own threads. The unit
//! tests try all interleavings, under the model checker; the package `weak` tries weak
//! memory.

mod common;

use std::time::Instant;

use common::{LIMIT, Notes, this_thread, until_asleep, within};
use shared::prelude::*;
use stage::record::{self, Kind};

/// A thread that waits in `wait`, and is asleep by the time this returns.
fn asleep<T: Send + 'static>(
    event: &Event,
    wait: impl FnOnce(&Event) -> T + Send + 'static,
) -> shared::primitives::JoinHandle<T> {
    let (send, receive) = std::sync::mpsc::channel();
    let event = event.clone();
    let waiter = spawn("waiter", move || {
        send.send(this_thread()).unwrap();
        wait(&event)
    });
    until_asleep(&receive.recv().unwrap());
    waiter
}

/// `set` wakes all that wait.
#[test]
fn set_wakes_all_who_sleep_and_who_comes_later_does_not_wait() {
    within(|| {
        let event = Event::new();
        let waiters: Vec<_> = (0..20).map(|_| asleep(&event, Event::wait)).collect();
        event.set();
        for waiter in waiters {
            waiter.join().unwrap();
        }
        event.wait();
        assert!(event.is_set(), "a wait does not clear the flag");
    });
}

/// A `set` that is followed by `clear` at once still wakes every thread that was
/// waiting.
#[test]
fn set_and_at_once_clear_wakes_all_who_sleep() {
    within(|| {
        let event = Event::new();
        for _ in 0..20 {
            let waiters: Vec<_> = (0..3)
                .map(|_| asleep(&event, |event| event.wait_timeout(LIMIT)))
                .collect();
            event.set();
            event.clear();
            for waiter in waiters {
                assert!(waiter.join().unwrap());
            }
            assert!(!event.is_set());
        }
    });
}

/// `wait_timeout` returns whether the flag was set.
#[test]
fn a_limit_is_waited_for_and_not_longer() {
    within(|| {
        let event = Event::new();
        let limit = Duration::from_millis(30);
        let begun = Instant::now();
        assert!(!event.wait_timeout(limit));
        assert!(begun.elapsed() >= limit);
        // One that is set in time ends the wait at once.
        let waiter = asleep(&event, |event| {
            let begun = Instant::now();
            (event.wait_timeout(2 * LIMIT), begun.elapsed())
        });
        event.set();
        let (was_set, waited) = waiter.join().unwrap();
        assert!(was_set);
        assert!(waited < LIMIT, "{waited:?}");
    });
}

/// A limit of zero is a poll.
#[test]
fn a_limit_of_zero_is_a_look() {
    within(|| {
        let event = Event::new();
        assert!(!event.wait_timeout(Duration::ZERO));
        event.set();
        assert!(event.wait_timeout(Duration::ZERO));
        event.clear();
        assert!(!event.wait_timeout(Duration::ZERO));
    });
}

#[test]
fn a_limit_may_be_longer_than_the_clock_can_count() {
    within(|| {
        let event = Event::new();
        let waiter = asleep(&event, |event| event.wait_timeout(Duration::MAX));
        event.set();
        assert!(waiter.join().unwrap());
    });
}

#[test]
fn who_gives_up_leaves_the_others_waiting() {
    within(|| {
        let event = Event::new();
        let patient = asleep(&event, Event::wait);
        assert!(!event.wait_timeout(Duration::from_millis(5)));
        assert!(!patient.is_finished());
        event.set();
        patient.join().unwrap();
    });
}

/// What was written before `set` is seen after `wait`. On this machine's memory, that
/// is: the package `weak` tries weaker ones.
#[test]
fn what_was_written_before_set_is_seen_after_wait() {
    within(|| {
        for round in 0..1_000 {
            let (event, notes) = (Event::new(), Notes::new());
            let waiter = spawn("waiter", {
                let (event, notes) = (event.clone(), notes.clone());
                move || {
                    event.wait();
                    notes.all()
                }
            });
            notes.add(round);
            event.set();
            assert_eq!(waiter.join().unwrap(), [round]);
        }
    });
}

#[test]
fn an_event_shows_its_name_and_its_state() {
    let event = Event::default();
    assert_eq!(format!("{event:?}"), "<Event an event: not set>");
    let green = Event::named("the green light");
    green.clone().set();
    assert_eq!(format!("{green:?}"), "<Event the green light: set>");
}

/// The log is one for the whole program: all of it in one test.
#[test]
fn the_log_says_what_ended_a_wait() {
    let log = within(|| {
        let green = Event::named("the green light");
        record::start();
        let waiter = asleep(&green, |green| green.wait());
        green.set();
        green.clear();
        // The waiter may still be asleep. The first `set` is the one that woke it.
        green.set();
        waiter.join().unwrap();
        green.clear();
        assert!(!green.wait_timeout(simulated(0.02)));
        // Neither a look nor a wait for a flag that is set is recorded as a wait.
        assert!(!green.wait_timeout(Duration::ZERO));
        green.set();
        green.wait();
        record::take()
    });
    let of_kind = |kind: Kind| -> Vec<&record::Entry> {
        let about = log.iter().filter(|event| event.kind == kind);
        // Other tests are recorded meanwhile.
        about
            .filter(|event| event.text == "the green light")
            .collect()
    };
    let (sets, waits) = (of_kind(Kind::Set), of_kind(Kind::Wait));
    assert_eq!((sets.len(), of_kind(Kind::Clear).len()), (3, 2));
    assert_eq!(waits.len(), 2);
    let wake_of = |wait: &record::Entry| {
        let mut wakes = log.iter().filter(|event| event.kind == Kind::Wake);
        wakes
            .find(|wake| wake.actor == wait.actor && wake.id > wait.id)
            .unwrap()
    };
    let (woken, timed_out) = (wake_of(waits[0]), wake_of(waits[1]));
    assert_eq!(woken.cause, Some(sets[0].id));
    assert_eq!(timed_out.cause, Some(waits[1].id));
    assert_eq!(timed_out.text, "0.02");
    assert!(waits[0].file.ends_with("event.rs"), "{}", waits[0].file);
}
