//! Ctrl-C, a request to end, and a closed terminal.
//!
//! A section knows nothing of this. On the first signal nobody says or starts
//! anything more, child processes are ended, a summary is printed, and the
//! program ends with code 130. A second signal ends it at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::recorder;
use crate::pool::{self, Report};
use crate::{panics, run};

/// As shells have it for Ctrl-C: 128 and the number of the signal.
pub(super) const EXIT_CODE: i32 = 130;

static SIGNALS: AtomicU32 = AtomicU32::new(0);

/// How long the summary may take: a pool that does not answer is not waited for.
const GRACE: Duration = Duration::from_secs(2);

/// Terminals, shells and tools such as `timeout` send the same request to the
/// program and to its group. So close together it is one request, not two.
const SAME_REQUEST: Duration = Duration::from_millis(100);

/// Handles the signals from now on.
pub(super) fn install() {
    let mut first: Option<Instant> = None;
    // Fails only if the program has a handler of its own, which then decides.
    let _ = ctrlc::set_handler(move || {
        let first_came = *first.get_or_insert_with(Instant::now);
        if SIGNALS.fetch_add(1, Ordering::SeqCst) > 0 {
            if first_came.elapsed() > SAME_REQUEST {
                std::process::exit(EXIT_CODE);
            }
            return;
        }
        // On threads of their own, so that the second signal is heard.
        thread::spawn(|| {
            thread::sleep(GRACE);
            std::process::exit(EXIT_CODE);
        });
        thread::spawn(|| {
            let summary = summary();
            let recorded = recorder::stop();
            super::end_children();
            tidy_up();
            recorder::cut_short(recorded);
            eprintln!("{summary}");
            std::process::exit(EXIT_CODE);
        });
    });
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

fn tidying() -> MutexGuard<'static, Tidying> {
    TIDYING.lock().unwrap_or_else(PoisonError::into_inner)
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
/// let guard = shared::lesson::if_interrupted(move || drop(std::fs::remove_file(half)));
/// std::fs::write(&path, "the first half").unwrap();
/// // ... the second half, then a rename to the final name.
/// # std::fs::remove_file(&path).unwrap();
/// drop(guard);
/// ```
pub fn if_interrupted(tidy: impl FnOnce() + Send + 'static) -> IfInterrupted {
    let mut tidying = tidying();
    let number = tidying.next;
    tidying.next += 1;
    tidying.waiting.push((number, Box::new(tidy)));
    IfInterrupted { number }
}

/// See [`if_interrupted`].
///
/// ```
/// drop(shared::lesson::if_interrupted(|| ()));
/// ```
#[derive(Debug)]
#[must_use = "when it is dropped, nothing will be tidied up any more"]
pub struct IfInterrupted {
    number: u64,
}

impl Drop for IfInterrupted {
    fn drop(&mut self) {
        let mut tidying = tidying();
        tidying.waiting.retain(|(number, _)| *number != self.number);
    }
}

/// Does what [`if_interrupted`] was told.
pub(crate) fn tidy_up() {
    let waiting = std::mem::take(&mut tidying().waiting);
    for (_, tidy) in waiting {
        // One that fails must not keep the others from being done.
        let _ = panics::catch(tidy);
    }
}

/// Once the program is interrupted, whoever calls this stays here: there is
/// nothing more to say and nothing more to do.
pub(crate) fn stay_if_interrupted() {
    while SIGNALS.load(Ordering::Relaxed) > 0 {
        thread::park();
    }
}

/// A worker process was asked to end. If the whole group was, as `timeout` and
/// terminals do it, this process hears of it in a moment, and what became of the
/// worker is no accident.
pub(crate) fn stay_if_all_were_asked() {
    thread::sleep(SAME_REQUEST);
    stay_if_interrupted();
}

fn summary() -> String {
    let run = run::current();
    let mut text = format!(
        "\nInterrupted after {:.1} s in section `{}`.",
        run.elapsed().1.as_secs_f64(),
        run.settings.section
    );
    for pool in pool::living() {
        let Report {
            pool,
            done,
            running,
            queued,
        } = pool.report();
        text.push_str(&format!(
            "\n  {pool}: {done} tasks done, {running} interrupted, {queued} never started"
        ));
    }
    text
}
