//! What the macros of this library need in the programs that use them.

pub use linkme;
pub use stage::frame::watch_to_the_end;
pub use stage::waits::WATCHED;
