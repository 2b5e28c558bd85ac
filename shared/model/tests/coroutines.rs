//! Coroutines inside of a model: their bodies lock, wait, panic, nest and are
//! dropped as any other code, and mistakes in them are found.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use model::atomic::{AtomicUsize, Ordering::SeqCst};
use model::time::{Duration, Instant};
use model::{Barrier, Checker, Condvar, Mutex, spawn, thread};

std::thread_local! {
    /// All threads of a model share one system thread, so one pool of stacks is
    /// enough, and thousands of executions need no new ones.
    static STACKS: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// A coroutine on a stack that is used again.
struct Co<Y: 'static, R: 'static>(Option<Coroutine<(), Y, R, DefaultStack>>);

impl<Y, R> Co<Y, R> {
    fn new(body: impl FnOnce(&Yielder<(), Y>) -> R + 'static) -> Self {
        let stack = STACKS.with_borrow_mut(Vec::pop);
        let stack = stack.unwrap_or_else(|| DefaultStack::new(0x10000).expect("a stack"));
        Co(Some(Coroutine::with_stack(stack, move |yielder, ()| {
            body(yielder)
        })))
    }

    fn resume(&mut self) -> CoroutineResult<Y, R> {
        self.0.as_mut().expect("it is not dropped").resume(())
    }

    /// Runs it to its end; the number of times that it gave way.
    fn finish(mut self) -> (usize, R) {
        let mut times = 0;
        loop {
            match self.resume() {
                CoroutineResult::Yield(_) => times += 1,
                CoroutineResult::Return(value) => return (times, value),
            }
        }
    }
}

impl<Y, R> Drop for Co<Y, R> {
    fn drop(&mut self) {
        let mut coroutine = self.0.take().expect("it is dropped once");
        if coroutine.started() && !coroutine.done() {
            coroutine.force_unwind();
        }
        if coroutine.done() {
            let stack = coroutine.into_stack();
            STACKS.with_borrow_mut(|stacks| stacks.push(stack));
        }
    }
}

fn found(test: impl Fn() + Send + Sync + 'static) -> Option<String> {
    let failure = Checker::new().wake_ups(1).find(test)?;
    Some(failure.report().to_string())
}

fn passes(test: impl Fn() + Send + Sync + 'static) {
    Checker::new().wake_ups(1).check(test);
}

#[test]
fn bodies_on_two_threads_share_a_lock() {
    passes(|| {
        let count = Arc::new(Mutex::new(0));
        let threads = ["one", "other"].map(|name| {
            let count = Arc::clone(&count);
            spawn(name, move || {
                let body = Co::new(move |yielder| {
                    for _ in 0..2 {
                        *count.lock() += 1;
                        yielder.suspend(());
                    }
                });
                assert_eq!(body.finish().0, 2);
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*count.lock(), 4);
    });
}

#[test]
fn a_race_between_bodies_is_found() {
    let report = found(|| {
        let count = Arc::new(Mutex::new(0));
        let threads = ["one", "other"].map(|name| {
            let count = Arc::clone(&count);
            spawn(name, move || {
                let body = Co::new(move |yielder| {
                    let before = *count.lock();
                    yielder.suspend(());
                    *count.lock() = before + 1;
                });
                body.finish();
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*count.lock(), 2, "the count");
    });
    let report = report.expect("a lost update");
    assert!(
        report.starts_with("assertion `left == right` failed: the count"),
        "{report}"
    );
}

/// A body waits for a light that another thread turns on.
fn a_body_waits(wait: fn(&(Mutex<bool>, Condvar)) -> bool) -> Option<String> {
    found(move || {
        let light = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&light);
        let waiter = spawn("waiter", move || {
            Co::<(), _>::new(move |_| wait(&theirs)).finish().1
        });
        *light.0.lock() = true;
        light.1.notify_one();
        assert!(waiter.join().unwrap(), "the waiter saw the light");
    })
}

#[test]
fn a_body_waits_for_a_notification() {
    let wait = |light: &(Mutex<bool>, Condvar)| *light.1.wait_while(light.0.lock(), |on| !*on);
    assert_eq!(a_body_waits(wait), None);
}

#[test]
fn a_lost_wake_up_in_a_body_is_found() {
    let report = a_body_waits(|light| {
        if !*light.0.lock() {
            drop(light.1.wait(light.0.lock()));
        }
        true
    });
    let report = report.expect("the wake-up may come between the look and the sleep");
    assert!(report.starts_with(model::STUCK), "{report}");
    assert!(
        report.contains("main    notifies, but nobody sleeps"),
        "{report}"
    );
    assert!(
        report.contains("waiter  sleeps until it is notified"),
        "{report}"
    );
    assert!(report.contains("tests/coroutines.rs:"), "{report}");
}

#[test]
fn an_if_for_a_while_in_a_body_is_found() {
    let report = a_body_waits(|light| {
        let mut on = light.0.lock();
        if !*on {
            on = light.1.wait(on);
        }
        *on
    });
    let report = report.expect("a wake-up for no reason");
    assert!(report.contains("(nobody)"), "{report}");
}

#[test]
fn a_deadlock_of_two_bodies_is_found() {
    let report = found(|| {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let theirs = Arc::clone(&locks);
        let other = spawn("other", move || {
            let body = Co::new(move |yielder| {
                let _second = theirs.1.lock();
                yielder.suspend(());
                let _first = theirs.0.lock();
            });
            body.finish();
        });
        let body = Co::<(), _>::new(move |_| {
            let _first = locks.0.lock();
            let _second = locks.1.lock();
        });
        body.finish();
        other.join().unwrap();
    });
    let report = report.expect("each takes one");
    assert!(report.contains("They wait in a circle"), "{report}");
}

#[test]
fn a_lock_may_be_held_while_a_body_gives_way() {
    passes(|| {
        let state = Arc::new(Mutex::new(0));
        let theirs = Arc::clone(&state);
        let other = spawn("other", move || *theirs.lock());
        let inside = Arc::clone(&state);
        let mut body = Co::new(move |yielder| {
            let mut state = inside.lock();
            *state = 1;
            yielder.suspend(());
            *state = 2;
        });
        assert!(body.resume().as_yield().is_some());
        thread::yield_now();
        assert!(body.resume().as_return().is_some());
        assert_ne!(other.join().unwrap(), 1, "seen half done");
    });
}

#[test]
fn a_panic_in_a_body_reaches_the_one_who_resumes_it() {
    passes(|| {
        let state = Arc::new(Mutex::new(0));
        let theirs = Arc::clone(&state);
        let other = spawn("other", move || *theirs.lock() += 1);
        let inside = Arc::clone(&state);
        let body = Co::<(), ()>::new(move |_| {
            let mut state = inside.lock();
            *state += 10;
            resume_unwind(Box::new("no egg left"));
        });
        let payload = catch_unwind(AssertUnwindSafe(|| body.finish())).err();
        let payload = payload.expect("it panics");
        assert_eq!(payload.downcast_ref(), Some(&"no egg left"));
        other.join().unwrap();
        // The lock is free again, and not poisoned.
        assert_eq!(*state.lock(), 11);
    });
}

#[test]
fn an_assertion_in_a_body_fails_the_model() {
    let report = found(|| {
        let body = Co::<(), ()>::new(|_| assert_eq!(1 + 1, 3, "sums"));
        body.finish();
    });
    let report = report.expect("a wrong sum");
    assert!(report.contains("sums"), "{report}");
    assert!(report.contains("main  panics"), "{report}");
}

/// Counts when it is dropped, under a lock.
struct Counts(Arc<Mutex<usize>>);

impl Drop for Counts {
    fn drop(&mut self) {
        *self.0.lock() += 1;
    }
}

#[test]
fn what_a_dropped_body_holds_is_dropped() {
    passes(|| {
        let count = Arc::new(Mutex::new(0));
        let theirs = Arc::clone(&count);
        let other = spawn("other", move || *theirs.lock() += 10);
        let held = Counts(Arc::clone(&count));
        let mut body = Co::<(), ()>::new(move |yielder| {
            let _held = held;
            loop {
                yielder.suspend(());
            }
        });
        assert!(body.resume().as_yield().is_some());
        drop(body);
        other.join().unwrap();
        assert_eq!(*count.lock(), 11);
    });
}

#[test]
fn a_body_that_never_ran_drops_what_it_captured() {
    passes(|| {
        let count = Arc::new(Mutex::new(0));
        let held = Counts(Arc::clone(&count));
        drop(Co::<(), ()>::new(move |_| drop(held)));
        assert_eq!(*count.lock(), 1);
    });
}

#[test]
fn a_body_can_resume_another_one() {
    passes(|| {
        let (meeting, log) = (Arc::new(Barrier::new(2)), Arc::new(Mutex::new(Vec::new())));
        let (met, their_log) = (Arc::clone(&meeting), Arc::clone(&log));
        let other = spawn("other", move || {
            met.wait();
            their_log.lock().push("other");
        });
        let outer_log = Arc::clone(&log);
        let outer = Co::new(move |outer| {
            let inner_log = Arc::clone(&outer_log);
            let mut inner = Co::new(move |inner| {
                inner_log.lock().push("inner");
                inner.suspend(());
                meeting.wait();
                inner_log.lock().push("inner again");
            });
            while inner.resume().as_yield().is_some() {
                outer_log.lock().push("outer");
                outer.suspend(());
            }
        });
        assert_eq!(outer.finish().0, 1);
        other.join().unwrap();
        let mut log = log.lock().clone();
        log.retain(|entry| *entry != "other");
        assert_eq!(log, ["inner", "outer", "inner again"]);
    });
}

model::thread_local! {
    static NAME: Cell<&'static str> = const { Cell::new("nobody") };
    static LOG: RefCell<Vec<&'static str>> = RefCell::new(vec!["begins"]);
}

#[test]
fn a_body_sees_the_values_of_its_thread() {
    passes(|| {
        NAME.set("main");
        let lock = Arc::new(Mutex::new(()));
        let theirs = Arc::clone(&lock);
        let other = spawn("other", move || {
            let body = Co::new(move |yielder| {
                NAME.set("other");
                LOG.with_borrow_mut(|log| log.push(NAME.get()));
                drop(theirs.lock());
                yielder.suspend(());
                (NAME.get(), LOG.take())
            });
            body.finish().1
        });
        drop(lock.lock());
        let body = Co::<(), _>::new(|_| NAME.get());
        assert_eq!(body.finish().1, "main");
        let theirs = other.join().unwrap();
        assert_eq!(theirs, ("other", vec!["begins", "other"]));
        assert_eq!(LOG.take(), ["begins"]);
    });
}

/// Notes whether its thread panics, before and after it waits for a lock.
struct Notes(Arc<Mutex<()>>, Arc<AtomicUsize>);

impl Drop for Notes {
    fn drop(&mut self) {
        let before = model::panicking();
        drop(self.0.lock());
        self.1
            .fetch_add(usize::from(before && model::panicking()), SeqCst);
    }
}

#[test]
fn one_who_unwinds_can_wait_and_the_others_do_not_seem_to_panic() {
    passes(|| {
        let (lock, noted) = (Arc::new(Mutex::new(())), Arc::new(AtomicUsize::new(0)));
        let theirs = Arc::clone(&lock);
        let other = spawn("other", move || {
            for _ in 0..2 {
                let _guard = theirs.lock();
                assert!(!model::panicking(), "it does not");
            }
        });
        let notes = Notes(lock, Arc::clone(&noted));
        let body = Co::<(), ()>::new(move |_| {
            let _notes = notes;
            resume_unwind(Box::new("no egg left"));
        });
        assert!(catch_unwind(AssertUnwindSafe(|| body.finish())).is_err());
        assert!(!model::panicking());
        other.join().unwrap();
        assert_eq!(noted.load(SeqCst), 1, "it noted its panic");
    });
}

#[test]
fn time_passes_for_bodies_as_for_threads() {
    Checker::new().early(0).check(|| {
        let began = Instant::now();
        let other = spawn("other", || {
            let body = Co::new(|yielder| {
                for _ in 0..3 {
                    thread::sleep(Duration::from_secs(1));
                    yielder.suspend(());
                }
            });
            body.finish();
        });
        let body = Co::<(), ()>::new(|_| thread::sleep(Duration::from_secs(2)));
        body.finish();
        assert_eq!(began.elapsed(), Duration::from_secs(2));
        other.join().unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(3));
    });
}
