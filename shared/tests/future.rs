//! The contract of the future, on real threads.

mod common;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Instant;

use common::{Gate, Notes, held_pool, this_thread, until, until_asleep, within};
use shared::prelude::*;

const LIMIT: Duration = common::LIMIT;
const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn a_future_is_pending_then_running_then_finished() {
    within(|| {
        let (pool, gate, running) = held_pool();
        let pending = pool.submit(|| 1).unwrap();
        let of_pending = || {
            (
                pending.is_running(),
                pending.is_cancelled(),
                pending.is_done(),
            )
        };
        assert_eq!(of_pending(), (false, false, false));
        assert_eq!(format!("{pending:?}"), "<Future task 1: pending>");
        assert!(running.is_running() && !running.is_done());
        assert_eq!(format!("{running:?}"), "<Future task 0: running>");
        gate.open();
        assert_eq!(pending.result(), Ok(1));
        assert_eq!(of_pending(), (false, false, true));
        assert_eq!(format!("{pending:?}"), "<Future task 1: finished>");
    });
}

#[test]
fn a_pending_future_can_be_cancelled_and_again() {
    within(|| {
        let (pool, _gate, _) = held_pool();
        let pending = pool.submit(|| ()).unwrap();
        assert!(pending.cancel());
        assert!(pending.cancel());
        assert!(pending.is_cancelled() && pending.is_done() && !pending.is_running());
        assert_eq!(format!("{pending:?}"), "<Future task 1: cancelled>");
        assert_eq!(pending.result(), Err(TaskError::Cancelled));
        assert_eq!(pending.exception(), Some(TaskError::Cancelled));
    });
}

#[test]
fn a_running_future_cannot_be_cancelled() {
    within(|| {
        let (_pool, gate, running) = held_pool();
        assert!(!running.cancel());
        assert!(running.is_running() && !running.is_cancelled());
        gate.open();
        assert_eq!(running.result(), Ok(()));
    });
}

#[test]
fn a_finished_or_failed_future_cannot_be_cancelled() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let finished = pool.submit(|| 1).unwrap();
        let failed: Future<()> = pool.submit(|| panic!("no egg")).unwrap();
        assert_eq!(finished.result(), Ok(1));
        assert!(failed.result().is_err());
        assert!(!finished.cancel() && !failed.cancel());
        assert!(!finished.is_cancelled() && !failed.is_cancelled());
        assert_eq!(format!("{failed:?}"), "<Future task 1: failed>");
    });
}

#[test]
fn a_result_may_be_asked_for_any_number_of_times() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let future = pool.submit(|| vec![1, 2]).unwrap();
        let clone = future.clone();
        assert_eq!(future.result(), Ok(vec![1, 2]));
        assert_eq!(future.result(), clone.result());
        assert_eq!(future.exception(), None);
    });
}

#[test]
fn a_timeout_of_zero_means_now_or_never() {
    within(|| {
        let (pool, gate, running) = held_pool();
        let pending = pool.submit(|| ()).unwrap();
        for future in [&pending, &running] {
            assert_eq!(future.result_timeout(AT_ONCE), Err(TaskError::TimedOut));
            assert_eq!(future.exception_timeout(AT_ONCE), Some(TaskError::TimedOut));
            assert!(!future.is_done(), "a timeout changed the future");
        }
        gate.open();
        pending.result().unwrap();
        for future in [&pending, &running] {
            assert_eq!(future.result_timeout(AT_ONCE), Ok(()));
            assert_eq!(future.exception_timeout(AT_ONCE), None);
        }
    });
}

#[test]
fn result_and_exception_wait_as_long_as_their_timeout_and_no_longer() {
    within(|| {
        let (_pool, gate, running) = held_pool();
        let limit = Duration::from_millis(30);
        let begun = Instant::now();
        assert_eq!(running.result_timeout(limit), Err(TaskError::TimedOut));
        assert!(begun.elapsed() >= limit);
        let begun = Instant::now();
        assert_eq!(running.exception_timeout(limit), Some(TaskError::TimedOut));
        assert!(begun.elapsed() >= limit);
        gate.open();
        assert_eq!(running.result_timeout(LIMIT), Ok(()));
        assert_eq!(running.exception_timeout(LIMIT), None);
        // Longer than any clock can count.
        assert_eq!(running.result_timeout(Duration::MAX), Ok(()));
    });
}

