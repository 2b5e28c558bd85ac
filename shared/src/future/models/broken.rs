//! A plain cell as a textbook has it, and what one may get wrong in it.
//!
//! Each variant overrides one step, and all else is as in the correct one, which
//! passes every check. So it is that step that the checker finds.

use std::sync::Arc;

use super::*;
use crate::primitives::{Condvar, Mutex, MutexGuard};

/// The steps in which the variants differ.
trait Steps: Sized + Send + 'static {
    fn start(cell: &Textbook) -> bool {
        let mut state = cell.state.lock();
        let pending = state.stage == Stage::Pending;
        if pending {
            state.stage = Stage::Running;
        }
        pending
    }

    fn cancel(cell: &Textbook) -> bool {
        let mut state = cell.state.lock();
        match state.stage {
            Stage::Pending => state.stage = Stage::Done(None),
            Stage::Running | Stage::Done(Some(_)) => return false,
            Stage::Done(None) => return true,
        }
        Self::tell(cell, state);
        true
    }

    fn result(cell: &Textbook) -> Option<u32> {
        let mut state = cell.state.lock();
        loop {
            if let Stage::Done(value) = state.stage {
                return value;
            }
            state = cell.done.wait(state);
        }
    }

    /// Wakes those who wait, and calls those who want to be called.
    fn tell(cell: &Textbook, mut state: MutexGuard<'_, State>) {
        let value = state.value();
        let callbacks = std::mem::take(&mut state.callbacks);
        cell.done.notify_all();
        drop(state);
        for callback in callbacks {
            callback(value);
        }
    }

    /// Has `callback` called with the value, now or later. It is what
    /// `add_callback` and those who listen are built on.
    fn listen(cell: &Textbook, callback: Callback) {
        let mut state = cell.state.lock();
        if matches!(state.stage, Stage::Done(_)) {
            let value = state.value();
            drop(state);
            callback(value);
        } else {
            state.callbacks.push(callback);
        }
    }
}

type Callback = Box<dyn FnOnce(Option<u32>) + Send>;

#[derive(Default)]
struct Textbook {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
struct State {
    stage: Stage,
    callbacks: Vec<Callback>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Stage {
    #[default]
    Pending,
    Running,
    /// With a value, or cancelled.
    Done(Option<u32>),
}

impl State {
    fn value(&self) -> Option<u32> {
        match self.stage {
            Stage::Done(value) => value,
            Stage::Pending | Stage::Running => None,
        }
    }
}

struct CellWith<S> {
    textbook: Arc<Textbook>,
    steps: std::marker::PhantomData<S>,
}

impl<S> Clone for CellWith<S> {
    fn clone(&self) -> Self {
        CellWith {
            textbook: Arc::clone(&self.textbook),
            steps: self.steps,
        }
    }
}

impl<S: Steps> Cell for CellWith<S> {
    fn new() -> Self {
        CellWith {
            textbook: Arc::default(),
            steps: std::marker::PhantomData,
        }
    }

    fn start(&self) -> bool {
        S::start(&self.textbook)
    }

    fn keep(&self, value: u32) {
        let mut state = self.textbook.state.lock();
        state.stage = Stage::Done(Some(value));
        S::tell(&self.textbook, state);
    }

    fn cancel(&self) -> bool {
        S::cancel(&self.textbook)
    }

    fn result(&self) -> Option<u32> {
        S::result(&self.textbook)
    }

    fn add_callback(&self, callback: impl FnOnce(Option<u32>) + Send + 'static) {
        let own = self.clone();
        S::listen(&self.textbook, Box::new(move |_| callback(own.result())));
    }

