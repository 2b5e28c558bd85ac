//! The queue in which finished futures arrive, each as a number.

use std::collections::VecDeque;
use std::panic::Location;

use crate::primitives::{Condvar, Mutex};
use stage::record::{EntryId, Target};
use stage::waits::{self, Limit};

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

    /// The number of the next future that is done, if one is within the limit. `left` is
    /// how many there are still to come.
    #[track_caller]
    pub(super) fn next(
        &self,
        left: usize,
        limit: Option<Limit>,
        what: impl Fn() -> String,
    ) -> Option<usize> {
        let mut queue = self.queue.lock();
        if let Some((number, _)) = queue.pop_front() {
            return Some(number);
        }
        let target = || Target::Futures(u32::try_from(left).unwrap_or(u32::MAX));
        let waiting = waits::begin(what, target, Location::caller(), limit);
        let deadline = limit.map(|limit| limit.deadline);
        let mut in_time = true;
        while queue.is_empty() && in_time {
            (queue, in_time) = self.arrived.wait_until(queue, deadline);
        }
        let next = queue.pop_front();
        drop(queue);
        match next {
            Some((_, ended)) => waiting.over(ended),
            None => waiting.gave_up(),
        }
        next.map(|(number, _)| number)
    }
}
