//! Eleven squares from processes in plain Rust: a process a task, three at a time.
//!
//! A task takes 0.1 to 0.3 s here, not 1 to 3 s.
use rayon::prelude::*;
use std::error::Error;
use std::process::{Command, Stdio};
use std::{env, io, thread, time::Duration};

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(n) = env::args().nth(1) {
        return print_square(n.parse()?);
    }
    // Three threads, each of which waits for one process at a time.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(3);
    let squares: io::Result<Vec<String>> = threads
        .build()?
        .install(|| (0..11).into_par_iter().map(in_a_process).collect());
    println!("+++>");
    for square in squares? {
        println!("{square}");
    }
    Ok(())
}

/// Starts this program again, and returns what it prints.
fn in_a_process(n: u32) -> io::Result<String> {
    let mut command = Command::new(env::current_exe()?);
    let child = command.arg(n.to_string()).stdout(Stdio::piped()).spawn()?;
    println!("task {n} runs in process {}", child.id());
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("task {n}: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn print_square(n: u64) -> Result<(), Box<dyn Error>> {
    thread::sleep(Duration::from_millis(100 + 100 * (7 * n % 3)));
    println!("{}", n * n);
    Ok(())
}
