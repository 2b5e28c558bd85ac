//! Places where threads meet or wait for a moment to come.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use crate::key::Key;
use crate::real;
use crate::status::{Sleep, Status, Woken};
use crate::turns::{self, with};
use crate::words::{Step, Wait};

/// A place where a number of threads meet, as `shared::primitives::Barrier`.
///
/// ```
/// let alone = model::Barrier::new(1);
/// assert!(alone.wait().is_leader());
/// ```
pub struct Barrier {
    key: Key,
    real: std::sync::Barrier,
    threads: usize,
}

/// What [`Barrier::wait`] returns: one of those who have met is the leader.
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether this thread is the leader of those who have met.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// A barrier for this number of threads. For 0 or 1, none waits.
    #[track_caller]
    pub const fn new(threads: usize) -> Self {
        Barrier {
            key: Key::new(),
            real: std::sync::Barrier::new(threads),
            threads,
        }
    }

    /// Waits until all have come. Then it can be used again.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let at = Location::caller();
        let wait = || Wait::Meeting(self.threads);
        if !self.key.in_model() {
            let _waiting = real::waiting(wait(), at);
            return BarrierWaitResult(self.real.wait().is_leader());
        }
        turns::point();
        let leads = with(|engine| {
            let sleepers = engine.sleepers(self.key.address());
            let leads = sleepers.len() + 1 >= self.threads;
            if leads {
                for sleeper in sleepers {
                    engine.wake(sleeper, Woken::Notified);
                }
            } else {
                engine.story.waits(engine.current, wait, at);
            }
            leads
        });
        if !leads {
            turns::pass(sleep_on(&self.key));
        }
        with(|engine| {
            engine.story.waits_no_longer(engine.current);
            engine.step(|| Step::Meets, Some(at));
        });
        BarrierWaitResult(leads)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barrier {{ threads: {} }}", self.threads)
    }
}

/// A sleep without a lock, a limit, and wake-ups for no reason.
fn sleep_on(key: &Key) -> Status {
    Status::Asleep(Sleep {
        on: key.address(),
        lock: None,
        deadline: None,
        light: false,
    })
}

/// Something that a model waits for and that happens once. It has no wake-ups for
/// no reason: they would only multiply the interleavings.
///
/// ```
/// model::explore(0, || {
///     let gate = model::Gate::default();
///     let opener = gate.clone();
///     let thread = model::spawn("opener", move || opener.open());
///     gate.wait();
///     thread.join().unwrap();
/// });
/// ```
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    key: Key,
    open: AtomicBool,
    real: (std::sync::Mutex<()>, std::sync::Condvar),
}

impl Default for Gate {
    #[track_caller]
    fn default() -> Self {
        Gate(Arc::new(Inner {
            key: Key::new(),
            open: AtomicBool::new(false),
            real: Default::default(),
        }))
    }
}

impl Gate {
    /// Lets all threads through, now and later.
    #[track_caller]
    pub fn open(&self) {
        let Inner { key, open, real } = &*self.0;
        if !key.in_model() {
            let _guard = real.0.lock().unwrap_or_else(PoisonError::into_inner);
            open.store(true, Ordering::SeqCst);
            return real.1.notify_all();
        }
        let at = Location::caller();
        open.store(true, Ordering::SeqCst);
        // No thread can observe that it is not open yet: nothing to decide.
        with(|engine| {
            engine.step(|| Step::Opens, Some(at));
            for sleeper in engine.sleepers(key.address()) {
                engine.wake(sleeper, Woken::Notified);
            }
        });
    }

    /// Waits until the gate is open.
    #[track_caller]
    pub fn wait(&self) {
        let Inner { key, open, real } = &*self.0;
        let at = Location::caller();
        if !key.in_model() {
            let _waiting = real::waiting(Wait::Gate, at);
            let mut guard = real.0.lock().unwrap_or_else(PoisonError::into_inner);
            while !open.load(Ordering::SeqCst) {
                guard = real.1.wait(guard).unwrap_or_else(PoisonError::into_inner);
            }
            return;
        }
        if !open.load(Ordering::SeqCst) {
            with(|engine| engine.story.waits(engine.current, || Wait::Gate, at));
            turns::pass(sleep_on(key));
            with(|engine| engine.story.waits_no_longer(engine.current));
        }
        with(|engine| engine.step(|| Step::Passes, Some(at)));
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate { .. }")
    }
}
