//! A new pool makes itself known.

use std::panic::Location;
use std::sync::Weak;

use stage::record::{self, Kind};
use stage::work::{self, Work};

/// A pool that was made at `at` is known to the record, and to the summary after
/// Ctrl-C.
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
