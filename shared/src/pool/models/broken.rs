//! A plain pool as a textbook has it, and what one may get wrong in it.
//!
//! Each variant overrides one step, and all else is as in the correct one, which
//! passes every check. So it is that step that the checker finds.

use std::collections::VecDeque;
use std::marker::PhantomData;

use super::*;
use crate::primitives::{Condvar, Mutex, MutexGuard};

/// The steps in which the variants differ.
trait Steps: Sized + Send + Sync + 'static {
    fn submit(pool: &Arc<Textbook>, task: Task) -> bool {
        let mut state = pool.state.lock();
        // While a task runs, it may be that task that submits.
        if state.shut_down && state.running == 0 {
            return false;
        }
        state.queue.push_back(task);
        start_worker_if_needed::<Self>(pool, &mut state);
        drop(state);
        pool.work.notify_one();
        true
    }

    fn needs_worker(state: &State) -> bool {
        state.queue.len() > state.idle
    }

    /// The next task for a worker, or none if it may go home.
    fn next(pool: &Textbook) -> Option<Task> {
        let mut state = pool.state.lock();
        loop {
            if let Some(task) = state.queue.pop_front() {
                state.begin();
                return Some(task);
            }
            if state.shut_down && state.running == 0 {
                Self::leave(pool, state);
                return None;
            }
            state = pool.work.wait(state);
        }
    }

    fn leave(pool: &Textbook, mut state: MutexGuard<'_, State>) {
        state.gone += 1;
        drop(state);
        pool.work.notify_all();
        pool.empty.notify_all();
    }

    /// The task has run: makes it known, and runs the callback.
    fn end(pool: &Arc<Textbook>, done: &Gate, callback: Option<Step>) {
        pool.state.lock().idle += 1;
        done.open();
        let Some(callback) = callback else {
            pool.state.lock().running -= 1;
            return;
        };
        let mut state = pool.state.lock();
        state.idle -= 1;
        start_worker_if_needed::<Self>(pool, &mut state);
        drop(state);
        callback();
        let mut state = pool.state.lock();
        state.idle += 1;
        state.running -= 1;
    }

    fn shutdown(pool: &Textbook) {
        let mut state = pool.begin_shutdown();
        while state.gone < state.threads {
            state = pool.empty.wait(state);
        }
    }
}

type Step = Box<dyn FnOnce() + Send>;

struct Task {
    body: Step,
    done: Gate,
    callback: Option<Step>,
}

#[derive(Default)]
struct Textbook {
    workers: usize,
    state: Mutex<State>,
    work: Condvar,
    empty: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Task>,
    /// Workers that run nothing, or will be back at once.
    idle: usize,
    /// Workers that run a task or its callback.
    running: usize,
    threads: usize,
    gone: usize,
    shut_down: bool,
}

impl State {
    fn begin(&mut self) {
        self.idle -= 1;
        self.running += 1;
    }
}

impl Textbook {
    fn begin_shutdown(&self) -> MutexGuard<'_, State> {
        self.state.lock().shut_down = true;
        self.work.notify_all();
        self.state.lock()
    }
}

fn start_worker_if_needed<S: Steps>(pool: &Arc<Textbook>, state: &mut State) {
    if S::needs_worker(state) && state.threads < pool.workers {
        state.threads += 1;
        state.idle += 1;
        let pool = Arc::clone(pool);
        spawn("worker", move || {
            while let Some(task) = S::next(&pool) {
                (task.body)();
                S::end(&pool, &task.done, task.callback);
            }
        });
    }
}

struct PoolWith<S> {
    textbook: Arc<Textbook>,
    steps: PhantomData<S>,
}

impl<S: Steps> PoolWith<S> {
    fn call_task(&self, callback: Option<Step>) {
        let done = Gate::default();
        let task = Task {
            body: Box::new(|| ()),
            done: done.clone(),
            callback,
        };
        assert!(S::submit(&self.textbook, task));
        done.wait();
    }
}

impl<S: Steps> Pool for PoolWith<S> {
    fn new(workers: usize) -> Self {
        let textbook = Textbook {
            workers,
            ..Textbook::default()
        };
        PoolWith {
            textbook: Arc::new(textbook),
            steps: PhantomData,
        }
    }

    fn submit(&self, task: impl FnOnce() + Send + 'static) -> bool {
        let task = Task {
            body: Box::new(task),
            done: Gate::default(),
            callback: None,
        };
        S::submit(&self.textbook, task)
    }

