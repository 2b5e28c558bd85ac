//! The thread pool under the model checker: submit, shut down, cancel, go idle
//! and come back, in every order.
//!
//! As with the future, a check is written over a small trait. The pool has to
//! pass it; so has a plain pool, and variants of that pool that are wrong in one
//! step have to fail, each as expected.

mod broken;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as Plain};

use super::{PoolHandle, ThreadPool};
use crate::error::{PoolError, TaskError};
use crate::future::{Future, as_completed};
use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::primitives::model::{self, Gate};
use crate::primitives::spawn;

/// What the checks need of a pool.
trait Pool: Send + Sync + Sized + 'static {
    fn new(workers: usize) -> Self;
    /// Whether the task was taken.
    fn submit(&self, task: impl FnOnce() + Send + 'static) -> bool;
    /// Submits a task and waits for its result.
    fn call(&self);
    /// As `call`; a worker runs the callback when the result is there already.
    fn call_then(&self, callback: impl FnOnce() + Send + 'static);
    /// How many threads it has.
    fn threads(&self) -> usize;
    fn shutdown(&self);
}

impl Pool for ThreadPool {
    fn new(workers: usize) -> Self {
        ThreadPool::new(workers).unwrap()
    }

    fn submit(&self, task: impl FnOnce() + Send + 'static) -> bool {
        self.submit(task).is_ok()
    }

    fn call(&self) {
        self.submit(|| ()).unwrap().result().unwrap();
    }

    fn call_then(&self, callback: impl FnOnce() + Send + 'static) {
        let added = Gate::default();
        let task = self.submit({
            let added = added.clone();
            move || added.wait()
        });
        let task = task.unwrap();
        task.add_done_callback(|_| callback());
        added.open();
        task.result().unwrap();
    }

    fn threads(&self) -> usize {
        self.worker_names().len()
    }

    fn shutdown(&self) {
        self.shutdown().unwrap();
    }
}

/// Counts what has run. The checker knows it, so a task can be interrupted
/// before it has counted.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A task, or a callback, that counts.
    fn task(&self) -> impl FnOnce() + Send + 'static {
        let count = self.clone();
        move || count.up()
    }
}

/// Several ways through the interleavings of something as large as a pool.
fn check(test: impl Fn() + Send + Sync + Clone + 'static) {
    model::few(2, 0, test.clone());
    model::few(0, 1, test.clone());
    model::many(test);
}

fn a_submission_is_refused_or_runs<P: Pool>() {
    check(|| {
        let (pool, ran) = (Arc::new(P::new(1)), Count::default());
        let before = pool.submit(ran.task());
        assert!(before, "refused before the shutdown");
        let submitter = {
            let (pool, ran) = (Arc::clone(&pool), ran.clone());
            spawn("submitter", move || pool.submit(ran.task()))
        };
        pool.shutdown();
        let taken = submitter.join().unwrap();
        assert_eq!(ran.get(), 1 + usize::from(taken), "run of those taken");
        assert!(!pool.submit(ran.task()), "taken after the shutdown");
    });
}

fn shutdown_waits_for_what_was_submitted<P: Pool>() {
    check(|| {
        let (pool, ran) = (P::new(2), Count::default());
        assert!(pool.submit(ran.task()));
        assert!(pool.submit(ran.task()));
        pool.shutdown();
        assert_eq!(ran.get(), 2, "run at the end of the shutdown");
    });
}

fn a_task_may_submit_while_the_pool_drains<P: Pool>(workers: usize) {
    check(move || {
        let (pool, ran) = (Arc::new(P::new(workers)), Count::default());
        submit_chain(&pool, &ran, 3);
        pool.shutdown();
        assert_eq!(ran.get(), 3, "run of the chain");
    });
}

/// A task that submits a task that submits a task.
fn submit_chain<P: Pool>(pool: &Arc<P>, ran: &Count, links: usize) {
    let (inside, count) = (Arc::clone(pool), ran.clone());
    pool.submit(move || {
        count.up();
        if links > 1 {
            submit_chain(&inside, &count, links - 1);
        }
    });
}

fn no_task_waits_for_a_sleeping_worker<P: Pool>() {
    check(|| {
        let pool = P::new(1);
        for _ in 0..3 {
            pool.call();
        }
        pool.shutdown();
    });
}

fn one_after_another_needs_one_thread<P: Pool>() {
    check(|| {
        let pool = P::new(3);
        for _ in 0..3 {
            pool.call();
        }
        assert_eq!(pool.threads(), 1, "the threads");
        pool.shutdown();
    });
}

