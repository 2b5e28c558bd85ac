//! The queue in which finished futures arrive, each as a number.

use std::collections::VecDeque;
use std::panic::Location;
use std::time::Instant;

use crate::primitives::{Condvar, Mutex};
use stage::record::EntryId;
use stage::waits;

/// Where the numbers of finished futures arrive, in the order of finishing.
#[derive(Default)]
pub(super) struct Arrivals {
    queue: Mutex<VecDeque<(usize, Option<EntryId>)>>,
    arrived: Condvar,
}

impl Arrivals {
    pub(super) fn add(&self, number: usize, ended: Option<EntryId>) {
        self.queue.lock().push_back((number, ended));
        self.arrived.notify_all();
    }

    /// The number of the next future that is done, if one is before `deadline`.
    #[track_caller]
    pub(super) fn next(
        &self,
        deadline: Option<Instant>,
        what: impl Fn() -> String,
    ) -> Option<usize> {
        let mut queue = self.queue.lock();
        if let Some((number, _)) = queue.pop_front() {
            return Some(number);
        }
        let waiting = waits::begin(what, Location::caller(), deadline);
        let mut in_time = true;
        while queue.is_empty() && in_time {
            (queue, in_time) = self.arrived.wait_until(queue, deadline);
        }
        let next = queue.pop_front();
        drop(queue);
        waiting.over(next.and_then(|(_, ended)| ended));
        next.map(|(number, _)| number)
    }
}
