//! What every primitive has: the place where it was created, an address, and a
//! mark that says which model has used it.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::turns;
use crate::words::{Address, Place};

/// The part of a primitive by which a model knows it.
pub(crate) struct Key {
    made: Place,
    /// The last run of a model that has used it.
    run: AtomicU32,
}

impl Key {
    #[track_caller]
    pub(crate) const fn new() -> Self {
        Key {
            made: Location::caller(),
            run: AtomicU32::new(0),
        }
    }

    /// Where the primitive was made.
    pub(crate) fn made(&self) -> Place {
        self.made
    }

    /// Tells the primitive from all others that exist.
    pub(crate) fn address(&self) -> Address {
        std::ptr::from_ref(self).addr()
    }

    /// Whether the caller is a thread of a model.
    ///
    /// # Panics
    ///
    /// If it is not, but a model that still runs has used the primitive.
    #[track_caller]
    pub(crate) fn in_model(&self) -> bool {
        let run = turns::run();
        if run != 0 {
            self.run.store(run, Ordering::Relaxed);
            return true;
        }
        let used = self.run.load(Ordering::Relaxed);
        assert!(
            used == 0 || !turns::still_runs(used),
            "a model uses this, but so does a thread that the model checker does not know: start \
             threads with the `spawn` of `shared::primitives!()`"
        );
        false
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        if turns::in_model() {
            let address = self.address();
            turns::try_with(|engine| engine.forget(address));
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.made)
    }
}
