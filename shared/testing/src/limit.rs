//! A limit on every wait.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// No wait in a test takes longer, on however slow a machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Runs the body of a test on a thread of its own, so that a hang fails instead
/// of staying for ever.
#[track_caller]
pub fn within<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let name = thread::current().name().unwrap_or("a test").to_string();
    let thread = thread::Builder::new()
        .name(name)
        .spawn(move || send.send(body()).unwrap())
        .unwrap();
    match receive.recv_timeout(LIMIT) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("a hang: not done within {LIMIT:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("a body that ends sends its value"),
        },
    }
}

/// Waits for something that nobody announces, such as the state of a process.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "waited too long: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
