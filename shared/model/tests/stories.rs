//! A failure is told with its simplest cause.

use std::sync::Arc;

use model::atomic::{AtomicUsize, Ordering::SeqCst};
use model::{Checker, Condvar, Failure, Mutex, spawn, thread};

fn failure(checker: Checker, test: impl Fn() + Send + Sync + 'static) -> Failure {
    checker.find(test).expect("a mistake is there to be found")
}

/// Asserts that these words come one after the other.
#[track_caller]
fn in_order(report: &str, words: &[&str]) {
    let mut rest = report;
    for word in words {
        let place = rest.find(word);
        let place = place.unwrap_or_else(|| panic!("`{word}` is not next in\n{report}"));
        rest = &rest[place + word.len()..];
    }
}

#[test]
fn two_locks_in_two_orders_are_told_as_a_circle() {
    let failure = failure(Checker::new().wake_ups(2), || {
        let (left, right) = (Arc::new(Mutex::new(1)), Arc::new(Mutex::new(2)));
        let (their_left, their_right) = (Arc::clone(&left), Arc::clone(&right));
        let other = spawn("other", move || {
            let right = their_right.lock();
            let left = their_left.lock();
            *left + *right
        });
        let left = left.lock();
        let right = right.lock();
        let sum = *left + *right;
        drop((left, right));
        assert_eq!(other.join().unwrap(), sum);
    });
    let report = failure.report();
    assert!(report.starts_with(model::STUCK), "{report}");
    in_order(
        report,
        &[
            "main   takes lock 1",
            "other  takes lock 2",
            "Where they are made:",
            "lock 1  tests/stories.rs:",
            "lock 2  tests/stories.rs:",
            "And now they wait for ever:",
            "main   waits for lock 2 that other holds",
            "other  waits for lock 1 that main holds",
            "They wait in a circle: main for other, other for main.",
        ],
    );
}

#[test]
fn one_who_waits_for_a_thread_that_wants_its_lock_is_in_a_circle() {
    let failure = failure(Checker::new(), || {
        let lock = Arc::new(Mutex::new(()));
        let theirs = Arc::clone(&lock);
        let _guard = lock.lock();
        spawn("other", move || drop(theirs.lock())).join().unwrap();
    });
    let report = failure.report();
    in_order(
        report,
        &[
            "main   takes the lock",
            "main   waits for the end of other",
            "other  waits for a lock that main holds",
            "They wait in a circle: main for other, other for main.",
        ],
    );
}

#[test]
fn what_is_done_to_atomics_is_told() {
    let failure = failure(Checker::new(), || {
        let count = Arc::new(AtomicUsize::new(5));
        let theirs = Arc::clone(&count);
        let up = |count: &AtomicUsize| {
            let before = count.load(SeqCst);
            count.store(before + 1, SeqCst);
        };
        let other = spawn("other", move || up(&theirs));
        up(&count);
        other.join().unwrap();
        assert_eq!(count.load(SeqCst), 7, "the count");
    });
    let report = failure.report();
    in_order(
        report,
        &[
            "main   reads 5 from the atomic",
            "other  reads 5 from the atomic",
            "other  writes 6 to the atomic",
            "main   writes 6 to the atomic",
            "main   reads 6 from the atomic",
            "main   panics",
        ],
    );
    assert_eq!(report.matches("reads").count(), 3, "{report}");
}

#[test]
fn exchanges_are_told_with_what_they_found() {
    let failure = failure(Checker::new(), || {
        let (owner, tries) = (AtomicUsize::new(1), AtomicUsize::new(0));
        let _ = owner.compare_exchange(0, 2, SeqCst, SeqCst);
        let _ = owner.compare_exchange(1, 3, SeqCst, SeqCst);
        tries.fetch_add(2, SeqCst);
        panic!("always");
    });
    in_order(
        failure.report(),
        &[
            "finds 1 in atomic 1, not 0",
            "changes atomic 1 from 1 to 3",
            "changes atomic 2 from 0 to 2",
            "atomic 1  tests/stories.rs:",
        ],
    );
}

