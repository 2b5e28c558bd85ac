//! The helper library of the workbook: what the lessons are about.
//!
//! A lesson needs one line, `use shared::prelude::*;`, and has pools, futures,
//! events, [`say!`] and [`pause`](prelude::pause). The library behind these names is
//! written to be read, too. Each module begins with its idea.
//!
//! | module | what |
//! |---|---|
//! | [`pool`] | a pool of threads, a pool of processes |
//! | [`future`] | the result of a task, now or later |
//! | [`event`] | a flag that many threads wait for |
//! | [`mod@primitives`] | mutex, condition variable, barrier, threads |
//! | [`error`] | what can go wrong |
//!
//! The package `stage` has what stands around a lesson: the record of a run, the
//! printed lines, the pictures, the frame of a chapter. The package `workers` has the
//! worker processes of a pool.
//!
//! Production libraries do more. This pool has one queue and one lock; rayon has a
//! queue for each worker and lets idle workers steal. A thread that waits here is
//! blocked; tokio runs another task on it.

// `process_task!` names this crate by its name, in the crate itself as well.
extern crate self as shared;
// And a lesson that runs under the model checker names that package.
#[cfg(test)]
extern crate self as turns;

pub mod error;
pub mod event;
// Not a part of `event`: the package `weak` has that file, too, but no model.
#[cfg(test)]
mod event_models;
pub mod future;
pub mod pool;
#[cfg(not(test))]
pub mod primitives;
#[cfg(test)]
#[path = "primitives_in_tests.rs"]
pub mod primitives;
/// The package `turns`, which stands on this one, for the models of the event.
#[cfg(test)]
#[path = "../turns/src/lib.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod turns_in_tests;

pub use stage::{chapter, phase, say};
#[cfg(test)]
pub use turns_in_tests::Turns;

#[doc(hidden)]
pub mod __private;

/// What every section uses.
pub mod prelude {
    pub use crate::error::{Error, PoolError, Result, TaskError, Unfinished};
    pub use crate::event::Event;
    pub use crate::future::{
        Future, Until, Waited, as_completed, as_completed_timeout, wait, wait_timeout,
    };
    pub use crate::pool::{
        Executor, PoolHandle, ProcessPool, ProcessPoolBuilder, Results, ThreadPool,
        ThreadPoolBuilder,
    };
    pub use crate::primitives::{Barrier, spawn};
    pub use crate::process_task;
    pub use stage::narrate::name_task;
    pub use stage::pace::{elapsed, pause, random, simulated};
    pub use stage::record::unrecorded;
    pub use stage::stopwatch::Stopwatch;
    pub use stage::threads::cpu_time;
    pub use stage::{phase, say};
    pub use std::time::Duration;
}
