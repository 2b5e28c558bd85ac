//! Builds the chapters and runs their sections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::captured::Captured;
use crate::cargo;
use crate::child::Running;
use crate::interrupt::Scratch;
use crate::log::Log;
use crate::project::{Project, Section};
use crate::record::Entry;
use crate::script::Script;

/// The chapters' programs, ready to run.
#[derive(Debug)]
pub struct Programs {
    binaries: BTreeMap<String, PathBuf>,
    project: Project,
    /// The sections' folder for temporary files.
    scratch: Scratch,
}

/// A section, and whether it can run without a person.
#[derive(Clone, Debug)]
pub struct Listed {
    pub section: Section,
    pub runs_by_itself: bool,
}

/// One run of a section.
#[derive(Debug)]
pub struct Run {
    /// The run in the form that is kept and compared.
    pub captured: Captured,
}

/// Builds the programs of all chapters.
pub fn build(project: &Project) -> Result<Programs, String> {
    let scratch = Scratch::new()?;
    let chapters = project.chapters()?;
    let binaries = cargo::build(project, &chapters)?;
    match (chapters.iter()).find(|chapter| !binaries.contains_key(*chapter)) {
        Some(chapter) => Err(format!(
            "cargo built no program for the chapter `{chapter}`"
        )),
        None => Ok(Programs {
            binaries,
            project: project.clone(),
            scratch,
        }),
    }
}

impl Programs {
    /// What a chapter answers to these arguments, with which it runs no section: its
    /// exit code and its output, or its complaint.
    pub fn ask(&self, chapter: &str, arguments: &[&str]) -> Result<(bool, String), String> {
        let mut command = Command::new(&self.binaries[chapter]);
        command.args(arguments).env("NO_COLOR", "1");
        command.env_remove("CLICOLOR_FORCE");
        command.env_remove("LESSON_SPEED");
        let asked = Running::start(&mut command, ANSWER).and_then(Running::end);
        let ended = asked.map_err(|what| format!("the chapter `{chapter}` {what}"))?;
        let success = ended.status.success();
        let answer = if success {
            ended.output
        } else {
            ended.complaints
        };
        Ok((success, answer))
    }

    /// Every section of every chapter, in the order of the chapters' lists.
    pub fn sections(&self) -> Result<Vec<Listed>, String> {
        let mut sections = Vec::new();
        for chapter in self.binaries.keys() {
            let (_, list) = self.ask(chapter, &["--list"])?;
            for line in list.lines() {
                if let Some(name) = line.split_whitespace().next() {
                    let section = Section::new(chapter, name);
                    let waits = line.ends_with("(only when named)");
                    let scripted = self.project.root.join(section.script()).is_file();
                    sections.push(Listed {
                        section,
                        runs_by_itself: scripted || !waits,
                    });
                }
            }
        }
        Ok(sections)
    }

    /// The sections that run by themselves; if `wanted` is not empty, only those that it
    /// names.
    pub fn chosen(&self, wanted: &[String]) -> Result<Vec<Section>, String> {
        let listed = self.sections()?;
        for word in wanted {
            match listed.iter().find(|listed| listed.section.is_called(word)) {
                None => {
                    let names: Vec<String> = listed
                        .iter()
                        .map(|listed| listed.section.to_string())
                        .collect();
                    return Err(format!(
                        "there is no section `{word}`; there are {}",
                        names.join(", ")
                    ));
                }
                Some(listed) if !listed.runs_by_itself => {
                    return Err(format!(
                        "{} waits for a person: describe in {} what that person does",
                        listed.section,
                        listed.section.script()
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(listed
            .into_iter()
            .filter(|listed| listed.runs_by_itself)
            .map(|listed| listed.section)
            .filter(|section| {
                wanted.is_empty() || wanted.iter().any(|word| section.is_called(word))
            })
            .collect())
    }

    /// Runs one section at `speed`, for at most `limit`. The error contains what it
    /// printed on standard error.
    pub fn run(&self, section: &Section, speed: f64, limit: Duration) -> Result<Run, String> {
        let binary = &self.binaries[&section.chapter];
        let path = self.project.root.join(section.script());
        let script = match std::fs::read_to_string(path) {
            Ok(text) => Some(
                Script::parse(&text)
                    .map_err(|complaint| format!("{}: {complaint}", section.script()))?,
            ),
            Err(_) => None,
        };
        let scratch = self.scratch.path();
        let script = script.unwrap_or_default();
        run(binary, section, speed, &script, scratch, limit)
    }
}

/// The longest that a chapter may take to list its sections.
const ANSWER: Duration = Duration::from_secs(60);

/// The default sizes of pools depend on the number of cores. On every machine, the
/// sections run as if it had this many.
const CORES: &str = "2";

/// Runs one section of the program `binary`.
pub fn run(
    binary: &Path,
    section: &Section,
    speed: f64,
    script: &Script,
    scratch: &Path,
    limit: Duration,
) -> Result<Run, String> {
    let events = tempfile::Builder::new()
        .prefix(&format!("events-{}-{}-", section.chapter, section.name))
        .suffix(".json")
        .tempfile_in(scratch)
        .map_err(|error| format!("cannot make a temporary file: {error}"))?;
    let mut command = Command::new(binary);
    command
        .arg(&section.name)
        .env("LESSON_SPEED", speed.to_string())
        .env("LESSON_EVENTS", events.path())
        .env("LESSON_CORES", CORES)
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .env("RUST_BACKTRACE", "0")
        .env("TMPDIR", scratch);
    let ended = script
        .play(&mut command, limit)
        .map_err(|complaint| format!("`{}` {complaint}", section.command()))?;
    if !script.expects(ended.status) {
        return Err(format!(
            "`{}` ended with {}: {}",
            section.command(),
            ended.status,
            ended.complaints.trim()
        ));
    }
    let text = std::fs::read_to_string(events.path())
        .map_err(|error| format!("`{}` left no event log: {error}", section.command()))?;
    let mut line: Recorded = serde_json::from_str(text.trim())
        .map_err(|error| format!("the event log of {section} cannot be read: {error}"))?;
    // Whatever the folder is called here, in the book it is `/tmp`.
    for entry in &mut line.events {
        entry.text = without_folder(&entry.text, scratch);
    }
    let log = Log::new(&section.name, &section.source(), speed, &line.events);
    Ok(Run {
        captured: Captured {
            output: without_folder(&ended.output, scratch),
            log,
        },
    })
}

/// The text with the temporary folder under its usual name.
fn without_folder(text: &str, folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    // As `{:?}` writes it.
    let escaped = format!("{folder:?}");
    let escaped = escaped.trim_matches('"');
    text.replace(&*folder, "/tmp").replace(escaped, "/tmp")
}

/// What a chapter writes for one section.
#[derive(serde::Deserialize)]
struct Recorded {
    events: Vec<Entry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check has to pass whatever `TMPDIR` is called.
    #[test]
    fn the_temporary_folder_has_its_usual_name_in_what_is_printed() {
        for folder in [
            "/tmp/book-1",
            "/home/a b/c (d)/book-1",
            "/x/[a-z]+$/ü'\"\\/book-1",
        ] {
            let folder = Path::new(folder);
            let file = folder.join("lesson-Abc/video.mp4");
            let text = format!("saved {}; error in {:?}", file.display(), file);
            assert_eq!(
                without_folder(&text, folder),
                "saved /tmp/lesson-Abc/video.mp4; error in \"/tmp/lesson-Abc/video.mp4\""
            );
        }
    }
}
