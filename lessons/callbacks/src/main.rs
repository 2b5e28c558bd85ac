//! Callbacks, and crawlers made of them.

mod async_or_callback;
mod errors;
mod pool_callback;
mod site;
mod thread_callback;
mod who_runs;

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "callbacks",
        [
            thread_callback,
            pool_callback,
            who_runs,
            async_or_callback,
            errors,
            site.waits_for_a_person().options(site::OPTIONS),
        ]
    )
}
