//! What the pool's driver needs of the world outside: worker processes, and a
//! thread that watches them. The real ones are in [`processes`](super::processes);
//! the model checker has others.

use std::io;

use stage::record::EntryId;

use super::machine::Worker;
use super::protocol::Frame;
use crate::error::TaskError;

pub(super) trait World: Send + Sync + 'static {
    /// Starts a worker process. `spawned` is the entry in the record that says so.
    fn start(&self, worker: Worker, name: &str, spawned: Option<EntryId>) -> io::Result<()>;

    /// Sends a frame. Never waits: what the worker does not take at once is sent
    /// while the pool is watched.
    fn send(&self, worker: Worker, frame: Frame);

    /// Tells a worker that nothing more will come, so that it ends.
    fn dismiss(&self, worker: Worker);

    fn kill(&self, worker: Worker);

    /// Makes a [`watch`](Self::watch) that waits return.
    fn wake(&self);

    /// Waits as `pace` says, and passes on what has come. Called by one thread only.
    fn watch(&self, pace: Pace, learn: &mut dyn FnMut(News<'_>));
}

/// How long to wait for news.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pace {
    /// Not at all: there is something else to do.
    Look,
    /// Until there is some.
    Wait,
    /// Until there is some; the pool is shut down, so a worker that has been
    /// stopped for long is killed.
    End,
}

pub(super) enum News<'a> {
    Replied {
        worker: Worker,
        result: Result<&'a [u8], TaskError>,
        ended: Option<EntryId>,
    },
    /// It sent what no worker sends.
    Corrupt { worker: Worker, how: String },
    /// Its process has ended. `exit` is its last moment in the record.
    Gone {
        worker: Worker,
        how: String,
        exit: Option<EntryId>,
    },
}