/// The first call leaves a worker idle, or about to be. Two tasks that wait for
/// each other need that one and a second.
fn tasks_that_meet_have_a_thread_each<P: Pool>() {
    check(|| {
        let pool = P::new(2);
        pool.call();
        let gates = [Gate::default(), Gate::default()];
        for (mine, other) in [(0, 1), (1, 0)] {
            let gates = gates.clone();
            assert!(pool.submit(move || {
                gates[mine].open();
                gates[other].wait();
            }));
        }
        pool.shutdown();
    });
}

/// The worker whose result was seen is busy with a callback. The next task must
/// not count on it, for the callback waits for that task.
fn a_callback_does_not_hold_up_the_next_task<P: Pool>() {
    check(|| {
        let (pool, second_ran) = (P::new(2), Gate::default());
        pool.call_then({
            let second_ran = second_ran.clone();
            move || second_ran.wait()
        });
        assert!(pool.submit(move || second_ran.open()));
        pool.shutdown();
    });
}

/// As above, with two workers that both wait for tasks. The submitter counts on the
/// one whose result it has seen, so it does not wake the other.
fn a_callback_wakes_the_worker_that_sleeps<P: Pool>() {
    check(|| {
        let (pool, second_ran) = (P::new(2), Gate::default());
        let gates = [Gate::default(), Gate::default()];
        for (mine, other) in [(0, 1), (1, 0)] {
            let gates = gates.clone();
            assert!(pool.submit(move || {
                gates[mine].open();
                gates[other].wait();
            }));
        }
        pool.call_then({
            let second_ran = second_ran.clone();
            move || second_ran.wait()
        });
        let ran = second_ran.clone();
        assert!(pool.submit(move || ran.open()));
        // A shutdown would wake everyone.
        second_ran.wait();
        pool.shutdown();
    });
}

#[test]
fn submit_and_shutdown() {
    a_submission_is_refused_or_runs::<ThreadPool>();
}

#[test]
fn shutdown_and_tasks() {
    shutdown_waits_for_what_was_submitted::<ThreadPool>();
}

#[test]
fn draining_and_tasks_of_its_own() {
    a_task_may_submit_while_the_pool_drains::<ThreadPool>(1);
    a_task_may_submit_while_the_pool_drains::<ThreadPool>(2);
}

#[test]
fn submit_and_a_worker_going_idle() {
    no_task_waits_for_a_sleeping_worker::<ThreadPool>();
}

#[test]
fn three_tasks_one_after_another_use_one_thread() {
    one_after_another_needs_one_thread::<ThreadPool>();
}

#[test]
fn tasks_that_meet() {
    tasks_that_meet_have_a_thread_each::<ThreadPool>();
}

#[test]
fn a_long_callback_and_the_next_task() {
    a_callback_does_not_hold_up_the_next_task::<ThreadPool>();
}

#[test]
fn a_long_callback_and_a_sleeping_worker() {
    a_callback_wakes_the_worker_that_sleeps::<ThreadPool>();
}

#[test]
fn a_chain_of_callbacks_is_finished() {
    fn link(handle: &PoolHandle, ran: &Count, links: usize) {
        let task = handle.submit(ran.task()).unwrap();
        let (handle, ran) = (handle.clone(), ran.clone());
        task.add_done_callback(move |_| {
            if links > 1 {
                link(&handle, &ran, links - 1);
            }
        });
    }
    for workers in [1, 2] {
        check(move || {
            let (pool, ran) = (ThreadPool::new(workers).unwrap(), Count::default());
            link(&pool.handle(), &ran, 3);
            pool.shutdown().unwrap();
            assert_eq!(ran.get(), 3);
            assert!(matches!(pool.submit(|| ()), Err(PoolError::ShutDown)));
        });
    }
}

#[test]
fn shutdown_from_two_threads() {
    check(|| {
        let (pool, ran) = (Arc::new(ThreadPool::new(1).unwrap()), Count::default());
        pool.submit(ran.task()).unwrap();
        pool.submit(ran.task()).unwrap();
        let other = {
            let (pool, ran) = (Arc::clone(&pool), ran.clone());
            spawn("other", move || {
                pool.shutdown().unwrap();
                ran.get()
            })
        };
        pool.shutdown().unwrap();
        assert_eq!(ran.get(), 2);
        assert_eq!(other.join().unwrap(), 2);
        pool.shutdown().unwrap();
    });
}

