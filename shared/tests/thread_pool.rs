//! The contract of the thread pool, on real threads.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use common::{Gate, Notes, held_pool, until, within};
use shared::prelude::*;

fn worker_name() -> String {
    thread::current().name().unwrap().to_string()
}

/// Submits tasks that all stand at the gate.
fn block(pool: &ThreadPool, gate: &Gate, tasks: usize) -> Vec<Future<String>> {
    let task = |_| {
        let entrance = gate.entrance();
        pool.submit(move || {
            entrance.wait();
            worker_name()
        })
        .unwrap()
    };
    (0..tasks).map(task).collect()
}

fn results<T: Clone>(futures: &[Future<T>]) -> Vec<T> {
    futures.iter().map(|done| done.result().unwrap()).collect()
}

#[test]
fn zero_workers_is_an_error_that_names_the_argument() {
    for pool in [ThreadPool::new(0), ThreadPool::builder().workers(0).build()] {
        let error = pool.unwrap_err();
        assert!(matches!(error, PoolError::Zero("workers")));
        assert_eq!(
            error.to_string(),
            "`workers` is zero: it must be at least 1"
        );
    }
}

#[test]
fn by_default_there_are_four_workers_more_than_cores_but_32_at_most() {
    let cores = thread::available_parallelism().unwrap().get();
    let pool = ThreadPool::with_default_size().unwrap();
    assert_eq!(pool.workers(), (cores + 4).min(32));
}

#[test]
fn no_worker_is_started_before_the_first_task() {
    assert!(ThreadPool::new(3).unwrap().worker_names().is_empty());
}

#[test]
fn tasks_one_after_another_use_one_thread() {
    within(|| {
        let pool = ThreadPool::new(5).unwrap();
        // The worker has to be idle whenever a result is there to be seen, so
        // many in a row must never find it busy.
        for _ in 0..1000 {
            pool.submit(|| ()).unwrap().result().unwrap();
        }
        assert_eq!(pool.worker_names().len(), 1);
    });
}

#[test]
fn three_blocked_tasks_use_three_threads() {
    within(|| {
        let pool = ThreadPool::new(5).unwrap();
        let gate = Gate::closed();
        let futures = block(&pool, &gate, 3);
        gate.wait_for_arrivals(3);
        assert_eq!(pool.worker_names().len(), 3);
        gate.open();
        let names: BTreeSet<String> = results(&futures).into_iter().collect();
        assert_eq!(names.len(), 3);
    });
}

#[test]
fn sixty_blocked_tasks_on_four_workers_use_exactly_four() {
    within(|| {
        let pool = ThreadPool::new(4).unwrap();
        let gate = Gate::closed();
        let futures = block(&pool, &gate, 60);
        gate.wait_for_arrivals(4);
        assert_eq!(gate.arrivals(), 4, "a fifth task started");
        assert_eq!(pool.worker_names().len(), 4);
        gate.open();
        let names: BTreeSet<String> = results(&futures).into_iter().collect();
        assert_eq!(names.len(), 4);
    });
}

#[test]
fn a_worker_whose_callback_takes_long_is_not_counted_as_idle() {
    within(|| {
        let pool = ThreadPool::new(2).unwrap();
        let gate = Gate::closed();
        let (begin, entrance) = (Gate::closed(), gate.entrance());
        let begun = begin.entrance();
        let first = pool.submit(move || begun.wait()).unwrap();
        first.add_done_callback(move |_| entrance.wait());
        begin.open();
        first.result().unwrap();
        // Needs a second worker, whether the first is in its callback already or
        // just on its way there.
        pool.submit(|| ()).unwrap().result().unwrap();
        gate.wait_for_arrivals(1);
        assert_eq!(pool.worker_names().len(), 2);
    });
}

