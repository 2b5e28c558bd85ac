//! The event under weak memory.
//!
//! The event promises that what a thread wrote before `set` is seen by the threads
//! that see the flag set. On which memory orderings does that rest? The model checker
//! of the other unit tests cannot tell: it treats every atomic as sequentially
//! consistent. The checker `loom` can: it tries the values that a load may return
//! under the memory model of C11.
//!
//! [`event`] is the event's own source, unchanged. Only what it imports from
//! `crate::primitives` is different here. There, the orderings that the source names
//! can be weakened for a test, which shows that the tests notice it.
//!
//! This package is not among the default members, since only `.ci/run` needs loom:
//!
//! ```text
//! cargo test --package weak
//! ```

#[path = "../../src/event.rs"]
#[allow(dead_code, missing_docs)]
pub mod event;
pub mod primitives;