/// Starts a thread, and waits until it waits.
fn asleep<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    body: impl FnOnce() -> T + Send + 'scope,
) -> thread::ScopedJoinHandle<'scope, T> {
    let (send, receive) = std::sync::mpsc::channel();
    let handle = scope.spawn(move || {
        send.send(this_thread()).unwrap();
        body()
    });
    until_asleep(&receive.recv().unwrap());
    handle
}

#[test]
fn cancel_wakes_everybody_who_waits_in_result_wait_and_as_completed() {
    within(|| {
        let (pool, _gate, _) = held_pool();
        let pending = pool.submit(|| 1).unwrap();
        let futures = std::slice::from_ref(&pending);
        thread::scope(|scope| {
            let results = [(); 3].map(|()| asleep(scope, || pending.result()));
            let within = asleep(scope, || pending.result_timeout(LIMIT));
            let exception = asleep(scope, || pending.exception());
            let waits =
                [(); 2].map(|()| asleep(scope, || wait(futures, Until::AllCompleted).done.len()));
            let completed = [(); 2].map(|()| {
                asleep(scope, || {
                    as_completed(futures).map(|f| f.is_cancelled()).collect()
                })
            });
            let awaited = asleep(scope, || block_on(pending.clone()));
            assert!(pending.cancel());
            for result in results {
                assert_eq!(result.join().unwrap(), Err(TaskError::Cancelled));
            }
            assert_eq!(within.join().unwrap(), Err(TaskError::Cancelled));
            assert_eq!(exception.join().unwrap(), Some(TaskError::Cancelled));
            for done in waits {
                assert_eq!(done.join().unwrap(), 1);
            }
            for cancelled in completed {
                let cancelled: Vec<bool> = cancelled.join().unwrap();
                assert_eq!(cancelled, [true]);
            }
            assert_eq!(awaited.join().unwrap(), Err(TaskError::Cancelled));
        });
    });
}

#[test]
fn the_end_of_the_task_wakes_everybody_who_waits() {
    within(|| {
        let (_pool, gate, running) = held_pool();
        let futures = std::slice::from_ref(&running);
        thread::scope(|scope| {
            let results = [(); 3].map(|()| asleep(scope, || running.result()));
            let waits =
                [(); 2].map(|()| asleep(scope, || wait(futures, Until::FirstError).done.len()));
            let completed = [(); 2].map(|()| asleep(scope, || as_completed(futures).count()));
            gate.open();
            for result in results {
                assert_eq!(result.join().unwrap(), Ok(()));
            }
            for count in waits.into_iter().chain(completed) {
                assert_eq!(count.join().unwrap(), 1);
            }
        });
    });
}

#[test]
fn a_callback_gets_the_finished_future_for_a_result_an_error_and_a_cancellation() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let good = pool.submit(|| 1).unwrap();
        let bad = pool.submit(|| panic!("no egg")).unwrap();
        let cancelled = pool.submit(|| 3).unwrap();
        let notes = Notes::new();
        for future in [&good, &bad, &cancelled] {
            let (note, task) = (notes.clone(), future.task());
            future.add_done_callback(move |done| {
                assert!(done.is_done());
                note.add((task == done.task(), done.result()));
            });
        }
        cancelled.cancel();
        assert_eq!(notes.all(), [(true, Err(TaskError::Cancelled))]);
        gate.open();
        pool.shutdown().unwrap();
        let no_egg = TaskError::Panicked("no egg".to_string());
        assert_eq!(notes.all()[1..], [(true, Ok(1)), (true, Err(no_egg))]);
    });
}