#[test]
fn begin_shutdown_and_drop_finish_everything() {
    check(|| {
        let (pool, ran) = (ThreadPool::new(2).unwrap(), Count::default());
        let handle = pool.handle();
        for _ in 0..2 {
            pool.submit(ran.task()).unwrap();
        }
        pool.begin_shutdown();
        assert!(pool.submit(|| ()).is_err());
        drop(pool);
        assert_eq!(ran.get(), 2);
        assert!(handle.submit(|| ()).is_err());
    });
}

#[test]
fn a_worker_cannot_wait_for_its_own_pool() {
    check(|| {
        let pool = Arc::new(ThreadPool::new(1).unwrap());
        let inside = Arc::clone(&pool);
        let refused =
            pool.submit(move || matches!(inside.shutdown(), Err(PoolError::FromItsOwnWorker)));
        pool.shutdown().unwrap();
        assert_eq!(refused.unwrap().result(), Ok(true));
    });
}

/// The last one who holds the pool may be a task: then a worker drops it, and
/// what is queued behind runs nevertheless.
#[test]
fn a_pool_dropped_by_its_own_worker_finishes() {
    check(|| {
        let (pool, ran) = (Arc::new(ThreadPool::new(1).unwrap()), Count::default());
        let (inside, count) = (Arc::clone(&pool), ran.clone());
        let first = pool.submit(move || {
            let behind = inside.submit(count.task()).unwrap();
            drop(inside);
            behind
        });
        let first = first.unwrap();
        let second = pool.submit(ran.task()).unwrap();
        drop(pool);
        first.result().unwrap().result().unwrap();
        second.result().unwrap();
        assert_eq!(ran.get(), 2);
    });
}

/// A worker leaves only when no task can come any more. Otherwise others
/// would have to be started in its place.
#[test]
fn a_draining_pool_starts_no_thread_in_the_place_of_another() {
    check(|| {
        let pool = Arc::new(
            ThreadPool::builder()
                .workers(2)
                .name_prefix("cook")
                .build()
                .unwrap(),
        );
        let cooks = Arc::new(Plain::new(BTreeSet::new()));
        let enter = {
            let cooks = Arc::clone(&cooks);
            move || {
                let name = model::thread::current().name().unwrap().to_string();
                cooks.lock().unwrap().insert(name);
            }
        };
        pool.submit(enter.clone()).unwrap();
        let handle = pool.handle();
        pool.submit(move || {
            enter();
            let helped = handle.submit(enter).unwrap();
            helped.result().unwrap();
        })
        .unwrap();
        pool.shutdown().unwrap();
        let cooks = cooks.lock().unwrap();
        assert!(
            cooks
                .iter()
                .all(|cook| cook == "cook_0" || cook == "cook_1"),
            "{cooks:?}"
        );
    });
}

/// Each is cancelled or has run, and nothing hangs.
fn settle(futures: &[Future<()>], ran: &Count) -> usize {
    let results: Vec<_> = futures.iter().map(Future::result).collect();
    let cancelled = results
        .iter()
        .filter(|result| **result == Err(TaskError::Cancelled))
        .count();
    assert_eq!(ran.get() + cancelled, futures.len());
    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        ran.get()
    );
    cancelled
}

#[test]
fn cancel_queued_and_workers() {
    fn case(workers: usize) {
        let (pool, ran) = (ThreadPool::new(workers).unwrap(), Count::default());
        let pool = Arc::new(pool);
        let futures = [(); 3].map(|()| pool.submit(ran.task()).unwrap());
        let canceller = {
            let pool = Arc::clone(&pool);
            spawn("canceller", move || pool.cancel_queued())
        };
        pool.shutdown().unwrap();
        assert_eq!(settle(&futures, &ran), canceller.join().unwrap());
    }
    check(|| case(1));
    model::many(|| case(2));
}

/// While the pool drains: a sleeping worker waits for a running task that
/// submits another, which is cancelled.
#[test]
fn cancel_queued_while_the_pool_drains() {
    check(|| {
        let (pool, ran) = (Arc::new(ThreadPool::new(2).unwrap()), Count::default());
        pool.submit(|| ()).unwrap();
        let (handle, count) = (pool.handle(), ran.clone());
        let first = pool.submit(move || handle.submit(count.task()).unwrap());
        pool.begin_shutdown();
        let cancelled = pool.cancel_queued();
        pool.shutdown().unwrap();
        match first.unwrap().result() {
            Ok(second) => assert!(settle(&[second], &ran) <= cancelled),
            Err(error) => assert_eq!(error, TaskError::Cancelled),
        }
    });
}

