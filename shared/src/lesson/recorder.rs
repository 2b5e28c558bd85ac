//! What is made of the event log when a section has ended.

use std::fs::File;
use std::io::Write;

use serde::Serialize;

use crate::events::{self, Event};
use crate::run::{self, Settings};

/// Where the events go as they are, for the book's tools: the path of a file.
const VARIABLE: &str = "LESSON_EVENTS";

/// Everything that wants to see the event log.
#[derive(Debug)]
pub(super) struct Recorder {
    events: Option<File>,
}

/// One line of the file of events: one section.
#[derive(Serialize)]
struct Log<'a> {
    section: &'a str,
    settings: &'a Settings,
    events: &'a [Event],
}

impl Recorder {
    /// Opens what will be written. The error is one sentence.
    pub(super) fn open() -> Result<Self, String> {
        let Some(path) = std::env::var_os(VARIABLE) else {
            return Ok(Recorder { events: None });
        };
        match File::create(&path) {
            Ok(file) => Ok(Recorder { events: Some(file) }),
            Err(error) => Err(format!(
                "cannot write the file `{}` that {VARIABLE} names: {error}",
                path.to_string_lossy()
            )),
        }
    }

    /// Whether the next section is to be recorded.
    pub(super) fn is_wanted(&self) -> bool {
        self.events.is_some()
    }

    /// Takes the log of the section that has just ended.
    pub(super) fn section_ended(&mut self, section: &str) -> Result<(), String> {
        if !self.is_wanted() {
            return Ok(());
        }
        let mut log = events::take();
        // Those of child processes arrive a little late. The sort is stable.
        log.sort_by_key(|event| event.real);
        if let Some(file) = &mut self.events {
            let log = Log {
                section,
                settings: &run::current().settings,
                events: &log,
            };
            let mut line = serde_json::to_vec(&log).map_err(|error| error.to_string())?;
            line.push(b'\n');
            file.write_all(&line)
                .map_err(|error| format!("cannot write the file that {VARIABLE} names: {error}"))?;
        }
        Ok(())
    }
}