    fn wait_all(cells: &[Self]) {
        let arrived = Arc::new((Mutex::new(0), Condvar::new()));
        for cell in cells {
            let arrived = Arc::clone(&arrived);
            let arrive = move |_| {
                *arrived.0.lock() += 1;
                arrived.1.notify_all();
            };
            S::listen(&cell.textbook, Box::new(arrive));
        }
        let mut count = arrived.0.lock();
        while *count < cells.len() {
            count = arrived.1.wait(count);
        }
    }
}

struct Correct;
impl Steps for Correct {}

#[test]
fn the_textbook_cell_passes() {
    every_waiter_sees_the_value::<CellWith<Correct>>();
    a_callback_runs_once::<CellWith<Correct>>();
    it_is_cancelled_or_runs::<CellWith<Correct>>();
    cancel_wakes_every_waiter::<CellWith<Correct>>();
    all_are_told_of::<CellWith<Correct>>();
}

/// Sleeps without a look at whether the value is there already. The one who set
/// it notified nobody, and will not do it again.
struct SleepsUnseeing;
impl Steps for SleepsUnseeing {
    fn result(cell: &Textbook) -> Option<u32> {
        cell.done.wait(cell.state.lock()).value()
    }
}

#[test]
fn a_wait_without_the_flag_is_caught() {
    let found = model::finds(every_waiter_sees_the_value::<CellWith<SleepsUnseeing>>).unwrap();
    assert!(found.contains("deadlock"), "{found}");
}

/// Looks, lets the lock go, and sleeps: the value may come in between.
struct LooksBeforeItSleeps;
impl Steps for LooksBeforeItSleeps {
    fn result(cell: &Textbook) -> Option<u32> {
        loop {
            if let Stage::Done(value) = cell.state.lock().stage {
                return value;
            }
            drop(cell.done.wait(cell.state.lock()));
        }
    }
}

#[test]
fn a_wait_that_looks_before_it_locks_is_caught() {
    let found = model::finds(every_waiter_sees_the_value::<CellWith<LooksBeforeItSleeps>>).unwrap();
    assert!(found.contains("deadlock"), "{found}");
}

/// Takes the end of the sleep for the value. Nothing but a wake-up for no reason
/// shows it.
struct WaitsOnce;
impl Steps for WaitsOnce {
    fn result(cell: &Textbook) -> Option<u32> {
        let mut state = cell.state.lock();
        if !matches!(state.stage, Stage::Done(_)) {
            state = cell.done.wait(state);
        }
        state.value()
    }
}

#[test]
fn an_if_in_the_place_of_a_while_is_caught() {
    let found = model::finds(every_waiter_sees_the_value::<CellWith<WaitsOnce>>).unwrap();
    assert!(found.contains("what the waiter saw"), "{found}");
    assert!(found.contains("left: None"), "{found}");
}

/// Wakes one of those who wait. The others sleep on.
struct WakesOne;
impl Steps for WakesOne {
    fn tell(cell: &Textbook, _: MutexGuard<'_, State>) {
        cell.done.notify_one();
    }
}

#[test]
fn waking_one_waiter_of_two_is_caught() {
    let found = model::finds(every_waiter_sees_the_value::<CellWith<WakesOne>>).unwrap();
    assert!(found.contains("deadlock"), "{found}");
}

/// As Python does it: all waiters are woken by a result, one by a cancellation.
struct CancelWakesOne;
impl Steps for CancelWakesOne {
    fn cancel(cell: &Textbook) -> bool {
        cell.state.lock().stage = Stage::Done(None);
        cell.done.notify_one();
        true
    }
}

#[test]
fn a_cancellation_that_wakes_one_waiter_is_caught() {
    every_waiter_sees_the_value::<CellWith<CancelWakesOne>>();
    let found = model::finds(cancel_wakes_every_waiter::<CellWith<CancelWakesOne>>).unwrap();
    assert!(found.contains("deadlock"), "{found}");
}

/// Looks whether it is done, lets the lock go, and enters the callback in the
/// list, which may have been read for the last time.
struct ListensTooLate;
impl Steps for ListensTooLate {
    fn listen(cell: &Textbook, callback: Callback) {
        let state = cell.state.lock();
        let (done, value) = (matches!(state.stage, Stage::Done(_)), state.value());
        drop(state);
        if done {
            callback(value);
        } else {
            cell.state.lock().callbacks.push(callback);
        }
    }
}

#[test]
fn a_callback_that_is_added_after_the_look_is_caught() {
    let found = model::finds(a_callback_runs_once::<CellWith<ListensTooLate>>).unwrap();
    assert!(found.contains("the calls"), "{found}");
}

#[test]
fn a_listener_that_comes_after_the_look_is_caught() {
    let found = model::finds(all_are_told_of::<CellWith<ListensTooLate>>).unwrap();
    assert!(found.contains("deadlock"), "{found}");
}

/// Calls with its lock held: the callback cannot look at its own future.
struct CallsUnderItsLock;
impl Steps for CallsUnderItsLock {
    fn tell(cell: &Textbook, mut state: MutexGuard<'_, State>) {
        cell.done.notify_all();
        let value = state.value();
        for callback in std::mem::take(&mut state.callbacks) {
            callback(value);
        }
    }
}

#[test]
fn a_callback_under_the_lock_is_caught() {
    let found = model::finds(a_callback_runs_once::<CellWith<CallsUnderItsLock>>).unwrap();
    assert!(found.contains("a lock that it holds itself"), "{found}");
}

/// Calls the newest first.
struct CallsBackwards;
impl Steps for CallsBackwards {
    fn tell(cell: &Textbook, mut state: MutexGuard<'_, State>) {
        cell.done.notify_all();
        let value = state.value();
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        for callback in callbacks.into_iter().rev() {
            callback(value);
        }
    }
}

#[test]
fn callbacks_in_the_wrong_order_are_caught() {
    let found = model::finds(a_callback_runs_once::<CellWith<CallsBackwards>>).unwrap();
    assert!(found.contains("run as added"), "{found}");
}

/// Looks whether the task is pending, lets the lock go, and says yes. The task
/// may have started in between.
struct CancelLooksFirst;
impl Steps for CancelLooksFirst {
    fn cancel(cell: &Textbook) -> bool {
        let stage = cell.state.lock().stage;
        if stage != Stage::Pending {
            return stage == Stage::Done(None);
        }
        let mut state = cell.state.lock();
        state.stage = Stage::Done(None);
        Self::tell(cell, state);
        true
    }
}

#[test]
fn a_cancel_that_looks_before_it_locks_is_caught() {
    let found = model::finds(it_is_cancelled_or_runs::<CellWith<CancelLooksFirst>>).unwrap();
    assert!(found.contains("cancelled and run"), "{found}");
}
