//! Telling the record and the frame of a new pool.

use std::panic::Location;
use std::sync::Weak;

use stage::record::{self, Kind};
use stage::work::{self, Work};

/// Enters a new pool, made at `at`, into the record, and into the list from which the
/// frame takes its summary after Ctrl-C.
pub(super) fn register(
    pool: Weak<dyn Work>,
    number: u32,
    workers: usize,
    at: &'static Location<'static>,
) {
    record::enter(Kind::Pool, None, None, at, || {
        format!("pool {number} of {workers} workers")
    });
    work::register(pool);
}
