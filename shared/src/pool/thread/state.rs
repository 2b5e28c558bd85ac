//! What all threads of a pool share: the queue, and who does what.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::error::{BrokenPool, Result};
use crate::pool::inside;
use crate::primitives::{Condvar, JoinHandle, Mutex};
use stage::record::TaskId;
use stage::waits;
use stage::work::{Report, Work};

pub(super) type Initializer = Box<dyn Fn() -> Result + Send + Sync>;

pub(super) struct Core {
    pub(super) number: u32,
    pub(super) prefix: String,
    /// How many workers it may have.
    pub(super) workers: usize,
    pub(super) initializer: Option<Initializer>,
    pub(super) state: Mutex<State>,
    /// Grows with every task that comes while a worker is about to sleep. The worker
    /// reads it without the lock, so that it does not keep the submitter waiting.
    pub(super) arrivals: AtomicUsize,
    /// A task has come, or it may be time to leave.
    pub(super) work: Condvar,
    /// There is something to drop, or the last worker has left.
    pub(super) garbage_came: Condvar,
    /// The last worker has left.
    pub(super) empty: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: VecDeque<Arc<dyn Job>>,
    pub(super) submitted: u64,
    pub(super) done: u64,
    /// Workers that run a task or its callbacks.
    pub(super) busy: usize,
    /// Workers asleep on `work`.
    pub(super) asleep: usize,
    /// Workers that will come back to the queue at once.
    pub(super) coming: usize,
    /// Threads that cancel tasks of the pool and run the callbacks.
    pub(super) cancelling: usize,
    /// What is to be dropped, and what is being dropped.
    pub(super) garbage: VecDeque<Box<dyn Any + Send>>,
    pub(super) dropping: usize,
    pub(super) cleanup_started: bool,
    /// Living workers by name, in the order of their start.
    pub(super) names: Vec<String>,
    pub(super) started: usize,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) shut_down: bool,
    pub(super) broken: Option<BrokenPool>,
    /// It was said that the system refused a worker.
    pub(super) refusal_told: bool,
}

/// A task in the queue, whatever its type.
pub(super) trait Job: Send + Sync {
    fn id(&self) -> TaskId;
    /// Runs it and its callbacks, unless it has been cancelled.
    fn run(self: Arc<Self>, standing: &mut Standing);
    /// Cancels it. Returns whether it had not been before.
    fn cancel(self: Arc<Self>) -> bool;
}

/// What a worker knows of its pool while it runs a task.
pub(super) struct Standing {
    /// There was no other task when it took this one.
    pub(super) queue_was_empty: bool,
    pub(super) broken: Option<BrokenPool>,
    /// It counts as `coming`.
    pub(super) coming: bool,
}

impl State {
    pub(super) fn idle(&self) -> usize {
        self.asleep + self.coming
    }

    /// Whether nothing is left to do, and nothing can come.
    pub(super) fn is_drained(&self) -> bool {
        let may_submit = self.busy + self.cancelling + self.dropping;
        self.shut_down && self.queue.is_empty() && may_submit == 0
    }
}

impl Core {
    /// Whether this thread works for the pool: it may submit while the pool
    /// drains, and must not wait for its end.
    pub(super) fn is_mine(&self) -> bool {
        inside::is_inside(self)
    }

    /// From now on this thread works for the pool.
    pub(super) fn enter(&self) {
        inside::enter(self);
    }
}

/// This thread cancels a task of the pool. Until this is dropped, the pool does
/// not end, and takes what the callbacks submit.
pub(super) struct Cancelling(Arc<Core>);

impl Cancelling {
    pub(super) fn begin(core: Arc<Core>) -> Self {
        core.state.lock().cancelling += 1;
        core.enter();
        Cancelling(core)
    }
}

impl Drop for Cancelling {
    fn drop(&mut self) {
        let core = &self.0;
        inside::leave(&**core);
        let mut state = core.state.lock();
        state.cancelling -= 1;
        let drained = state.is_drained();
        drop(state);
        if drained {
            core.work.notify_all();
        }
    }
}

impl Work for Core {
    fn report(&self) -> Report {
        let state = self.state.lock();
        Report {
            pool: self.prefix.clone(),
            done: state.done,
            running: state.busy,
            queued: state.queue.len(),
            starved: self.starved(&state),
        }
    }

    fn abandon(&self) {
        // The tasks are not dropped: what they captured would be, too.
        std::mem::forget(std::mem::take(&mut self.state.lock().queue));
    }
}

impl Core {
    /// If every worker waits while tasks are queued: who waits for what.
    fn starved(&self, state: &State) -> Option<String> {
        let queued = state.queue.len();
        if queued == 0 || state.names.len() < self.workers {
            return None;
        }
        let waits = waits::all();
        let mut text = format!(
            "{}: every worker waits, so none is left for what is queued ({queued}):",
            self.prefix
        );
        let mut own = false;
        for name in &state.names {
            let (_, wait) = waits.iter().find(|(actor, _)| actor == name)?;
            text.push_str(&format!("\n    {name} waits for {}", wait.what));
            let is_it = |job: &Arc<dyn Job>| wait.what == format!("the result of {}", job.id());
            if state.queue.iter().any(is_it) {
                own = true;
                text.push_str(", which is still in this pool's queue");
            }
        }
        if own {
            text.push_str("\n    A task must not wait for a task of its own pool: add a callback.");
        }
        Some(text)
    }
}
