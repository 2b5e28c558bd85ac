//! What ends a worker in plain Rust: a panic ends a bare thread, but no thread of rayon.
use std::error::Error;
use std::panic::{self, AssertUnwindSafe};
use std::process::Command;
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    println!("a panic ends a thread, and `join` tells:");
    let cook = thread::spawn(|| panic!("no egg left"));
    let panic = cook.join().unwrap_err();
    println!("join: {:?}", panic.downcast_ref::<&str>());

    println!("a panic costs rayon no thread:");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let before = pool.install(|| thread::current().id());
    // `install` passes the panic on to its caller.
    let broken = AssertUnwindSafe(|| pool.install(|| panic!("no egg left")));
    let caught = panic::catch_unwind(broken);
    println!("caught: {}", caught.is_err());
    let after = pool.install(|| thread::current().id());
    println!("the same thread goes on: {}", before == after);

    println!("a process that is killed says so in its status:");
    let mut worker = Command::new("sleep").arg("30").spawn()?;
    worker.kill()?;
    println!("the worker ended with {}", worker.wait()?);
    Ok(())
}
