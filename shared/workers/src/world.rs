//! What the pool's driver needs of the world outside: worker processes, and a
//! thread that watches them. The real ones are in [`Processes`](crate::Processes);
//! the model checker has others.

use std::io;

use stage::record::EntryId;

use crate::call::Failure;
use crate::machine::Worker;
use crate::protocol::Frame;

/// What the driver of a pool needs of its workers.
pub trait World: Send + Sync + 'static {
    /// Starts a worker process. `spawned` is the entry in the record that says so.
    fn start(&self, worker: Worker, name: &str, spawned: Option<EntryId>) -> io::Result<()>;

    /// Sends a frame. Never waits: what the worker does not take at once is sent
    /// while the pool is watched.
    fn send(&self, worker: Worker, frame: Frame);

    /// Tells a worker that nothing more will come, so that it ends.
    fn dismiss(&self, worker: Worker);

    /// Ends a worker at once, whatever it does.
    fn kill(&self, worker: Worker);

    /// Makes a [`watch`](Self::watch) that waits return.
    fn wake(&self);

    /// Waits as `pace` says, and passes on what has come. Called by one thread only.
    fn watch(&self, pace: Pace, learn: &mut dyn FnMut(News<'_>));
}

/// How long to wait for news.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Not at all: there is something else to do.
    Look,
    /// Until there is some.
    Wait,
    /// Until there is some; the pool is shut down, so a worker that has been
    /// stopped for long is killed.
    End,
}

/// What has come from a worker.
#[derive(Debug)]
pub enum News<'a> {
    /// Its task has ended.
    Replied {
        /// Which worker.
        worker: Worker,
        /// The encoded result.
        result: Result<&'a [u8], Failure>,
        /// The last moment of the task in the record.
        ended: Option<EntryId>,
    },
    /// It sent what no worker sends.
    Corrupt {
        /// Which worker.
        worker: Worker,
        /// What it sent, as the end of a sentence about the worker.
        how: String,
    },
    /// Its process has ended.
    Gone {
        /// Which worker.
        worker: Worker,
        /// How it ended, as the end of a sentence about the worker.
        how: String,
        /// Its last moment in the record.
        exit: Option<EntryId>,
    },
}
