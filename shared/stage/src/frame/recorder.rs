//! What is made of the record when a section has ended.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;

use parking_lot::Mutex;
use serde::Serialize;

use super::trace_file::TraceFile;
use crate::record::{self, Entry};
use crate::run::{self, Settings};
use crate::timeline::{self, Moment, Timeline};
use crate::trace::Trace;
use crate::{ending, narrate, work};

/// The path of a file for the record itself: the book's tools read it.
const VARIABLE: &str = "LESSON_EVENTS";

/// The recorder of this program. Ctrl-C and the watchdog use it too, because a run
/// that hangs or is interrupted is worth looking at.
static CURRENT: Mutex<Option<Recorder>> = Mutex::new(None);

#[derive(Debug)]
struct Recorder {
    events: Option<File>,
    trace: Option<(TraceFile, Trace)>,
    timeline: bool,
}

/// One line of the file that [`VARIABLE`] names: one section.
#[derive(Serialize)]
struct Log<'a> {
    section: &'a str,
    settings: &'a Settings,
    events: &'a [Entry],
}

/// What the command line wants of the record.
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

/// Before a section: records, if the record is wanted.
pub(super) fn section_begins() {
    let current = CURRENT.lock();
    if current.as_ref().is_some_and(Recorder::is_wanted) {
        record::start();
    }
}

/// The record of a section, up to now.
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
    // The holder of the lock writes a file, and may be stuck in that.
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
        // Entries of child processes arrive late. The sort is stable.
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
