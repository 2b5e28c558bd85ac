//! Builds the chapters and runs their sections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use stage::record::Entry;

use crate::log::Log;
use crate::project::{Project, Section};
use crate::script::{Ended, Script};

/// The chapters' programs, ready to run.
#[derive(Debug)]
pub struct Programs {
    binaries: BTreeMap<String, PathBuf>,
    project: Project,
    /// Without it, what the sections leave behind stays for a person to look at.
    scratch: Option<Scratch>,
}

/// A section, and whether it can be run without a person.
#[derive(Clone, Debug)]
pub struct Listed {
    pub section: Section,
    pub runs_by_itself: bool,
}

/// One run of a section.
#[derive(Debug)]
pub struct Run {
    /// What it printed, with colours.
    pub output: String,
    /// The events as they were recorded, for the timeline.
    pub events: Vec<Entry>,
    /// The same in the form that is kept and compared.
    pub log: Log,
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

    /// Those sections that run by themselves; if `wanted` names any, only these.
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
                        "{} waits for a person: write into {} what that person does",
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

    /// From now on, nothing that a section leaves behind stays.
    pub fn clean_up(&mut self) -> Result<(), String> {
        self.scratch = Some(Scratch::new()?);
        Ok(())
    }

    /// Runs one section at `speed`. The error is what it said before it failed.
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
        let scratch = self.scratch.as_ref().map(|scratch| scratch.0.as_path());
        run(binary, section, speed, script.as_ref(), scratch)
    }
}

/// The default sizes of pools depend on the number of cores. Sections are run as
/// if there were so many, on every machine.
const CORES: &str = "2";

/// Runs one section of the program `binary`.
pub fn run(
    binary: &Path,
    section: &Section,
    speed: f64,
    script: Option<&Script>,
    scratch: Option<&Path>,
) -> Result<Run, String> {
    let events = Temporary::new(&format!("events-{}-{}", section.chapter, section.name));
    let mut command = Command::new(binary);
    command
        .arg(&section.name)
        .env("LESSON_SPEED", speed.to_string())
        .env("LESSON_EVENTS", &events.0)
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
    let text = std::fs::read_to_string(&events.0)
        .map_err(|error| format!("`{}` left no event log: {error}", section.command()))?;
    let line: Recorded = serde_json::from_str(text.trim())
        .map_err(|error| format!("the event log of {section} cannot be read: {error}"))?;
    let log = Log::new(&section.name, speed, &line.events);
    Ok(Run {
        output: ended.output,
        events: line.events,
        log,
    })
}

/// What a chapter writes for one section.
#[derive(serde::Deserialize)]
struct Recorded {
    events: Vec<Entry>,
}

/// A folder for the temporary files of the sections that run while this lives.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Result<Self, String> {
        let name = format!("book-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file that is gone when this is dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}.json", std::process::id());
        Temporary(std::env::temp_dir().join(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // It is not there if the section failed early.
        let _ = std::fs::remove_file(&self.0);
    }
}
