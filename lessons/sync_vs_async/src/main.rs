//! Synchronous and asynchronous calls, and three ways to get the results.

mod as_completed;
mod asynchronous;
mod collect_at_end;
mod polling;
mod serial_concurrent_parallel;
mod states;
mod synchronous;

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "sync_vs_async",
        [
            serial_concurrent_parallel,
            states,
            synchronous,
            asynchronous,
            collect_at_end,
            polling,
            as_completed,
        ]
    )
}
