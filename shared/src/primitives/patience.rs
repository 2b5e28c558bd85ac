//! A few looks before blocking.

use std::thread;

/// A few looks before a thread blocks. What it waits for is often ready within a
/// microsecond, while blocking and being woken takes two system calls and, on
/// another core, many times as long as a small task.
///
/// Between the looks it yields. That is a pause of a fraction of a microsecond if the
/// thread has its core to itself. If it shares the core with the very thread that it
/// waits for, that one runs at once; a loop that spins first would keep it waiting.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    looks: u32,
}

/// This many looks take a few microseconds, about as long as being woken.
const LOOKS: u32 = 50;

impl Patience {
    /// Whether to look again before blocking.
    pub(crate) fn is_left(&self) -> bool {
        self.looks < LOOKS
    }

    /// Lets a moment pass. The caller must not hold a lock.
    pub(crate) fn wait(&mut self) {
        self.looks += 1;
        thread::yield_now();
    }
}