#[test]
fn workers_are_named_after_their_pool_without_a_prefix() {
    within(|| {
        let pool = ThreadPool::new(2).unwrap();
        let gate = Gate::closed();
        let futures = block(&pool, &gate, 2);
        gate.wait_for_arrivals(2);
        let names = pool.worker_names();
        gate.open();
        let (pool_name, number) = names[0].rsplit_once('_').unwrap();
        assert_eq!(number, "0");
        assert_eq!(names[1], format!("{pool_name}_1"));
        let number = pool_name.strip_prefix("pool-").unwrap();
        assert!(number.parse::<u32>().is_ok(), "{pool_name}");
        let said: BTreeSet<String> = results(&futures).into_iter().collect();
        assert_eq!(said, names.iter().cloned().collect());

        let other = ThreadPool::new(1).unwrap();
        let name = other.submit(worker_name).unwrap().result().unwrap();
        assert_ne!(name.rsplit_once('_').unwrap().0, pool_name);
    });
}

#[test]
fn workers_are_named_after_the_prefix() {
    within(|| {
        let pool = ThreadPool::builder().workers(2).name_prefix("crawler");
        let pool = pool.build().unwrap();
        let gate = Gate::closed();
        let futures = block(&pool, &gate, 2);
        gate.wait_for_arrivals(2);
        gate.open();
        let names: BTreeSet<String> = results(&futures).into_iter().collect();
        assert_eq!(names, ["crawler_0", "crawler_1"].map(String::from).into());
    });
}

#[test]
fn submit_after_shutdown_is_an_error() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let handle = pool.handle();
        pool.shutdown().unwrap();
        assert!(matches!(pool.submit(|| ()), Err(PoolError::ShutDown)));
        assert!(matches!(handle.submit(|| ()), Err(PoolError::ShutDown)));
        assert!(matches!(pool.map([1], |n| n), Err(PoolError::ShutDown)));
        let said = pool.submit(|| ()).unwrap_err().to_string();
        assert!(said.contains("make a new one"), "{said}");
    });
}

#[test]
fn shutdown_may_be_called_again() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        pool.submit(|| ()).unwrap();
        pool.begin_shutdown();
        pool.begin_shutdown();
        pool.shutdown().unwrap();
        pool.shutdown().unwrap();
        assert!(pool.worker_names().is_empty());
    });
}

#[test]
fn two_threads_may_wait_for_the_shutdown() {
    within(|| {
        let (pool, gate, _) = held_pool();
        thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| pool.shutdown()));
            until("the shutdown to begin", || pool.submit(|| ()).is_err());
            gate.open();
            for waiting in both {
                waiting.join().unwrap().unwrap();
            }
        });
    });
}

/// Each task's callback submits the next task, while the pool drains.
fn chain(pool: PoolHandle, left: u32, notes: Notes<u32>) -> Result {
    let next = pool.clone();
    let added = notes.clone();
    let task = pool.submit(move || notes.add(left))?;
    if left > 0 {
        task.add_done_callback(move |_| chain(next, left - 1, added));
    }
    Ok(())
}

#[test]
fn a_chain_of_callbacks_is_finished_by_shutdown_with_wait() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let (notes, handle) = (Notes::new(), pool.handle());
        let added = notes.clone();
        first.add_done_callback(move |_| chain(handle, 20, added));
        pool.begin_shutdown();
        assert!(pool.submit(|| ()).is_err(), "from outside it refuses");
        assert!(
            pool.handle().submit(|| ()).is_err(),
            "from outside it refuses"
        );
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), (0..=20).rev().collect::<Vec<_>>());
        assert!(pool.handle().submit(|| ()).is_err());
    });
}

#[test]
fn a_chain_of_tasks_is_finished_by_drop_with_several_workers() {
    fn next(pool: PoolHandle, left: u32, notes: Notes<u32>) {
        notes.add(left);
        if left > 0 {
            let handle = pool.clone();
            let submitted = pool.submit(move || next(handle, left - 1, notes));
            submitted.unwrap();
        }
    }
    within(|| {
        let pool = ThreadPool::new(4).unwrap();
        let (notes, handle) = (Notes::new(), pool.handle());
        let added = notes.clone();
        pool.submit(move || next(handle, 200, added)).unwrap();
        drop(pool);
        assert_eq!(notes.all().len(), 201);
    });
}

