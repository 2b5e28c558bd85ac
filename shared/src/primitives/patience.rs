//! Spinning before blocking.

use crossbeam_utils::Backoff;

/// Spins briefly before a thread blocks. What it waits for is often ready within a
/// microsecond, while blocking and being woken takes two system calls and, on
/// another core, many times as long as a small task.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    backoff: Backoff,
}

impl Patience {
    /// Whether to look again before blocking.
    pub(crate) fn is_left(&self) -> bool {
        !self.backoff.is_completed()
    }

    /// Lets a moment pass, first on the core, then by giving the core to another
    /// thread. The caller must not hold a lock.
    pub(crate) fn wait(&mut self) {
        self.backoff.snooze();
    }
}
