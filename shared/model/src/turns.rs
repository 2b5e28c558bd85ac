//! The model that runs on this system thread: how its threads take turns.
//!
//! All threads of a model share one system thread; `shuttle` gives each a stack
//! and switches between them. Whenever a thread is about to do something that
//! others can see, it calls [`pass`] and says what it needs to go on. Then the
//! engine decides among all threads that could go on.

use std::cell::{Cell, RefCell};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::engine::{Engine, Next, Stop};
use crate::status::Status;

std::thread_local! {
    static RUN: Cell<u32> = const { Cell::new(0) };
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
}

/// The models that run now.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Whether a model runs now, on whatever thread.
///
/// ```
/// assert!(!model::is_running());
/// model::explore(0, || assert!(model::is_running()));
/// ```
pub fn is_running() -> bool {
    !running().is_empty()
}

/// Whether this run of a model has not ended.
pub(crate) fn still_runs(run: u32) -> bool {
    running().contains(&run)
}

/// This system thread runs a model as long as this lives.
pub(crate) struct Entered(u32);

impl Entered {
    pub(crate) fn new(engine: Engine) -> Self {
        static RUNS: AtomicU32 = AtomicU32::new(1);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        running().push(run);
        RUN.set(run);
        ENGINE.set(Some(engine));
        Entered(run)
    }

    pub(crate) fn leave(self) -> Engine {
        let engine = ENGINE.take();
        engine.expect("it was put there when this was made")
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        RUN.set(0);
        running().retain(|run| *run != self.0);
    }
}

/// The number of the model that runs on this system thread. None is 0.
pub(crate) fn run() -> u32 {
    RUN.get()
}

/// Whether the caller is a thread of a model.
pub(crate) fn in_model() -> bool {
    run() != 0
}

/// Does something with the engine. It must not switch threads.
pub(crate) fn with<R>(work: impl FnOnce(&mut Engine) -> R) -> R {
    ENGINE.with_borrow_mut(|engine| work(engine.as_mut().expect("a model runs")))
}

/// As [`with`], where there may be no engine.
pub(crate) fn try_with(work: impl FnOnce(&mut Engine)) {
    let _ = ENGINE.try_with(|engine| {
        if let Ok(mut engine) = engine.try_borrow_mut()
            && let Some(engine) = engine.as_mut()
        {
            work(engine);
        }
    });
}

/// A decision is made; the caller goes on when it has what it needs.
pub(crate) fn pass(needs: Status) {
    decide(needs, false);
}

/// As [`pass`], but another thread goes on if one can.
pub(crate) fn let_others_go() {
    decide(Status::Ready, true);
}

/// Called before an operation that others can observe and that never blocks. The
/// first such operation after a lock was taken needs no decision: what another
/// thread can do in between, it could also do just before the lock was taken.
pub(crate) fn point() {
    if !with(Engine::was_fresh) {
        pass(Status::Ready);
    }
}

fn decide(needs: Status, others_first: bool) {
    let (me, next) = with(|engine| {
        let me = engine.current;
        (me, engine.after(needs, others_first))
    });
    match next {
        Next::Stay => {}
        Next::Never => never(),
        Next::Switch => {
            switch();
            let goes_on = with(|engine| {
                engine.current = me;
                !engine.over || engine.could_go(me)
            });
            if !goes_on {
                never();
            }
        }
    }
    with(|engine| engine.threads[me].status = Status::Ready);
}

/// Ends the execution. The engine keeps the reason.
pub(crate) fn stop(why: Stop) -> ! {
    with(|engine| engine.stop(why));
    switch();
    never()
}

/// Asks `shuttle` to go on with another thread.
fn switch() {
    shuttle::thread::sleep(Duration::ZERO);
}

/// The execution is over, and this thread is in the middle of it.
fn never() -> ! {
    loop {
        shuttle::thread::park();
    }
}

/// Whether the current thread of the model is unwinding a panic. What
/// `std::thread::panicking` says may be true of another one.
///
/// ```
/// assert!(!model::panicking());
/// ```
pub fn panicking() -> bool {
    let panicking = std::thread::panicking();
    if !in_model() {
        return panicking;
    }
    with(|engine| {
        if !panicking {
            engine.unwinding = None;
        }
        panicking && engine.unwinding.is_none_or(|who| who == engine.current)
    })
}