#[test]
fn begin_shutdown_returns_at_once_and_everything_queued_still_runs() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let futures: Vec<_> = (0..10).map(|n| pool.submit(move || n).unwrap()).collect();
        pool.begin_shutdown();
        assert!(first.is_running(), "it waited");
        gate.open();
        assert_eq!(results(&futures), (0..10).collect::<Vec<_>>());
    });
}

#[test]
fn cancelling_the_queue_lets_what_runs_finish_and_cancels_the_rest() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let ran = Notes::new();
        let queued: Vec<_> = (0..5)
            .map(|n| {
                let ran = ran.clone();
                pool.submit(move || ran.add(n)).unwrap()
            })
            .collect();
        let called = Notes::new();
        let note = called.clone();
        queued[4].add_done_callback(move |done| note.add(done.is_cancelled()));
        pool.begin_shutdown();
        assert_eq!(pool.cancel_queued(), 5);
        assert!(queued.iter().all(Future::is_cancelled));
        assert_eq!(called.all(), [true]);
        assert!(first.is_running());
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(first.result(), Ok(()));
        assert_eq!(queued[0].result(), Err(TaskError::Cancelled));
        assert!(ran.all().is_empty());
    });
}

#[test]
fn cancelling_the_queue_leaves_a_pool_that_works() {
    within(|| {
        let (pool, gate, _) = held_pool();
        pool.submit(|| ()).unwrap();
        assert_eq!(pool.cancel_queued(), 1);
        assert_eq!(pool.cancel_queued(), 0);
        gate.open();
        assert_eq!(pool.submit(|| 1).unwrap().result(), Ok(1));
    });
}

#[test]
fn a_task_that_was_cancelled_alone_never_runs() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let ran = Notes::new();
        let note = ran.clone();
        let cancelled = pool.submit(move || note.add("cancelled")).unwrap();
        let note = ran.clone();
        pool.submit(move || note.add("other")).unwrap();
        assert!(cancelled.cancel());
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(ran.all(), ["other"]);
    });
}

#[test]
fn dropping_the_pool_finishes_what_was_submitted() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let ran = Notes::new();
        for n in 0..100 {
            let ran = ran.clone();
            pool.submit(move || ran.add(n)).unwrap();
        }
        gate.open();
        drop(pool);
        assert_eq!(ran.all(), (0..100).collect::<Vec<_>>());
    });
}

#[test]
fn a_worker_that_shuts_its_own_pool_down_gets_an_error() {
    within(|| {
        let pool = Arc::new(ThreadPool::new(2).unwrap());
        let inside = Arc::downgrade(&pool);
        let shutdown = move || {
            inside
                .upgrade()
                .unwrap()
                .shutdown()
                .map_err(|e| e.to_string())
        };
        let said = pool.submit(shutdown).unwrap().result().unwrap();
        let said = said.unwrap_err();
        assert!(
            said.contains("cannot wait for the end of its own pool"),
            "{said}"
        );
        // And the pool still works.
        assert_eq!(pool.submit(|| 1).unwrap().result(), Ok(1));
    });
}

#[test]
fn a_callback_that_shuts_its_own_pool_down_gets_an_error() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let pool = Arc::new(pool);
        let (inside, notes) = (Arc::downgrade(&pool), Notes::new());
        let note = notes.clone();
        first.add_done_callback(move |_| {
            let error = inside.upgrade().unwrap().shutdown().unwrap_err();
            note.add(matches!(error, PoolError::FromItsOwnWorker));
        });
        gate.open();
        until("the callback", || notes.all() == [true]);
    });
}

#[test]
fn a_worker_may_shut_another_pool_down() {
    within(|| {
        let one = ThreadPool::new(1).unwrap();
        let other = ThreadPool::new(1).unwrap();
        let done = other.submit(|| "other").unwrap();
        let shutdown = move || other.shutdown().is_ok();
        assert_eq!(one.submit(shutdown).unwrap().result(), Ok(true));
        assert_eq!(done.result(), Ok("other"));
    });
}

