//! The words of a story: what a thread does, and what it waits on.

use std::any::Any;
use std::fmt;
use std::panic::Location;

pub(crate) type Place = &'static Location<'static>;

/// The address of a primitive, which tells it from others of its kind.
pub(crate) type Address = usize;

/// The number of a lock or of an atomic in its story.
pub(crate) type Number = usize;

/// One step of a thread in a model.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Starts(String),
    Locks(Number),
    LockIsTaken(Number),
    Sleeps(Number),
    Awake(Number),
    /// The number of those who slept.
    WakesOne(usize),
    WakesAll(usize),
    WakesForNoReason,
    /// The limit of a wait is over; whether others could go on meanwhile.
    TimeIsOver {
        early: bool,
    },
    Pauses,
    Uses(Number, Use),
    Meets,
    Opens,
    Passes,
    Parks,
    Unparked,
    Unparks(String),
    Joined(String),
    Ends,
    Panics,
}

/// What is done to an atomic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Reads(String),
    Writes(String),
    Changes(String, String),
    /// An exchange found the first value instead of the second.
    Refuses(String, String),
    FailsForNoReason,
}

/// What a thread waits on.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    Lock(Address),
    Notification,
    Meeting(usize),
    End { name: String, thread: usize },
    Gate,
    Unpark,
    Time,
    Future,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wait::Lock(_) => f.write_str("waits for a lock"),
            Wait::Notification => f.write_str("sleeps until it is notified"),
            Wait::Meeting(threads) => write!(f, "waits until {threads} threads have met"),
            Wait::End { name, .. } => write!(f, "waits for the end of {name}"),
            Wait::Gate => f.write_str("waits until a gate is open"),
            Wait::Unpark => f.write_str("is parked"),
            Wait::Time => f.write_str("lets time pass"),
            Wait::Future => f.write_str("waits for a future"),
        }
    }
}

/// `bin/task_queue.rs:59`: an exercise and its checks have the same name.
pub(crate) fn place(at: Place) -> String {
    let file = at.file();
    let folder = file.rfind(['/', '\\']).unwrap_or(0);
    let short = file[..folder].rfind(['/', '\\']).map_or(0, |end| end + 1);
    format!("{}:{}", &file[short..], at.line())
}

/// The text of a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_string()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_string()
    }
}
