//! Which pools a thread works for: as a worker, or because it runs callbacks for them.
//!
//! Such a thread may submit while the pool drains, and must not wait for its end.

use std::cell::RefCell;

use crate::primitives;

primitives::thread_local! {
    /// The pools, by their addresses, which stay the same as long as this thread works
    /// for them.
    static POOLS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// From now on, this thread works for the pool.
pub(super) fn enter<P>(pool: &P) {
    let pool = std::ptr::from_ref(pool).addr();
    // A thread that is ending works for no pool any more.
    let _ = POOLS.try_with(|pools| pools.borrow_mut().push(pool));
}

/// It works for the pool no longer, or once less.
pub(super) fn leave<P>(pool: &P) {
    let pool = std::ptr::from_ref(pool).addr();
    let _ = POOLS.try_with(|pools| {
        let mut pools = pools.borrow_mut();
        if let Some(place) = pools.iter().rposition(|other| *other == pool) {
            pools.swap_remove(place);
        }
    });
}

/// Whether this thread works for the pool.
pub(super) fn is_inside<P>(pool: &P) -> bool {
    let pool = std::ptr::from_ref(pool).addr();
    let is_inside = POOLS.try_with(|pools| pools.borrow().contains(&pool));
    is_inside.unwrap_or(false)
}
