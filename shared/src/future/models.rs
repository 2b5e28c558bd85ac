//! The future under the model checker: who sets, who waits, who cancels, who
//! wants to be called, in every order.
//!
//! A check is written over a small trait. The future has to pass it; so has a
//! plain cell, and variants of that cell that are wrong in one step have to
//! fail, each as expected. A check that nothing fails would prove nothing.

mod broken;

use std::sync::{Arc, Mutex as Plain};

use std::time::Duration;

use super::{AsCompleted, Future, Promise, Until, as_completed, as_completed_timeout, pair, wait};
use crate::error::TaskError;
use crate::primitives::{JoinHandle, model, spawn};
use stage::record::TaskId;

const TASK: TaskId = TaskId { pool: 0, number: 0 };

/// What the checks need of a future, with both its ends in one.
trait Cell: Clone + Send + 'static {
    fn new() -> Self;
    fn start(&self) -> bool;
    /// Puts the value in, and runs the callbacks.
    fn keep(&self, value: u32);
    fn cancel(&self) -> bool;
    /// Waits. No value means that it was cancelled.
    fn result(&self) -> Option<u32>;
    /// The callback is given what its own future's `result` returns.
    fn add_callback(&self, callback: impl FnOnce(Option<u32>) + Send + 'static);
    /// Listens to each and waits until all have told, as `as_completed` does.
    fn wait_all(cells: &[Self]);
}

#[derive(Clone)]
struct Real {
    /// Taken out while it is used: a lock that the checker does not know must
    /// not be held where it may switch.
    promise: Arc<Plain<Option<Promise<u32>>>>,
    future: Future<u32>,
}

impl Real {
    fn take(&self) -> Promise<u32> {
        self.promise.lock().unwrap().take().expect("kept already")
    }
}

impl Cell for Real {
    fn new() -> Self {
        let (promise, future) = pair(TASK, None);
        Real {
            promise: Arc::new(Plain::new(Some(promise))),
            future,
        }
    }

    fn start(&self) -> bool {
        let promise = self.take();
        let started = promise.start();
        *self.promise.lock().unwrap() = Some(promise);
        started
    }

    fn keep(&self, value: u32) {
        self.take().keep(Ok(value), None).run();
    }

    fn cancel(&self) -> bool {
        self.future.cancel()
    }

    fn result(&self) -> Option<u32> {
        value_of(&self.future)
    }

    fn add_callback(&self, callback: impl FnOnce(Option<u32>) + Send + 'static) {
        self.future
            .add_done_callback(move |done| callback(value_of(&done)));
    }

    fn wait_all(cells: &[Self]) {
        let all = as_completed(cells.iter().map(|cell| &cell.future));
        assert_eq!(all.count(), cells.len());
    }
}

fn value_of(future: &Future<u32>) -> Option<u32> {
    match future.result() {
        Ok(value) => Some(value),
        Err(TaskError::Cancelled) => None,
        Err(other) => panic!("{other}"),
    }
}

fn waiter<C: Cell>(cell: &C) -> JoinHandle<Option<u32>> {
    let cell = cell.clone();
    spawn("waiter", move || cell.result())
}

fn completer<C: Cell>(cell: &C, value: u32) -> JoinHandle<()> {
    let cell = cell.clone();
    spawn("completer", move || cell.keep(value))
}

fn every_waiter_sees_the_value<C: Cell>() {
    for wake_ups in [0, 1, 2] {
        model::all(wake_ups, || {
            let cell = C::new();
            let waiter = waiter(&cell);
            cell.keep(7);
            assert_eq!(waiter.join().unwrap(), Some(7), "what the waiter saw");
        });
    }
    for (switches, wake_ups) in [(3, 0), (1, 1)] {
        model::few(switches, wake_ups, || {
            let cell = C::new();
            let waiters = [waiter(&cell), waiter(&cell)];
            cell.keep(7);
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), Some(7), "what a waiter saw");
            }
        });
    }
}