#[test]
fn callbacks_run_in_the_order_in_which_they_were_added() {
    within(|| {
        let (pool, gate, running) = held_pool();
        let pending = pool.submit(|| ()).unwrap();
        let notes = [&running, &pending].map(|future| {
            let notes = Notes::new();
            for n in 0..10 {
                let note = notes.clone();
                future.add_done_callback(move |_| note.add(n));
            }
            notes
        });
        assert!(notes.iter().all(|notes| notes.all().is_empty()));
        pending.cancel();
        gate.open();
        pool.shutdown().unwrap();
        for notes in notes {
            assert_eq!(notes.all(), (0..10).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_callback_added_after_the_end_runs_at_once_in_the_adder() {
    within(|| {
        let (pool, gate, finished) = held_pool();
        let cancelled = pool.submit(|| ()).unwrap();
        cancelled.cancel();
        gate.open();
        finished.result().unwrap();
        for future in [finished, cancelled] {
            let notes = Notes::new();
            let note = notes.clone();
            future.add_done_callback(move |_| note.add(thread::current().id()));
            assert_eq!(notes.all(), [thread::current().id()]);
        }
    });
}

#[test]
fn a_failing_callback_is_passed_over_and_the_later_ones_still_run() {
    within(|| {
        let (pool, gate, running) = held_pool();
        let notes = Notes::new();
        running.add_done_callback(|_| -> Result { Err("a failing callback".into()) });
        running.add_done_callback(|_| -> () { panic!("a panicking callback") });
        let note = notes.clone();
        running.add_done_callback(move |_| note.add("still called"));
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["still called"]);
        assert_eq!(running.result(), Ok(()));
        // Added late, it fails in the adder, who must not notice.
        running.add_done_callback(|_| -> () { panic!("a late panicking callback") });
    });
}

#[test]
fn a_callback_may_use_its_own_future_since_no_lock_is_held() {
    within(|| {
        let (pool, gate, running) = held_pool();
        let pending = pool.submit(|| ()).unwrap();
        let notes = Notes::new();
        for future in [&running, &pending] {
            let note = notes.clone();
            future.add_done_callback(move |done| {
                let _ = (done.result(), done.exception(), done.is_done());
                let _ = (done.cancel(), format!("{done:?}"));
                let waited = wait(std::slice::from_ref(&done), Until::AllCompleted);
                assert_eq!(waited.done.len(), 1);
                assert_eq!(as_completed([&done, &done]).count(), 1);
                let inner = note.clone();
                done.add_done_callback(move |_| inner.add("inside"));
                note.add("outside");
            });
        }
        pending.cancel();
        assert_eq!(notes.all(), ["inside", "outside"]);
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(notes.all(), ["inside", "outside", "inside", "outside"]);
    });
}

#[test]
fn result_may_return_before_the_callbacks_have_run() {
    within(|| {
        let (_pool, gate, running) = held_pool();
        let callback_gate = Gate::closed();
        let entrance = callback_gate.entrance();
        running.add_done_callback(move |_| entrance.wait());
        gate.open();
        assert_eq!(running.result(), Ok(()));
        let futures = std::slice::from_ref(&running);
        assert_eq!(wait(futures, Until::AllCompleted).done.len(), 1);
        assert_eq!(as_completed(futures).count(), 1);
        // All that while the callback was still at its gate, or had not come there.
        callback_gate.wait_for_arrivals(1);
    });
}

/// Three tasks, each behind a gate of its own; the second one fails.
fn three() -> (ThreadPool, [Future<u32>; 3], [Gate; 3]) {
    let pool = ThreadPool::new(3).unwrap();
    let gates = [(); 3].map(|()| Gate::closed());
    let futures = [0, 1, 2].map(|n| {
        let entrance = gates[n].entrance();
        pool.submit(move || {
            entrance.wait();
            assert!(n != 1, "the second one fails");
            n as u32
        })
        .unwrap()
    });
    (pool, futures, gates)
}

fn tasks<T>(futures: &[Future<T>]) -> Vec<u64> {
    futures.iter().map(|future| future.task().number).collect()
}

#[test]
fn wait_for_the_first_completed_returns_the_done_and_the_not_done() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates[2].open();
        let waited = wait(&futures, Until::FirstCompleted);
        assert_eq!(tasks(&waited.done), [2]);
        assert_eq!(tasks(&waited.not_done), [0, 1]);
        // An error completes a future as well. One that is done already ends the
        // wait at once.
        gates[1].open();
        let waited = wait(&futures[..2], Until::FirstCompleted);
        assert_eq!(tasks(&waited.done), [1]);
        let waited = wait(&futures, Until::FirstCompleted);
        assert_eq!(tasks(&waited.done), [1, 2]);
    });
}

#[test]
fn wait_for_the_first_error_passes_over_results_and_cancellations() {
    within(|| {
        let (pool, futures, gates) = three();
        let cancelled = pool.submit(|| 3).unwrap();
        cancelled.cancel();
        let futures: Vec<_> = futures.into_iter().chain([cancelled]).collect();
        gates[0].open();
        futures[0].result().unwrap();
        thread::scope(|scope| {
            let waiting = asleep(scope, || wait(&futures, Until::FirstError));
            gates[1].open();
            let waited = waiting.join().unwrap();
            assert_eq!(tasks(&waited.done), [0, 1, 3]);
            assert_eq!(tasks(&waited.not_done), [2]);
        });
    });
}

#[test]
fn wait_for_the_first_error_ends_with_all_when_none_fails() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates[0].open();
        gates[2].open();
        let good = [futures[0].clone(), futures[2].clone()];
        assert_eq!(wait(&good, Until::FirstError).done.len(), 2);
    });
}

