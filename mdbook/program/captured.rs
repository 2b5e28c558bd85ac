//! What the sections printed, kept in files beside the pages.

use std::fs;

use crate::files;
use crate::log::Log;
use crate::project::{ENDINGS, Project, Section};

/// What is kept of one run of a section.
#[derive(Clone, Debug)]
pub struct Captured {
    /// What it printed, with colours.
    pub output: String,
    pub log: Log,
}

impl Captured {
    /// The simulated seconds that the run took.
    #[must_use]
    pub fn length(&self) -> f64 {
        let last = self.log.events.iter().map(|entry| entry.at).max();
        last.unwrap_or(0) as f64 / 1e6
    }
}

/// What was captured of a section.
pub fn read(project: &Project, section: &Section) -> Result<Captured, String> {
    let output = text_of(project, section, "ansi")?;
    let events = text_of(project, section, "events.json")?;
    let log = Log::from_json(&events).map_err(|error| {
        format!(
            "{} cannot be read: {error}",
            section.captured("events.json")
        )
    })?;
    Ok(Captured { output, log })
}

/// One captured file.
pub fn text_of(project: &Project, section: &Section, ending: &str) -> Result<String, String> {
    let path = section.captured(ending);
    fs::read_to_string(project.root.join(&path)).map_err(|error| {
        format!("{path} cannot be read ({error}): run `cargo book capture {section}`")
    })
}

/// Captured files that belong to none of `sections`.
pub fn orphans(project: &Project, sections: &[Section]) -> Result<Vec<String>, String> {
    let belongs = |shown: &String| {
        let captured = |section: &Section| {
            let mut paths = ENDINGS.iter().map(|ending| section.captured(ending));
            paths.any(|path| path == *shown)
        };
        sections.iter().any(captured)
    };
    let files = files::below(&project.captured())?;
    let shown = files.iter().map(|path| project.shown(path));
    Ok(shown.filter(|shown| !belongs(shown)).collect())
}
