//! The worker processes of a pool.
//!
//! A pool of processes starts its own program again, as a worker, and talks to it
//! through a socket. This package has what such a pool needs of the system, and the
//! decisions about its workers. It does not know what a future is, nor which functions
//! there are: the pool itself is in `shared::pool`.
//!
//! | file | what |
//! |---|---|
//! | [`machine`] | decides: an event in, a list of actions out |
//! | `world.rs` | what a pool asks of its workers, and what it hears from them: [`World`] |
//! | `processes.rs` | the real workers, and how one thread watches all of them |
//! | `link.rs`, `child.rs` | one worker, seen from the pool: its socket, its process |
//! | `worker.rs` | the other side: the life of a worker |
//! | `protocol.rs`, `call.rs` | what travels between the two |

mod call;
mod child;
mod link;
pub mod machine;
mod processes;
mod protocol;
mod worker;
mod world;

pub use call::{Call, Failure, Perform};
pub use processes::Processes;
pub use protocol::Frame;
pub use worker::{is_worker, work_if_worker};
pub use world::{News, Pace, World};
