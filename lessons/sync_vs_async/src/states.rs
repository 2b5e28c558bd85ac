//! Running, ready, blocked: the states of threads, as the system sees them.
//!
//! Watch `R`: it means two things, and only the times tell which.
use shared::prelude::*;
use stage::threads::{self, ThreadState};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

pub fn main() -> Result {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut friend = TcpStream::connect(listener.local_addr()?)?;
    let mut socket = listener.accept()?.0;

    let reader = spawn("reader", move || -> Result<TcpStream> {
        let mut text = [0; 5];
        socket.read_exact(&mut text)?;
        say!("my read returns {:?}", String::from_utf8_lossy(&text));
        Ok(socket)
    });
    if let Err(error) = look_at_threads() {
        say!("{error}");
    }
    say!("now the other side writes");
    friend.write_all(b"hello")?;
    let mut socket = reader.join().expect("the reader does not panic")?;

    // The same call on the same empty socket: it would rather fail than wait.
    socket.set_nonblocking(true)?;
    let read = socket.read(&mut [0; 5]).map_err(|error| error.kind());
    say!("a read that is not allowed to block: {read:?}");
    Ok(())
}

/// Lets one thread more compute than there are cores, and looks at all twice.
fn look_at_threads() -> Result {
    let stop = Arc::new(AtomicBool::new(false));
    for _ in 0..=thread::available_parallelism()?.get() {
        let stop = Arc::clone(&stop);
        let compute = move || while !stop.load(Ordering::Relaxed) {};
        let computing = thread::Builder::new().name("computing".to_string());
        computing.spawn(compute)?;
    }
    let start = Instant::now();
    let before = threads::all();
    // What is measured is real, so it takes as long at any `--speed`.
    thread::sleep(Duration::from_millis(300));
    let after = threads::all();
    let window = start.elapsed();
    stop.store(true, Ordering::Relaxed);

    let (before, after) = (before?, after?);
    say!("one thread reads from a socket that stays empty:");
    tell("reader", window, &before, &after);
    say!("one thread more computes than there are cores, in sum:");
    tell("computing", window, &before, &after);
    Ok(())
}

/// What the threads of that name did within `window`, together.
fn tell(name: &str, window: Duration, before: &[ThreadState], after: &[ThreadState]) {
    let of = |threads: &[ThreadState], time: fn(&ThreadState) -> Duration| -> Duration {
        let named = threads.iter().filter(|thread| thread.name == name);
        named.map(time).sum()
    };
    let running = of(after, |thread| thread.running) - of(before, |thread| thread.running);
    let ready = of(after, |thread| thread.ready) - of(before, |thread| thread.ready);
    let named = after.iter().filter(|thread| thread.name == name);
    // Neither of the two: the rest of the time.
    let blocked = (window * named.clone().count() as u32).saturating_sub(running + ready);
    let states: BTreeSet<char> = named.map(|thread| thread.state).collect();
    say!("{name}: state {}", String::from_iter(states));
    let [running, ready, blocked] = [running, ready, blocked].map(|time| time.as_millis());
    say!("running {running} ms, ready {ready} ms, blocked {blocked} ms");
}
