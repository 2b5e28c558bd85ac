//! The helper library of the workbook.
//!
//! A lesson needs one line, `use shared::prelude::*;`, and has pools, futures,
//! [`say!`] and [`pause`](prelude::pause). What stands behind these names is
//! written to be read, too; each module begins with its idea.
//!
//! | module | what |
//! |---|---|
//! | [`pool`] | a pool of threads, a pool of processes |
//! | [`future`] | the result of a task, now or later |
//! | [`event`] | a flag that many wait for |
//! | [`events`] | the log of what happened, and why |
//! | [`narrate`] | the lines with the actors' names |
//! | [`timeline`] | a picture of a run, drawn from the event log |
//! | [`trace`] | the event log as a file that Perfetto opens |
//! | [`lesson`] | the frame around a chapter |
//! | [`threads`] | what the system knows of the threads: states, processor time |
//! | [`turns`] | threads, led step by step through one interleaving |
//! | [`waits`] | who waits, on what: waits on the world outside are entered here |
//! | [`mod@primitives`] | mutex, condition variable, threads; in tests the model checker's |
//! | [`database`] | is a MySQL server ready? A probe, and a stand-in to try it on |
//! | [`error`] | what can go wrong |
//!
//! Where this library is simpler than those that are used in production: one
//! queue and one lock a pool, where rayon has a queue a worker and lets idle ones
//! steal; a thread that waits is blocked, where tokio runs something else on it.

// `process_task!` names this crate by its name, in the crate itself as well.
extern crate self as shared;

pub mod database;
pub mod error;
pub mod event;
pub mod events;
pub mod future;
pub mod lesson;
pub mod narrate;
pub mod pool;
#[cfg(not(test))]
pub mod primitives;
#[cfg(test)]
#[path = "primitives_in_tests.rs"]
pub mod primitives;
pub mod threads;
pub mod timeline;
pub mod trace;
pub mod turns;
pub mod waits;

mod pace;
mod panics;
mod run;

#[doc(hidden)]
pub mod __private {
    pub use linkme;
}

/// What every section uses.
pub mod prelude {
    pub use crate::error::{Error, PoolError, Result, TaskError, Unfinished};
    pub use crate::event::Event;
    pub use crate::future::{
        Future, Until, Waited, as_completed, as_completed_within, wait, wait_within,
    };
    pub use crate::pace::{elapsed, pause, random, simulated};
    pub use crate::pool::{
        Executor, PoolHandle, ProcessPool, ProcessPoolBuilder, Results, ThreadPool,
        ThreadPoolBuilder,
    };
    pub use crate::primitives::{Barrier, spawn};
    pub use crate::threads::cpu_time;
    pub use crate::{process_task, say};
    pub use std::time::Duration;
}