#[test]
fn wait_for_all_waits_for_all() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates[0].open();
        gates[1].open();
        thread::scope(|scope| {
            let waiting = asleep(scope, || wait(&futures, Until::AllCompleted));
            gates[2].open();
            let waited = waiting.join().unwrap();
            assert_eq!(tasks(&waited.done), [0, 1, 2]);
            assert!(waited.not_done.is_empty());
        });
    });
}

#[test]
fn wait_counts_duplicates_once() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates[0].open();
        futures[0].result().unwrap();
        let [a, b, _] = &futures;
        let list = [a, b, a, b].map(Clone::clone);
        let waited = wait_timeout(&list, Until::AllCompleted, AT_ONCE);
        assert_eq!(tasks(&waited.done), [0]);
        assert_eq!(tasks(&waited.not_done), [1]);
        let nothing: Waited<()> = wait(&[], Until::FirstCompleted);
        assert!(nothing.done.is_empty() && nothing.not_done.is_empty());
    });
}

#[test]
fn wait_returns_the_done_and_the_not_done_also_after_a_timeout() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates[0].open();
        futures[0].result().unwrap();
        for limit in [AT_ONCE, Duration::from_millis(20)] {
            let begun = Instant::now();
            let waited = wait_timeout(&futures, Until::AllCompleted, limit);
            assert!(begun.elapsed() >= limit);
            assert_eq!(tasks(&waited.done), [0]);
            assert_eq!(tasks(&waited.not_done), [1, 2]);
        }
        let waited = wait_timeout(&futures[1..], Until::FirstCompleted, AT_ONCE);
        assert!(waited.done.is_empty());
        gates.iter().for_each(Gate::open);
        let waited = wait_timeout(&futures, Until::AllCompleted, LIMIT);
        assert_eq!(tasks(&waited.done), [0, 1, 2]);
    });
}

#[test]
fn as_completed_gives_the_futures_in_the_order_in_which_they_are_done() {
    within(|| {
        let (_pool, futures, gates) = three();
        let mut completed = as_completed(&futures);
        for n in [2, 0, 1] {
            gates[n].open();
            assert_eq!(completed.next().unwrap().task().number, n as u64);
        }
        assert!(completed.next().is_none());
        assert!(completed.next().is_none());
        // Done already, each still comes once.
        let all: BTreeSet<u64> = as_completed(&futures).map(|f| f.task().number).collect();
        assert_eq!(all, [0, 1, 2].into());
    });
}

#[test]
fn as_completed_gives_duplicates_once() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates[0].open();
        futures[0].result().unwrap();
        let [a, b, _] = &futures;
        let mut completed = as_completed([a, b, a, b, b]);
        assert_eq!(completed.next().unwrap().task().number, 0);
        gates[1].open();
        assert_eq!(completed.next().unwrap().task().number, 1);
        assert!(completed.next().is_none());
    });
}