/// Something that needs a wake-up for no reason to go wrong, or a forced switch.
fn goes_wrong(needs_a_wake_up: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        let light = Arc::new((Mutex::new(false), Condvar::new()));
        let other = Arc::clone(&light);
        let waiter = spawn("waiter", move || {
            let mut on = other.0.lock();
            if !*on {
                on = other.1.wait(on);
            }
            *on
        });
        if needs_a_wake_up {
            *light.0.lock() = true;
            light.1.notify_one();
        } else {
            light.1.notify_one();
            *light.0.lock() = true;
            light.1.notify_one();
        }
        assert!(waiter.join().unwrap(), "the waiter saw the light");
    }
}

#[test]
fn a_wake_up_for_no_reason_is_told_only_where_it_is_the_cause() {
    let checker = Checker::new().wake_ups(2);
    let with = failure(checker, goes_wrong(true));
    in_order(
        with.report(),
        &[
            "waiter    gives the lock back, falls asleep",
            "(nobody)  a wake-up for no reason",
            "waiter    has woken up, has the lock again",
        ],
    );
    let without = failure(checker, goes_wrong(false));
    let report = without.report();
    assert!(!report.contains("(nobody)"), "{report}");
    // The same through the other ways to look for it.
    for look in [
        model::few as fn(usize, usize, Box<dyn Fn() + Send + Sync>),
        |_, wake_ups, test| model::all(wake_ups, test),
    ] {
        let report = model::finds(|| look(2, 2, Box::new(goes_wrong(false)))).unwrap();
        assert!(!report.contains("(nobody)"), "{report}");
    }
}

#[test]
fn what_was_found_at_random_is_made_simpler() {
    // Among threads that only make noise.
    let test = || {
        let count = Arc::new(Mutex::new(0));
        let noise = Arc::new(AtomicUsize::new(0));
        let threads = [0, 1, 2].map(|number| {
            let (count, noise) = (Arc::clone(&count), Arc::clone(&noise));
            spawn(format!("thread {number}"), move || {
                for _ in 0..4 {
                    noise.fetch_add(1, SeqCst);
                }
                if number < 2 {
                    let before = *count.lock();
                    *count.lock() = before + 1;
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*count.lock(), 2, "the count");
    };
    let failure = failure(Checker::new().switches(0).random(400), test);
    let special = failure.schedule().to_string();
    let special = special.split(' ').filter(|word| *word != "-").count();
    assert!(special <= 2, "{}\n{}", failure.schedule(), failure.report());
}

#[test]
fn what_only_chance_finds_is_made_simpler_decision_by_decision() {
    // Five forced switches are needed, and there is much else to decide.
    let test = || {
        let (number, noise) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (theirs, their_noise) = (Arc::clone(&number), Arc::clone(&noise));
        let writer = spawn("writer", move || {
            (1..=3).for_each(|next| theirs.store(next, SeqCst));
        });
        let noisy = spawn("noisy", move || {
            (0..3).for_each(|_| assert!(their_noise.fetch_add(1, SeqCst) < 9));
        });
        let read = [(); 3].map(|()| number.load(SeqCst));
        noise.fetch_add(1, SeqCst);
        writer.join().unwrap();
        noisy.join().unwrap();
        assert_ne!(read, [1, 2, 3], "in step");
    };
    let failure = failure(Checker::new().random(2000), test);
    let special = failure.schedule().to_string();
    let special = special.split(' ').filter(|word| *word != "-").count();
    assert!(special <= 5, "{}\n{}", failure.schedule(), failure.report());
}

#[test]
fn a_schedule_can_be_replayed_from_its_text() {
    let failure = failure(Checker::new().wake_ups(1), goes_wrong(true));
    let text = failure.schedule().to_string();
    let again = Checker::new().replay(&text.parse().unwrap(), goes_wrong(true));
    assert_eq!(again.expect("the same").report(), failure.report());
    let simplest = "".parse().unwrap();
    assert!(Checker::new().replay(&simplest, goes_wrong(true)).is_none());
}

#[test]
fn a_round_is_told_twice_at_most() {
    let failure = failure(Checker::new(), || {
        let flag = AtomicUsize::new(0);
        let lock = Mutex::new(());
        while flag.load(SeqCst) == 0 {
            drop(lock.lock());
            thread::yield_now();
        }
    });
    let report = failure.report();
    assert!(report.starts_with(model::SPINS), "{report}");
    assert_eq!(report.matches("takes the lock").count(), 2, "{report}");
}