#[test]
fn a_task_that_drops_its_own_pool_does_not_wait_for_itself() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let (send, receive) = std::sync::mpsc::channel();
        let handle = pool.handle();
        handle
            .submit(move || drop::<ThreadPool>(receive.recv().unwrap()))
            .unwrap();
        let after = handle.submit(|| "still run").unwrap();
        send.send(pool).unwrap();
        gate.open();
        assert_eq!(after.result(), Ok("still run"));
    });
}

#[test]
fn a_panicking_task_costs_no_worker() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        for n in 0..10 {
            let bad: Future<()> = pool.submit(move || panic!("no egg {n}")).unwrap();
            let error = TaskError::Panicked(format!("no egg {n}"));
            assert_eq!(bad.result(), Err(error.clone()));
            assert_eq!(bad.exception(), Some(error));
            assert!(bad.is_done() && !bad.is_cancelled() && !bad.is_running());
        }
        let name = pool.submit(worker_name).unwrap().result().unwrap();
        assert_eq!(pool.worker_names(), [name.as_str()]);
        assert!(name.ends_with("_0"), "{name} is a later worker");
    });
}

#[test]
fn a_panic_without_a_text_reaches_the_future_too() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let bad: Future<()> = pool.submit(|| std::panic::panic_any(13)).unwrap();
        let said = bad.result().unwrap_err().to_string();
        assert_eq!(said, "the task panicked: a panic without a text");
    });
}

/// Panics when it is dropped.
struct Unruly;

impl Drop for Unruly {
    fn drop(&mut self) {
        panic!("dropped unwillingly");
    }
}

#[test]
fn a_panicking_destructor_of_a_capture_or_a_result_costs_no_worker() {
    within(|| {
        let (pool, gate, _) = held_pool();
        // Dropped by the worker, since nobody else holds the future.
        drop(pool.submit(|| Unruly).unwrap());
        // Dropped by the worker without having run.
        let unruly = Unruly;
        let cancelled = pool.submit(move || drop(unruly)).unwrap();
        assert!(cancelled.cancel());
        let after = pool.submit(|| "still there").unwrap();
        gate.open();
        assert_eq!(after.result(), Ok("still there"));
        assert_eq!(pool.worker_names().len(), 1);
        pool.shutdown().unwrap();
    });
}

#[test]
fn a_panicking_callback_costs_no_worker_and_hides_no_later_callback() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let notes = Notes::new();
        first.add_done_callback(|_| -> () { panic!("a bad callback") });
        let note = notes.clone();
        first.add_done_callback(move |_| note.add(worker_name()));
        gate.open();
        let name = pool.submit(worker_name).unwrap().result().unwrap();
        assert_eq!(notes.all(), [name]);
        assert_eq!(pool.worker_names().len(), 1);
    });
}

#[test]
fn what_a_task_captured_is_dropped_as_soon_as_it_has_run() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        for panics in [false, true] {
            let captured = Arc::new(());
            let watch = Arc::downgrade(&captured);
            let task = move || assert!(!panics, "on purpose {captured:?}");
            let future = pool.submit(task).unwrap();
            assert_eq!(future.exception().is_some(), panics);
            // Although the future and the worker live on.
            assert_eq!(watch.strong_count(), 0);
        }
    });
}

#[test]
fn what_a_cancelled_task_captured_is_dropped_too() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let captured = Arc::new(());
        let watch = Arc::downgrade(&captured);
        let future = pool.submit(move || drop(captured)).unwrap();
        assert!(future.cancel());
        assert_eq!(watch.strong_count(), 0, "at once");
        gate.open();
    });
}

