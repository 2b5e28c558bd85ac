//! A model that fails is left in the middle: nothing that it leaves behind hangs,
//! aborts, or hides why it failed.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;

use model::time::Duration;
use model::{Checker, Condvar, Mutex, finds, spawn, thread};

/// The report of what goes wrong.
#[track_caller]
fn report(test: impl Fn() + Send + Sync + 'static) -> String {
    let failure = Checker::new().wake_ups(1).find(test);
    failure.expect("it goes wrong").report().to_string()
}

/// Takes a lock when it is dropped.
struct Locks(Arc<Mutex<u32>>);

impl Drop for Locks {
    fn drop(&mut self) {
        *self.0.lock() += 1;
    }
}

#[test]
fn destructors_that_lock_do_not_hide_a_deadlock() {
    let report = report(|| {
        let (lock, never) = (Arc::new(Mutex::new(0)), Arc::new(Condvar::new()));
        let (theirs, at) = (Arc::clone(&lock), Arc::clone(&never));
        let _own = Locks(Arc::clone(&lock));
        let waiter = spawn("waiter", move || {
            let _own = Locks(Arc::clone(&theirs));
            drop(at.wait_while(theirs.lock(), |_| true));
        });
        waiter.join().unwrap();
    });
    assert!(report.starts_with(model::STUCK), "{report}");
    assert!(
        report.contains("waiter  sleeps until it is notified"),
        "{report}"
    );
}

#[test]
fn a_thread_that_never_ran_may_own_something_that_locks() {
    let report = report(|| {
        let lock = Arc::new(Mutex::new(0));
        let own = Locks(Arc::clone(&lock));
        spawn("never runs", move || drop(own));
        let _guard = lock.lock();
        panic!("too early");
    });
    assert!(report.starts_with("too early"), "{report}");
}

#[test]
fn a_panic_while_another_thread_waits_for_ones_lock_is_told() {
    let report = report(|| {
        let lock = Arc::new(Mutex::new(0));
        let theirs = Arc::clone(&lock);
        let _other = spawn("other", move || drop(Locks(theirs)));
        let guard = lock.lock();
        thread::yield_now();
        assert_eq!(*guard, 1, "the count");
    });
    assert!(report.contains("the count"), "{report}");
    assert!(report.contains("main   panics"), "{report}");
}

#[test]
fn one_who_blocks_for_ever_while_it_unwinds_is_told() {
    // The destructor wants a lock that is never free again.
    let report = report(|| {
        let lock = Arc::new(Mutex::new(0));
        std::mem::forget(lock.lock());
        let theirs = Arc::clone(&lock);
        let other = spawn("other", move || {
            let _own = Locks(theirs);
            resume_unwind(Box::new("no egg left"));
        });
        other.join().unwrap();
    });
    assert!(report.starts_with(model::STUCK), "{report}");
    assert!(
        report.contains("other  waits for a lock that main holds"),
        "{report}"
    );
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the bomb");
        }
    }
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_is_no_trouble() {
    let report = report(|| panic_any(Bomb));
    assert!(report.starts_with("a panic without a text"), "{report}");
}

#[test]
fn a_panic_that_is_caught_is_none() {
    Checker::new().wake_ups(1).check(|| {
        let lock = Arc::new(Mutex::new(0));
        let theirs = Arc::clone(&lock);
        let other = spawn("other", move || {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                let _guard = theirs.lock();
                let _bomb = Bomb;
            }));
            caught.is_err()
        });
        *lock.lock() += 1;
        assert!(other.join().unwrap());
        assert_eq!(*lock.lock(), 1);
    });
}

model::thread_local! {
    static AT_THE_END: AtTheEnd = const { AtTheEnd(None) };
    static LOCKS_AT_THE_END: std::cell::RefCell<Option<Locks>> =
        const { std::cell::RefCell::new(None) };
}

struct AtTheEnd(Option<u32>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        assert!(self.0.is_some(), "at the end of the thread");
    }
}

#[test]
fn a_destructor_at_the_end_of_a_thread_is_part_of_it() {
    Checker::new().check(|| {
        let lock = Arc::new(Mutex::new(0));
        let theirs = Arc::clone(&lock);
        let other = spawn("other", move || {
            LOCKS_AT_THE_END.set(Some(Locks(theirs)));
        });
        other.join().unwrap();
        assert_eq!(*lock.lock(), 1);
    });
    let found = finds(|| {
        model::explore(0, || {
            spawn("other", || AT_THE_END.with(|_| ())).join().unwrap();
        });
    });
    let found = found.expect("it panics");
    assert!(found.contains("at the end of the thread"), "{found}");
}

#[test]
fn a_scope_waits_for_its_threads_although_its_body_panics() {
    Checker::new().check(|| {
        let count = Mutex::new(0);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| *count.lock() += 1);
                resume_unwind(Box::new("no egg left"));
            });
        }));
        assert!(caught.is_err());
        assert_eq!(*count.lock(), 1);
    });
}

#[test]
fn after_a_failure_the_same_statics_can_be_used_elsewhere() {
    static LOCK: Mutex<u32> = Mutex::new(0);
    let stuck = || {
        let other = spawn("other", || drop(LOCK.lock()));
        let _guard = LOCK.lock();
        other.join().unwrap();
    };
    let first = report(stuck);
    assert!(first.starts_with(model::STUCK), "{first}");
    // What it left locked is locked: that is said, and nothing hangs.
    let second = report(stuck);
    assert!(
        second.contains("or a model that failed, holds this lock"),
        "{second}"
    );
}

#[test]
fn models_run_side_by_side() {
    let threads = [1, 2, 3].map(|number: u32| {
        std::thread::spawn(move || {
            let failure = Checker::new().find(move || {
                let lock = Arc::new(Mutex::new(0));
                let theirs = Arc::clone(&lock);
                let other = spawn("other", move || *theirs.lock() += number);
                thread::sleep(Duration::from_secs(number.into()));
                assert_eq!(*lock.lock(), 0, "model {number}");
                other.join().unwrap();
            });
            let report = failure
                .expect("the other one was first")
                .report()
                .to_string();
            assert!(report.contains(&format!("model {number}")), "{report}");
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}
