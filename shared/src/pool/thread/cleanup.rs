//! The thread that drops what tasks leave behind.
//!
//! The destructor of a result is the program's code: it may take long, or wait
//! for another task of the pool. A worker that ran it would be missing meanwhile.

use std::any::Any;
use std::sync::Arc;

use super::state::Core;
use crate::future;
use crate::primitives;
use stage::panics::Payload;

impl Core {
    /// Has `value` dropped by another thread of the pool.
    pub(super) fn drop_elsewhere<T: Send + 'static>(self: &Arc<Self>, value: T) {
        if !std::mem::needs_drop::<T>() {
            return;
        }
        let mut state = self.state.lock();
        if !state.cleanup_started {
            let core = Arc::clone(self);
            let name = format!("{}_cleanup", self.prefix);
            match primitives::try_spawn_unrecorded(name, move || core.clean_up()) {
                Ok(thread) => {
                    state.cleanup_started = true;
                    state.threads.push(thread);
                }
                Err(_) => {
                    // A slow destructor is better than none.
                    drop(state);
                    return future::drop_caught(value);
                }
            }
        }
        state.garbage.push_back(Box::new(value));
        state.dropping += 1;
        drop(state);
        self.garbage_came.notify_one();
    }

    /// As [`drop_elsewhere`](Self::drop_elsewhere), for what a panic carried.
    pub(super) fn drop_payload(self: &Arc<Self>, payload: Payload) {
        if !payload.is_empty() {
            self.drop_elsewhere(payload);
        }
    }

    fn clean_up(&self) {
        self.enter();
        let mut state = self.state.lock();
        loop {
            if let Some(garbage) = state.garbage.pop_front() {
                drop(state);
                future::drop_caught::<Box<dyn Any + Send>>(garbage);
                state = self.state.lock();
                state.dropping -= 1;
                if state.is_drained() {
                    self.work.notify_all();
                }
            } else if state.shut_down && state.names.is_empty() {
                return;
            } else {
                state = self.garbage_came.wait(state);
            }
        }
    }
}
