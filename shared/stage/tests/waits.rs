//! The table of waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use stage::record::{self, Kind};
use stage::waits;

/// Runs `body` on another thread, and fails if it takes too long.
fn within<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, done) = mpsc::channel();
    thread::spawn(move || send.send(body()));
    let done = done.recv_timeout(Duration::from_secs(20));
    done.expect("it ends, and in time")
}

/// No lock is held while the closure that names a wait runs.
#[test]
fn what_names_a_wait_may_look_at_the_table_and_may_wait_itself() {
    within(|| {
        let waiting = waits::outside(
            || {
                let inner = waits::outside(|| "the inner one".to_string(), None);
                let during = waits::all();
                assert!(during.iter().any(|(_, wait)| wait.what == "the inner one"));
                inner.ended();
                "the outer one".to_string()
            },
            None,
        );
        let all = waits::all();
        assert!(all.iter().any(|(_, wait)| wait.what == "the outer one"));
        assert!(all.iter().all(|(_, wait)| wait.what != "the inner one"));
        waiting.ended();
    });
}

/// Every wait has exactly one end in the record, whatever ends it.
#[test]
fn a_wait_that_a_panic_ends_is_over_in_the_record() {
    record::start();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _waiting = waits::outside(|| "the hopeless one".to_string(), None);
        panic!("it gave up");
    }));
    assert!(panicked.is_err());
    waits::outside(|| "the short one".to_string(), None).ended();
    waits::outside(|| "the slow one".to_string(), None).ended_after(0.5);
    let log = record::take();
    for what in ["the hopeless one", "the short one", "the slow one"] {
        let wait = log.iter().find(|entry| entry.text == what).unwrap();
        assert_eq!(wait.kind, Kind::Wait);
        let ends = log.iter().filter(|entry| entry.cause == Some(wait.id));
        let ends: Vec<Kind> = ends.map(|entry| entry.kind).collect();
        assert_eq!(ends, [Kind::Wake], "{what}");
    }
}
