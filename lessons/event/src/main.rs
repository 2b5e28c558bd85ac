//! Events: flags that threads wait for.

mod by_hand;
mod flag;
mod traffic_light;
mod under_the_hood;
mod wait_for_database;

use stage::frame::{Opt, Value};

#[rustfmt::skip]
const OF_WAIT_FOR_DATABASE: &[Opt] = &[
    Opt::new("addr", Value::Address, "wait for this MySQL or MariaDB server, not for the stand-in")
        .without(&["outcome", "ready-after"]),
    Opt::new("outcome", Value::OneOf(&["connected", "timeout"]), "only the run that ends so")
        .without(&["ready-after"]),
    Opt::new("ready-after", Value::Seconds, "the stand-in is ready after S simulated seconds"),
    Opt::new("tries", Value::Count { min: 1, max: 1000 }, "how often a connector tries (3)"),
];

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "event",
        [
            traffic_light,
            flag,
            wait_for_database.options(OF_WAIT_FOR_DATABASE),
            by_hand,
            under_the_hood,
        ]
    )
}
