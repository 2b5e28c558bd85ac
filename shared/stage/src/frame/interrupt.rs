//! Ctrl-C, a request to end, and a closed terminal.
//!
//! A section knows nothing of this. After the first signal no actor prints or starts
//! anything, child processes are ended, a summary is printed, and the program ends
//! with code 130. A second signal ends it at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigHandler, Signal, signal};

use super::recorder;
use crate::ending::{self, SAME_REQUEST};
use crate::run;
use crate::work::{self, Report};

/// The code that shells use for Ctrl-C: 128 plus the number of the signal.
pub(super) const EXIT_CODE: i32 = 130;

static SIGNALS: AtomicU32 = AtomicU32::new(0);

/// The time limit for the summary: a pool may be stuck.
const GRACE: Duration = Duration::from_secs(2);

/// Handles the signals from now on. Those that were ignored when the program was
/// started stay so: `nohup` ignores SIGHUP, a shell's background job SIGINT.
pub(super) fn install() {
    let ignored = ignored();
    handle();
    for signal in ignored {
        // It was possible a moment ago.
        let _ = set(signal, SigHandler::SigIgn);
    }
}

/// Which of the signals are ignored. They are so until there is a handler.
fn ignored() -> Vec<Signal> {
    let mut signals = vec![Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];
    signals.retain(|&signal| match set(signal, SigHandler::SigIgn) {
        Ok(SigHandler::SigIgn) => true,
        Ok(before) => {
            let _ = set(signal, before);
            false
        }
        Err(_) => false,
    });
    signals
}

/// Sets what a signal does, and returns what it did before.
#[allow(
    unsafe_code,
    reason = "the system's interface takes any function as a handler"
)]
fn set(number: Signal, handler: SigHandler) -> nix::Result<SigHandler> {
    // SAFETY: the handlers that are set are to ignore the signal, or the one that was
    // set before: no new code runs in a handler.
    unsafe { signal(number, handler) }
}

fn handle() {
    let mut first: Option<Instant> = None;
    // Fails only if the program has a handler of its own, which decides then.
    let _ = ctrlc::set_handler(move || {
        let first_came = *first.get_or_insert_with(Instant::now);
        if SIGNALS.fetch_add(1, Ordering::SeqCst) > 0 {
            if first_came.elapsed() > SAME_REQUEST {
                std::process::exit(EXIT_CODE);
            }
            return;
        }
        ending::interrupt();
        // On threads of their own, so that the handler is free for the second signal.
        thread::spawn(|| {
            thread::sleep(GRACE);
            std::process::exit(EXIT_CODE);
        });
        thread::spawn(|| {
            let summary = summary();
            let recorded = recorder::stop();
            work::abandon_all();
            ending::tidy_up();
            recorder::cut_short(recorded);
            eprintln!("{summary}");
            std::process::exit(EXIT_CODE);
        });
    });
}

fn summary() -> String {
    let run = run::current();
    let mut text = format!(
        "\nInterrupted after {:.1} s in section `{}`.",
        run.elapsed().1.as_secs_f64(),
        run.settings.section
    );
    for pool in work::living() {
        let Report {
            pool,
            done,
            running,
            queued,
            ..
        } = pool.report();
        text.push_str(&format!(
            "\n  {pool}: {done} tasks done, {running} interrupted, {queued} never started"
        ));
    }
    text
}
