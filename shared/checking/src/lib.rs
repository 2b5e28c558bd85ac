//! How an answer to an exercise is checked.
//!
//! A check is a function that returns if the answer is right, and panics with a
//! sentence if it is not. The checks of an exercise stand in one file, which ends
//! with the list of them, in the order in which a student meets them:
//!
//! ```ignore
//! use super::*;
//! use checking::{expect, if_it_hangs};
//!
//! fn close_wakes_every_worker() {
//!     if_it_hangs("The queue is closed, but a worker sleeps for ever: who wakes it?");
//!     model::explore(0, || { /* … */ });
//! }
//!
//! checking::checks![close_wakes_every_worker];
//! ```
//!
//! The last lines of every answer, be it the stub, the solution or a wrong one,
//! make that file a module of it. So all are judged by the same checks.
//!
//! Each check runs in a process of its own, under a time limit: whatever an answer
//! does (hang, abort, leave the program), there is a verdict, and it says what to
//! look at.

mod answers;
mod check;
mod child;
mod refuse;
mod report;

pub use answers::{Answer, Answers, Refused, judge};
pub use check::Check;
pub use child::{if_it_hangs, within};
pub use refuse::{expect, refuse};
#[doc(hidden)]
pub use report::check_this_answer;

/// The checks of an exercise, in the order in which a student meets them: easy
/// ones first, since only the first that fails is explained.
///
/// Makes the list `CHECKS`, and a test of the answer in whose program it stands.
#[macro_export]
macro_rules! checks {
    [$($check:ident),+ $(,)?] => {
        /// In the order in which a student meets them.
        pub const CHECKS: &[$crate::Check] = &[
            $($crate::Check { name: stringify!($check), run: $check }),+
        ];

        #[test]
        fn all() {
            $crate::check_this_answer(module_path!(), CHECKS);
        }
    };
}
