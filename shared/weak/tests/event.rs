//! What was written before `set` is seen after `wait`, and after an `is_set` that is
//! true. Each test runs a small program under every interleaving, and under every
//! choice of the values that its loads may see.
//!
//! The data is atomic and relaxed: it has no order of its own. Only the event can make
//! it visible.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, JoinHandle};
use weak::event::Event;
use weak::primitives::atomic::{Weaken, weaken};

/// An event, and the data that is written before it is set.
#[derive(Clone)]
struct Page {
    ready: Event,
    text: Arc<AtomicUsize>,
}

impl Page {
    fn new() -> Self {
        Page {
            ready: Event::new(),
            text: Arc::new(AtomicUsize::new(0)),
        }
    }

    fn write(&self, text: usize) {
        self.text.store(text, Ordering::Relaxed);
        self.ready.set();
    }

    fn read(&self) -> usize {
        self.text.load(Ordering::Relaxed)
    }
}

fn spawn(body: impl FnOnce() + 'static) -> JoinHandle<()> {
    thread::spawn(body)
}

fn seen_after_wait() {
    let page = Page::new();
    let writer = spawn({
        let page = page.clone();
        move || page.write(7)
    });
    page.ready.wait();
    assert_eq!(page.read(), 7, "after wait");
    writer.join().unwrap();
}

fn seen_after_is_set() {
    let page = Page::new();
    let writer = spawn({
        let page = page.clone();
        move || page.write(7)
    });
    if page.ready.is_set() {
        assert_eq!(page.read(), 7, "after is_set");
    }
    writer.join().unwrap();
}

/// A second `set` leaves the flag as it is, and tells of what came before it all the
/// same.
fn seen_from_one_of_two() {
    let pages = [Page::new(), Page::new()];
    let ready = pages[0].ready.clone();
    let writers = pages.clone().map(|page| {
        let ready = ready.clone();
        spawn(move || {
            page.text.store(1, Ordering::Relaxed);
            ready.set();
        })
    });
    ready.wait();
    let written: usize = pages.iter().map(Page::read).sum();
    assert!(written >= 1, "the data of neither");
    for writer in writers {
        writer.join().unwrap();
    }
}

/// One that waits goes on after `set` and `clear`, and sees what came before the `set`.
fn seen_although_it_was_cleared() {
    let page = Page::new();
    let reader = spawn({
        let page = page.clone();
        move || {
            page.ready.wait();
            assert!(page.read() >= 1, "after set and clear");
        }
    });
    page.write(1);
    page.ready.clear();
    // For a reader that came too late.
    page.write(2);
    reader.join().unwrap();
}

const PROGRAMS: [fn(); 4] = [
    seen_after_wait,
    seen_after_is_set,
    seen_from_one_of_two,
    seen_although_it_was_cleared,
];

fn explore(program: fn()) {
    let mut checker = loom::model::Builder::new();
    // So many times a thread is interrupted although it could go on. Each mistake that
    // is known takes fewer.
    checker.preemption_bound = Some(3);
    checker.check(program);
}

/// The promise about memory: what was written before `set` is seen after `wait` and
/// after `is_set`.
#[test]
fn what_was_written_before_set_is_seen() {
    for program in PROGRAMS {
        explore(program);
    }
}

/// With orderings that are too weak, each of these programs fails: its thread does not
/// see what was written.
#[track_caller]
fn assert_caught(too_weak: Weaken, programs: &[(fn(), &str)]) {
    weaken(too_weak);
    for (program, said) in programs {
        let explored = catch_unwind(AssertUnwindSafe(|| explore(*program)));
        let panic = explored.expect_err(said);
        let message = panic.downcast_ref::<String>().map_or("", String::as_str);
        assert!(message.contains(said), "{message}");
    }
    weaken(Weaken::default());
}

const AFTER_WAIT: (fn(), &str) = (seen_after_wait, "after wait");
const AFTER_IS_SET: (fn(), &str) = (seen_after_is_set, "after is_set");

#[test]
fn relaxed_orderings_are_caught() {
    let all = Weaken {
        loads: true,
        stores: true,
        swaps: true,
    };
    assert_caught(all, &[AFTER_WAIT, AFTER_IS_SET]);
}

#[test]
fn a_relaxed_load_is_caught() {
    let loads = Weaken {
        loads: true,
        ..Weaken::default()
    };
    assert_caught(loads, &[AFTER_WAIT, AFTER_IS_SET]);
}

#[test]
fn a_relaxed_swap_is_caught() {
    let swaps = Weaken {
        swaps: true,
        ..Weaken::default()
    };
    assert_caught(swaps, &[AFTER_WAIT, AFTER_IS_SET]);
}
