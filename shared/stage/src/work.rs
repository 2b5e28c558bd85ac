//! The pools of the program, as far as the frame has to know them: what became of
//! their tasks, and how to end their child processes.
//!
//! A pool registers itself here, because the frame stands below the pools.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// What became of a pool's tasks so far: for the summary after Ctrl-C, and for the
/// explanation of a hang.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The pool's name.
    pub pool: String,
    /// Tasks that have ended.
    pub done: u64,
    /// Tasks that are being run.
    pub running: usize,
    /// Tasks that have not started.
    pub queued: usize,
    /// Every worker waits while tasks are queued: who waits for what, as a
    /// sentence and a line for each.
    pub starved: Option<String>,
}

/// What must be possible with any pool when the program is interrupted.
pub trait Work: Send + Sync {
    /// What became of its tasks so far.
    fn report(&self) -> Report;
    /// Lets nothing new start, and leaves no child process behind.
    fn abandon(&self);
}

static POOLS: Mutex<Vec<Weak<dyn Work>>> = Mutex::new(Vec::new());
static NEXT_POOL: AtomicU32 = AtomicU32::new(0);

/// Before a section: pools count from 0 again.
pub(crate) fn begin_section() {
    NEXT_POOL.store(0, Ordering::Relaxed);
}

/// The number of a new pool.
pub fn next_number() -> u32 {
    NEXT_POOL.fetch_add(1, Ordering::Relaxed)
}

/// Enters a pool. It is forgotten when it is dropped.
pub fn register(pool: Weak<dyn Work>) {
    let mut pools = POOLS.lock();
    pools.retain(|pool| pool.strong_count() > 0);
    pools.push(pool);
}

/// Every pool that still lives.
pub(crate) fn living() -> Vec<Arc<dyn Work>> {
    let pools = POOLS.lock();
    pools.iter().filter_map(Weak::upgrade).collect()
}

/// Abandons every pool that still lives.
pub(crate) fn abandon_all() {
    for pool in living() {
        pool.abandon();
    }
}
