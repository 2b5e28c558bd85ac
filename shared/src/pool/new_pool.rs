//! What both pools do when they are made.

use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::error::{PoolError, Result};
use stage::record::{self, About, Kind};
use stage::work::{self, Work};

/// # Errors
///
/// If there would be no workers, or their names would contain a NUL.
pub(super) fn check(workers: usize, prefix: Option<&String>) -> Result<(), PoolError> {
    if workers == 0 {
        return Err(PoolError::Zero("workers"));
    }
    match prefix.filter(|prefix| prefix.contains('\0')) {
        Some(prefix) => Err(PoolError::Name(prefix.clone())),
        None => Ok(()),
    }
}

/// Enters the pool into the record, and into the list from which the frame takes its
/// summary after Ctrl-C. `prefix` stands in front of its workers' numbers.
#[track_caller]
pub(super) fn register<P: Work + 'static>(
    pool: &Arc<P>,
    number: u32,
    prefix: &str,
    processes: bool,
    workers: usize,
) {
    record::enter_about(Kind::Pool, None, None, Location::caller(), || {
        let about = About::Pool {
            pool: number,
            prefix: prefix.to_string(),
            processes,
            workers: u32::try_from(workers).unwrap_or(u32::MAX),
        };
        (format!("pool {number} of {workers} workers"), about)
    });
    let pool: Weak<P> = Arc::downgrade(pool);
    work::register(pool);
}