#[test]
fn map_gives_results_in_the_order_of_the_items_whatever_finishes_first() {
    within(|| {
        let pool = ThreadPool::new(3).unwrap();
        let gates: Arc<Vec<Gate>> = Arc::new((0..3).map(|_| Gate::closed()).collect());
        let inside = Arc::clone(&gates);
        let finished = Notes::new();
        let note = finished.clone();
        let results = pool.map(0..3, move |n: usize| {
            inside[n].entrance().wait();
            note.add(n);
            n * 10
        });
        let results = results.unwrap();
        for n in [2, 1, 0] {
            gates[n].open();
            until("a task", || finished.all().contains(&n));
        }
        assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [0, 10, 20]);
        assert_eq!(finished.all(), [2, 1, 0]);
    });
}

#[test]
fn map_submits_everything_at_once_read_or_not() {
    within(|| {
        let pool = ThreadPool::new(3).unwrap();
        let gate = Gate::closed();
        let entrance = gate.entrance();
        let results = pool.map(0..3, move |_| entrance.wait()).unwrap();
        gate.wait_for_arrivals(3);
        gate.open();
        assert_eq!(results.count(), 3);
    });
}

#[test]
fn an_error_of_map_surfaces_in_its_own_place() {
    within(|| {
        let pool = ThreadPool::new(2).unwrap();
        let tenth = |n: i32| {
            assert!(n != 0, "division by zero");
            10 / n
        };
        let results: Vec<_> = pool.map([5, 0, 2], tenth).unwrap().collect();
        let panicked = Err(TaskError::Panicked("division by zero".to_string()));
        assert_eq!(results, [Ok(2), panicked, Ok(5)]);
    });
}

#[test]
fn the_timeout_of_map_runs_from_the_call_and_cancels_what_has_not_started() {
    within(|| {
        let (pool, gate, holding) = held_pool();
        let ran = Notes::new();
        let note = ran.clone();
        let results = pool.map(0..3, move |n| note.add(n)).unwrap();
        let limit = Duration::from_millis(500);
        thread::sleep(limit);
        // The limit was over before it was set: nothing more is waited for, or
        // this would wait for the gate for ever.
        let mut results = results.timeout(limit);
        let begun = std::time::Instant::now();
        assert_eq!(results.next(), Some(Err(TaskError::TimedOut)));
        assert!(begun.elapsed() < limit, "the limit ran from somewhere else");
        assert_eq!(results.next(), None);
        gate.open();
        holding.result().unwrap();
        pool.shutdown().unwrap();
        assert!(ran.all().is_empty(), "{:?} still ran", ran.all());
    });
}

#[test]
fn map_within_its_timeout_gives_everything() {
    within(|| {
        let pool = ThreadPool::new(2).unwrap();
        let results = pool.map(0..10, |n| n).unwrap().timeout(common::LIMIT);
        assert_eq!(results.count(), 10);
    });
}

#[test]
fn a_map_dropped_after_its_first_item_cancels_what_has_not_started() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let gate = Gate::closed();
        let (entrance, ran) = (gate.entrance(), Notes::new());
        let note = ran.clone();
        let mut results = pool
            .map(0..10, move |n| {
                note.add(n);
                if n == 1 {
                    entrance.wait();
                }
            })
            .unwrap();
        assert_eq!(results.next(), Some(Ok(())));
        gate.wait_for_arrivals(1);
        drop(results);
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(ran.all(), [0, 1]);
    });
}

#[test]
fn a_map_dropped_unread_runs_everything() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let ran = Notes::new();
        let note = ran.clone();
        drop(pool.map(0..10, move |n| note.add(n)).unwrap());
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(ran.all(), (0..10).collect::<Vec<_>>());
    });
}

#[test]
fn the_initializer_runs_in_every_worker_before_its_first_task() {
    within(|| {
        let initialised = Notes::new();
        let note = initialised.clone();
        let pool = ThreadPool::builder()
            .workers(2)
            .initializer(move || {
                note.add(worker_name());
                Ok(())
            })
            .build()
            .unwrap();
        let gate = Gate::closed();
        let task = |_| {
            let (entrance, initialised) = (gate.entrance(), initialised.clone());
            pool.submit(move || {
                entrance.wait();
                initialised.all().contains(&worker_name())
            })
        };
        let futures: Vec<_> = (0..10).map(task).map(Result::unwrap).collect();
        gate.wait_for_arrivals(2);
        gate.open();
        assert_eq!(results(&futures), [true; 10]);
        assert_eq!(initialised.all().len(), 2);
    });
}

