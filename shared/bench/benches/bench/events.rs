//! The event: looking at it, waiting for one that is set, and waking many.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use criterion::Criterion;
use shared::prelude::*;

use crate::row;
use crate::table::Comparison;

/// As in `peers.py`.
const BATCH: u32 = 1_000;

const LOOK: &str = "event-is-set";
const WAIT: &str = "event-wait";
/// How many are woken, and under which name.
const CROWDS: [(&str, usize); 3] = [
    ("event-wake-1", 1),
    ("event-wake-10", 10),
    ("event-wake-1000", 1_000),
];

const PEERS: &[(&str, Option<crate::table::Target>)] = &[("parking_lot", None), ("python", None)];

pub(crate) const COMPARISONS: &[Comparison] = &[
    Comparison {
        group: LOOK,
        what: "event, is_set",
        peers: PEERS,
    },
    Comparison {
        group: WAIT,
        what: "event, wait for one that is set",
        peers: PEERS,
    },
    Comparison {
        group: CROWDS[0].0,
        what: "event, set wakes 1 waiter, which sets another event",
        peers: PEERS,
    },
    Comparison {
        group: CROWDS[1].0,
        what: "event, set wakes 10 waiters, the last of which sets another event",
        peers: PEERS,
    },
    Comparison {
        group: CROWDS[2].0,
        what: "event, set wakes 1,000 waiters, the last of which sets another event",
        peers: PEERS,
    },
];

pub(crate) fn measure(criterion: &mut Criterion) {
    measure_one::<Event>(criterion, "shared");
    measure_one::<Parked>(criterion, "parking_lot");
    for (group, request) in [(LOOK, "is_set"), (WAIT, "wait")] {
        row::measure_python(criterion, group, BATCH, "events", request);
    }
    for (group, waiters) in CROWDS {
        row::measure_python(criterion, group, 1, "events", &format!("wake_{waiters}"));
    }
}

fn measure_one<F: Flag>(criterion: &mut Criterion, name: &str) {
    let flag = F::default();
    flag.set();
    row::measure(criterion, LOOK, name, BATCH, || {
        for _ in 0..BATCH {
            black_box(black_box(&flag).is_set());
        }
    });
    row::measure(criterion, WAIT, name, BATCH, || {
        for _ in 0..BATCH {
            black_box(&flag).wait();
        }
    });
    for (group, waiters) in CROWDS {
        // Its threads start at the first round: the row may be filtered out.
        let mut crowd = None;
        row::measure(criterion, group, name, 1, || {
            crowd
                .get_or_insert_with(|| Crowd::<F>::new(waiters))
                .round();
        });
    }
}

trait Flag: Clone + Default + Send + Sync + 'static {
    fn set(&self);
    fn clear(&self);
    fn is_set(&self) -> bool;
    fn wait(&self);
}

impl Flag for Event {
    fn set(&self) {
        self.set();
    }

    fn clear(&self) {
        self.clear();
    }

    fn is_set(&self) -> bool {
        self.is_set()
    }

    fn wait(&self) {
        self.wait();
    }
}

/// The same promises, made with parking_lot's lock and condition variable.
#[derive(Clone, Default)]
struct Parked(Arc<(parking_lot::Mutex<State>, parking_lot::Condvar)>);

#[derive(Default)]
struct State {
    set: bool,
    generation: u64,
}

impl Flag for Parked {
    fn set(&self) {
        let mut state = self.0.0.lock();
        if !state.set {
            state.set = true;
            state.generation += 1;
            drop(state);
            self.0.1.notify_all();
        }
    }

    fn clear(&self) {
        self.0.0.lock().set = false;
    }

    fn is_set(&self) -> bool {
        self.0.0.lock().set
    }

    fn wait(&self) {
        let mut state = self.0.0.lock();
        if state.set {
            return;
        }
        let generation = state.generation;
        while state.generation == generation {
            self.0.1.wait(&mut state);
        }
    }
}

/// Threads that wait. They are woken by two events in turn, so that nobody takes
/// part in a round twice.
struct Crowd<F: Flag> {
    stage: Arc<Stage<F>>,
    turn: usize,
    threads: Vec<thread::JoinHandle<()>>,
}

struct Stage<F> {
    go: [F; 2],
    done: F,
    waiters: usize,
    arrived: AtomicUsize,
    ending: AtomicBool,
}

impl<F: Flag> Crowd<F> {
    fn new(waiters: usize) -> Self {
        let stage = Arc::new(Stage {
            go: [F::default(), F::default()],
            done: F::default(),
            waiters,
            arrived: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
        });
        let one = |_| {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.wait())
        };
        Crowd {
            threads: (0..waiters).map(one).collect(),
            stage,
            turn: 0,
        }
    }

    /// Wakes all of them, and waits until all have woken.
    fn round(&mut self) {
        let go = &self.stage.go[self.turn];
        go.set();
        self.stage.done.wait();
        self.stage.done.clear();
        go.clear();
        self.turn = 1 - self.turn;
    }
}

impl<F: Flag> Stage<F> {
    fn wait(&self) {
        for go in self.go.iter().cycle() {
            go.wait();
            if self.ending.load(Ordering::Relaxed) {
                return;
            }
            if self.arrived.fetch_add(1, Ordering::Relaxed) + 1 == self.waiters {
                self.arrived.store(0, Ordering::Relaxed);
                self.done.set();
            }
        }
    }
}

impl<F: Flag> Drop for Crowd<F> {
    fn drop(&mut self) {
        self.stage.ending.store(true, Ordering::Relaxed);
        self.stage.go.iter().for_each(F::set);
        for thread in self.threads.drain(..) {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}
