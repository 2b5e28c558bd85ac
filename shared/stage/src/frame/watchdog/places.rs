//! In which line a blocked thread waits.
//!
//! A wait that the table knows has its line there. Of any other wait, of a channel of
//! std for instance, only the stack of its thread knows. So the thread is sent a
//! signal, takes a backtrace in the handler, and goes back to its wait.

use std::path::Path;

/// Where a thread waits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a line of the lesson, inside this call.
    Line { call: String, at: String },
    /// Nowhere in the lesson: it is a thread of the library.
    Library,
}

/// Where the thread waits; `None` if its stack does not tell.
///
/// Only for a thread that is blocked for good, in a program that ends at once.
#[cfg(target_os = "linux")]
pub(super) fn of(thread: u32) -> Option<Place> {
    place(&stack::of(thread)?.to_string())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn of(_: u32) -> Option<Place> {
    None
}

/// Whether a source file belongs to the library, and not to a lesson.
pub(super) fn is_of_the_library(file: &str) -> bool {
    ["shared/src/", "shared/stage/src/", "shared/workers/src/"]
        .iter()
        .any(|folder| file.contains(folder))
}

/// Whether it belongs to the system, to the standard library or to a package that was
/// downloaded.
fn is_foreign(file: &str) -> bool {
    let foreign = ["/rustc/", "/lib/rustlib/", "/registry/src/"];
    !file.ends_with(".rs") || foreign.iter().any(|folder| file.contains(folder))
}

/// From a backtrace as std prints it: a line with the function's name, and behind it
/// one with `at file:line:column`, if that is known.
fn place(backtrace: &str) -> Option<Place> {
    let (mut call, mut name, mut library) = ("", "", false);
    for line in backtrace.lines() {
        let line = line.trim_start();
        let Some(at) = line.strip_prefix("at ") else {
            // `12: name`, or only a name if it was put in the place of its call.
            let number = line.split_once(": ");
            let numbered = number.filter(|(number, _)| number.parse::<u32>().is_ok());
            name = numbered.map_or(line, |(_, name)| name);
            continue;
        };
        let mut parts = at.rsplitn(3, ':');
        let (Some(_column), Some(number), Some(file)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let file = relative(file);
        if is_foreign(&file) {
            call = name;
        } else if is_of_the_library(&file) {
            // So this program has its line numbers.
            (call, library) = (name, true);
        } else {
            let (call, at) = (without_types(call), format!("{file}:{number}"));
            return Some(Place::Line { call, at });
        }
    }
    library.then_some(Place::Library)
}

/// `Receiver::recv` from `Receiver<T>::recv`.
fn without_types(name: &str) -> String {
    let mut depth = 0;
    let outside = name.chars().filter(|letter| {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => return depth == 0,
        }
        false
    });
    let outside: String = outside.collect();
    outside.trim_start_matches("::").to_string()
}

/// The file as the compiler names it in a message: relative to the workspace, if it
/// is in there.
fn relative(file: &str) -> String {
    // std prints files below the current folder in this way.
    let below = file.strip_prefix("./").zip(std::env::current_dir().ok());
    let file = below.map_or(file.into(), |(file, folder)| folder.join(file));
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let inside = workspace.and_then(|workspace| file.strip_prefix(workspace).ok());
    inside.unwrap_or(&file).display().to_string()
}

#[cfg(target_os = "linux")]
mod stack {
    use std::backtrace::Backtrace;
    use std::time::{Duration, Instant};

    use nix::libc::{self, c_int};
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
    use parking_lot::Mutex;

    /// Ignored where it is not handled, so one that comes late does no harm.
    const SIGNAL: Signal = Signal::SIGURG;
    /// How long a thread may take.
    const PATIENCE: Duration = Duration::from_millis(500);

    static TAKEN: Mutex<Option<Backtrace>> = Mutex::new(None);

    pub(super) fn of(thread: u32) -> Option<Backtrace> {
        *TAKEN.lock() = None;
        ask(thread)?;
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if let Some(backtrace) = TAKEN.lock().take() {
                return Some(backtrace);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    #[allow(unsafe_code, reason = "no crate shows the stack of another thread")]
    fn ask(thread: u32) -> Option<()> {
        // The wait that is interrupted begins again.
        let flags = SaFlags::SA_RESTART;
        let action = SigAction::new(SigHandler::Handler(answer), flags, SigSet::empty());
        // SAFETY: a handler may not allocate or take a lock, as this one does, since
        // the thread could have been interrupted in the middle of doing the same. This
        // one is not: it is blocked in a futex call, for good. If that call is one for
        // the lock of the allocator or of the backtrace, the handler waits for it, too:
        // the thread is as blocked as it was, and its answer is waited for only briefly.
        unsafe { sigaction(SIGNAL, &action) }.ok()?;
        let (process, thread) = (i64::from(std::process::id()), i64::from(thread));
        let signal = i64::from(SIGNAL as c_int);
        // SAFETY: the call takes three numbers, and touches no memory.
        let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
        (sent == 0).then_some(())
    }

    /// Runs on the thread that is asked.
    extern "C" fn answer(_: c_int) {
        // Its symbols are looked up later, by the thread that asks.
        let backtrace = Backtrace::force_capture();
        *TAKEN.lock() = Some(backtrace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_line_of_the_lesson_counts_and_the_call_in_it() {
        let backtrace = "\
   0: stage::frame::watchdog::places::stack::answer
             at /home/ada/workbook/shared/stage/src/frame/watchdog/places.rs:99:25
   1: <unknown>
   2: syscall
             at misc/../sysdeps/unix/sysv/linux/x86_64/syscall.S:38:1
   3: std::sys::pal::unix::futex::futex_wait
             at /rustc/abc/library/std/src/sys/pal/unix/futex.rs:72:21
      std::thread::Thread::park
             at /rustc/abc/library/std/src/thread/mod.rs:1503:29
   3: std::sync::mpsc::Receiver<T>::recv
             at /rustc/abc/library/std/src/sync/mpsc.rs:907:20
   4: event::flag::helper
             at /home/ada/workbook/lessons/event/src/flag.rs:12:5
   5: event::flag::main
             at /home/ada/workbook/lessons/event/src/flag.rs:5:5";
        let call = "std::sync::mpsc::Receiver::recv".to_string();
        let at = "/home/ada/workbook/lessons/event/src/flag.rs:12".to_string();
        assert_eq!(place(backtrace), Some(Place::Line { call, at }));
        let idle: Vec<&str> = backtrace.lines().take(11).collect();
        assert_eq!(place(&idle.join("\n")), Some(Place::Library));
    }

    #[test]
    fn a_call_is_named_without_its_types() {
        for (name, short) in [
            (
                "scope<event::main::{closure_env#0}, core::result::Result<(), ()>>",
                "scope",
            ),
            ("<std::sync::mpsc::IntoIter<T> as Iterator>::next", "next"),
            ("std::thread::park", "std::thread::park"),
        ] {
            assert_eq!(without_types(name), short);
        }
    }

    #[test]
    fn without_lines_nothing_is_known() {
        assert_eq!(place("   0: <unknown>\n   1: <unknown>"), None);
        assert_eq!(place(""), None);
    }
}
