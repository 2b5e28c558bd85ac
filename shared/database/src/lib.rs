//! Is a MySQL or MariaDB server ready? A probe that asks a real one, and a
//! stand-in to try it on.
//!
//! Such a server speaks first. As soon as a client is connected, it sends a
//! *greeting*: the version of its protocol, its own version, and what a client
//! needs to log in. A server that has sent one is ready, so the probe needs no user
//! and no password. A server that cannot serve sends an error instead, for
//! instance "Too many connections" (1040).
//!
//! The probe does not trust what comes from the network: it never takes longer than
//! its limit, and never reads more than a greeting can be long.

mod greeting;
mod probe;
mod problem;
mod stand_in;

pub use greeting::Greeting;
pub use probe::probe;
pub use problem::{NotReady, Problem};
pub use stand_in::StandIn;
