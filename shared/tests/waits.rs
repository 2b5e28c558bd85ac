//! The waits in the record: for what, with which limit, how they ended, and what ended
//! them; and what else the record says in a form that can be compared.

mod common;

use std::collections::BTreeSet;
use std::sync::Mutex as StdMutex;
use std::sync::mpsc;
use std::thread;

use common::{LIMIT, held_pool, lock, until, within};
use shared::prelude::*;
use shared::primitives::{Condvar, Mutex};
use stage::record::{self, About, Entry, EntryId, Kind, Outcome, Target};
use stage::threads;

/// A program has one record, so only one test may use it at a time.
static RECORD: StdMutex<()> = StdMutex::new(());

/// What `body` does. Each of its waits has one end.
#[track_caller]
fn recorded(body: impl FnOnce() + Send + 'static) -> Vec<Entry> {
    let _alone = lock(&RECORD);
    let log = within(|| {
        record::start();
        body();
        record::take()
    });
    for wait in log.iter().filter(|entry| entry.kind == Kind::Wait) {
        let own = log.iter().filter(|entry| entry.actor == wait.actor);
        let next = own.filter(|entry| entry.real >= wait.real && entry.id > wait.id);
        let next = next.map(|entry| entry.kind).next();
        assert_eq!(next, Some(Kind::Wake), "{wait:#?}");
    }
    log
}

/// The wait for this, and its end.
#[track_caller]
fn wait_for<'a>(log: &'a [Entry], target: &Target) -> (&'a Entry, &'a Entry) {
    let is_it =
        |entry: &&Entry| matches!(&entry.about, About::Wait { target: own, .. } if own == target);
    let waits: Vec<&Entry> = log.iter().filter(is_it).collect();
    assert_eq!(waits.len(), 1, "{target:?}: {log:#?}");
    let mut own = log.iter().filter(|entry| entry.actor == waits[0].actor);
    own.find(|entry| entry.id == waits[0].id);
    (waits[0], own.next().expect("it has an end"))
}

fn only<'a>(log: &'a [Entry], kind: Kind, actor: &str) -> &'a Entry {
    let mut found = log
        .iter()
        .filter(|entry| entry.kind == kind && entry.actor.name == actor);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("{kind:?} of {actor}: {log:#?}"));
    assert!(found.next().is_none(), "{kind:?} of {actor}");
    one
}

#[track_caller]
fn assert_woken((wait, wake): (&Entry, &Entry), limit: Option<f64>, by: &Entry) {
    assert!(
        matches!(wait.about, About::Wait { limit: own, .. } if own == limit),
        "{wait:#?}"
    );
    assert_eq!(wake.about, About::Outcome(Outcome::Woken));
    assert_eq!(wake.cause, Some(by.id), "{wait:#?} {wake:#?}");
}

#[track_caller]
fn assert_gave_up((wait, wake): (&Entry, &Entry), limit: f64) {
    assert!(
        matches!(wait.about, About::Wait { limit: own, .. } if own == Some(limit)),
        "{wait:#?}"
    );
    assert_eq!(wake.about, About::Outcome(Outcome::GaveUp));
    assert_eq!(wake.cause, Some(wait.id));
}

#[test]
fn a_result_is_waited_for_until_the_task_ends_or_the_limit_is_over() {
    let (tell, told) = mpsc::channel();
    let log = recorded(move || {
        let (pool, gate, held) = held_pool();
        tell.send(held.task()).unwrap();
        let hasty = held.clone();
        let short = Duration::from_millis(20);
        spawn("hasty", move || hasty.result_timeout(short).unwrap_err())
            .join()
            .unwrap();
        let patient = spawn("patient", move || held.result_timeout(LIMIT));
        until("it waits", || {
            stage::waits::all().iter().any(|(who, _)| who == "patient")
        });
        gate.open();
        patient.join().unwrap().unwrap();
        pool.shutdown().unwrap();
    });
    let task = told.recv().unwrap();

    let of = |name: &str| -> Vec<Entry> {
        log.iter()
            .filter(|entry| entry.actor.name == name)
            .cloned()
            .collect()
    };
    let (hasty, patient) = (of("hasty"), of("patient"));
    let target = Target::Result(task);
    assert_gave_up(wait_for(&hasty, &target), 0.02);
    let end = log.iter().find(|entry| entry.kind == Kind::End).unwrap();
    assert_woken(wait_for(&patient, &target), Some(LIMIT.as_secs_f64()), end);
}

