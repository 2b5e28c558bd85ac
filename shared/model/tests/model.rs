//! What the checker finds, how it tells it, and that the same names work on real
//! threads.

use std::sync::Arc;
use std::time::Duration;

use model::atomic::{AtomicUsize, Ordering};
use model::{Barrier, Condvar, Mutex, explore, finds, spawn};

type Light = Arc<(Mutex<bool>, Condvar)>;

fn turn_on(light: &Light) {
    *light.0.lock() = true;
    light.1.notify_one();
}

fn found(wake_ups: usize, test: impl Fn() + Send + Sync + 'static) -> Option<String> {
    finds(|| explore(wake_ups, test))
}

/// A waiter that waits with `wait` has to see the light.
fn with_a_waiter(wake_ups: usize, wait: fn(&Light) -> bool) -> Option<String> {
    found(wake_ups, move || {
        let light = Light::default();
        let other = Arc::clone(&light);
        let waiter = spawn("waiter", move || wait(&other));
        turn_on(&light);
        assert!(waiter.join().unwrap(), "the waiter saw the light");
    })
}

#[test]
fn a_wait_in_a_loop_is_right() {
    let found = with_a_waiter(2, |light| {
        let mut on = light.0.lock();
        while !*on {
            on = light.1.wait(on);
        }
        *on
    });
    assert_eq!(found, None);
}

#[test]
fn a_lost_wake_up_is_told_step_by_step() {
    let found = with_a_waiter(0, |light| {
        if !*light.0.lock() {
            drop(light.1.wait(light.0.lock()));
        }
        true
    });
    let story = found.expect("the wake-up may come between the look and the sleep");
    assert!(story.starts_with(model::STUCK), "{story}");
    let steps = [
        "starts waiter",
        "waiter  takes the lock",
        "main    takes the lock",
        "main    notifies, but nobody sleeps",
        "waiter  takes the lock",
        "waiter  gives the lock back, falls asleep",
        "And now they wait for ever:",
        "waiter  sleeps until it is notified",
    ];
    let mut rest = story.as_str();
    for step in steps {
        let place = rest.find(step);
        let place = place.unwrap_or_else(|| panic!("`{step}` is not next in\n{story}"));
        rest = &rest[place..];
    }
    assert!(story.contains("tests/model.rs:"), "{story}");
}

#[test]
fn an_if_in_the_place_of_a_while_needs_a_wake_up_for_no_reason() {
    let wait = |light: &Light| {
        let mut on = light.0.lock();
        if !*on {
            on = light.1.wait(on);
        }
        *on
    };
    assert_eq!(with_a_waiter(0, wait), None);
    let story = with_a_waiter(1, wait).expect("there is one");
    assert!(story.starts_with("the waiter saw the light"), "{story}");
    assert!(story.contains("(nobody)"), "{story}");
}

#[test]
fn one_who_spins_is_stopped() {
    let story = with_a_waiter(0, |light| {
        while !*light.0.lock() {}
        true
    });
    let story = story.expect("it spins");
    assert!(story.starts_with(model::SPINS), "{story}");
    let times = story.matches("takes the lock").count();
    assert!(times < 40, "a short story:\n{story}");
}

#[test]
fn one_who_locks_twice_waits_for_itself() {
    let story = found(0, || {
        let lock = Mutex::new(());
        let _guard = lock.lock();
        drop(lock.lock());
    });
    let story = story.expect("it is stuck");
    assert!(story.contains("a lock that it holds itself"), "{story}");
    assert!(story.contains("main  waits for a lock"), "{story}");
}

#[test]
fn tasks_that_never_overlap_do_not_meet() {
    let story = found(0, || {
        let (lock, meeting) = (Arc::new(Mutex::new(())), Arc::new(Barrier::new(2)));
        let threads = ["one", "two"].map(|name| {
            let (lock, meeting) = (Arc::clone(&lock), Arc::clone(&meeting));
            spawn(name, move || {
                let _guard = lock.lock();
                meeting.wait();
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let story = story.expect("they cannot meet");
    assert!(story.contains("waits until 2 threads have met"), "{story}");
}

#[test]
fn a_count_in_two_steps_is_caught() {
    let count = |in_one_step: bool| {
        found(0, move || {
            let counter = Arc::new(AtomicUsize::new(0));
            let up = move |counter: &AtomicUsize| {
                if in_one_step {
                    counter.fetch_add(1, Ordering::SeqCst);
                } else {
                    let before = counter.load(Ordering::SeqCst);
                    counter.store(before + 1, Ordering::SeqCst);
                }
            };
            let other = Arc::clone(&counter);
            let thread = spawn("other", move || up(&other));
            up(&counter);
            thread.join().unwrap();
            assert_eq!(counter.load(Ordering::SeqCst), 2);
        })
    };
    assert_eq!(count(true), None);
    assert!(count(false).is_some());
}

#[test]
fn a_thread_that_the_checker_does_not_know_is_told_what_to_do() {
    let story = found(0, || {
        let lock = Arc::new(Mutex::new(0));
        *lock.lock() += 1;
        let other = Arc::clone(&lock);
        let thread = std::thread::spawn(move || *other.lock() += 1);
        let panic = thread.join().expect_err("it is not of this model");
        std::panic::resume_unwind(panic);
    });
    let story = story.expect("it cannot work");
    assert!(story.contains("start threads with the `spawn`"), "{story}");
}

/// The only test here that waits outside of a model: there is one table.
#[test]
fn outside_of_a_model_threads_are_real_and_who_waits_is_known() {
    let (light, meeting) = (Light::default(), Arc::new(Barrier::new(2)));
    let (other, met) = (Arc::clone(&light), Arc::clone(&meeting));
    let waiter = spawn("waiter", move || {
        met.wait();
        let mut on = other.0.lock();
        while !*on {
            on = other.1.wait(on);
        }
    });
    meeting.wait();
    while !model::who_waits()
        .iter()
        .any(|line| line.starts_with("waiter sleeps until it is notified, tests/model.rs:"))
    {
        std::thread::yield_now();
    }
    assert!(model::all_wait_since(0).is_some(), "the waiter waits");
    assert_eq!(model::all_wait_since(1), None, "this thread does not");
    turn_on(&light);
    waiter.join().unwrap();
    assert!(model::who_waits().is_empty());

    let lock = Mutex::new(1);
    let guard = Condvar::new()
        .wait_timeout(lock.lock(), Duration::from_millis(1))
        .0;
    assert_eq!(*guard, 1);
    let error = spawn("unlucky", || panic!("no egg left")).join();
    assert_eq!(error.unwrap_err().0, "no egg left");
}
