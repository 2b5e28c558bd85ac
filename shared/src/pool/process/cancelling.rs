//! A task of the pool is cancelled by a thread that the pool does not know.
//!
//! The callbacks run on that thread. Until they have run, it works for the pool: they
//! may submit while the pool drains, and the pool does not end. The machine learns of
//! it when the task's turn would come, if the callbacks have not run by then.

use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use crate::future::Behind;

/// The pool, as a cancelled task knows it.
pub(super) trait Pool: Send + Sync + 'static {
    /// From now on, this thread works for the pool.
    fn enter(&self);
    /// The callbacks have run: this thread works for the pool no longer.
    fn leave(self: Arc<Self>, mark: &Mark);
}

/// How far the cancellation of a task has come.
#[derive(Default)]
pub(super) struct Mark {
    /// Set under the future's lock.
    begun: AtomicBool,
    /// The callbacks have run. This and the next are set under the pool's lock.
    over: AtomicBool,
    /// The machine waits for them.
    told: AtomicBool,
}

impl Mark {
    /// Whether the task was cancelled before it left the queue.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether callbacks of the task are still to be waited for. The caller tells the
    /// machine so, and holds the pool's lock.
    pub(super) fn tell(&self) -> bool {
        let waits = self.has_begun() && !self.over.load(Ordering::Relaxed);
        self.told.store(waits, Ordering::Relaxed);
        waits
    }

    /// The callbacks have run. Returns whether the machine waits for that. The caller
    /// holds the pool's lock.
    pub(super) fn end(&self) -> bool {
        self.over.store(true, Ordering::Relaxed);
        self.told.load(Ordering::Relaxed)
    }
}

/// Stands behind the future of a task until it is sent to a worker.
#[derive(Default)]
pub(super) struct Queued(pub(super) Option<(Weak<dyn Pool>, Arc<Mark>)>);

impl Behind for Queued {
    fn cancelled(&mut self) -> Option<Box<dyn Any>> {
        let (pool, mark) = self.0.take()?;
        let pool = pool.upgrade()?;
        mark.begun.store(true, Ordering::Relaxed);
        pool.enter();
        Some(Box::new(Cancelling { pool, mark }))
    }
}

/// This thread runs the callbacks of a cancelled task, until this is dropped.
struct Cancelling {
    pool: Arc<dyn Pool>,
    mark: Arc<Mark>,
}

impl Drop for Cancelling {
    fn drop(&mut self) {
        Arc::clone(&self.pool).leave(&self.mark);
    }
}