#[test]
fn cancel_and_a_worker() {
    check(|| {
        let (pool, ran) = (ThreadPool::new(1).unwrap(), Count::default());
        let futures = [(); 2].map(|()| pool.submit(ran.task()).unwrap());
        let called = Count::default();
        futures[1].add_done_callback({
            let called = called.clone();
            move |_| called.up()
        });
        let cancelled = usize::from(futures[1].cancel());
        pool.shutdown().unwrap();
        assert_eq!(settle(&futures, &ran), cancelled);
        assert_eq!(called.get(), 1);
    });
}

/// Those who wait in every way for a task that never starts.
#[test]
fn cancel_wakes_those_who_wait_for_a_queued_task() {
    check(|| {
        let (pool, gate) = (ThreadPool::new(1).unwrap(), Gate::default());
        let inside = gate.clone();
        pool.submit(move || inside.wait()).unwrap();
        let queued = pool.submit(|| ()).unwrap();
        let waiters = [
            spawn("in result", {
                let queued = queued.clone();
                move || assert_eq!(queued.result(), Err(TaskError::Cancelled))
            }),
            spawn("in as_completed", {
                let queued = queued.clone();
                move || assert_eq!(as_completed([&queued]).count(), 1)
            }),
        ];
        assert!(queued.cancel());
        for waiter in waiters {
            waiter.join().unwrap();
        }
        gate.open();
        pool.shutdown().unwrap();
    });
}

#[test]
fn two_submitters_two_workers() {
    model::many(|| {
        let (pool, ran) = (Arc::new(ThreadPool::new(2).unwrap()), Count::default());
        let submitters = [(); 2].map(|()| {
            let (pool, ran) = (Arc::clone(&pool), ran.clone());
            spawn("submitter", move || {
                for _ in 0..2 {
                    pool.submit(ran.task()).unwrap().result().unwrap();
                }
            })
        });
        for submitter in submitters {
            submitter.join().unwrap();
        }
        assert!(pool.worker_names().len() <= 2);
        pool.shutdown().unwrap();
        assert_eq!(ran.get(), 4);
    });
}

#[test]
fn a_failing_initializer_is_told_to_everybody() {
    check(|| {
        let pool = ThreadPool::builder()
            .workers(2)
            .initializer(|| Err("no licence".into()))
            .build()
            .unwrap();
        for _ in 0..2 {
            match pool.submit(|| ()) {
                Ok(task) => assert!(matches!(task.result(), Err(TaskError::BrokenPool(_)))),
                Err(error) => assert!(matches!(error, PoolError::Broken(_))),
            }
        }
        pool.shutdown().unwrap();
    });
}

#[test]
fn a_map_that_is_dropped_half_read_cancels_the_rest() {
    check(|| {
        let (pool, ran) = (ThreadPool::new(1).unwrap(), Count::default());
        let (gate, count) = (Gate::default(), ran.clone());
        let inside = gate.clone();
        let mut results = pool
            .map(0..3, move |number| {
                count.up();
                if number == 1 {
                    inside.wait();
                }
            })
            .unwrap();
        assert_eq!(results.next(), Some(Ok(())));
        drop(results);
        gate.open();
        pool.shutdown().unwrap();
        // The second may have run, or the third, while the other was cancelled.
        assert!(ran.get() <= 2);
    });
}

/// Every worker holds the pool's inside as long as it lives.
#[test]
fn no_worker_is_left_when_the_pool_is_gone() {
    check(|| {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let pool = ThreadPool::builder().workers(2).initializer(move || {
            let _ = &inside;
            Ok(())
        });
        let pool = pool.build().unwrap();
        pool.submit(|| ()).unwrap();
        drop(pool);
        assert_eq!(Arc::strong_count(&held), 1);
    });
}

/// What a task captured is dropped by the worker if the task was cancelled.
#[test]
fn a_panicking_destructor_costs_no_worker() {
    struct Spiteful;
    impl Drop for Spiteful {
        fn drop(&mut self) {
            panic!("not without me");
        }
    }
    // Every interleaving would be a line on the terminal.
    model::few(0, 0, || {
        let (pool, gate) = (ThreadPool::new(1).unwrap(), Gate::default());
        let (inside, spiteful) = (gate.clone(), Spiteful);
        let first = pool.submit(move || inside.wait()).unwrap();
        let second = pool.submit(move || drop(spiteful)).unwrap();
        assert!(second.cancel());
        gate.open();
        first.result().unwrap();
        pool.shutdown().unwrap();
    });
}