    fn call(&self) {
        self.call_task(None);
    }

    fn call_then(&self, callback: impl FnOnce() + Send + 'static) {
        self.call_task(Some(Box::new(callback)));
    }

    fn threads(&self) -> usize {
        self.textbook.state.lock().threads
    }

    fn shutdown(&self) {
        S::shutdown(&self.textbook);
    }
}

struct Correct;
impl Steps for Correct {}

#[test]
fn the_textbook_pool_passes() {
    a_submission_is_refused_or_runs::<PoolWith<Correct>>();
    shutdown_waits_for_what_was_submitted::<PoolWith<Correct>>();
    a_task_may_submit_while_the_pool_drains::<PoolWith<Correct>>(2);
    no_task_waits_for_a_sleeping_worker::<PoolWith<Correct>>();
    one_after_another_needs_one_thread::<PoolWith<Correct>>();
    tasks_that_meet_have_a_thread_each::<PoolWith<Correct>>();
    a_callback_does_not_hold_up_the_next_task::<PoolWith<Correct>>();
    a_callback_wakes_the_worker_that_sleeps::<PoolWith<Correct>>();
}

/// Looks whether it is shut down, lets the lock go, and queues the task. The
/// workers may have gone home in between.
struct LooksBeforeItLocks;
impl Steps for LooksBeforeItLocks {
    fn submit(pool: &Arc<Textbook>, task: Task) -> bool {
        if pool.state.lock().shut_down {
            return false;
        }
        let mut state = pool.state.lock();
        state.queue.push_back(task);
        start_worker_if_needed::<Self>(pool, &mut state);
        drop(state);
        pool.work.notify_one();
        true
    }
}

#[test]
fn a_submit_that_looks_before_it_locks_is_caught() {
    let found = model::finds(a_submission_is_refused_or_runs::<PoolWith<LooksBeforeItLocks>>);
    assert!(found.unwrap().contains("run of those taken"));
}

/// Refuses everybody once it is shut down, its own tasks as well: their chain is
/// torn.
struct RefusesItsOwn;
impl Steps for RefusesItsOwn {
    fn submit(pool: &Arc<Textbook>, task: Task) -> bool {
        let mut state = pool.state.lock();
        if state.shut_down {
            return false;
        }
        state.queue.push_back(task);
        start_worker_if_needed::<Self>(pool, &mut state);
        drop(state);
        pool.work.notify_one();
        true
    }
}

#[test]
fn a_pool_that_refuses_its_own_tasks_is_caught() {
    let found =
        model::finds(|| a_task_may_submit_while_the_pool_drains::<PoolWith<RefusesItsOwn>>(1));
    assert!(found.unwrap().contains("run of the chain"));
}

/// Goes home when it is told to, whatever is queued.
struct LeavesAtOnce;
impl Steps for LeavesAtOnce {
    fn next(pool: &Textbook) -> Option<Task> {
        let mut state = pool.state.lock();
        while !state.shut_down {
            if let Some(task) = state.queue.pop_front() {
                state.begin();
                return Some(task);
            }
            state = pool.work.wait(state);
        }
        Self::leave(pool, state);
        None
    }
}

#[test]
fn a_worker_that_leaves_work_behind_is_caught() {
    let found = model::finds(shutdown_waits_for_what_was_submitted::<PoolWith<LeavesAtOnce>>);
    assert!(found.unwrap().contains("run at the end of the shutdown"));
}

/// Takes an empty queue for the end of all work. What was taken from it still
/// runs.
struct WaitsForTheQueue;
impl Steps for WaitsForTheQueue {
    fn shutdown(pool: &Textbook) {
        let mut state = pool.begin_shutdown();
        while !state.queue.is_empty() {
            state = pool.empty.wait(state);
        }
    }
}

#[test]
fn a_shutdown_that_waits_for_the_queue_alone_is_caught() {
    let found = model::finds(shutdown_waits_for_what_was_submitted::<PoolWith<WaitsForTheQueue>>);
    assert!(found.unwrap().contains("run at the end of the shutdown"));
}

/// Takes the end of the sleep for the end of the work.
struct ShutdownWaitsOnce;
impl Steps for ShutdownWaitsOnce {
    fn shutdown(pool: &Textbook) {
        let state = pool.begin_shutdown();
        if state.gone < state.threads {
            drop(pool.empty.wait(state));
        }
    }
}

