//! What the sections printed, kept in files beside the pages.

use std::fs;
use std::io::Write;
use std::path::Path;

use stage::record::Entry;
use stage::timeline::Timeline;

use crate::legal;
use crate::log::Log;
use crate::picture;
use crate::project::{Project, Section};
use crate::runner::{self, Run};

/// Output is captured at normal pace. It stands under a command without
/// `--speed`, so it has to be what that command prints; and the slower the
/// pace, the less the machine's own delays show in the times.
const SPEED: f64 = 1.0;

/// A busy machine may spoil a run.
const TRIES: usize = 3;

/// What is kept of one section.
#[derive(Clone, Debug)]
pub struct Captured {
    pub output: String,
    pub log: Log,
}

/// Runs the sections and keeps what they print.
pub fn capture(project: &Project, wanted: &[String]) -> Result<(), String> {
    let programs = runner::build(project)?;
    let sections = programs.chosen(wanted)?;
    for section in &sections {
        let mut tries = 0;
        let run = loop {
            tries += 1;
            let run = programs.run(section, SPEED)?;
            let captured = Captured {
                output: run.output.clone(),
                log: run.log.clone(),
            };
            match legal::fit_to_show(&captured) {
                Ok(()) => break run,
                Err(why) if tries == TRIES => {
                    return Err(format!("{section} cannot be captured: {why}"));
                }
                Err(why) => eprintln!("{section} once more: {why}"),
            }
        };
        keep(project, section, &run)?;
        println!("captured {section}");
    }
    picture::write(project)?;
    if wanted.is_empty() {
        for path in orphans(
            project,
            &programs
                .sections()?
                .into_iter()
                .map(|listed| listed.section)
                .collect::<Vec<_>>(),
        )? {
            println!("{path} belongs to no section and can be removed");
        }
    }
    Ok(())
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
    let mut orphans = Vec::new();
    for path in files(&project.captured())? {
        let shown = project.shown(&path);
        let known = sections.iter().any(|section| {
            crate::project::ENDINGS
                .iter()
                .any(|ending| section.captured(ending) == shown)
        });
        if !known {
            orphans.push(shown);
        }
    }
    Ok(orphans)
}

/// Every file below `folder`, in order.
pub fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn keep(project: &Project, section: &Section, run: &Run) -> Result<(), String> {
    let path = |ending| project.root.join(section.captured(ending));
    write_whole(&path("ansi"), &run.output)?;
    write_whole(&path("events.json"), &run.log.to_json())?;
    if let Some(svg) = timeline_svg(section, &run.events) {
        write_whole(&path("svg"), &svg)?;
    }
    Ok(())
}

/// The picture of a run. Its ids begin with the section's name: a page may show
/// several.
fn timeline_svg(section: &Section, events: &[Entry]) -> Option<String> {
    let id = format!("timeline-{}-{}", section.chapter, section.name);
    let title = format!("Timeline of {section}");
    (!events.is_empty()).then(|| Timeline::new(events).to_svg(&id, &title))
}

/// Whoever reads the file sees the old text or the new, never half of one.
pub fn write_whole(path: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = Path::new(&name);
    let mut file = fs::File::create(temporary).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(temporary, path))
        .map_err(failed)
}