fn a_callback_runs_once<C: Cell>() {
    model::all(1, || {
        let cell = C::new();
        let completer = completer(&cell, 7);
        let seen = Arc::new(Plain::new(Vec::new()));
        for number in [1, 2] {
            let seen = Arc::clone(&seen);
            cell.add_callback(move |value| {
                let runner = model::thread::current().id();
                seen.lock().unwrap().push((number, value, runner));
            });
        }
        completer.join().unwrap();
        let seen = seen.lock().unwrap();
        let mut calls: Vec<_> = seen
            .iter()
            .map(|(number, value, _)| (*number, *value))
            .collect();
        calls.sort();
        assert_eq!(calls, [(1, Some(7)), (2, Some(7))], "the calls");
        // One that comes after the end runs at once in its adder, and may overtake.
        if seen[0].2 == seen[1].2 {
            assert!(seen[0].0 < seen[1].0, "run as added");
        }
    });
}

fn it_is_cancelled_or_runs<C: Cell>() {
    model::all(1, || {
        let cell = C::new();
        let worker = {
            let cell = cell.clone();
            spawn("worker", move || {
                let ran = cell.start();
                if ran {
                    cell.keep(7);
                }
                ran
            })
        };
        let cancelled = cell.cancel();
        let seen = cell.result();
        let ran = worker.join().unwrap();
        assert_ne!(cancelled, ran, "cancelled and run");
        assert_eq!(seen, ran.then_some(7), "the result");
        assert_eq!(cell.cancel(), cancelled, "cancelled again");
    });
}

fn cancel_wakes_every_waiter<C: Cell>() {
    for (switches, wake_ups) in [(3, 0), (1, 1)] {
        model::few(switches, wake_ups, || {
            let cell = C::new();
            let waiters = [waiter(&cell), waiter(&cell)];
            assert!(cell.cancel());
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap(), None, "what a waiter saw");
            }
        });
    }
}

fn all_are_told_of<C: Cell>() {
    for (switches, wake_ups) in [(3, 0), (1, 1)] {
        model::few(switches, wake_ups, || {
            let cells = [C::new(), C::new()];
            let completer = completer(&cells[0], 1);
            let canceller = {
                let cell = cells[1].clone();
                spawn("canceller", move || cell.cancel())
            };
            C::wait_all(&cells);
            assert_eq!(cells.clone().map(|cell| cell.result()), [Some(1), None]);
            completer.join().unwrap();
            assert!(canceller.join().unwrap());
        });
    }
}

#[test]
fn waiters_and_completion() {
    every_waiter_sees_the_value::<Real>();
}

#[test]
fn callbacks_and_completion() {
    a_callback_runs_once::<Real>();
}

#[test]
fn cancel_and_start() {
    it_is_cancelled_or_runs::<Real>();
}

#[test]
fn cancel_and_waiters() {
    cancel_wakes_every_waiter::<Real>();
}

#[test]
fn listeners_and_completion() {
    all_are_told_of::<Real>();
}

#[test]
fn two_cancel_and_both_are_told_yes() {
    model::all(0, || {
        let cell = Real::new();
        let calls = Arc::new(Plain::new(0));
        let count = Arc::clone(&calls);
        cell.add_callback(move |value| {
            assert_eq!(value, None);
            *count.lock().unwrap() += 1;
        });
        let other = {
            let cell = cell.clone();
            spawn("canceller", move || cell.cancel())
        };
        assert!(cell.cancel());
        assert!(other.join().unwrap());
        assert_eq!(*calls.lock().unwrap(), 1);
    });
}

#[test]
fn a_promise_that_is_dropped_cancels() {
    model::all(1, || {
        let (promise, future) = pair::<u32>(TASK, None);
        let called = Arc::new(Plain::new(0));
        let count = Arc::clone(&called);
        future.add_done_callback(move |_| *count.lock().unwrap() += 1);
        let dropper = spawn("dropper", move || drop(promise));
        // Whoever comes first, the future is cancelled once.
        assert!(future.cancel());
        assert_eq!(value_of(&future), None);
        dropper.join().unwrap();
        assert_eq!(*called.lock().unwrap(), 1);
    });
    model::all(1, || {
        let (promise, future) = pair::<u32>(TASK, None);
        let dropper = spawn("dropper", move || drop(promise));
        assert_eq!(value_of(&future), None);
        dropper.join().unwrap();
    });
}

