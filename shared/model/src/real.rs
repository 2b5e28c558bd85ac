//! The threads that run and wait outside of any model: real ones.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use crate::words::{Place, Wait, place};

struct RealThreads {
    /// How many were started by `spawn` and have not ended.
    live: usize,
    waits: Vec<(ThreadId, String, Wait, Place)>,
    /// When the last of them began or ended a wait.
    moved: Option<Instant>,
}

static REAL: Mutex<RealThreads> = Mutex::new(RealThreads {
    live: 0,
    waits: Vec::new(),
    moved: None,
});

fn real() -> MutexGuard<'static, RealThreads> {
    let mut real = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    real.moved = Some(Instant::now());
    real
}

/// A real thread that was started, until this is dropped at its end.
#[derive(Debug)]
pub(crate) struct Live(());

pub(crate) fn live() -> Live {
    real().live += 1;
    Live(())
}

impl Drop for Live {
    fn drop(&mut self) {
        real().live -= 1;
    }
}

/// Who waits now on a real thread, outside of any model: one line each. A wait
/// with a limit of time is not among them, for it ends by itself.
///
/// ```
/// let (lock, thread) = (std::sync::Arc::new(model::Mutex::new(0)), model::thread::current());
/// let guard = lock.lock();
/// let other = lock.clone();
/// let waiter = model::spawn("waiter", move || *other.lock());
/// while model::who_waits().is_empty() {
///     model::thread::yield_now();
/// }
/// assert!(model::who_waits()[0].starts_with("waiter waits for a lock"));
/// drop(guard);
/// assert_eq!(waiter.join(), Ok(0));
/// ```
pub fn who_waits() -> Vec<String> {
    let line = |(_, name, wait, at): &(ThreadId, String, Wait, Place)| {
        format!("{name} {wait}, {}", place(at))
    };
    real().waits.iter().map(line).collect()
}

/// For how long all real threads that [`spawn`](crate::spawn) has started, and
/// `others` beside them, have been waiting for each other. `None` if one of them
/// goes on.
///
/// ```
/// assert_eq!(model::all_wait_since(1), None); // This thread goes on.
/// ```
pub fn all_wait_since(others: usize) -> Option<Duration> {
    let real = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    let all = real.live + others;
    (real.waits.len() == all).then(|| real.moved.map(|moved| moved.elapsed()))?
}

/// A wait, in the table until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting(());

pub(crate) fn waiting(wait: Wait, at: Place) -> Waiting {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a thread").to_string();
    real().waits.push((thread.id(), name, wait, at));
    Waiting(())
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let me = std::thread::current().id();
        real().waits.retain(|(thread, ..)| *thread != me);
    }
}
