//! Values of which each thread has its own.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::thread::LocalKey as RealKey;

use crate::turns;

/// A value of which each thread has its own, also each thread of a model, as
/// `std::thread::LocalKey`. Made by [`thread_local!`](crate::thread_local!).
pub struct LocalKey<T: 'static> {
    real: &'static RealKey<T>,
    model: shuttle::thread::LocalKey<T>,
}

/// As `std::thread_local!`. In a model all threads share one system thread, and
/// the standard one would give them one value for all.
///
/// ```
/// use std::cell::Cell;
///
/// model::thread_local! {
///     static CAKES: Cell<u32> = const { Cell::new(3) };
/// }
///
/// model::explore(0, || {
///     CAKES.set(0);
///     let other = model::spawn("other", || CAKES.get());
///     assert_eq!(other.join(), Ok(3));
/// });
/// ```
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attribute:meta])* $visible:vis static $name:ident: $t:ty = const $init:block $(; $($rest:tt)*)?) => {
        $crate::thread_local!(@one [$(#[$attribute])* $visible] $name, $t, const $init, $init);
        $($crate::thread_local!($($rest)*);)?
    };
    ($(#[$attribute:meta])* $visible:vis static $name:ident: $t:ty = $init:expr $(; $($rest:tt)*)?) => {
        $crate::thread_local!(@one [$(#[$attribute])* $visible] $name, $t, $init, $init);
        $($crate::thread_local!($($rest)*);)?
    };
    (@one [$($before:tt)*] $name:ident, $t:ty, $real:expr, $model:expr) => {
        $($before)* static $name: $crate::LocalKey<$t> = {
            ::std::thread_local!(static REAL: $t = $real);
            $crate::LocalKey::__new(&REAL, || $model)
        };
    };
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn __new(real: &'static RealKey<T>, init: fn() -> T) -> Self {
        let model = shuttle::thread::LocalKey {
            init,
            _p: std::marker::PhantomData,
        };
        LocalKey { real, model }
    }

    /// Does something with this thread's value, which is made when it is first
    /// used.
    ///
    /// # Panics
    ///
    /// If the thread ends, and has dropped the value already.
    pub fn with<R>(&'static self, work: impl FnOnce(&T) -> R) -> R {
        match turns::in_model() {
            true => self.model.with(work),
            false => self.real.with(work),
        }
    }

    /// As [`with`](Self::with), if the value has not been dropped.
    ///
    /// # Errors
    ///
    /// If the thread ends, and has dropped the value already.
    pub fn try_with<R>(&'static self, work: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        match turns::in_model() {
            true => self.model.try_with(work).map_err(|_| AccessError(())),
            false => self.real.try_with(work).map_err(|_| AccessError(())),
        }
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Replaces this thread's value.
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// This thread's value.
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes this thread's value, and leaves the default one.
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Replaces this thread's value, and returns the one before.
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Does something with this thread's value, borrowed.
    pub fn with_borrow<R>(&'static self, work: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| work(&cell.borrow()))
    }

    /// Does something with this thread's value, borrowed for a change.
    pub fn with_borrow_mut<R>(&'static self, work: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| work(&mut cell.borrow_mut()))
    }

    /// Replaces this thread's value.
    pub fn set(&'static self, value: T) {
        self.with(|cell| *cell.borrow_mut() = value);
    }

    /// Takes this thread's value, and leaves the default one.
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// Replaces this thread's value, and returns the one before.
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

/// The thread ends, and has dropped the value already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread's value has been dropped already")
    }
}

impl std::error::Error for AccessError {}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey { .. }")
    }
}
