//! How many threads by default, and what they are called, in plain Rust.
use std::error::Error;
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    // The cores that a container or `taskset` leaves to this process.
    let cores = thread::available_parallelism()?.get();
    println!("cores this process may use: {cores}");
    println!("threads of rayon: {}", rayon::current_num_threads());
    println!("threads by Python's rule: {}", (cores + 4).min(32));

    let zero = rayon::ThreadPoolBuilder::new().num_threads(0).build()?;
    println!("zero threads asked for: {}", zero.current_num_threads());

    let named = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|n| format!("crawler_{n}"))
        .build()?;
    named.install(|| say_name("a thread of this pool"));
    thread::scope(|scope| {
        scope.spawn(|| say_name("a thread without a name"));
    });
    say_name("the first thread");
    Ok(())
}

fn say_name(who: &str) {
    println!("{who}: {:?}", thread::current().name());
}
