//! `cargo book capture`: runs the sections and keeps what they print.

use std::path::PathBuf;
use std::time::Duration;

use crate::captured::{self, Captured};
use crate::files::{self, Change};
use crate::interrupt;
use crate::legal::{self, Judge, machine};
use crate::picture;
use crate::project::{Project, Section};
use crate::runner::{self, Programs, Run};

/// Output is captured at normal pace. The page shows it under a command without
/// `--speed`, so it has to be what that command prints. And at a slower pace, the
/// machine's own delays change the times less.
const SPEED: f64 = 1.0;

/// The longest that a run may take. The longest section takes 14 s.
const LIMIT: Duration = Duration::from_secs(120);

/// A busy machine may spoil a run.
const TRIES: usize = 3;

/// Runs the sections that `wanted` names, or all. With `anyway`, a busy machine may
/// measure.
pub fn capture(project: &Project, wanted: &[String], anyway: bool) -> Result<(), String> {
    interrupt::listen()?;
    let programs = runner::build(project)?;
    let sections = programs.chosen(wanted)?;
    for section in &sections {
        println!("will write {}", shown_files(project, section));
    }
    let mut failed = Vec::new();
    for section in &sections {
        // The others can be captured all the same.
        let run = match fit_run(project, &programs, section, anyway) {
            Ok(run) => run,
            Err(problem) => {
                failed.push(problem);
                continue;
            }
        };
        let mut changes = files_of(project, section, &run);
        changes.extend(picture::change(project, section, &run.captured));
        interrupt::undisturbed(|| files::change_all(&changes))?;
        println!("captured {section}");
    }
    if wanted.is_empty() {
        let sections: Vec<Section> = (programs.sections()?.into_iter())
            .map(|listed| listed.section)
            .collect();
        for path in captured::orphans(project, &sections)? {
            println!("{path} belongs to no section and can be removed");
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}

/// A run that can be shown.
fn fit_run(
    project: &Project,
    programs: &Programs,
    section: &Section,
    anyway: bool,
) -> Result<Run, String> {
    let source = std::fs::read_to_string(project.root.join(section.source()));
    let source = source.map_err(|error| format!("cannot read {}: {error}", section.source()))?;
    let mut tries = 0;
    loop {
        tries += 1;
        let since = machine::begin();
        let run = programs.run(section, SPEED, LIMIT)?;
        let busy = since.share_of_others();
        let measures = Judge::new(&run.captured, &source).measures();
        let why = match (too_busy(measures, busy), anyway) {
            (Some(why), false) => why,
            (busy, _) => match legal::fit_to_show_as(&run.captured, &source) {
                Ok(()) => {
                    if let Some(why) = busy {
                        eprintln!("{section} is captured although {why}");
                    }
                    return Ok(run);
                }
                Err(why) => why,
            },
        };
        if tries == TRIES {
            return Err(format!(
                "{section} cannot be captured: {why}; its files are as they were"
            ));
        }
        eprintln!("{section} runs again: {why}");
    }
}

/// Why what was measured is worth nothing, if the section measures.
fn too_busy(measures: bool, share_of_others: f64) -> Option<String> {
    (measures && share_of_others > machine::BUSY).then(|| {
        format!(
            "it measures, and other programs had {:.0} % of the machine (--anyway keeps it all \
             the same)",
            share_of_others * 100.0
        )
    })
}

fn paths(project: &Project, section: &Section) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = (crate::project::ENDINGS.iter())
        .map(|ending| project.root.join(section.captured(ending)))
        .collect();
    paths.extend(picture::path(project, section));
    paths
}

fn shown_files(project: &Project, section: &Section) -> String {
    let paths = paths(project, section);
    let shown: Vec<String> = paths.iter().map(|path| project.shown(path)).collect();
    shown.join(" ")
}

/// The captured files as they have to be.
fn files_of(project: &Project, section: &Section, run: &Run) -> Vec<Change> {
    let Captured { output, log } = &run.captured;
    let texts = [
        ("ansi", Some(output.clone())),
        (
            "events.json",
            Some(captured::sealed(output, &log.to_json())),
        ),
    ];
    let change = |(ending, text)| Change {
        path: project.root.join(section.captured(ending)),
        text,
    };
    texts.map(change).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_measures_needs_a_machine_for_itself() {
        assert_eq!(too_busy(false, 0.9), None);
        assert_eq!(too_busy(true, 0.01), None);
        let why = too_busy(true, 0.9).unwrap();
        assert!(why.contains("90 %") && why.contains("--anyway"), "{why}");
    }
}
