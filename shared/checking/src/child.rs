//! One check, in a process of its own: what it runs, and what its parent makes
//! of it.

use std::any::Any;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::check::Check;

/// Tells a process which check it is to run.
pub(crate) const VARIABLE: &str = "EXERCISE_CHECK";

/// No check takes longer than this, whatever the answer does.
const LIMIT: Duration = Duration::from_secs(10);

/// If all threads have waited for each other for this long, none will go on.
const FOR_EVER: Duration = Duration::from_secs(1);

/// What a process that does not even stop itself is given on top.
const GRACE: Duration = Duration::from_secs(5);

/// So much of what an answer prints is kept.
const KEPT: usize = 64 * 1024;

/// So many panics are remembered.
const PANICS: usize = 100;

const BEGINS: &str = "--- the check begins ---\n";
const PASSED: &str = "\n--- passed ---\n";
const REFUSED: &str = "\n--- refused ---\n";

/// What came of a check.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Why it was refused, if it was.
    pub(crate) refused: Option<String>,
    /// What it printed.
    pub(crate) printed: String,
}

struct Setting {
    if_it_hangs: String,
    limit: Duration,
    /// Where panics were raised, and with which text, the first ones first. The
    /// model checker may report another one than the first, if that is simpler.
    panics: Vec<(String, String)>,
}

static SETTING: Mutex<Setting> = Mutex::new(Setting {
    if_it_hangs: String::new(),
    limit: LIMIT,
    panics: Vec::new(),
});

impl Setting {
    fn sentence(&self) -> &str {
        match self.if_it_hangs.as_str() {
            "" => "A thread waits for ever.",
            sentence => sentence,
        }
    }
}

fn setting() -> MutexGuard<'static, Setting> {
    SETTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What it means if this check does not come to an end: a sentence for the
/// student. The first line of every check in which a thread waits.
///
/// ```
/// checking::if_it_hangs("A worker sleeps although there is a task: who wakes it?");
/// ```
pub fn if_it_hangs(sentence: &str) {
    setting().if_it_hangs = sentence.to_string();
}

/// The check has so many seconds, real ones, instead of the usual ten. For one
/// that waits on real threads: who hangs is told so sooner.
///
/// ```
/// checking::within(5);
/// ```
pub fn within(seconds: u64) {
    setting().limit = Duration::from_secs(seconds);
}

/// In the child: runs the check, says what came of it, and ends the process.
pub(crate) fn run(check: &Check) -> ! {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|at| format!("{}:{}", at.file(), at.line()));
        let text = text_of(info.payload());
        let mut setting = setting();
        if setting.panics.len() < PANICS {
            setting.panics.extend(place.map(|place| (place, text)));
        }
    }));
    say(BEGINS);
    let (send, receive) = mpsc::channel();
    let run = check.run;
    let started = thread::Builder::new()
        .name("main".to_string())
        .spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(run));
            let _ = send.send(outcome.map_err(|payload| text_of(&*payload)));
        });
    if let Err(error) = started {
        end(Some(&format!(
            "The system cannot start a thread for this check: {error}"
        )));
    }
    // The limit is set by the check itself, in its first lines.
    let mut waited = Duration::ZERO;
    let tick = Duration::from_millis(20);
    loop {
        match receive.recv_timeout(tick) {
            Ok(Ok(())) => end(None),
            Ok(Err(text)) => end(Some(&explained(&text))),
            Err(_) => waited += tick,
        }
        let for_ever = model::all_wait_since(1).is_some_and(|since| since >= FOR_EVER);
        if waited >= setting().limit || for_ever && !another_thread_could_run() {
            end(Some(&hang(waited)));
        }
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    match payload.downcast_ref::<&str>() {
        Some(text) => (*text).to_string(),
        None => match payload.downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => "a panic without a text".to_string(),
        },
    }
}

/// A panic's text, in front of it what it means.
fn explained(text: &str) -> String {
    let setting = setting();
    if let Some(rest) = text.strip_prefix(model::STUCK) {
        return format!("{}\n\nA deadlock{rest}", setting.sentence());
    }
    if let Some(rest) = text.strip_prefix(model::SPINS) {
        return format!("Your answer does not come to an end{rest}");
    }
    for (place, panic) in &setting.panics {
        // Behind the text of the panic comes its story.
        if let Some(story) = text.strip_prefix(panic.as_str())
            && (story.is_empty() || story.starts_with('\n'))
        {
            return panics(place, panic, story);
        }
        // Another thread has panicked, and the one that joined it did so because
        // of that.
        if let Some((_, story)) = text.split_once(&format!("ThreadPanicked({panic:?})")) {
            return panics(place, panic, story);
        }
    }
    text.to_string()
}