#[test]
fn some_of_many_futures_are_waited_for_and_the_end_of_a_pool() {
    let log = recorded(|| {
        let pool = ThreadPool::builder()
            .workers(1)
            .name_prefix("cook")
            .build()
            .unwrap();
        let gate = Event::new();
        let task = gate.clone();
        let futures = [pool.submit(move || task.wait()).unwrap()];
        let limit = Duration::from_millis(10);
        assert_eq!(
            wait_timeout(&futures, Until::AllCompleted, limit)
                .done
                .len(),
            0
        );
        gate.set();
        pool.shutdown().unwrap();
    });
    assert_gave_up(wait_for(&log, &Target::Futures(1)), 0.01);
    let pool = log.iter().find(|entry| entry.kind == Kind::Pool).unwrap();
    let About::Pool { pool: number, .. } = pool.about else {
        panic!("{pool:#?}");
    };
    let exit = only(&log, Kind::Exit, "cook_0");
    assert_woken(wait_for(&log, &Target::Pool(number)), None, exit);
}

#[test]
fn an_event_is_waited_for_by_its_name_and_a_thread_by_its_own() {
    let log = recorded(|| {
        let green = Event::named("the green light");
        let never = Event::named("the red light");
        assert!(!never.wait_timeout(Duration::from_millis(10)));
        let light = green.clone();
        let car = spawn("car", move || light.wait());
        until("it waits", || {
            stage::waits::all().iter().any(|(who, _)| who == "car")
        });
        green.set();
        car.join().unwrap();
    });
    assert_gave_up(
        wait_for(&log, &Target::Event("the red light".to_string())),
        0.01,
    );
    let set = log.iter().find(|entry| entry.kind == Kind::Set).unwrap();
    assert_woken(
        wait_for(&log, &Target::Event("the green light".to_string())),
        None,
        set,
    );
    let exit = only(&log, Kind::Exit, "car");
    assert_woken(
        wait_for(&log, &Target::Actor("car".to_string())),
        None,
        exit,
    );
}

/// Without the end of each wait, threads that met long ago are drawn waiting.
#[test]
fn each_wait_at_a_barrier_ends_with_the_last_arrival() {
    static MEETING: Barrier = Barrier::new(20);
    let log = recorded(|| {
        let others: Vec<_> = (1..20)
            .map(|number| spawn(format!("guest {number}"), || MEETING.wait()))
            .collect();
        MEETING.wait();
        for other in others {
            other.join().unwrap();
        }
    });
    let at_barrier = |entry: &&Entry| {
        matches!(
            entry.about,
            About::Wait {
                target: Target::Barrier(20),
                limit: None
            }
        )
    };
    let waits: Vec<&Entry> = log.iter().filter(at_barrier).collect();
    assert_eq!(waits.len(), 20);
    let woken_by = |wait: &&Entry| {
        let mut own = log.iter().filter(|entry| entry.actor == wait.actor);
        own.find(|entry| entry.id == wait.id);
        let wake = own.next().unwrap();
        assert_eq!(wake.kind, Kind::Wake);
        wake.cause.unwrap()
    };
    let causes: BTreeSet<EntryId> = waits.iter().map(woken_by).collect();
    assert_eq!(causes.len(), 1, "one arrival ended all waits");
    assert!(waits.iter().any(|wait| causes.contains(&wait.id)));
}

#[test]
fn a_pool_says_how_many_workers_it_may_have_and_each_worker_whose_it_is() {
    let log = recorded(|| {
        let pool = ThreadPool::builder()
            .workers(5)
            .name_prefix("cook")
            .build()
            .unwrap();
        pool.submit(|| ()).unwrap().result().unwrap();
        pool.shutdown().unwrap();
    });
    let made = log.iter().find(|entry| entry.kind == Kind::Pool).unwrap();
    let About::Pool {
        pool,
        prefix,
        processes,
        workers,
    } = made.about.clone()
    else {
        panic!("{made:#?}");
    };
    assert_eq!((prefix.as_str(), processes, workers), ("cook", false, 5));
    let of_it = |kind| {
        let of_it = |entry: &&Entry| entry.kind == kind && entry.about == About::Of { pool };
        log.iter().filter(of_it).count()
    };
    // Four of them were never needed.
    assert_eq!(
        [Kind::Spawn, Kind::Born, Kind::Shutdown].map(of_it),
        [1, 1, 1]
    );
}

process_task!(double);
fn double(n: u32) -> u32 {
    n * 2
}

