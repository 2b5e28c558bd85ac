//! Turns a hang into a message and an exit code.
//!
//! The watchdog becomes suspicious when, for the whole time limit, no line was
//! printed, no wait began or ended, no thread is in something that ends by itself (a
//! pause, a wait with a limit, a task in a child process), and the process used
//! hardly any processor time. Then it asks the system what each thread does:
//!
//! - One of them runs, or is ready to: the program works, and all is well.
//! - Each waits for another one, without a limit, and none has run since the last
//!   look: the program hangs, for sure. The watchdog prints who waits for what, since
//!   when and where, and ends the program with [`EXIT_CODE`].
//! - Otherwise one of them sleeps, or waits for the world outside: a child process, a
//!   connection, a person. Or the system does not tell. The watchdog says what it
//!   sees, and lets the program go on. It speaks again when the silence has lasted
//!   twice as long.
//!
//! The limit is real time, whatever `--speed` is. It can be changed with the
//! environment variable `LESSON_WATCHDOG`, in seconds; 0 switches the watchdog off.

mod places;
mod report;

use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use super::recorder;
use crate::context;
use crate::ending::{self, Duty};
use crate::threads::{self, Background, Doing, ThreadState};
use crate::waits;

/// As of `timeout(1)`: the time was up.
pub(super) const EXIT_CODE: i32 = 124;

const VARIABLE: &str = "LESSON_WATCHDOG";
const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

/// The thread of the crate `ctrlc`: it waits for a signal all the time.
const SIGNALS: &str = "ctrl-c";

/// Starts the watchdog, once. If the limit is wrong, it does not start: the caller
/// checks `limit` and prints the complaint.
pub fn watch() {
    static ONCE: Once = Once::new();
    let Ok(Some(limit)) = limit() else { return };
    ONCE.call_once(|| {
        let me = context::current_actor().name.clone();
        let is_main = threads::own_number() == Some(std::process::id());
        // The main thread of a worker process acts under the worker's name.
        let main = if is_main { me } else { "main".to_string() };
        // Without a watchdog a lesson runs as well.
        let _ = thread::Builder::new()
            .name("watchdog".to_string())
            .spawn(move || look(limit, &main));
    });
}

/// As [`watch`], in a program that is one lesson from start to end.
pub fn watch_to_the_end() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Err(complaint) = limit() {
            eprintln!("{complaint}");
            std::process::exit(2);
        }
        std::mem::forget::<Duty>(ending::on_duty());
        watch();
    });
}

/// How long nothing may move; `None` if the watchdog is switched off.
pub(super) fn limit() -> Result<Option<Duration>, String> {
    let Some(value) = std::env::var_os(VARIABLE) else {
        return Ok(Some(DEFAULT_LIMIT));
    };
    let value = value.to_string_lossy();
    match value
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    {
        Some(limit) => Ok((!limit.is_zero()).then_some(limit)),
        None => Err(format!(
            "{VARIABLE} takes a number of seconds, or 0 to switch it off, not `{value}`"
        )),
    }
}

fn look(limit: Duration, main: &str) {
    let _background = Background::begin();
    let tick = (limit / 20).clamp(Duration::from_millis(1), Duration::from_millis(250));
    let mut moves = waits::moves();
    let mut processor = processor_time();
    let mut quiet = Duration::ZERO;
    let mut looked = Instant::now();
    let mut speaks_after = limit;
    let mut before = None;
    loop {
        thread::sleep(tick);
        // Only time in which it could look counts. While the program is stopped
        // (Ctrl-Z), or the machine is overloaded, no thread gets on.
        quiet += looked.elapsed().min(2 * tick);
        looked = Instant::now();
        let (moves_now, processor_now) = (waits::moves(), processor_time());
        // To wake up and go to sleep again costs some microseconds; work costs more.
        let working = processor_now.saturating_sub(processor) > tick / 20;
        let moved = moves_now != moves;
        (moves, processor) = (moves_now, processor_now);
        if moved || working || waits::ends_by_itself() || !ending::is_on_duty() {
            quiet = Duration::ZERO;
        }
        if quiet < limit {
            before = None;
            continue;
        }
        let now = of_the_lesson(main);
        match verdict(&now) {
            Verdict::Works => (quiet, before) = (Duration::ZERO, None),
            // The threads were looked at one after the other. If in two looks none has
            // run in between, each of them was blocked all the time.
            Verdict::Hangs if before.as_ref() == Some(&now) => {
                eprint!("{}", report::of_a_hang(quiet, &now));
                recorder::leave(EXIT_CODE);
            }
            Verdict::Hangs => before = Some(now),
            Verdict::InDoubt => {
                before = None;
                if quiet >= speaks_after {
                    eprint!("{}", report::of_a_doubt(quiet, &now));
                    speaks_after = 2 * quiet;
                }
            }
        }
    }
}

/// The threads that belong to the lesson; none if the system does not tell.
fn of_the_lesson(main: &str) -> Vec<ThreadState> {
    let mut threads = threads::all().unwrap_or_default();
    let background = threads::background();
    threads.retain(|thread| !background.contains(&thread.number) && thread.name != SIGNALS);
    for thread in &mut threads {
        // The system gives the main thread the program's name.
        if thread.number == std::process::id() {
            thread.name = main.to_string();
        }
    }
    threads
}

enum Verdict {
    Works,
    Hangs,
    InDoubt,
}

fn verdict(threads: &[ThreadState]) -> Verdict {
    // Where many want the processor, a thread may have got none of it for long. And
    // a disk may be slow.
    let works =
        |thread: &ThreadState| matches!(thread.state, 'R' | 'D') || thread.doing == Doing::Runs;
    if threads.iter().any(works) {
        Verdict::Works
    } else if !threads.is_empty() && threads.iter().all(|thread| thread.doing.may_hang()) {
        Verdict::Hangs
    } else {
        Verdict::InDoubt
    }
}

/// Of the whole program, but for this thread: to look costs time, too.
fn processor_time() -> Duration {
    let time = |clock| clock_gettime(clock).map_or(Duration::ZERO, Duration::from);
    let all = time(ClockId::CLOCK_PROCESS_CPUTIME_ID);
    all.saturating_sub(time(ClockId::CLOCK_THREAD_CPUTIME_ID))
}
