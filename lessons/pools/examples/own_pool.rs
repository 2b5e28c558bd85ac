//! A task that waits for a task of its own pool, in plain Rust: stuck, or not.
use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;

    println!("one thread, and outer blocks it:");
    let (sender, result) = mpsc::channel();
    let outcome = pool.install(move || {
        // By the time inner has run, outer has given up: the error means no more.
        rayon::spawn(move || _ = sender.send(inner()));
        println!("outer waits for inner");
        // With `recv` this is a deadlock: only this thread could run inner.
        result.recv_timeout(Duration::from_millis(500))
    });
    println!("outer's result: {outcome:?}");

    println!("one thread, and outer waits with `join`:");
    let (outer, inner) = pool.install(|| {
        // While it waits, the thread runs what is in its queue.
        rayon::join(|| 1, inner)
    });
    println!("outer's result: {}", outer + inner);
    Ok(())
}

fn inner() -> u32 {
    thread::sleep(Duration::from_millis(300));
    41
}
