//! Pools of threads and of processes.

mod bounded;
mod compute;
mod defaults;
mod lifetime;
mod map;
mod own_pool;
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
            bounded,
            squares,
            map,
            shutdown,
            why_pools,
            compute,
            own_pool.options(own_pool::OPTIONS),
            defaults,
            process_pool,
            process_squares,
            lifetime,
        ]
    )
}