#[test]
fn wait_returns_at_the_first_that_is_done() {
    model::few(1, 1, || {
        let (fast, slow) = (Real::new(), Real::new());
        let completer = completer(&fast, 1);
        let futures = [slow.future.clone(), fast.future.clone()];
        let waited = wait(&futures, Until::FirstCompleted);
        assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
        assert_eq!(value_of(&waited.done[0]), Some(1));
        completer.join().unwrap();
    });
    model::few(1, 1, || {
        let cells = [Real::new(), Real::new()];
        let completers = [completer(&cells[0], 1), completer(&cells[1], 2)];
        let futures = cells.map(|cell| cell.future);
        let waited = wait(&futures, Until::FirstCompleted);
        assert!(!waited.done.is_empty());
        assert!(waited.done.iter().all(Future::is_done));
        assert_eq!(waited.done.len() + waited.not_done.len(), 2);
        for completer in completers {
            completer.join().unwrap();
        }
    });
}

#[test]
fn wait_returns_at_the_first_error() {
    model::few(1, 1, || {
        let (good, never) = (Real::new(), Real::new());
        let (promise, bad) = pair::<u32>(TASK, None);
        let completer = completer(&good, 1);
        let failing = spawn("failing", move || {
            let error = TaskError::Panicked("no egg left".to_string());
            promise.keep(Err(error), None).run();
        });
        let futures = [never.future.clone(), bad, good.future];
        let waited = wait(&futures, Until::FirstError);
        assert!(waited.done.iter().any(|done| done.exception().is_some()));
        assert!(!waited.not_done.is_empty());
        completer.join().unwrap();
        failing.join().unwrap();
        // A cancelled one has not failed: now all are done.
        assert!(never.cancel());
        assert!(wait(&futures[..1], Until::FirstError).not_done.is_empty());
    });
}

/// A thread that has seen the result is not told a moment later that it is missing,
/// although the time of its `as_completed` is up.
#[test]
fn what_was_seen_has_arrived() {
    model::all(1, || {
        let cell = Real::new();
        let mut watching = as_completed_timeout([&cell.future], Duration::ZERO);
        let completer = completer(&cell, 7);
        if cell.future.is_done() || value_of(&cell.future) == Some(7) {
            let told = watching.next().unwrap();
            assert!(told.is_ok(), "seen, but unfinished");
        }
        completer.join().unwrap();
    });
}

/// What arrives is done: its result can be seen.
#[test]
fn what_has_arrived_can_be_seen() {
    model::all(1, || {
        let cell = Real::new();
        let completer = completer(&cell, 7);
        let done = as_completed([&cell.future]).next().unwrap();
        assert!(done.is_done(), "arrived, but not done");
        completer.join().unwrap();
    });
}

#[test]
fn one_who_no_longer_listens_is_forgotten() {
    model::few(1, 1, || {
        let (first, second, never) = (Real::new(), Real::new(), Real::new());
        let completers = [completer(&first, 1), completer(&second, 2)];
        let mut watching: AsCompleted<u32> =
            as_completed([&first.future, &second.future, &never.future]);
        assert!(watching.next().is_some_and(|future| future.is_done()));
        // One of the others may be telling at this very moment.
        drop(watching);
        assert!(never.future.cell.listeners() == 0);
        for completer in completers {
            completer.join().unwrap();
        }
    });
}

/// A broken pool gives its error to tasks that it never starts.
#[test]
fn what_is_cancelled_stays_cancelled() {
    model::all(1, || {
        let cell = Real::new();
        let completer = completer(&cell, 7);
        let cancelled = cell.cancel();
        let expected = if cancelled { None } else { Some(7) };
        assert_eq!(cell.result(), expected);
        completer.join().unwrap();
        assert_eq!(cell.result(), expected);
    });
}

#[test]
fn an_executor_is_woken() {
    model::few(1, 1, || {
        let cell = Real::new();
        let completer = completer(&cell, 7);
        assert_eq!(model::block_on(cell.future.clone()), Ok(7));
        completer.join().unwrap();
    });
}
