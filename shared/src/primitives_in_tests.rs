//! In the unit tests: the primitives of the model checker.

pub use ::model::*;

pub(crate) use ::model;

use stage::record::EntryId;

pub(crate) fn try_spawn_worker<F>(_: u32, name: String, body: F) -> std::io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    try_spawn(name, body)
}

pub(crate) fn try_spawn_callbacks<F>(
    _: u32,
    name: String,
    body: F,
) -> std::io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    try_spawn(name, body)
}

pub(crate) fn try_spawn_unrecorded<F>(name: String, body: F) -> std::io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    try_spawn(name, body)
}

pub(crate) fn join_as_part<T>(thread: JoinHandle<T>) -> Option<EntryId> {
    // Whoever wants the panic calls `join`.
    let _ = thread.join();
    None
}

/// One look is enough: the checker decides what happens before it.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    looked: bool,
}

impl Patience {
    pub(crate) fn is_left(&self) -> bool {
        !self.looked
    }

    pub(crate) fn wait(&mut self) {
        self.looked = true;
    }
}
