//! Events: flags that threads wait for.

mod flag;
mod traffic_light;
mod under_the_hood;
mod wait_for_database;

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "event",
        [
            traffic_light,
            flag,
            wait_for_database.options(wait_for_database::OPTIONS),
            under_the_hood,
        ]
    )
}
