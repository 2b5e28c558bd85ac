//! The driver and the machine under the model checker: workers that reply, retire,
//! die or cannot be started, while others submit, cancel and shut down.
//!
//! The worker processes are threads of the model. All else is the pool's own code,
//! but for the sockets. The pool has to pass every check; with a machine that is
//! wrong in one decision, it has to fail as expected.

mod broken;
mod village;

use std::sync::Arc;

use super::answer::Decoding;
use super::driver::Driver;
use crate::error::{BrokenPool, PoolError, TaskError};
use crate::future::Future;
use crate::primitives::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::primitives::model;
use crate::primitives::spawn;
use stage::record::TaskId;
use workers::machine::{Decides, Machine};
use workers::{Call, Frame};

use village::{Plan, Village};

/// A pool over the village.
struct Pool<M> {
    driver: Arc<Driver<Village, M>>,
    submitted: AtomicU64,
}

impl<M: Decides> Pool<M> {
    fn new(workers: usize, tasks_per_worker: Option<u64>, plan: Plan) -> Arc<Self> {
        model::threads_left(usize::MAX);
        let village = Village::new(plan);
        let driver = Driver::begin(0, "model".to_string(), village, workers, tasks_per_worker);
        Arc::new(Pool {
            driver: driver.expect("a first thread"),
            submitted: AtomicU64::new(0),
        })
    }

    fn submit(&self) -> Result<Future<()>, PoolError> {
        let number = self.submitted.fetch_add(1, Ordering::Relaxed);
        let task = TaskId { pool: 0, number };
        let (promise, future, cancelled) = self.driver.pair(task, None);
        let call = Call {
            task,
            submitted: None,
            function: String::new(),
            chunk: false,
        };
        let frame = Frame::of_call(call, Vec::new()).expect("it is short");
        let answer = Decoding(promise, |_: &[u8]| Ok(()));
        self.driver
            .submit(number, frame, Box::new(answer), cancelled)?;
        Ok(future)
    }

    fn shutdown(&self) {
        self.driver.shutdown().expect("not from a callback");
    }
}

/// Counts what was called.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Several ways through the interleavings of something as large as a pool.
fn check(test: impl Fn() + Send + Sync + Clone + 'static) {
    model::few(1, 0, test.clone());
    model::many(test);
}

fn is_broken(result: &Result<(), TaskError>) -> bool {
    matches!(result, Err(TaskError::BrokenPool(_)))
}

/// Two submitters, a shutdown, and workers that stay or retire after each task.
fn what_was_submitted_runs<M: Decides>(workers: usize, tasks_per_worker: Option<u64>) {
    check(move || {
        let pool = Pool::<M>::new(workers, tasks_per_worker, Plan::default());
        let first = pool.submit().unwrap();
        let submitter = {
            let pool = Arc::clone(&pool);
            spawn("submitter", move || pool.submit())
        };
        pool.shutdown();
        assert_eq!(first.result(), Ok(()), "the first");
        if let Ok(second) = submitter.join().unwrap() {
            assert_eq!(second.result(), Ok(()), "the second");
        }
        assert!(matches!(pool.submit(), Err(PoolError::ShutDown)));
        assert_eq!(pool.driver.members(), 0, "workers after the end");
    });
}

/// The only worker retires after each task, and its place is needed for the next.
fn a_retired_worker_is_replaced<M: Decides>() {
    check(|| {
        let plan = Plan {
            places: 1,
            ..Plan::default()
        };
        let pool = Pool::<M>::new(1, Some(1), plan);
        let futures = [(); 3].map(|()| pool.submit().unwrap());
        pool.shutdown();
        assert!(futures.iter().all(|future| future.result() == Ok(())));
    });
}

/// The system starts one worker and no other.
fn one_that_cannot_be_replaced_breaks_the_pool<M: Decides>() {
    check(|| {
        let plan = Plan {
            places: 1,
            places_are_lost: true,
            ..Plan::default()
        };
        let pool = Pool::<M>::new(1, Some(1), plan);
        let futures = [(); 2].map(|()| pool.submit().unwrap());
        assert_eq!(futures[0].result(), Ok(()));
        match futures[1].result() {
            Err(TaskError::BrokenPool(BrokenPool { what, .. })) => {
                assert_eq!(what, "model_1 cannot be started: no place is left");
            }
            other => panic!("{other:?}"),
        }
        pool.shutdown();
    });
}

/// A worker dies with a task that it was just given, and another one may work.
fn a_death_while_delivering_is_told<M: Decides>(workers: usize) {
    check(move || {
        let plan = Plan {
            dies_with_task: Some(1),
            ..Plan::default()
        };
        let pool = Pool::<M>::new(workers, None, plan);
        let futures = [(); 2].map(|()| pool.submit());
        pool.shutdown();
        let results: Vec<_> = futures.into_iter().flatten().map(|f| f.result()).collect();
        assert!(results.iter().any(is_broken), "{results:?}");
        assert!(pool.submit().is_err());
        assert_eq!(pool.driver.members(), 0, "workers after the end");
    });
}