#[test]
fn the_thread_that_runs_the_callbacks_of_a_process_pool_is_told_from_its_workers() {
    let log = recorded(|| {
        let pool = ProcessPool::new(3).unwrap();
        let future = pool.submit(double, 21).unwrap();
        future.add_done_callback(|_| ());
        pool.shutdown().unwrap();
    });
    let made = log.iter().find(|entry| entry.kind == Kind::Pool).unwrap();
    let About::Pool {
        pool,
        processes: true,
        workers: 3,
        ..
    } = made.about
    else {
        panic!("{made:#?}");
    };
    let of_it = |entry: &&Entry| entry.about == About::Of { pool };
    let start = log.iter().find(|entry| entry.kind == Kind::Start).unwrap();
    let worker = only(&log, Kind::Born, &start.actor.name);
    assert!(of_it(&worker), "{worker:#?}");
    let spawns = log
        .iter()
        .filter(of_it)
        .filter(|entry| entry.kind == Kind::Spawn);
    assert_eq!(spawns.count(), 1, "two workers were never needed");
    let callback = log
        .iter()
        .find(|entry| entry.kind == Kind::Callback)
        .unwrap();
    let born = only(&log, Kind::Born, &callback.actor.name);
    assert_eq!(
        (&born.about, born.actor.process),
        (&About::Of { pool }, std::process::id())
    );
}

/// A late callback runs on the thread that adds it, any other one on the thread that
/// ended the task.
#[test]
fn where_and_how_late_a_callback_ran_is_certain() {
    let log = recorded(|| {
        let (pool, gate, held) = held_pool();
        held.add_done_callback(|_| ());
        gate.open();
        held.result().unwrap();
        pool.shutdown().unwrap();
        let late = held.clone();
        spawn("late", move || late.add_done_callback(|_| ()))
            .join()
            .unwrap();
    });
    let callbacks: Vec<&Entry> = log
        .iter()
        .filter(|entry| entry.kind == Kind::Callback)
        .collect();
    let [in_time, late] = callbacks[..] else {
        panic!("{callbacks:#?}");
    };
    let end = log.iter().find(|entry| entry.kind == Kind::End).unwrap();
    assert_eq!(in_time.about, About::Callback { late: false });
    assert_eq!((&in_time.actor, in_time.cause), (&end.actor, Some(end.id)));
    assert_eq!(late.about, About::Callback { late: true });
    assert_eq!(
        (late.actor.name.as_str(), late.cause),
        ("late", Some(end.id))
    );
}

#[test]
fn threads_of_the_library_that_have_nothing_to_do_are_not_seen_waiting() {
    let log = recorded(|| {
        let pool = ThreadPool::new(2).unwrap();
        let futures = [0.1, 0.02].map(|seconds| pool.submit(move || pause(seconds)).unwrap());
        wait(&futures, Until::AllCompleted);
        pause(0.05);
        pool.shutdown().unwrap();
        let pool = ProcessPool::new(1).unwrap();
        let future = pool.submit(double, 21).unwrap();
        future.add_done_callback(|_| ());
        future.result().unwrap();
        pause(0.05);
    });
    let seen = |entry: &&Entry| {
        matches!(
            entry.about,
            About::Wait {
                target: Target::Seen | Target::Lock | Target::Notification,
                ..
            }
        )
    };
    let seen: Vec<&Entry> = log.iter().filter(seen).collect();
    assert!(seen.is_empty(), "{seen:#?}");
}

/// What a section waits for with the library's own lock and condition variable is named,
/// with its line, as soon as it lasts.
#[cfg(target_os = "linux")]
#[test]
fn a_lock_and_a_notification_are_entered_if_they_last() {
    static LOCK: Mutex<bool> = Mutex::new(false);
    static CHANGED: Condvar = Condvar::new();
    let until_seen = |name: &'static str| {
        until("it is blocked", || {
            let all = threads::all().unwrap();
            all.iter()
                .any(|thread| thread.name == name && thread.state == 'S')
        });
        let looks = record::looks();
        thread::sleep(Duration::from_millis(30));
        until("it is looked at", || record::looks() > looks + 3);
    };
    let log = recorded(move || {
        let guard = LOCK.lock();
        let locked = spawn("locked", || drop(LOCK.lock()));
        until_seen("locked");
        drop(guard);
        locked.join().unwrap();
        let notified = spawn("notified", || {
            drop(CHANGED.wait_while(LOCK.lock(), |is| !*is))
        });
        until_seen("notified");
        *LOCK.lock() = true;
        CHANGED.notify_all();
        notified.join().unwrap();
    });
    for (name, target, text) in [
        ("locked", Target::Lock, "a lock"),
        ("notified", Target::Notification, "a notification"),
    ] {
        let (wait, wake) = wait_for(&log, &target);
        assert_eq!((wait.actor.name.as_str(), wait.text.as_str()), (name, text));
        assert_eq!(wait.file, file!());
        assert!(wake.real - wait.real >= Duration::from_millis(30));
    }
}
