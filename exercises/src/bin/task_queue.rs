//! The heart of a pool: a queue of tasks, and workers that sleep until there is one.
//!
//! Run the program first: the workers find an empty queue and go home, and no
//! task is ever done. A worker has to wait for its next task. Not by asking again
//! and again, which would cost a whole processor, but asleep, until somebody
//! wakes it.
//!
//! There are four steps, marked with `STEP` in the program. After each, let the
//! checks tell you how far you are.
#![allow(unused)] // Remove this line when you are done.

use shared::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

// Brings `Mutex`, `Condvar` and `spawn`. In the program they are real; in the
// checks they belong to a model checker, which tries the ways in which threads can
// take turns.
shared::primitives!();

/// Anything that can be called once: in Python, a function without arguments.
type Task = Box<dyn FnOnce() + Send>;

/// What several threads share. Python's `queue.Queue`, with an end.
struct Queue<T> {
    state: Mutex<State<T>>,
    /// Somebody sleeps here until the state has changed.
    changed: Condvar,
}

struct State<T> {
    tasks: VecDeque<T>,
    /// No more tasks will come.
    closed: bool,
}

impl<T> Queue<T> {
    fn new() -> Self {
        let state = State {
            tasks: VecDeque::new(),
            closed: false,
        };
        Queue {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Puts a task at the end of the queue. Never waits.
    fn push(&self, task: T) {
        self.state.lock().tasks.push_back(task);
        // STEP 2: a worker may be asleep. Wake one.
        // Look at: Condvar::notify_one
    }

    /// Takes the task at the front. If there is none, waits until there is one.
    /// `None` means: the queue is closed, and everything in it has been taken.
    fn pop(&self) -> Option<T> {
        let mut state = self.state.lock();
        // STEP 1: there may be no task yet. As long as that is so, sleep.
        //
        // `state = self.changed.wait(state);` gives the lock back, sleeps until
        // somebody notifies, and takes the lock again. When it returns, things
        // may have changed once more: another worker may have been quicker. It
        // may even return although nobody has notified.
        //
        // And when is there nothing left to wait for?
        state.tasks.pop_front()
    }

    /// Says that no more tasks will come. What is in the queue is still handed out.
    fn close(&self) {
        self.state.lock().closed = true;
        // STEP 3: who has to know?
    }
}

/// What each worker does all its life: take a task, run it, take the next one,
/// until there is nothing more to come. While it runs a task, the others go on.
fn work(queue: &Queue<Task>) {
    // STEP 4: this worker goes home after its first task.
    if let Some(task) = queue.pop() {
        task();
    }
}

fn main() -> Result {
    let queue = Arc::new(Queue::new());
    let mut workers = Vec::new();
    for n in 1..=3 {
        let queue = Arc::clone(&queue);
        workers.push(spawn(format!("worker {n}"), move || {
            work(&queue);
            say!("nothing more to come: I go home");
        }));
    }

    let done = Arc::new(Mutex::new(0));
    for n in 1..=8 {
        pause(0.2);
        let done = Arc::clone(&done);
        let task: Task = Box::new(move || {
            say!("task {n} starts");
            pause(1.0);
            *done.lock() += 1;
        });
        queue.push(task);
    }
    say!("all tasks are in the queue");
    queue.close();
    for worker in workers {
        worker.join()?;
    }
    say!("{} of 8 tasks are done", *done.lock());
    Ok(())
}

#[cfg(test)]
#[path = "../../checks/task_queue.rs"]
pub mod checks;
