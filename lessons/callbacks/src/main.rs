//! Callbacks, and crawlers made of them.

mod site;
mod thread_callback;

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "callbacks",
        [
            thread_callback,
            site.waits_for_a_person().options(site::OPTIONS),
        ]
    )
}