#[test]
fn the_timeout_of_as_completed_is_an_error_that_counts_what_is_unfinished() {
    within(|| {
        let (pool, futures, gates) = three();
        let fourth = pool.submit(|| 3).unwrap();
        gates[0].open();
        gates[2].open();
        wait(
            &[futures[0].clone(), futures[2].clone(), fourth.clone()],
            Until::AllCompleted,
        );
        let four = [&futures[0], &futures[1], &futures[2], &fourth];
        let mut completed = as_completed_timeout(four, AT_ONCE);
        for _ in 0..3 {
            assert!(completed.next().unwrap().is_ok());
        }
        let error = completed.next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "1 (of 4) futures unfinished");
        assert!(completed.next().is_none(), "the error is the last item");

        let (_pool, futures, gates) = three();
        gates[2].open();
        futures[2].result().unwrap();
        let four = [&fourth, &futures[0], &futures[1], &futures[2]];
        let limit = Duration::from_millis(20);
        let begun = Instant::now();
        let items: Vec<_> = as_completed_timeout(four, limit).collect();
        assert!(begun.elapsed() >= limit);
        assert_eq!(items.len(), 3);
        let error = items[2].as_ref().unwrap_err();
        assert_eq!(error.to_string(), "2 (of 4) futures unfinished");
    });
}

#[test]
fn the_timeout_of_as_completed_is_one_for_the_whole_and_runs_from_the_call() {
    within(|| {
        let (_pool, futures, gates) = three();
        let limit = Duration::from_millis(500);
        let mut completed = as_completed_timeout(&futures, limit);
        thread::sleep(limit);
        gates[0].open();
        futures[0].result().unwrap();
        // What is done by now still comes; nothing is waited for.
        assert!(completed.next().unwrap().is_ok());
        let begun = Instant::now();
        assert!(completed.next().unwrap().is_err());
        assert!(begun.elapsed() < limit, "the limit began anew");
    });
}

#[test]
fn as_completed_in_time_gives_everything() {
    within(|| {
        let (_pool, futures, gates) = three();
        gates.iter().for_each(Gate::open);
        let completed = as_completed_timeout(&futures, LIMIT);
        assert_eq!(completed.filter(std::result::Result::is_ok).count(), 3);
    });
}

/// The smallest executor: one future on this thread.
fn block_on<F: std::future::Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread, AtomicUsize);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.fetch_add(1, Ordering::SeqCst);
            self.0.unpark();
        }
    }
    let unpark = Arc::new(Unpark(thread::current(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&unpark));
    let mut future = pin!(future);
    loop {
        let before = unpark.1.load(Ordering::SeqCst);
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => {
                // A park may end for no reason; only the waker counts.
                while unpark.1.load(Ordering::SeqCst) == before {
                    thread::park();
                }
            }
        }
    }
}

#[test]
fn await_gives_results_and_errors_in_any_executor() {
    within(|| {
        let (pool, gate, _) = held_pool();
        let good = pool.submit(|| 20).unwrap();
        let bad: Future<()> = pool.submit(|| panic!("no egg")).unwrap();
        let cancelled = pool.submit(|| ()).unwrap();
        let opener = thread::spawn(move || {
            cancelled.cancel();
            gate.open();
            cancelled
        });
        block_on(async {
            assert_eq!(good.clone().await, Ok(20));
            assert_eq!(good.await.map(|n| n + 1), Ok(21));
            assert!(matches!(bad.await, Err(TaskError::Panicked(_))));
            let cancelled = opener.join().unwrap();
            assert_eq!(cancelled.await, Err(TaskError::Cancelled));
        });
    });
}