#[test]
fn a_failing_initializer_breaks_the_pool_for_what_is_pending_and_what_comes() {
    for panics in [false, true] {
        within(move || {
            let gate = Gate::closed();
            let entrance = gate.entrance();
            let pool = ThreadPool::builder()
                .workers(2)
                .name_prefix("cook")
                .initializer(move || {
                    entrance.wait();
                    assert!(!panics, "no licence");
                    Err("no licence".into())
                })
                .build()
                .unwrap();
            let ran = Notes::new();
            let task = |n| {
                let ran = ran.clone();
                pool.submit(move || ran.add(n)).unwrap()
            };
            let futures: Vec<_> = (0..5).map(task).collect();
            gate.open();
            for future in &futures {
                let said = future.result().unwrap_err().to_string();
                assert!(said.starts_with("broken pool: the initializer of cook_"));
                assert!(said.contains("failed: no licence"), "{said}");
            }
            let error = pool.submit(|| ()).unwrap_err();
            assert!(matches!(error, PoolError::Broken(_)), "{error:?}");
            assert!(error.to_string().contains("no licence"), "{error}");
            assert!(ran.all().is_empty());
            pool.shutdown().unwrap();
        });
    }
}

/// What it was given is done when it is dropped.
struct WhenDropped(Option<Box<dyn FnOnce() + Send + Sync>>);

impl WhenDropped {
    fn new(body: impl FnOnce() + Send + Sync + 'static) -> Self {
        WhenDropped(Some(Box::new(body)))
    }
}

impl Drop for WhenDropped {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

/// A destructor that waits for another task of the same pool.
fn waits_for_a_task(pool: PoolHandle, notes: &Notes<&'static str>) -> WhenDropped {
    let notes = notes.clone();
    WhenDropped::new(move || {
        let note = notes.clone();
        let other = pool.submit(move || note.add("the other task")).unwrap();
        other.result().unwrap();
        notes.add("dropped");
    })
}

/// A destructor of a result may wait for another task of the pool, here with one
/// worker: it holds up no other task.
#[test]
fn a_result_may_wait_for_another_task_when_it_is_dropped() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let notes = Notes::new();
        let unruly = waits_for_a_task(pool.handle(), &notes);
        drop(pool.submit(move || unruly).unwrap());
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["the other task", "dropped"]);
    });
}

/// As above, with a callback: the worker lets go of the result after it.
#[test]
fn a_result_that_a_callback_saw_last_may_wait_for_another_task() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let notes = Notes::new();
        let unruly = waits_for_a_task(pool.handle(), &notes);
        let note = notes.clone();
        let future = pool.submit(move || unruly).unwrap();
        future.add_done_callback(move |_| note.add("the callback"));
        drop(future);
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["the callback", "the other task", "dropped"]);
    });
}

/// A slow destructor of a result holds up no other task, and is finished by the
/// shutdown.
#[test]
fn a_slow_destructor_of_a_result_holds_up_no_other_task() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let slow = Gate::closed();
        let (entrance, notes) = (slow.entrance(), Notes::new());
        let note = notes.clone();
        let result = WhenDropped::new(move || {
            entrance.wait();
            note.add("dropped");
        });
        drop(pool.submit(move || result).unwrap());
        let after = pool.submit(|| "not held up").unwrap();
        gate.open();
        slow.wait_for_arrivals(1);
        assert_eq!(after.result(), Ok("not held up"));
        assert_eq!(pool.worker_names().len(), 1, "the destructor is no worker");
        slow.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["dropped"]);
    });
}

