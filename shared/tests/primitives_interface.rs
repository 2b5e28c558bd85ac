//! The primitives and the types of the model checker have one interface, that of
//! the standard library: the programs that are compiled here are those of
//! `model`'s own test.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use shared::primitives::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use shared::primitives::{Barrier, Condvar, Mutex, MutexGuard, spawn};

macro_rules! each {
    ($(fn $name:ident() $body:block)*) => {$(
        #[test]
        fn $name() $body
    )*};
}

/// A lock is never poisoned, so there is nothing to unwrap.
macro_rules! the {
    ($result:expr) => {
        $result
    };
}

macro_rules! attempt {
    ($result:expr) => {
        $result
    };
}

macro_rules! start {
    ($name:expr, $body:expr) => {
        spawn($name, $body)
    };
}

include!("../model/tests/interface/locks.rs");
