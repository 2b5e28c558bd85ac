//! What the book takes from `stage`: the record of a run as a section writes it. No other
//! file of this package names that library.

pub use stage::record::{About, ActorKind, Entry, EntryId, Kind, Outcome, Target, WORKER};