/// A destructor of what a task captured may wait for another task of the pool: a
/// cancelled task is dropped by its canceller.
#[test]
fn a_capture_of_a_cancelled_task_may_wait_for_another_task_when_it_is_dropped() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let notes = Notes::new();
        let unruly = waits_for_a_task(pool.handle(), &notes);
        let cancelled = pool.submit(move || drop(unruly)).unwrap();
        let canceller = cancelled.clone();
        let canceller = thread::spawn(move || canceller.cancel());
        assert_eq!(cancelled.result(), Err(TaskError::Cancelled));
        gate.open();
        assert!(canceller.join().unwrap());
        assert_eq!(notes.all(), ["the other task", "dropped"]);
    });
}

/// A destructor of what a task captured may panic: a cancelled task stays cancelled,
/// and its canceller goes on.
#[test]
fn a_capture_that_panics_when_its_task_is_cancelled_changes_nothing() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let unruly = [(); 2].map(|()| Unruly);
        let [one, other] = unruly.map(|unruly| pool.submit(move || drop(unruly)).unwrap());
        assert!(one.cancel());
        assert_eq!(pool.cancel_queued(), 1);
        assert_eq!(one.result(), Err(TaskError::Cancelled));
        assert_eq!(other.result(), Err(TaskError::Cancelled));
        gate.open();
    });
}

/// A destructor of a panic's payload may panic, or wait for another task of the pool:
/// the task's outcome is the panic, and the worker goes on.
#[test]
fn a_payload_may_do_anything_when_it_is_dropped() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let bad: Future<()> = pool.submit(|| std::panic::panic_any(Unruly)).unwrap();
        let notes = Notes::new();
        let waiting = waits_for_a_task(pool.handle(), &notes);
        let worse: Future<()> = pool.submit(|| std::panic::panic_any(waiting)).unwrap();
        gate.open();
        let without_text = TaskError::Panicked("a panic without a text".to_string());
        assert_eq!(bad.result(), Err(without_text.clone()));
        assert_eq!(worse.result(), Err(without_text));
        assert_eq!(pool.submit(|| 1).unwrap().result(), Ok(1));
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["the other task", "dropped"]);
    });
}

/// As above, for the panic of a callback.
#[test]
fn a_payload_of_a_callback_may_wait_for_another_task_when_it_is_dropped() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let notes = Notes::new();
        let waiting = waits_for_a_task(pool.handle(), &notes);
        first.add_done_callback(|_| -> () { std::panic::panic_any(waiting) });
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["the other task", "dropped"]);
    });
}

/// The function of a `map` is dropped by the last of its tasks. Its destructor may
/// wait for another task, or panic: that item's result is there all the same.
#[test]
fn the_function_of_a_map_may_do_anything_when_it_is_dropped() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let notes = Notes::new();
        let waiting = waits_for_a_task(pool.handle(), &notes);
        let unruly = Unruly;
        let results = pool.map(0..3, move |n| {
            let _ = (&waiting, &unruly);
            n
        });
        let results = results.unwrap();
        gate.open();
        assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2]);
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["the other task", "dropped"]);
    });
}

/// The callbacks of a task that was cancelled may submit to a pool that drains, as
/// those of a finished one may.
#[test]
fn the_callbacks_of_a_cancelled_task_may_submit_while_the_pool_drains() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let ran = Notes::new();
        let queued = [0, 1].map(|n| {
            let (handle, ran) = (pool.handle(), ran.clone());
            let future = pool.submit(|| ()).unwrap();
            future.add_done_callback(move |_| {
                handle.submit(move || ran.add(n))?;
                Ok(())
            });
            future
        });
        pool.begin_shutdown();
        assert!(pool.submit(|| ()).is_err(), "from outside it refuses");
        assert!(queued[0].cancel());
        assert_eq!(
            pool.cancel_queued(),
            2,
            "the second, and what the first left"
        );
        assert!(pool.submit(|| ()).is_err(), "from outside it refuses");
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(ran.all(), [1]);
    });
}

