//! Atomic integers, flags and pointers, with the interface of
//! `std::sync::atomic`. In a model the checker may switch threads before each
//! use; all orderings count as the strongest there.

use std::fmt;
use std::panic::Location;
pub use std::sync::atomic::Ordering;
use std::sync::atomic::Ordering::SeqCst;

use crate::key::Key;
use crate::schedule::{Move, Price};
use crate::turns::{self, with};
use crate::words::{Place, Step, Use};

/// Before a use in a model.
#[track_caller]
fn point(key: &Key) -> bool {
    let in_model = key.in_model();
    if in_model {
        turns::point();
    }
    in_model
}

/// After a use in a model.
fn note(key: &Key, how: impl FnOnce() -> Use, at: Place) {
    if turns::in_model() {
        with(|engine| {
            let number = engine.story.atomic(key.address(), key.made());
            engine.step(|| Step::Uses(number, how()), Some(at));
        });
    }
}

/// Whether a weak exchange fails for no reason.
fn fails(key: &Key, at: Place) -> bool {
    let options = [
        (Move::Exchange, Price::Nothing),
        (Move::Fail, Price::WakeUp),
    ];
    let fails = with(|engine| engine.decisions.pick(&options) == Move::Fail);
    if fails {
        note(key, || Use::FailsForNoReason, at);
    }
    fails
}

macro_rules! atomic {
    ($(#[$doc:meta])* $name:ident$(<$generic:ident>)?, $value:ty $(, $method:ident)* $(,)?) => {
        $(#[$doc])*
        pub struct $name$(<$generic>)? {
            key: Key,
            real: std::sync::atomic::$name$(<$generic>)?,
        }

        impl$(<$generic>)? $name$(<$generic>)? {
            /// With this value.
            #[track_caller]
            pub const fn new(value: $value) -> Self {
                $name {
                    key: Key::new(),
                    real: std::sync::atomic::$name::new(value),
                }
            }

            /// The value, without a switch: `&mut` proves that no other thread uses it.
            pub fn get_mut(&mut self) -> &mut $value {
                self.real.get_mut()
            }

            /// The value.
            pub fn into_inner(self) -> $value {
                self.real.into_inner()
            }

            /// The value.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                let at = Location::caller();
                point(&self.key);
                let value = self.real.load(order);
                note(&self.key, || Use::Reads(format!("{value:?}")), at);
                value
            }

            /// Replaces the value.
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                let at = Location::caller();
                point(&self.key);
                self.real.store(value, order);
                note(&self.key, || Use::Writes(format!("{value:?}")), at);
            }

            /// Replaces the value if it is `old`; returns what it was.
            ///
            /// # Errors
            ///
            /// With the value, if it is another.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let at = Location::caller();
                point(&self.key);
                let result = self.real.compare_exchange(old, new, success, failure);
                let how = || match result {
                    Ok(_) => Use::Changes(format!("{old:?}"), format!("{new:?}")),
                    Err(found) => Use::Refuses(format!("{found:?}"), format!("{old:?}")),
                };
                note(&self.key, how, at);
                result
            }

            /// As [`compare_exchange`](Self::compare_exchange). May also fail for
            /// no reason; a model tries that.
            ///
            /// # Errors
            ///
            /// With the value.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let at = Location::caller();
                if !point(&self.key) {
                    return self.real.compare_exchange_weak(old, new, success, failure);
                }
                let found = self.real.load(SeqCst);
                if found == old && fails(&self.key, at) {
                    return Err(found);
                }
                // No other thread has run since the load.
                let result = self.real.compare_exchange(old, new, success, failure);
                let how = || match result {
                    Ok(_) => Use::Changes(format!("{old:?}"), format!("{new:?}")),
                    Err(found) => Use::Refuses(format!("{found:?}"), format!("{old:?}")),
                };
                note(&self.key, how, at);
                result
            }

            /// Changes the value as `change` says, until that works or `change`
            /// gives none; returns what it was.
            ///
            /// # Errors
            ///
            /// With the value for which `change` gave none.
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut old = self.load(fetch_order);
                while let Some(new) = change(old) {
                    match self.compare_exchange_weak(old, new, set_order, fetch_order) {
                        Ok(old) => return Ok(old),
                        Err(found) => old = found,
                    }
                }
                Err(old)
            }

            atomic!(@method $value, swap);
            $(atomic!(@method $value, $method);)*
        }

        impl$(<$generic>)? From<$value> for $name$(<$generic>)? {
            #[track_caller]
            fn from(value: $value) -> Self {
                $name::new(value)
            }
        }

        /// The value, without giving others a turn.
        impl$(<$generic>)? fmt::Debug for $name$(<$generic>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.real, f)
            }
        }
    };

    (@method $value:ty, $method:ident) => {
        /// Changes the value in one step, and returns the one before.
        #[track_caller]
        pub fn $method(&self, value: $value, order: Ordering) -> $value {
            let at = Location::caller();
            point(&self.key);
            let old = self.real.$method(value, order);
            let how = || {
                let new = self.real.load(SeqCst);
                Use::Changes(format!("{old:?}"), format!("{new:?}"))
            };
            note(&self.key, how, at);
            old
        }
    };

    (integer $name:ident, $value:ty) => {
        atomic!(
            /// An integer, as the standard atomic of this name.
            $name, $value, fetch_add, fetch_sub, fetch_and, fetch_nand, fetch_or, fetch_xor,
            fetch_max, fetch_min,
        );

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                $name::new(0)
            }
        }
    };
}

atomic!(
    /// A flag, as `std::sync::atomic::AtomicBool`.
    AtomicBool, bool, fetch_and, fetch_nand, fetch_or, fetch_xor,
);

impl AtomicBool {
    /// Changes the flag to its opposite, and returns the one before.
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

impl Default for AtomicBool {
    #[track_caller]
    fn default() -> Self {
        AtomicBool::new(false)
    }
}

atomic!(
    /// A pointer, as `std::sync::atomic::AtomicPtr`.
    AtomicPtr<T>, *mut T,
);

impl<T> Default for AtomicPtr<T> {
    #[track_caller]
    fn default() -> Self {
        AtomicPtr::new(std::ptr::null_mut())
    }
}

atomic!(integer AtomicU8, u8);
atomic!(integer AtomicU16, u16);
atomic!(integer AtomicU32, u32);
atomic!(integer AtomicU64, u64);
atomic!(integer AtomicUsize, usize);
atomic!(integer AtomicI8, i8);
atomic!(integer AtomicI16, i16);
atomic!(integer AtomicI32, i32);
atomic!(integer AtomicI64, i64);
atomic!(integer AtomicIsize, isize);

/// A barrier between uses of atomics. In a model, where each use is in one order
/// for all, it is a point at which the checker may switch.
pub fn fence(order: Ordering) {
    if turns::in_model() {
        turns::point();
    }
    std::sync::atomic::fence(order);
}