/// A waker that counts.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn await_wakes_the_executor_that_polled_last_and_once() {
    within(|| {
        let (_pool, gate, running) = held_pool();
        let counts = [(); 2].map(|()| Arc::new(Count::default()));
        let mut awaited = pin!(running.clone());
        for count in [&counts[0], &counts[0], &counts[1], &counts[1]] {
            let waker = Waker::from(Arc::clone(count));
            let poll =
                std::future::Future::poll(awaited.as_mut(), &mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        }
        gate.open();
        running.result().unwrap();
        until("the wake-up", || counts[1].0.load(Ordering::SeqCst) > 0);
        assert_eq!(counts[1].0.load(Ordering::SeqCst), 1);
    });
}

fn poll<T: Clone>(future: &mut Future<T>, count: &Arc<Count>) -> Poll<Result<T, TaskError>> {
    let waker = Waker::from(Arc::clone(count));
    let future = std::pin::Pin::new(future);
    std::future::Future::poll(future, &mut Context::from_waker(&waker))
}

/// Polling a future many times, or dropping handles that were polled, costs no memory.
#[test]
fn a_handle_keeps_one_waker_and_drops_it_with_itself() {
    within(|| {
        let (_pool, _gate, running) = held_pool();
        let counts = [(); 3].map(|()| Arc::new(Count::default()));
        let kept = || counts.each_ref().map(|count| Arc::strong_count(count) - 1);
        let mut handle = running.clone();
        for count in &counts {
            for _ in 0..10 {
                assert!(poll(&mut handle, count).is_pending());
            }
        }
        assert_eq!(kept(), [0, 0, 1], "the latest one");
        let mut other = handle.clone();
        assert!(poll(&mut other, &counts[0]).is_pending());
        assert_eq!(kept(), [1, 0, 1], "one for each handle");
        drop(handle);
        assert_eq!(kept(), [1, 0, 0]);
        drop(other);
        assert_eq!(kept(), [0, 0, 0]);
    });
}

/// As above: it costs no quadratic time either.
#[test]
fn a_hundred_thousand_handles_may_be_polled() {
    within(|| {
        let (_pool, gate, running) = held_pool();
        let count = Arc::new(Count::default());
        let mut handles = vec![running.clone(); 100_000];
        for handle in &mut handles {
            assert!(poll(handle, &count).is_pending());
        }
        // Half of them are not wanted any more.
        handles.truncate(50_000);
        gate.open();
        until("every waker", || count.0.load(Ordering::SeqCst) == 50_000);
        assert!(poll(&mut handles[0], &count).is_ready());
    });
}

/// An executor whose waker panics keeps no callback from running.
#[test]
fn a_waker_that_panics_hides_no_callback() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Self>) {
            panic!("a bad executor");
        }
    }
    within(|| {
        let (pool, gate, running) = held_pool();
        let waker = Waker::from(Arc::new(Bad));
        let mut awaited = pin!(running.clone());
        let poll = std::future::Future::poll(awaited.as_mut(), &mut Context::from_waker(&waker));
        assert!(poll.is_pending());
        let notes = Notes::new();
        let note = notes.clone();
        running.add_done_callback(move |_| note.add("called"));
        gate.open();
        pool.shutdown().unwrap();
        assert_eq!(running.result(), Ok(()));
        assert_eq!(notes.all(), ["called"]);
    });
}

/// `as_completed` lets go of each future that it has handed out.
#[test]
fn as_completed_lets_go_of_what_it_has_handed_out() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let result = Arc::new(());
        let watch = Arc::downgrade(&result);
        let never_ends = Gate::closed();
        let entrance = never_ends.entrance();
        let first = pool.submit(move || result).unwrap();
        first.result().unwrap();
        let second = pool.submit(move || {
            entrance.wait();
            Arc::new(())
        });
        let futures = [first, second.unwrap()];
        let mut completed = as_completed(&futures);
        assert_eq!(completed.len(), 2);
        let [first, _second] = futures;
        drop(first);
        assert_eq!(watch.strong_count(), 1);
        drop(completed.next());
        assert_eq!(completed.len(), 1);
        until("the worker to let go of it", || watch.strong_count() == 0);
        never_ends.open();
    });
}

/// A value whose `clone` does something.
struct OnClone(Arc<dyn Fn() + Send + Sync>);

impl Clone for OnClone {
    fn clone(&self) -> Self {
        (self.0)();
        OnClone(Arc::clone(&self.0))
    }
}

