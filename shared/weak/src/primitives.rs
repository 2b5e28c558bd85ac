//! What the event needs of `shared::primitives`, made of loom's primitives.

use std::time::Instant;

/// As `shared::primitives::Mutex`.
#[derive(Debug, Default)]
pub struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    /// As std's, without the poisoning: a panic ends a model anyway.
    pub fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().expect("a panic ends the model")
    }
}

/// As `shared::primitives::Condvar`.
#[derive(Debug)]
pub struct Condvar(loom::sync::Condvar);

impl Condvar {
    #[expect(clippy::new_without_default, reason = "the event does not need it")]
    pub fn new() -> Self {
        Condvar(loom::sync::Condvar::new())
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Without a deadline: in a model of loom there is no time.
    pub fn wait_until<'a, T>(
        &self,
        guard: loom::sync::MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> (loom::sync::MutexGuard<'a, T>, bool) {
        assert!(deadline.is_none(), "a wait in a model has no limit");
        let guard = self.0.wait(guard).expect("a panic ends the model");
        (guard, true)
    }
}

/// Atomics whose orderings can be weakened.
pub mod atomic {
    use std::cell::Cell;

    pub use loom::sync::atomic::Ordering;

    /// Which operations are made [`Ordering::Relaxed`], whatever the source says.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Weaken {
        pub loads: bool,
        pub stores: bool,
        pub swaps: bool,
    }

    thread_local! {
        /// All threads of a model share one thread of the system, and so this.
        static WEAKEN: Cell<Weaken> = const {
            Cell::new(Weaken { loads: false, stores: false, swaps: false })
        };
    }

    /// Weakens the orderings of every model that runs on this thread from now on.
    pub fn weaken(weaken: Weaken) {
        WEAKEN.set(weaken);
    }

    fn order(weakens: impl Fn(Weaken) -> bool, order: Ordering) -> Ordering {
        match weakens(WEAKEN.get()) {
            true => Ordering::Relaxed,
            false => order,
        }
    }

    /// As std's.
    #[derive(Debug)]
    pub struct AtomicBool(loom::sync::atomic::AtomicBool);

    impl AtomicBool {
        pub fn new(value: bool) -> Self {
            AtomicBool(loom::sync::atomic::AtomicBool::new(value))
        }

        pub fn load(&self, ordering: Ordering) -> bool {
            self.0.load(order(|weaken| weaken.loads, ordering))
        }

        pub fn store(&self, value: bool, ordering: Ordering) {
            self.0.store(value, order(|weaken| weaken.stores, ordering));
        }

        pub fn swap(&self, value: bool, ordering: Ordering) -> bool {
            self.0.swap(value, order(|weaken| weaken.swaps, ordering))
        }
    }
}
