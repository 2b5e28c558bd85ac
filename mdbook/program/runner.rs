//! Builds the chapters and runs their sections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::captured::Captured;
use crate::log::Log;
use crate::project::{Project, Section};
use crate::record::Entry;
use crate::script::{Ended, Script};

/// The chapters' programs, ready to run.
#[derive(Debug)]
pub struct Programs {
    binaries: BTreeMap<String, PathBuf>,
    project: Project,
    /// The folder for temporary files, which is removed in the end. Without one, what
    /// the sections leave behind stays for a person to look at.
    scratch: Option<TempDir>,
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
    let chapters = project.chapters()?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(&project.root)
        .args([
            "build",
            "--quiet",
            "--message-format=json-render-diagnostics",
        ])
        .stderr(Stdio::inherit());
    for chapter in &chapters {
        cargo.args(["--package", chapter, "--bin", chapter]);
    }
    let output = cargo
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err("the chapters do not compile".to_string());
    }
    let mut binaries = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let (Some(name), Some(path)) = (
            message["target"]["name"].as_str(),
            message["executable"].as_str(),
        ) {
            binaries.insert(name.to_string(), PathBuf::from(path));
        }
    }
    match chapters
        .iter()
        .find(|chapter| !binaries.contains_key(*chapter))
    {
        Some(chapter) => Err(format!(
            "cargo built no program for the chapter `{chapter}`"
        )),
        None => Ok(Programs {
            binaries,
            project: project.clone(),
            scratch: None,
        }),
    }
}

impl Programs {
    /// Every section of every chapter, in the order of the chapters' lists.
    pub fn sections(&self) -> Result<Vec<Listed>, String> {
        let mut sections = Vec::new();
        for (chapter, binary) in &self.binaries {
            let output = Command::new(binary)
                .arg("--list")
                .output()
                .map_err(|error| format!("cannot start {}: {error}", binary.display()))?;
            for line in String::from_utf8_lossy(&output.stdout).lines() {
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

    /// From now on, what the sections leave behind is removed in the end.
    pub fn clean_up(&mut self) -> Result<(), String> {
        let scratch = tempfile::Builder::new().prefix("book-").tempdir();
        let failed = |error| format!("cannot make a temporary folder: {error}");
        self.scratch = Some(scratch.map_err(failed)?);
        Ok(())
    }

    /// Runs one section at `speed`. The error contains what it printed on standard error.
    pub fn run(&self, section: &Section, speed: f64) -> Result<Run, String> {
        let binary = &self.binaries[&section.chapter];
        let path = self.project.root.join(section.script());
        let script = match std::fs::read_to_string(path) {
            Ok(text) => Some(
                Script::parse(&text)
                    .map_err(|complaint| format!("{}: {complaint}", section.script()))?,
            ),
            Err(_) => None,
        };
        let scratch = self.scratch.as_ref().map(TempDir::path);
        run(binary, section, speed, script.as_ref(), scratch)
    }
}

/// The default sizes of pools depend on the number of cores. On every machine, the
/// sections run as if it had this many.
const CORES: &str = "2";

/// Runs one section of the program `binary`.
pub fn run(
    binary: &Path,
    section: &Section,
    speed: f64,
    script: Option<&Script>,
    scratch: Option<&Path>,
) -> Result<Run, String> {
    let events = tempfile::Builder::new()
        .prefix(&format!("events-{}-{}-", section.chapter, section.name))
        .suffix(".json")
        .tempfile()
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
        .stdin(Stdio::null());
    if let Some(scratch) = scratch {
        command.env("TMPDIR", scratch);
    }
    let ended = match script {
        Some(script) => script
            .play(&mut command)
            .map_err(|complaint| format!("`{}` {complaint}", section.command()))?,
        None => {
            let output = command
                .output()
                .map_err(|error| format!("cannot start {}: {error}", binary.display()))?;
            Ended {
                status: output.status,
                output: String::from_utf8_lossy(&output.stdout).into_owned(),
                complaints: String::from_utf8_lossy(&output.stderr).into_owned(),
            }
        }
    };
    if !script.map_or(ended.status.success(), |script| {
        script.expects(ended.status)
    }) {
        return Err(format!(
            "`{}` ended with {}: {}",
            section.command(),
            ended.status,
            ended.complaints.trim()
        ));
    }
    let text = std::fs::read_to_string(events.path())
        .map_err(|error| format!("`{}` left no event log: {error}", section.command()))?;
    let line: Recorded = serde_json::from_str(text.trim())
        .map_err(|error| format!("the event log of {section} cannot be read: {error}"))?;
    let log = Log::new(&section.name, &section.source(), speed, &line.events);
    Ok(Run {
        captured: Captured {
            output: ended.output,
            log,
        },
    })
}

/// What a chapter writes for one section.
#[derive(serde::Deserialize)]
struct Recorded {
    events: Vec<Entry>,
}