/// `result` clones the value outside the lock: a slow `Clone` holds up nobody.
#[test]
fn a_slow_clone_holds_up_nobody() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let gate = Gate::closed();
        let entrance = gate.entrance();
        let value = OnClone(Arc::new(move || entrance.wait()));
        let future = pool.submit(move || value).unwrap();
        assert_eq!(future.exception(), None);
        thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| drop(future.result())));
            // Both clone at the same time, and the future can be looked at.
            gate.wait_for_arrivals(2);
            assert!(future.is_done() && !future.is_running() && !future.cancel());
            assert_eq!(as_completed([&future]).count(), 1);
            future.add_done_callback(|_| ());
            gate.open();
            for result in both {
                result.join().unwrap();
            }
        });
    });
}

/// As above, for a `Clone` that looks at the same future.
#[test]
fn a_clone_may_look_at_its_own_future() {
    within(|| {
        let pool = ThreadPool::new(1).unwrap();
        let own = Arc::new(std::sync::OnceLock::<Future<OnClone>>::new());
        let seen = Notes::new();
        let (inside, note) = (Arc::clone(&own), seen.clone());
        let value = OnClone(Arc::new(move || {
            let own = inside.get().unwrap();
            own.add_done_callback(|_| ());
            let waited = wait(std::slice::from_ref(own), Until::AllCompleted);
            note.add((waited.done.len(), format!("{own:?}")));
        }));
        let future = pool.submit(move || value).unwrap();
        own.set(future.clone()).unwrap();
        assert!(future.result().is_ok());
        assert!(block_on(future).is_ok());
        let expected = (1, "<Future task 0: finished>".to_string());
        assert_eq!(seen.all(), [expected.clone(), expected]);
    });
}

/// A callback, or a chain of callbacks, that cancels the next future a hundred
/// thousand times does not overflow the stack.
#[test]
fn a_long_chain_of_callbacks_that_cancel_needs_little_stack() {
    const LENGTH: u32 = 100_000;
    within(|| {
        let (pool, gate, first) = held_pool();
        let futures: Vec<_> = (0..LENGTH).map(|_| pool.submit(|| ()).unwrap()).collect();
        let cancelled = Arc::new(AtomicUsize::new(0));
        for (future, next) in futures.iter().zip(&futures[1..]) {
            let (next, cancelled) = (next.clone(), Arc::clone(&cancelled));
            future.add_done_callback(move |_| {
                assert!(next.cancel());
                cancelled.fetch_add(1, Ordering::SeqCst);
            });
        }
        let chain = futures[0].clone();
        first.add_done_callback(move |_| assert!(chain.cancel()));
        gate.open();
        pool.shutdown().unwrap();
        assert!(futures.iter().all(Future::is_cancelled));
        assert_eq!(cancelled.load(Ordering::SeqCst) as u32, LENGTH - 1);
    });
}

/// As above: one callback that cancels them all.
#[test]
fn one_callback_may_cancel_a_hundred_thousand() {
    within(|| {
        let (pool, gate, first) = held_pool();
        let futures: Vec<_> = (0..100_000).map(|_| pool.submit(|| ()).unwrap()).collect();
        let all = futures.clone();
        first.add_done_callback(move |_| assert!(all.iter().all(Future::cancel)));
        gate.open();
        pool.shutdown().unwrap();
        assert!(futures.iter().all(Future::is_cancelled));
    });
}

/// A callback of a cancelled future has run when `cancel` returns, also in a callback.
#[test]
fn cancel_in_a_callback_runs_the_other_callbacks_before_it_returns() {
    within(|| {
        let (pool, _gate, _) = held_pool();
        let [one, other] = [(); 2].map(|()| pool.submit(|| ()).unwrap());
        let notes = Notes::new();
        let note = notes.clone();
        other.add_done_callback(move |_| note.add("the other's callback"));
        let note = notes.clone();
        one.add_done_callback(move |_| {
            other.cancel();
            note.add("cancelled the other");
        });
        one.cancel();
        assert_eq!(notes.all(), ["the other's callback", "cancelled the other"]);
    });
}