/// A callback of a cancelled task belongs to the pool: it cannot wait for its end.
#[test]
fn a_canceller_s_callback_that_shuts_the_pool_down_gets_an_error() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let (pool, notes) = (Arc::new(pool), Notes::new());
        let queued = pool.submit(|| ()).unwrap();
        let (inside, note) = (Arc::clone(&pool), notes.clone());
        queued.add_done_callback(move |_| {
            let refused = inside.shutdown();
            note.add(matches!(refused, Err(PoolError::FromItsOwnWorker)));
        });
        assert!(queued.cancel());
        assert_eq!(notes.all(), [true]);
        gate.open();
        // On this thread, which has left the pool again, it works.
        pool.shutdown().unwrap();
    });
}

#[test]
fn a_task_that_is_cancelled_already_is_not_counted_again() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let queued = [(); 3].map(|()| pool.submit(|| ()).unwrap());
        assert!(queued[1].cancel());
        assert_eq!(pool.cancel_queued(), 2);
        gate.open();
    });
}

/// A name that no thread can have is an error before any task is lost.
#[test]
fn a_prefix_with_a_nul_is_an_error() {
    let pool = ThreadPool::builder().name_prefix("co\0ok").build();
    let error = pool.unwrap_err();
    assert!(matches!(error, PoolError::Name(_)));
    let said = error.to_string();
    assert!(said.contains("cannot be the name of a worker"), "{said}");
}

/// The initializer's panic may leave something that waits for a task: the pool is
/// broken all the same, and nothing hangs.
#[test]
fn a_payload_of_an_initializer_may_wait_for_a_task_when_it_is_dropped() {
    within(|| {
        let (send, receive) = std::sync::mpsc::channel::<Future<()>>();
        let receive = std::sync::Mutex::new(Some(receive));
        let pool = ThreadPool::builder()
            .workers(1)
            .initializer(move || {
                let receive = receive.lock().unwrap().take().unwrap();
                let receive = std::sync::Mutex::new(receive);
                std::panic::panic_any(WhenDropped::new(move || {
                    let future = receive.lock().unwrap().recv().unwrap();
                    let _ = future.result();
                }))
            })
            .build()
            .unwrap();
        let future = pool.submit(|| ()).unwrap();
        send.send(future.clone()).unwrap();
        assert!(matches!(future.result(), Err(TaskError::BrokenPool(_))));
        pool.shutdown().unwrap();
    });
}

/// A pool in a thread-local is finished when its thread ends.
#[test]
fn a_pool_in_a_thread_local_ends_with_its_thread() {
    thread_local! {
        static POOL: ThreadPool = ThreadPool::new(1).unwrap();
    }
    within(|| {
        let ran = Notes::new();
        let note = ran.clone();
        let owner = thread::spawn(move || {
            POOL.with(|pool| pool.submit(move || note.add("done")).map(drop))
                .unwrap();
            // What the library itself keeps in thread-locals is made later, so it is
            // dropped earlier.
            ThreadPool::new(1).unwrap().shutdown().unwrap();
        });
        // A panic in a destructor of a thread-local would end this program.
        owner.join().unwrap();
        until("the task", || ran.all() == ["done"]);
    });
}

#[test]
fn results_know_how_many_are_to_come() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let mut results = pool.map(0..3, |n| n).unwrap();
        assert_eq!(results.size_hint(), (3, Some(3)));
        results.next();
        assert_eq!(results.size_hint(), (2, Some(2)));
        // The next may be the last: an error.
        assert_eq!(results.timeout(common::LIMIT).size_hint(), (1, Some(2)));
    });
}

#[test]
fn code_over_an_executor_runs_on_threads() {
    fn lesson(pool: &impl Executor) -> Result<usize> {
        let length = pool.submit_call(str::len, "egon")?;
        pool.shutdown()?;
        Ok(length.result()?)
    }
    within(|| assert_eq!(lesson(&ThreadPool::new(1).unwrap()).unwrap(), 4));
}
