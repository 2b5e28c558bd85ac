//! What is made of the event log when a section has ended.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::Serialize;

use crate::record::{self, Entry};
use crate::run::{self, Settings};
use crate::timeline::{self, Moment, Timeline};
use crate::trace::Trace;
use crate::{ending, narrate, work};

/// Where the events go as they are, for the book's tools: the path of a file.
const VARIABLE: &str = "LESSON_EVENTS";

/// Everything that wants to see the event log. There is one at a time, which
/// Ctrl-C and the watchdog must find, too: a run that hangs, or that a person
/// ends, is worth looking at.
static CURRENT: Mutex<Option<Recorder>> = Mutex::new(None);

#[derive(Debug)]
struct Recorder {
    events: Option<File>,
    trace: Option<(TraceFile, Trace)>,
    timeline: bool,
}

/// One line of the file of events: one section.
#[derive(Serialize)]
struct Log<'a> {
    section: &'a str,
    settings: &'a Settings,
    events: &'a [Entry],
}

/// What a person wants to see of the event log.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) timeline: bool,
    pub(super) trace: Option<OsString>,
}

/// Opens what will be written. The error is one sentence.
pub(super) fn open(program: &str, wanted: Wanted) -> Result<(), String> {
    let events = match std::env::var_os(VARIABLE) {
        None => None,
        Some(path) => match File::create(&path) {
            Ok(file) => Some(file),
            Err(error) => {
                return Err(format!(
                    "cannot write the file `{}` that {VARIABLE} names: {error}",
                    path.to_string_lossy()
                ));
            }
        },
    };
    let trace = match wanted.trace {
        None => None,
        Some(path) => Some((TraceFile::check(&path)?, Trace::new(program))),
    };
    let recorder = Recorder {
        events,
        trace,
        timeline: wanted.timeline,
    };
    *CURRENT.lock() = Some(recorder);
    Ok(())
}

/// Before a section: records, if somebody wants to see it.
pub(super) fn section_begins() {
    let current = CURRENT.lock();
    if current.as_ref().is_some_and(Recorder::is_wanted) {
        record::start();
    }
}

/// What was recorded of a section, up to now.
#[derive(Debug)]
pub(super) struct Recorded {
    log: Vec<Entry>,
    end: Moment,
}

/// Ends the recording. `None` if there was none.
pub(super) fn stop() -> Option<Recorded> {
    if !record::recording() {
        return None;
    }
    let (real, simulated) = run::current().elapsed();
    Some(Recorded {
        log: record::take(),
        end: Moment { real, simulated },
    })
}

/// A section has ended.
pub(super) fn section_ended() -> Result<(), String> {
    let mut current = CURRENT.lock();
    match (&mut *current, stop()) {
        (Some(recorder), Some(recorded)) => recorder.take(recorded),
        _ => Ok(()),
    }
}

/// The last section has ended.
pub(super) fn finish() -> Result<(), String> {
    let current = CURRENT.lock().take();
    current.map_or(Ok(()), Recorder::finish)
}

/// The program ends in the middle of a section.
pub(super) fn cut_short(recorded: Option<Recorded>) {
    // Whoever holds the lock is just writing. It may be stuck in that.
    let Some(mut current) = CURRENT.try_lock() else {
        return;
    };
    let Some(mut recorder) = current.take() else {
        return;
    };
    let taken = recorded.map_or(Ok(()), |recorded| recorder.take(recorded));
    if let Err(complaint) = taken.and_then(|()| recorder.finish()) {
        eprintln!("{complaint}");
    }
}

/// Ends the program at once, without leaving a child process behind.
pub(super) fn leave(code: i32) -> ! {
    let recorded = stop();
    work::abandon_all();
    ending::tidy_up();
    cut_short(recorded);
    std::process::exit(code)
}

impl Recorder {
    fn is_wanted(&self) -> bool {
        self.events.is_some() || self.trace.is_some() || self.timeline
    }

    fn take(&mut self, recorded: Recorded) -> Result<(), String> {
        let Recorded { mut log, end } = recorded;
        let run = run::current();
        let section = run.settings.section.as_str();
        // Those of child processes arrive a little late. The sort is stable.
        log.sort_by_key(|event| event.real);
        if let Some(file) = &mut self.events {
            let log = Log {
                section,
                settings: &run.settings,
                events: &log,
            };
            let mut line = serde_json::to_vec(&log).map_err(|error| error.to_string())?;
            line.push(b'\n');
            file.write_all(&line)
                .map_err(|error| format!("cannot write the file that {VARIABLE} names: {error}"))?;
        }
        if self.trace.is_none() && !self.timeline {
            return Ok(());
        }
        let timeline = Timeline::until(&log, end);
        if let Some((_, trace)) = &mut self.trace {
            trace.add(section, &timeline);
        }
        if self.timeline {
            let picture = timeline.to_terminal(timeline::columns());
            narrate::print_raw(&format!("\n{picture}"));
        }
        Ok(())
    }

    fn finish(self) -> Result<(), String> {
        match self.trace {
            None => Ok(()),
            Some((file, trace)) => file.write(&trace.to_json()),
        }
    }
}

/// The file that a trace goes to. Under its name there is never a part of one:
/// it is written under another name, beside it, and renamed when it is whole.
#[derive(Debug)]
struct TraceFile {
    path: PathBuf,
    /// A pipe or a device cannot be replaced; it is written to.
    special: bool,
}

impl TraceFile {
    /// Looks whether it can be written, and leaves everything as it was.
    fn check(path: &OsString) -> Result<Self, String> {
        let complaint = |error: io::Error| complaint(&path.to_string_lossy(), &error);
        // A link stays, and what it leads to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        let special = match fs::metadata(&target) {
            Ok(known) if known.is_dir() => {
                return Err(complaint(io::ErrorKind::IsADirectory.into()));
            }
            Ok(known) => {
                // A pipe would be waited for.
                if known.is_file() {
                    OpenOptions::new()
                        .write(true)
                        .open(&target)
                        .map_err(complaint)?;
                }
                !known.is_file()
            }
            Err(_) => false,
        };
        let file = TraceFile {
            path: target,
            special,
        };
        if !special {
            let part = file.part();
            File::create(&part).map_err(complaint)?;
            fs::remove_file(&part).map_err(complaint)?;
        }
        Ok(file)
    }

    /// The name of the file until it is whole.
    fn part(&self) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        self.path.with_file_name(name)
    }

    fn write(&self, text: &str) -> Result<(), String> {
        let written = match self.special {
            true => write_to(&self.path, text),
            false => {
                let part = self.part();
                let written = write_to(&part, text).and_then(|()| fs::rename(&part, &self.path));
                if written.is_err() {
                    let _ = fs::remove_file(&part);
                }
                written
            }
        };
        written.map_err(|error| complaint(&self.path.to_string_lossy(), &error))
    }
}

fn write_to(path: &Path, text: &str) -> io::Result<()> {
    File::create(path)?.write_all(text.as_bytes())
}

fn complaint(path: &str, error: &io::Error) -> String {
    format!("cannot write the trace to `{path}`: {error}")
}
