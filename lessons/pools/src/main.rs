//! Pools of threads and of processes.
mod bounded;
mod process_squares;

fn main() -> std::process::ExitCode {
    shared::chapter!("pools", [bounded, process_squares])
}
