//! Pools of threads and of processes.

mod bounded;
mod defaults;
mod lifetime;
mod map;
mod process_pool;
mod process_squares;
mod shutdown;
mod squares;
mod thread_pool;
mod why_pools;

fn main() -> std::process::ExitCode {
    // In the order of the book.
    shared::chapter!(
        "pools",
        [
            thread_pool,
            process_pool,
            process_squares,
            squares,
            why_pools,
            bounded,
            map,
            shutdown,
            defaults,
            lifetime,
        ]
    )
}
