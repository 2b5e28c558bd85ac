//! The primitives in real time, and what the record says of their waits.

mod common;

use std::sync::Arc;
use std::thread;

use common::{LIMIT, this_thread, until_asleep, within};
use shared::prelude::*;
use shared::primitives::{Condvar, JoinHandle, Mutex, MutexGuard, try_spawn};
use stage::record::{self, Entry, Kind};

/// A panic does not poison a lock: its value is as the panic left it.
#[test]
fn a_lock_is_not_poisoned() {
    within(|| {
        let lock = Arc::new(Mutex::new(1));
        let other = Arc::clone(&lock);
        let panicking = spawn("panicking", move || {
            let mut guard = other.lock();
            *guard = 2;
            panic!("with the lock in its hand");
        });
        assert!(panicking.join().is_err());
        assert_eq!(*lock.lock(), 2);
        assert_eq!(lock.try_lock().as_deref(), Some(&2));
        let mut lock = Arc::into_inner(lock).unwrap();
        *lock.get_mut() += 1;
        assert_eq!(lock.into_inner(), 3);
    });
}

#[test]
fn try_lock_takes_a_free_lock_and_no_other() {
    within(|| {
        let lock = Mutex::from(1);
        let guard = lock.try_lock().unwrap();
        thread::scope(|scope| {
            let other = scope.spawn(|| lock.try_lock().is_none());
            assert!(other.join().unwrap());
        });
        drop(guard);
        assert!(lock.try_lock().is_some());
    });
}

/// As std's: a value without a size of its own, in a lock behind a pointer.
#[test]
fn a_lock_may_hold_a_value_without_a_size() {
    let lock: Box<Mutex<[i32]>> = Box::new(Mutex::new([1, 2, 3]));
    lock.lock()[0] = 5;
    assert_eq!(format!("{:?}", lock.lock()), "[5, 2, 3]");
}

/// A waiter in each of the four ways to wait.
#[test]
fn every_wait_ends_with_a_notification() {
    type Wait = for<'a> fn(&Condvar, MutexGuard<'a, bool>) -> MutexGuard<'a, bool>;
    let waits: [Wait; 4] = [
        |changed, mut open| {
            while !*open {
                open = changed.wait(open);
            }
            open
        },
        |changed, open| changed.wait_while(open, |open| !*open),
        |changed, mut open| {
            while !*open {
                let result;
                (open, result) = changed.wait_timeout(open, 2 * LIMIT);
                assert!(!result.timed_out());
            }
            open
        },
        |changed, open| {
            let (open, result) = changed.wait_timeout_while(open, 2 * LIMIT, |open| !*open);
            assert!(!result.timed_out());
            open
        },
    ];
    for wait in waits {
        within(move || {
            let door = Arc::new((Mutex::new(false), Condvar::new()));
            let (send, number) = std::sync::mpsc::channel();
            let waiter = spawn("waiter", {
                let door = Arc::clone(&door);
                move || {
                    send.send(this_thread()).unwrap();
                    *wait(&door.1, door.0.lock())
                }
            });
            until_asleep(&number.recv().unwrap());
            *door.0.lock() = true;
            door.1.notify_one();
            assert!(waiter.join().unwrap());
        });
    }
}

#[test]
fn a_wait_with_a_limit_says_that_it_timed_out() {
    within(|| {
        let (lock, never) = (Mutex::new(()), Condvar::new());
        let limit = Duration::from_millis(5);
        let (_guard, result) = never.wait_timeout_while(lock.lock(), limit, |_| true);
        assert!(result.timed_out());
    });
}

/// The standard library panics instead.
#[test]
fn a_name_with_a_nul_is_an_error() {
    let refused = try_spawn("pool\0", || ()).unwrap_err();
    let sentence = "the name of a thread cannot contain a NUL character";
    assert_eq!(refused.to_string(), sentence);
}

/// The destructor of what a thread panicked with runs in the thread that joins it, and
/// may panic, too.
#[test]
fn a_payload_that_panics_when_dropped_does_not_reach_the_thread_that_joins() {
    struct Spiteful;
    impl Drop for Spiteful {
        fn drop(&mut self) {
            panic!("once more");
        }
    }
    within(|| {
        let thread = spawn("spiteful", || std::panic::panic_any(Spiteful));
        let error = thread.join().unwrap_err();
        assert_eq!(error.0, "a panic without a text");
    });
}

#[test]
fn a_barrier_has_one_leader_in_each_meeting() {
    within(|| {
        let barrier = Arc::new(Barrier::new(3));
        let threads: Vec<JoinHandle<Vec<bool>>> = (0..3)
            .map(|n| {
                let barrier = Arc::clone(&barrier);
                let meet = move || (0..100).map(|_| barrier.wait().is_leader()).collect();
                spawn(format!("thread {n}"), meet)
            })
            .collect();
        let led: Vec<_> = threads.into_iter().map(|one| one.join().unwrap()).collect();
        for meeting in 0..100 {
            let leaders = led.iter().filter(|led| led[meeting]);
            assert_eq!(leaders.count(), 1, "meeting {meeting}");
        }
        for alone in [0, 1] {
            assert!(Barrier::new(alone).wait().is_leader());
        }
    });
}

/// Every wait at a barrier has an end in the record: the arrival of the last thread,
/// which is the leader, is its cause.
#[test]
fn the_record_says_whose_arrival_ended_the_waits_at_a_barrier() {
    let names = ["first guest", "second guest", "third guest"];
    let (log, leaders) = within(move || {
        record::start();
        let barrier = Arc::new(Barrier::new(3));
        let guests = names.map(|name| {
            let barrier = Arc::clone(&barrier);
            spawn(name, move || barrier.wait().is_leader())
        });
        let leaders = guests.map(|guest| guest.join().unwrap());
        (record::take(), leaders)
    });
    let of = |name: &str, kind: Kind| -> &Entry {
        let mut own = log.iter().filter(|entry| entry.actor.name == name);
        own.find(|entry| entry.kind == kind).unwrap()
    };
    let last = leaders.iter().position(|leads| *leads).unwrap();
    let arrival = of(names[last], Kind::Wait);
    assert_eq!(arrival.text, "3 threads to meet");
    for name in names {
        let (wait, wake) = (of(name, Kind::Wait), of(name, Kind::Wake));
        assert!(wait.id < wake.id);
        assert_eq!(wake.cause, Some(arrival.id), "{name}");
    }
}
