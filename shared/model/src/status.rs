//! What is known of a thread of a model: whether it can go on, and on what it
//! sleeps.

use std::time::Duration;

use crate::words::Address;

/// What a thread needs to go on.
#[derive(Clone, Debug)]
pub(crate) enum Status {
    Ready,
    /// This lock is free.
    Lock(Address),
    Asleep(Sleep),
    /// This thread has ended.
    Joins(usize),
    Gone,
}

/// A sleep ends when another thread ends it, or at its deadline.
#[derive(Clone, Debug)]
pub(crate) struct Sleep {
    /// The address that it sleeps on: a notification there can wake it.
    pub(crate) on: Address,
    /// The lock that it has to get back.
    pub(crate) lock: Option<Address>,
    /// On the model's clock.
    pub(crate) deadline: Option<Duration>,
    /// Whether it may end for no reason.
    pub(crate) light: bool,
}

/// Why a thread is awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    Notified,
    TimedOut,
    NoReason,
}

pub(crate) struct Thread {
    pub(crate) name: String,
    pub(crate) status: Status,
    pub(crate) woken: Woken,
    /// Its place among the sleepers: the longest sleep has the lowest number.
    pub(crate) slept: usize,
    /// It has just taken a lock, and done nothing since that others can see.
    pub(crate) fresh: bool,
    /// It was unparked and has not noticed yet.
    pub(crate) token: bool,
}

/// A lock that is held.
pub(crate) struct Held {
    pub(crate) lock: Address,
    pub(crate) by: usize,
}
