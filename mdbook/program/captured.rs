//! What the sections printed, kept in files beside the pages.

use std::fs;

use sha2::{Digest, Sha256};

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

/// What was captured of a section. A file that was changed by hand is an error.
pub fn read(project: &Project, section: &Section) -> Result<Captured, String> {
    let output = text_of(project, section, "ansi")?;
    let events = text_of(project, section, "events.json")?;
    let path = section.captured("events.json");
    if !is_sealed(&output, &events) {
        return Err(format!(
            "it or {path} was changed by hand; {}",
            again(section)
        ));
    }
    let log = Log::from_json(&events).map_err(|error| format!("{path} cannot be read: {error}"))?;
    Ok(Captured { output, log })
}

/// What to do about a wrong captured file.
pub fn again(section: &Section) -> String {
    format!("run `cargo book capture {section}`")
}

/// How a sealed log begins.
const SEAL: &str = "{\"seal\":\"";

/// The log with a sum over it and the output, by which a change by hand is noticed.
pub fn sealed(output: &str, log: &str) -> String {
    match log.strip_prefix('{') {
        Some(rest) => format!("{SEAL}{}\",{rest}", seal(output, log)),
        None => log.to_string(),
    }
}

/// Whether output and log are as they were captured. Logs of earlier versions have no
/// seal.
fn is_sealed(output: &str, log: &str) -> bool {
    let Some(sealed) = log.strip_prefix(SEAL) else {
        return true;
    };
    let parts = sealed.split_once("\",");
    parts.is_some_and(|(sum, rest)| sum == seal(output, &format!("{{{rest}")))
}

fn seal(output: &str, log: &str) -> String {
    let sum = Sha256::new()
        .chain_update(output)
        .chain_update([0])
        .chain_update(log)
        .finalize();
    sum.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// One captured file.
pub fn text_of(project: &Project, section: &Section, ending: &str) -> Result<String, String> {
    let path = section.captured(ending);
    fs::read_to_string(project.root.join(&path))
        .map_err(|error| format!("{path} cannot be read ({error}): {}", again(section)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_by_hand_breaks_the_seal() {
        let log = "{\"section\":\"map\",\n\"events\":[{\"at\":1,\"text\":\"\"}]}\n";
        let kept = sealed("one\n", log);
        assert!(kept.starts_with("{\"seal\":\""));
        assert!(is_sealed("one\n", &kept));
        assert!(!is_sealed("two\n", &kept));
        assert!(!is_sealed("one\n", &kept.replace("\"at\":1", "\"at\":2")));
        let known: serde_json::Value = serde_json::from_str(&kept).unwrap();
        assert_eq!(known["section"], "map");
        // As earlier versions wrote it.
        assert!(is_sealed("one\n", log));
    }
}
