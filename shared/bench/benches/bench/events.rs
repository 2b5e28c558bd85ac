//! The event: looking at it, waiting for one that is set, and waking many.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use bench::placement::Placement;
use shared::prelude::Event;

use crate::row::{NO_TARGET, Peer, Row, Table, everywhere};
use crate::sampler::{Outcome, Sampler};

/// So many looks between two looks at the clock.
const LOOKS: u32 = 100_000;

const PARKED: &str = "`parking_lot`";
const PYTHON: &str = "Python";

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "event-is-set",
        what: "event, `is_set`",
        table: Table::Events,
        placements: ONE_THREAD,
        in_readme: &[],
        peers: &[
            Peer::shared(is_set::<Event>),
            Peer::here("parking_lot", PARKED, is_set::<Parked>, everywhere(1.0)),
            Peer::python(PYTHON, "events", "is_set", NO_TARGET),
        ],
        limit: None,
    },
    Row {
        name: "event-wait",
        what: "event, `wait` for one that is set",
        table: Table::Events,
        placements: ONE_THREAD,
        in_readme: &[],
        peers: &[
            Peer::shared(wait::<Event>),
            Peer::here("parking_lot", PARKED, wait::<Parked>, everywhere(1.0)),
            Peer::python(PYTHON, "events", "wait", NO_TARGET),
        ],
        limit: None,
    },
    Row {
        name: "event-wake-1",
        what: "event, `set` wakes 1 waiter",
        table: Table::Events,
        placements: &Placement::ALL,
        in_readme: &[],
        peers: &[
            Peer::shared(wake::<Event, 1>),
            Peer::here("parking_lot", PARKED, wake::<Parked, 1>, EVEN),
            Peer::python(PYTHON, "events", "wake_1", NO_TARGET),
        ],
        limit: None,
    },
    Row {
        name: "event-wake-10",
        what: "event, `set` wakes 10 waiters",
        table: Table::Events,
        placements: &Placement::ALL,
        in_readme: &[],
        peers: &[
            Peer::shared(wake::<Event, 10>),
            Peer::here("parking_lot", PARKED, wake::<Parked, 10>, AHEAD),
            Peer::python(PYTHON, "events", "wake_10", NO_TARGET),
        ],
        limit: None,
    },
    Row {
        name: "event-wake-1000",
        what: "event, `set` wakes 1,000 waiters",
        table: Table::Events,
        placements: &Placement::ALL,
        in_readme: &[Placement::Apart],
        peers: &[
            Peer::shared(wake::<Event, 1_000>),
            Peer::here("parking_lot", PARKED, wake::<Parked, 1_000>, AHEAD),
            Peer::python(PYTHON, "events", "wake_1000", NO_TARGET),
        ],
        limit: None,
    },
];

const ONE_THREAD: &[Placement] = &[Placement::Together];

/// Unpinned, the system puts some of the processes on one core and some on two, and
/// the times are so far apart that the medians compare nothing: no target there.
const AHEAD: [Option<f64>; 3] = [Some(1.0), Some(1.0), None];
/// For one waiter the system does all the work; a difference this small is none.
const EVEN: [Option<f64>; 3] = [Some(0.95), Some(0.95), None];

fn is_set<F: Flag>(sampler: &Sampler) -> Outcome {
    let flag = set_flag::<F>(sampler)?;
    sampler.measure(LOOKS, 0, || {
        for _ in 0..LOOKS {
            black_box(black_box(&flag).is_set());
        }
    })
}

fn wait<F: Flag>(sampler: &Sampler) -> Outcome {
    let flag = set_flag::<F>(sampler)?;
    sampler.measure(LOOKS, 0, || {
        for _ in 0..LOOKS {
            black_box(&flag).wait();
        }
    })
}

fn set_flag<F: Flag>(sampler: &Sampler) -> Outcome<F> {
    let flag = sampler.start_workers(F::default)?;
    flag.set();
    Ok(flag)
}

fn wake<F: Flag, const WAITERS: usize>(sampler: &Sampler) -> Outcome {
    let mut crowd = sampler.start_workers(|| {
        let mut crowd = Crowd::<F>::new(WAITERS);
        // After it, every thread has run.
        crowd.round();
        crowd
    })?;
    sampler.measure(1, WAITERS, || crowd.round())
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

/// Threads that wait. Two events wake them in turn, so that no thread takes part
/// in a round twice.
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

    /// Wakes all threads and waits until the last one has woken.
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
            // A panic has already been printed.
            let _ = thread.join();
        }
    }
}
