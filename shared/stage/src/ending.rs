//! How a program ends before its time, and who has to know.
//!
//! This is the ground on which the other modules stand, so it calls none of them.
//! They register here what has to be done, or ask here whether to go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

/// Terminals, shells and tools such as `timeout` send the same request to the
/// program and to its group. Requests this close together are one.
pub(crate) const SAME_REQUEST: Duration = Duration::from_millis(100);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on no actor says or starts anything.
pub(crate) fn interrupt() {
    INTERRUPTED.store(true, Ordering::SeqCst);
}

/// Once the program is interrupted, this never returns: there is nothing more to
/// say and nothing more to do.
///
/// ```
/// stage::ending::stay_if_interrupted(); // Not interrupted, so it returns.
/// ```
pub fn stay_if_interrupted() {
    while INTERRUPTED.load(Ordering::Relaxed) {
        thread::park();
    }
}

/// A worker process was asked to end. If its whole group was asked, as `timeout`
/// and terminals do it, this process learns of it in a moment, and the end of the
/// worker is no accident. Then this never returns.
pub fn stay_if_all_were_asked() {
    thread::sleep(SAME_REQUEST);
    stay_if_interrupted();
}

/// What is still to be tidied up if the program ends before its time.
static TIDYING: Mutex<Tidying> = Mutex::new(Tidying {
    next: 0,
    waiting: Vec::new(),
});

struct Tidying {
    next: u64,
    waiting: Vec<(u64, Box<dyn FnOnce() + Send>)>,
}

/// Calls `tidy` if the program is ended before its time: by Ctrl-C, a request to
/// end, a closed terminal, a hang. Destructors do not run then; this is for what
/// must not be left behind, such as a file that is half written. It should be
/// quick, and it must not print.
///
/// Forgotten when the guard is dropped.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("half-{}", std::process::id()));
/// let half = path.clone();
/// let guard = stage::ending::if_interrupted(move || drop(std::fs::remove_file(half)));
/// std::fs::write(&path, "the first half").unwrap();
/// // ... the second half, then a rename to the final name.
/// # std::fs::remove_file(&path).unwrap();
/// drop(guard);
/// ```
pub fn if_interrupted(tidy: impl FnOnce() + Send + 'static) -> IfInterrupted {
    let mut tidying = TIDYING.lock();
    let number = tidying.next;
    tidying.next += 1;
    tidying.waiting.push((number, Box::new(tidy)));
    IfInterrupted { number }
}

/// See [`if_interrupted`].
#[derive(Debug)]
#[must_use = "when it is dropped, nothing will be tidied up any more"]
pub struct IfInterrupted {
    number: u64,
}

impl Drop for IfInterrupted {
    fn drop(&mut self) {
        let mut tidying = TIDYING.lock();
        tidying.waiting.retain(|(number, _)| *number != self.number);
    }
}

/// Does what was registered with [`if_interrupted`].
pub(crate) fn tidy_up() {
    let waiting = std::mem::take(&mut TIDYING.lock().waiting);
    for (_, tidy) in waiting {
        // One that fails must not keep the others from being done.
        let _ = catch_unwind(AssertUnwindSafe(tidy));
    }
}

static READER_HAS_GONE: OnceLock<fn() -> !> = OnceLock::new();

/// Calls `act` when the reader of standard output has gone, instead of ending this
/// process: a worker process tells its parent.
pub fn when_the_reader_has_gone(act: fn() -> !) {
    let _ = READER_HAS_GONE.set(act);
}

/// The reader of standard output has read enough (`| head -1`). Nothing went
/// wrong, and there is no reader for any message.
pub fn reader_has_gone() -> ! {
    if let Some(act) = READER_HAS_GONE.get() {
        act();
    }
    tidy_up();
    std::process::exit(0)
}

/// How many lessons or tasks there are to watch over.
static ON_DUTY: AtomicUsize = AtomicUsize::new(0);

/// The watchdog watches until this is dropped. See [`on_duty`].
#[derive(Debug)]
#[must_use = "when it is dropped, the watchdog looks away"]
pub struct Duty(());

/// From now on there is a lesson or a task that the watchdog has to watch over.
pub fn on_duty() -> Duty {
    ON_DUTY.fetch_add(1, Ordering::Relaxed);
    Duty(())
}

/// Whether there is anything to watch over.
pub(crate) fn is_on_duty() -> bool {
    ON_DUTY.load(Ordering::Relaxed) > 0
}

impl Drop for Duty {
    fn drop(&mut self) {
        ON_DUTY.fetch_sub(1, Ordering::Relaxed);
    }
}