/// A destructor of a result may wait for another task: here the worker is the last
/// one to hold the result, or the submitter.
#[test]
fn a_result_that_waits_for_a_task_when_it_is_dropped() {
    struct Waits(PoolHandle, Count);
    impl Drop for Waits {
        fn drop(&mut self) {
            let other = self.0.submit(self.1.task()).unwrap();
            other.result().unwrap();
        }
    }
    // In a draining pool the submitter's own destructor would be refused.
    model::few(1, 0, case);
    model::many(case);
    fn case() {
        let (pool, ran) = (ThreadPool::new(1).unwrap(), Count::default());
        let waits = Waits(pool.handle(), ran.clone());
        drop(pool.submit(move || waits).unwrap());
        pool.submit(ran.task()).unwrap();
        pool.shutdown().unwrap();
        assert_eq!(ran.get(), 2);
    }
}

/// The callbacks of a cancelled task may submit while the pool drains, whether the
/// canceller or the leaving workers are faster.
#[test]
fn a_cancelled_task_s_callback_and_a_draining_pool() {
    check(|| {
        let (pool, ran) = (ThreadPool::new(1).unwrap(), Count::default());
        let (handle, count) = (pool.handle(), ran.clone());
        pool.submit(|| ()).unwrap();
        let queued = pool.submit(|| ()).unwrap();
        let added = queued.clone();
        added.add_done_callback(move |_| {
            handle.submit(count.task()).unwrap();
        });
        pool.begin_shutdown();
        let canceller = spawn("canceller", move || queued.cancel());
        pool.shutdown().unwrap();
        assert_eq!(ran.get(), 1, "run at the end of the shutdown");
        canceller.join().unwrap();
    });
}

/// As above, for several that are cancelled at once.
#[test]
fn the_callbacks_of_a_cancelled_queue_and_a_draining_pool() {
    check(|| {
        let (pool, ran) = (Arc::new(ThreadPool::new(1).unwrap()), Count::default());
        let first = pool.submit(|| ()).unwrap();
        let queued = [(); 2].map(|()| pool.submit(|| ()).unwrap());
        for future in &queued {
            let (handle, count) = (pool.handle(), ran.clone());
            future.add_done_callback(move |_| {
                handle.submit(count.task()).unwrap();
            });
        }
        pool.begin_shutdown();
        let canceller = {
            let pool = Arc::clone(&pool);
            spawn("canceller", move || pool.cancel_queued())
        };
        pool.shutdown().unwrap();
        let ran = ran.get();
        let cancelled = canceller.join().unwrap();
        // A callback may have submitted before: then its task was cancelled, too.
        let tasks = queued.iter().chain([&first]);
        let its_own = tasks.filter(|task| task.is_cancelled()).count();
        assert_eq!(ran + cancelled - its_own, 2, "run or cancelled");
    });
}

/// A pool that cannot start a worker goes on with those it has.
#[test]
fn a_pool_that_gets_no_second_thread_does_with_one() {
    // Every interleaving is a line on the terminal.
    model::few(1, 0, || {
        model::threads_left(1);
        let (pool, ran) = (ThreadPool::new(2).unwrap(), Count::default());
        for _ in 0..3 {
            pool.submit(ran.task()).unwrap();
        }
        assert_eq!(pool.worker_names().len(), 1);
        pool.shutdown().unwrap();
        assert_eq!(ran.get(), 3);
    });
}

/// A pool without any worker is broken, and says why.
#[test]
fn a_pool_that_gets_no_thread_at_all_says_so() {
    check(|| {
        model::threads_left(usize::MAX);
        let (pool, ran) = (Arc::new(ThreadPool::new(2).unwrap()), Count::default());
        let other = {
            let (pool, ran) = (Arc::clone(&pool), ran.clone());
            spawn("other", move || {
                model::threads_left(0);
                pool.submit(ran.task()).map(drop)
            })
        };
        model::threads_left(0);
        for refused in [pool.submit(ran.task()).map(drop), other.join().unwrap()] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, PoolError::Broken(_)));
            let said = refused.to_string();
            assert!(said.contains("cannot start its first worker"), "{said}");
        }
        pool.shutdown().unwrap();
        assert_eq!(ran.get(), 0);
    });
}