#[test]
fn a_shutdown_with_an_if_instead_of_a_while_is_caught() {
    let found = model::finds(shutdown_waits_for_what_was_submitted::<PoolWith<ShutdownWaitsOnce>>);
    assert!(found.unwrap().contains("run at the end of the shutdown"));
}

/// Leaves and notifies no other worker: a worker that stayed because this one was busy
/// sleeps for ever.
struct LeavesInSilence;
impl Steps for LeavesInSilence {
    fn leave(pool: &Textbook, mut state: MutexGuard<'_, State>) {
        state.gone += 1;
        drop(state);
        pool.empty.notify_all();
    }
}

#[test]
fn a_worker_that_leaves_in_silence_is_caught() {
    let found = model::finds(shutdown_waits_for_what_was_submitted::<PoolWith<LeavesInSilence>>);
    assert!(found.unwrap().contains("deadlock"));
}

/// Finds the queue empty, lets the lock go, and goes to sleep. A task that comes
/// in between has found no sleeper to notify.
struct LooksBeforeItSleeps;
impl Steps for LooksBeforeItSleeps {
    fn next(pool: &Textbook) -> Option<Task> {
        loop {
            let mut state = pool.state.lock();
            if let Some(task) = state.queue.pop_front() {
                state.begin();
                return Some(task);
            }
            if state.shut_down && state.running == 0 {
                Self::leave(pool, state);
                return None;
            }
            drop(state);
            drop(pool.work.wait(pool.state.lock()));
        }
    }
}

#[test]
fn a_worker_that_looks_before_it_sleeps_is_caught() {
    let found = model::finds(no_task_waits_for_a_sleeping_worker::<PoolWith<LooksBeforeItSleeps>>);
    assert!(found.unwrap().contains("deadlock"));
}

/// Takes being woken for having a task.
struct WorkerWaitsOnce;
impl Steps for WorkerWaitsOnce {
    fn next(pool: &Textbook) -> Option<Task> {
        let mut state = pool.state.lock();
        if state.queue.is_empty() && !state.shut_down {
            state = pool.work.wait(state);
        }
        if state.queue.is_empty() && state.shut_down {
            Self::leave(pool, state);
            return None;
        }
        let task = state.queue.pop_front().expect("a task in the queue");
        state.begin();
        Some(task)
    }
}

#[test]
fn a_worker_with_an_if_instead_of_a_while_is_caught() {
    let found = model::finds(no_task_waits_for_a_sleeping_worker::<PoolWith<WorkerWaitsOnce>>);
    assert!(found.unwrap().contains("a task in the queue"));
}

/// Counts itself idle only after its result can be seen: whoever saw it and is
/// quicker gets a second thread.
struct IdleTooLate;
impl Steps for IdleTooLate {
    fn end(pool: &Arc<Textbook>, done: &Gate, _: Option<Step>) {
        done.open();
        let mut state = pool.state.lock();
        state.idle += 1;
        state.running -= 1;
    }
}

#[test]
fn a_worker_that_is_idle_too_late_is_caught() {
    let found = model::finds(one_after_another_needs_one_thread::<PoolWith<IdleTooLate>>).unwrap();
    assert!(found.contains("the threads"), "{found}");
}

/// Starts a worker only if none at all is idle: two tasks count on the same one.
struct AnyIdleWillDo;
impl Steps for AnyIdleWillDo {
    fn needs_worker(state: &State) -> bool {
        state.idle == 0
    }
}

#[test]
fn two_tasks_that_count_on_one_worker_are_caught() {
    let found = model::finds(tasks_that_meet_have_a_thread_each::<PoolWith<AnyIdleWillDo>>);
    assert!(found.unwrap().contains("deadlock"));
}

/// Counts itself idle before its result can be seen, and runs the callback
/// nevertheless: the next task waits for it.
struct KeepsItsWordLate;
impl Steps for KeepsItsWordLate {
    fn end(pool: &Arc<Textbook>, done: &Gate, callback: Option<Step>) {
        pool.state.lock().idle += 1;
        done.open();
        if let Some(callback) = callback {
            callback();
        }
        pool.state.lock().running -= 1;
    }
}

#[test]
fn a_promise_to_come_back_that_a_callback_delays_is_caught() {
    let found =
        model::finds(a_callback_does_not_hold_up_the_next_task::<PoolWith<KeepsItsWordLate>>);
    assert!(found.unwrap().contains("deadlock"));
}
