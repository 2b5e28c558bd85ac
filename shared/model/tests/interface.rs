//! The types of this library have the interface of the standard ones: the same
//! programs are compiled against both, and do the same, on real threads and in a
//! model.

/// On real threads.
macro_rules! each {
    ($(fn $name:ident() $body:block)*) => {$(
        #[test]
        fn $name() $body
    )*};
}

mod standard {
    use std::cell::{Cell, RefCell};
    use std::sync::Arc;
    use std::sync::atomic::{Ordering::SeqCst, *};
    use std::sync::{Barrier, Condvar, Mutex, MutexGuard};
    use std::thread;
    use std::time::{Duration, Instant};

    macro_rules! the {
        ($result:expr) => {
            $result.unwrap()
        };
    }
    macro_rules! attempt {
        ($result:expr) => {
            $result.ok()
        };
    }
    macro_rules! start {
        ($name:expr, $body:expr) => {
            thread::Builder::new()
                .name($name.into())
                .spawn($body)
                .unwrap()
        };
    }

    include!("interface/locks.rs");
    include!("interface/threads.rs");
}

/// In the same words as `shared::primitives`: a lock is never poisoned.
macro_rules! of_the_model {
    () => {
        use std::cell::{Cell, RefCell};
        use std::sync::Arc;

        use model::atomic::{Ordering::SeqCst, *};
        use model::time::{Duration, Instant};
        use model::{Barrier, Condvar, Mutex, MutexGuard, thread, thread_local};

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
                model::spawn($name, $body)
            };
        }

        include!("interface/locks.rs");
        include!("interface/threads.rs");
    };
}

mod on_real_threads {
    of_the_model!();
}

/// In many interleavings, and with wake-ups for no reason.
macro_rules! each {
    ($(fn $name:ident() $body:block)*) => {$(
        #[test]
        fn $name() {
            model::Checker::new().wake_ups(1).random(100).check(|| $body);
        }
    )*};
}

mod in_a_model {
    of_the_model!();
}
