//! Time in a model: when it passes, what a wait with a limit can meet, and which
//! mistakes with it are found.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as Plain};

use model::time::{Duration, Instant};
use model::{Checker, Condvar, Mutex, spawn, thread};

const SECOND: Duration = Duration::from_secs(1);

/// Time passes only when no thread can go on, and what the clock shows is exact.
fn exactly() -> Checker {
    Checker::new().early(0)
}

/// What can come out of a model: one entry for each outcome.
fn outcomes<T: Ord + Send + 'static>(
    checker: Checker,
    test: impl Fn() -> T + Send + Sync + 'static,
) -> BTreeSet<T> {
    let seen = Arc::new(Plain::new(BTreeSet::new()));
    let sees = Arc::clone(&seen);
    checker.check(move || {
        let outcome = test();
        sees.lock().unwrap().insert(outcome);
    });
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn sleepers_wake_in_the_order_of_their_alarms() {
    let orders = outcomes(exactly(), || {
        let (began, order) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let threads = [3, 1, 2].map(|seconds| {
            let order = Arc::clone(&order);
            spawn(format!("{seconds} s"), move || {
                thread::sleep(SECOND * seconds);
                order.lock().push((seconds, began.elapsed().as_secs()));
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(began.elapsed(), SECOND * 3);
        order.lock().clone()
    });
    assert_eq!(orders, [vec![(1, 1), (2, 2), (3, 3)]].into());
}

#[test]
fn each_execution_has_its_own_clock() {
    let began = Instant::now();
    exactly().check(|| {
        let began = Instant::now();
        let sleeper = spawn("sleeper", || thread::sleep(SECOND * 1000));
        sleeper.join().unwrap();
        assert_eq!(began.elapsed(), SECOND * 1000);
    });
    assert!(began.elapsed() < SECOND * 1000, "no real time has passed");
}

/// `main` waits for a flag that is raised after two seconds.
fn waits_for_a_flag(limit: u32) -> (bool, bool, u64) {
    let began = Instant::now();
    let flag = Arc::new((Mutex::new(false), Condvar::new()));
    let other = Arc::clone(&flag);
    let setter = spawn("setter", move || {
        thread::sleep(SECOND * 2);
        *other.0.lock() = true;
        other.1.notify_one();
    });
    let guard = flag.0.lock();
    let (guard, result) = flag.1.wait_timeout_while(guard, SECOND * limit, |up| !*up);
    let outcome = (*guard, result.timed_out(), began.elapsed().as_secs());
    drop(guard);
    setter.join().unwrap();
    outcome
}

#[test]
fn a_wait_ends_at_its_limit_or_when_it_is_notified() {
    let short = outcomes(exactly(), || waits_for_a_flag(1));
    assert_eq!(short, [(false, true, 1)].into());
    let long = outcomes(exactly(), || waits_for_a_flag(3));
    assert_eq!(long, [(true, false, 2)].into());
    // At the same moment: each may come first.
    let same = outcomes(exactly(), || waits_for_a_flag(2));
    assert_eq!(same, [(false, true, 2), (true, false, 2)].into());
}

#[test]
fn a_wait_may_end_early_as_if_the_others_were_slow() {
    let waits = || {
        let flag = Arc::new((Mutex::new(false), Condvar::new()));
        let other = Arc::clone(&flag);
        let setter = spawn("setter", move || {
            *other.0.lock() = true;
            other.1.notify_one();
        });
        let guard = flag.0.lock();
        let (guard, result) = flag.1.wait_timeout_while(guard, SECOND, |up| !*up);
        let outcome = (*guard, result.timed_out());
        drop(guard);
        setter.join().unwrap();
        outcome
    };
    assert_eq!(outcomes(exactly(), waits), [(true, false)].into());
    let both = [(false, true), (true, false)].into();
    assert_eq!(outcomes(Checker::new(), waits), both);
}

#[test]
fn a_time_out_and_a_notification_can_meet() {
    // The limit is over while the notifier holds the lock: the notification is
    // lost, and the result says `timed_out` although the flag is up.
    let waits = || {
        let flag = Arc::new((Mutex::new(false), Condvar::new()));
        let other = Arc::clone(&flag);
        let setter = spawn("setter", move || {
            let mut up = other.0.lock();
            *up = true;
            other.1.notify_one();
        });
        let mut guard = flag.0.lock();
        let mut timed_out = false;
        if !*guard {
            let result;
            (guard, result) = flag.1.wait_timeout(guard, SECOND);
            timed_out = result.timed_out();
        }
        let outcome = (*guard, timed_out);
        drop(guard);
        setter.join().unwrap();
        outcome
    };
    let all = outcomes(Checker::new(), waits);
    assert!(all.contains(&(true, true)), "{all:?}");
    assert_eq!(all.len(), 3, "{all:?}");
}

#[test]
fn a_deadlock_beside_a_sleeper_is_told_when_the_sleeper_is_awake() {
    let failure = exactly().find(|| {
        let lock = Arc::new((Mutex::new(()), Condvar::new()));
        let other = Arc::clone(&lock);
        let waiter = spawn("waiter", move || drop(other.1.wait(other.0.lock())));
        thread::sleep(SECOND);
        waiter.join().unwrap();
    });
    let failure = failure.expect("nobody wakes the waiter");
    let report = failure.report();
    assert!(report.starts_with(model::STUCK), "{report}");
    assert!(report.contains("main    lets time pass"), "{report}");
    assert!(
        report.contains("main    waits for the end of waiter"),
        "{report}"
    );
}

#[test]
fn one_who_waits_anew_each_time_is_late() {
    // Wrong: each wake-up grants the whole limit again.
    let test = || {
        let began = Instant::now();
        let flag = Arc::new((Mutex::new(0), Condvar::new()));
        let other = Arc::clone(&flag);
        let disturber = spawn("disturber", move || {
            thread::sleep(SECOND / 2);
            *other.0.lock() += 1;
            other.1.notify_one();
        });
        let mut guard = flag.0.lock();
        loop {
            let result;
            (guard, result) = flag.1.wait_timeout(guard, SECOND);
            if result.timed_out() {
                break;
            }
        }
        drop(guard);
        disturber.join().unwrap();
        assert_eq!(began.elapsed(), SECOND, "the limit");
    };
    let failure = exactly().find(test).expect("it is half a second late");
    assert!(failure.report().contains("the limit"));
}

#[test]
fn one_who_gives_up_and_forgets_its_place_is_found_by_an_early_time_out_only() {
    // Wrong: the time is over, so there is nothing; but something has come in the
    // meantime.
    let test = || {
        let queue = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let other = Arc::clone(&queue);
        let pusher = spawn("pusher", move || {
            other.0.lock().push(7);
            other.1.notify_one();
        });
        let mut tasks = queue.0.lock();
        let mut gave_up = false;
        while tasks.is_empty() && !gave_up {
            let result;
            (tasks, result) = queue.1.wait_timeout(tasks, SECOND);
            gave_up = result.timed_out();
        }
        let taken = if gave_up { None } else { tasks.pop() };
        let left = tasks.len();
        drop(tasks);
        pusher.join().unwrap();
        assert!(taken.is_some() || left == 0, "left behind");
    };
    assert!(exactly().find(test).is_none());
    let failure = Checker::new().find(test).expect("both at once");
    let report = failure.report();
    assert!(report.contains("the others are slow"), "{report}");
}

#[test]
fn a_parked_thread_is_unparked_or_gives_up() {
    let parks = || {
        let began = Instant::now();
        let main = thread::current();
        let other = spawn("other", move || main.unpark());
        thread::park_timeout(SECOND);
        let waited = began.elapsed();
        other.join().unwrap();
        waited.as_secs()
    };
    assert_eq!(outcomes(exactly(), parks), [0].into());
    assert_eq!(outcomes(Checker::new(), parks), [0, 1].into());
    let failure = exactly().find(thread::park).expect("nobody unparks it");
    assert!(failure.report().contains("main  is parked"));
    // The token is kept, but only one.
    exactly().check(|| {
        thread::current().unpark();
        thread::current().unpark();
        thread::park();
        let began = Instant::now();
        thread::park_timeout(SECOND);
        assert_eq!(began.elapsed(), SECOND);
    });
}

#[test]
fn a_limit_that_is_never_over_is_none() {
    let failure = exactly().find(|| {
        let lock = Mutex::new(());
        let forever = Condvar::new().wait_timeout(lock.lock(), Duration::MAX);
        drop(forever);
    });
    assert!(failure.unwrap().report().starts_with(model::STUCK));
}

#[test]
fn deadlines_of_either_clock_are_taken() {
    exactly().check(|| {
        let (lock, condvar) = (Mutex::new(()), Condvar::new());
        let deadline = Instant::now() + SECOND;
        let (guard, in_time) = condvar.wait_until(lock.lock(), Some(deadline));
        assert!(in_time);
        assert_eq!(Instant::now(), deadline);
        let (guard, in_time) = condvar.wait_until(guard, Some(deadline));
        assert!(!in_time);
        let now = std::time::Instant::now();
        let (guard, in_time) = condvar.wait_until(guard, Some(now));
        assert!(!in_time, "a look, but no wait");
        let deadline = now + SECOND * 3600;
        let (guard, in_time) = condvar.wait_until(guard, Some(deadline));
        assert!(in_time);
        let (_guard, in_time) = condvar.wait_until(guard, Some(deadline));
        assert!(!in_time, "its time has come");
    });
}