fn panics(place: &str, panic: &str, story: &str) -> String {
    format!("Your answer panics at {place}: {panic}{story}")
}

/// Whether another thread is ready to run: where many want the processor, one that
/// was woken may not have got it yet. Known on Linux only.
fn another_thread_could_run() -> bool {
    let me = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return false;
    };
    threads.flatten().any(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // Behind the thread's name, which may contain anything, in brackets.
        let state = stat.rsplit_once(") ").map_or("", |(_, state)| state);
        Some(&*thread.file_name()) != me.file_name() && state.starts_with(['R', 'D'])
    })
}

fn hang(waited: Duration) -> String {
    let seconds = waited.as_secs();
    if model::is_running() {
        return format!(
            "This check is not done after {seconds} s. It tries many ways in which threads can \
             take turns, so an answer must not pause, and must wait on nothing but what \
             `shared::primitives!()` brings: neither `std::sync::Mutex` nor `thread::sleep`."
        );
    }
    let mut text = {
        let setting = setting();
        match setting.panics.first() {
            Some((place, panic)) => panics(
                place,
                panic,
                "\n\nThe other threads wait for the one that is gone.",
            ),
            None => setting.sentence().to_string(),
        }
    };
    let mut waits = model::who_waits();
    waits.sort();
    if !waits.is_empty() {
        text.push_str(&format!("\n\nAfter {seconds} s:\n\n"));
        for wait in waits {
            text.push_str(&format!("  {wait}\n"));
        }
    }
    text
}

fn say(text: &str) {
    // Past the test harness, which may be keeping what is printed.
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn end(refused: Option<&str>) -> ! {
    match refused {
        None => say(PASSED),
        Some(text) => say(&format!("{REFUSED}{}", text.trim_end())),
    }
    std::process::exit(i32::from(refused.is_some()))
}

/// In the parent: starts the process in which `check` runs, and waits for its
/// verdict.
pub(crate) fn verdict_of(mut command: Command, check: &str) -> Verdict {
    let started = command
        .env(VARIABLE, check)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return refused(format!("The check cannot be started: {error}")),
    };
    let errors = reader(child.stderr.take());
    let output = reader(child.stdout.take());
    // A pipe is closed when its process ends.
    let Ok(output) = output.recv_timeout(LIMIT + GRACE) else {
        stop(&mut child);
        return refused(format!(
            "The check did not end within {} s, and had to be stopped.",
            (LIMIT + GRACE).as_secs()
        ));
    };
    let status = child.wait();
    let printed = output.split_once(BEGINS).map_or("", |(_, rest)| rest);
    if let Some((printed, text)) = printed.rsplit_once(REFUSED) {
        return Verdict {
            refused: Some(text.to_string()),
            printed: printed.to_string(),
        };
    }
    if let Some((printed, _)) = printed.rsplit_once(PASSED) {
        return Verdict {
            refused: None,
            printed: printed.to_string(),
        };
    }
    let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
    let errors = errors.recv_timeout(GRACE).unwrap_or_default();
    let last: Vec<&str> = errors.lines().rev().take(5).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Verdict {
        refused: Some(format!(
            "The program ended in the middle of this check ({how}):\n{}",
            last.join("\n")
        )),
        printed: printed.to_string(),
    }
}

fn refused(text: String) -> Verdict {
    Verdict {
        refused: Some(text),
        printed: String::new(),
    }
}

fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads to the end, and keeps the beginning and the end of it.
fn reader(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let (mut kept, mut part) = (Vec::new(), [0; 4096]);
        if let Some(mut pipe) = pipe {
            while let Ok(length @ 1..) = pipe.read(&mut part) {
                kept.extend_from_slice(&part[..length]);
                if kept.len() > 2 * KEPT {
                    kept.drain(KEPT / 2..kept.len() - KEPT / 2);
                }
            }
        }
        let _ = send.send(String::from_utf8_lossy(&kept).into_owned());
    });
    receive
}