/// A task ends, and its callback submits another, while the pool drains.
fn a_chain_of_callbacks_is_finished<M: Decides>() {
    fn link<M: Decides>(pool: &Arc<Pool<M>>, called: &Count, links: usize) {
        let (inside, count) = (Arc::clone(pool), called.clone());
        pool.submit().unwrap().add_done_callback(move |_| {
            count.up();
            if links > 1 {
                link(&inside, &count, links - 1);
            }
        });
    }
    check(|| {
        let pool = Pool::<M>::new(1, None, Plan::default());
        let called = Count::default();
        link(&pool, &called, 2);
        pool.shutdown();
        assert_eq!(called.get(), 2, "called of the chain");
    });
}

/// The system starts no thread for the callbacks.
fn without_a_callback_thread_the_pool_breaks_and_ends<M: Decides>() {
    check(|| {
        let plan = Plan {
            then_no_thread: true,
            ..Plan::default()
        };
        let pool = Pool::<M>::new(1, None, plan);
        let called = Count::default();
        let futures = [(); 2].map(|()| pool.submit().unwrap());
        for future in &futures {
            let count = called.clone();
            // It waits for every future of the pool: each is done, or about to be.
            let all = futures.clone();
            future.add_done_callback(move |_| {
                all.iter().for_each(|future| drop(future.result()));
                count.up();
            });
        }
        pool.shutdown();
        assert_eq!(called.get(), 2, "called");
    });
}

/// The queue is cancelled, and one future by itself, while the worker works.
fn what_is_cancelled_never_runs<M: Decides>() {
    check(|| {
        let pool = Pool::<M>::new(1, None, Plan::default());
        let futures = [(); 3].map(|()| pool.submit().unwrap());
        let canceller = {
            let (pool, last) = (Arc::clone(&pool), futures[2].clone());
            spawn("canceller", move || {
                last.cancel();
                pool.driver.cancel_queued();
            })
        };
        pool.shutdown();
        canceller.join().unwrap();
        for future in futures {
            assert!(matches!(
                future.result(),
                Ok(()) | Err(TaskError::Cancelled)
            ));
        }
    });
}

#[test]
fn submit_and_shutdown() {
    what_was_submitted_runs::<Machine>(1, None);
    what_was_submitted_runs::<Machine>(2, None);
}

/// Shutdown against retirement: the next worker is started also while the pool ends.
#[test]
fn retire_and_shutdown() {
    what_was_submitted_runs::<Machine>(1, Some(1));
    what_was_submitted_runs::<Machine>(2, Some(1));
    a_retired_worker_is_replaced::<Machine>();
}

/// A retired worker that cannot be replaced breaks the pool; nothing hangs.
#[test]
fn retire_without_a_successor() {
    one_that_cannot_be_replaced_breaks_the_pool::<Machine>();
}

/// A worker's death answers every task, whatever is in flight.
#[test]
fn die_and_shutdown() {
    a_death_while_delivering_is_told::<Machine>(1);
    a_death_while_delivering_is_told::<Machine>(2);
}

#[test]
fn callbacks_and_shutdown() {
    a_chain_of_callbacks_is_finished::<Machine>();
}

/// A callback thread that cannot start is an error of the pool, and no hang.
#[test]
fn no_thread_for_callbacks() {
    without_a_callback_thread_the_pool_breaks_and_ends::<Machine>();
}

#[test]
fn cancel_and_shutdown() {
    what_is_cancelled_never_runs::<Machine>();
}

/// The callback of a cancelled task may submit while the pool drains.
#[test]
fn cancel_and_submit_again_while_the_pool_drains() {
    check(|| {
        let pool = Pool::<Machine>::new(1, None, Plan::default());
        let first = pool.submit().unwrap();
        let second = pool.submit().unwrap();
        let called = Count::default();
        second.add_done_callback({
            let (pool, called) = (Arc::clone(&pool), called.clone());
            move |second| {
                if second.is_cancelled() {
                    pool.submit()
                        .expect("it drains")
                        .add_done_callback(move |third| {
                            third.result()?;
                            called.up();
                            Ok(())
                        });
                } else {
                    called.up();
                }
                Ok(())
            }
        });
        let canceller = spawn("canceller", move || second.cancel());
        pool.shutdown();
        canceller.join().unwrap();
        assert_eq!(first.result(), Ok(()));
        assert_eq!(called.get(), 1, "called");
    });
}

#[test]
fn two_who_shut_down() {
    check(|| {
        let pool = Pool::<Machine>::new(1, None, Plan::default());
        let future = pool.submit().unwrap();
        let other = {
            let pool = Arc::clone(&pool);
            spawn("other", move || {
                pool.shutdown();
                assert_eq!(pool.driver.members(), 0);
            })
        };
        pool.shutdown();
        assert_eq!(pool.driver.members(), 0);
        other.join().unwrap();
        assert_eq!(future.result(), Ok(()));
    });
}
