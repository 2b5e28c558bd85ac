//! Turns a hang into a message and an exit code.
//!
//! Nothing moves any more when, for the whole time limit, no line was said, no
//! wait began or ended, nobody is in something that ends by itself (a pause, a
//! wait with a limit, a task in a child process), the process used hardly any
//! processor time, and at the end none of its threads is waiting to get some.
//! Then the watchdog prints who waits, on what, since when,
//! and ends the program with [`EXIT_CODE`].
//!
//! The limit is real time, whatever `--speed` is. It can be changed with the
//! environment variable `LESSON_WATCHDOG`, in seconds; 0 switches it off.

use std::fs;
use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use super::recorder;
use crate::ending::{self, Duty};
use crate::waits;
use crate::work::{self, Report};

/// As of `timeout(1)`: the time was up.
pub(super) const EXIT_CODE: i32 = 124;

const VARIABLE: &str = "LESSON_WATCHDOG";
const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

/// Starts the watchdog, once. Its complaint about a wrong limit is the caller's
/// to print.
pub fn watch() {
    static ONCE: Once = Once::new();
    let Ok(Some(limit)) = limit() else { return };
    ONCE.call_once(|| {
        // Without a watchdog a lesson runs as well.
        let _ = thread::Builder::new()
            .name("watchdog".to_string())
            .spawn(move || look(limit));
    });
}

/// As [`watch`], in a program that is one lesson from beginning to end.
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

/// How long nothing may move; `None` when nobody is to watch.
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

fn look(limit: Duration) {
    let tick = (limit / 20).clamp(Duration::from_millis(1), Duration::from_millis(250));
    let mut moves = waits::moves();
    let mut processor = processor_time();
    let mut quiet = Duration::ZERO;
    let mut looked = Instant::now();
    loop {
        thread::sleep(tick);
        // Only time in which it could look counts. A program that was stopped
        // (Ctrl-Z), or a machine with too much to do, holds up everybody.
        quiet += looked.elapsed().min(2 * tick);
        looked = Instant::now();
        let (moves_now, processor_now) = (waits::moves(), processor_time());
        // A wake-up of this thread costs some microseconds; work costs more.
        let working = processor_now.saturating_sub(processor) > tick / 20;
        let moved = moves_now != moves;
        (moves, processor) = (moves_now, processor_now);
        if moved || working || waits::ends_by_itself() || !ending::is_on_duty() {
            quiet = Duration::ZERO;
        } else if quiet >= limit {
            if somebody_could_run() {
                quiet = Duration::ZERO;
                continue;
            }
            eprint!("{}", report(quiet));
            recorder::leave(EXIT_CODE);
        }
    }
}

/// Whether another thread is ready to run, or reads from a disk: where many want
/// the processor, it may have got none of it for long. Known on Linux only.
fn somebody_could_run() -> bool {
    let me = fs::read_link("/proc/thread-self").unwrap_or_default();
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        return false;
    };
    threads.flatten().any(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // Behind the thread's name, which may contain anything, in brackets.
        let state = stat.rsplit_once(") ").map_or("", |(_, state)| state);
        Some(&*thread.file_name()) != me.file_name() && state.starts_with(['R', 'D'])
    })
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// Who waits, on what, since when.
fn report(quiet: Duration) -> String {
    let mut text = format!(
        "Nothing has moved for {:.1} s: this program hangs, and is stopped.\n",
        quiet.as_secs_f64()
    );
    let mut waits = waits::all();
    waits.sort_by_key(|(_, wait)| wait.since);
    for (actor, wait) in &waits {
        let line = format!(
            "  {actor} waits for {} since {:.1} s, at {}:{}\n",
            wait.what,
            wait.since.elapsed().as_secs_f64(),
            wait.at.file(),
            wait.at.line()
        );
        text.push_str(&line);
    }
    for pool in work::living() {
        let Report {
            pool,
            running,
            queued,
            starved,
            ..
        } = pool.report();
        if running + queued > 0 {
            text.push_str(&format!(
                "  {pool} has {running} tasks running and {queued} queued\n"
            ));
        }
        if let Some(starved) = starved {
            text.push_str(&format!("  {starved}\n"));
        }
    }
    if waits.is_empty() {
        text.push_str(
            "  Nobody waits on anything of this library: look for a wait on something else.\n",
        );
    }
    text
}
