//! Wrong: takes the task at the back.
//!
//! It looks right because `push` and `pop` are the names of a stack's operations, and
//! every task is taken once. But the first one waits for as long as others come.

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
        // One task, one worker. Others would wake up for nothing.
        self.changed.notify_one();
    }

    /// Takes the task at the front. If there is none, waits until there is one.
    /// `None` means: the queue is closed, and everything in it has been taken.
    fn pop(&self) -> Option<T> {
        let mut state = self.state.lock();
        // `while`: between the wake-up and the lock another worker may have been
        // quicker, and a wake-up may come for no reason at all.
        while state.tasks.is_empty() && !state.closed {
            state = self.changed.wait(state);
        }
        state.tasks.pop_back()
    }

    /// Says that no more tasks will come. What is in the queue is still handed out.
    fn close(&self) {
        self.state.lock().closed = true;
        // All of them: each has to see for itself that nothing more will come.
        self.changed.notify_all();
    }
}

/// What each worker does all its life: take a task, run it, take the next one,
/// until there is nothing more to come. While it runs a task, the others go on.
fn work(queue: &Queue<Task>) {
    // `pop` has given the lock back when the task runs.
    while let Some(task) = queue.pop() {
        task();
    }
}

#[cfg(test)]
#[path = "../../../exercises/checks/task_queue.rs"]
pub mod checks;
