//! Spinning before blocking.

use std::{hint, thread};

/// Spins briefly before a thread blocks. What it waits for is often ready within a
/// microsecond, while blocking and being woken takes two system calls and, on
/// another core, many times as long as a small task.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    rounds: u32,
}

/// So many rounds stay on the core; each is twice as long as the one before.
const SPINNING: u32 = 7;
/// So many more give the core to another thread.
const YIELDING: u32 = 4;

impl Patience {
    /// Whether to look again before blocking.
    pub(crate) fn is_left(&self) -> bool {
        self.rounds < SPINNING + YIELDING
    }

    /// Lets a moment pass. The caller must not hold a lock.
    pub(crate) fn wait(&mut self) {
        if self.rounds < SPINNING {
            for _ in 0..1 << self.rounds {
                hint::spin_loop();
            }
        } else {
            thread::yield_now();
        }
        self.rounds += 1;
    }
}
