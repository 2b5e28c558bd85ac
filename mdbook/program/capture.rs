//! `cargo book capture`: runs the sections and keeps what they print.

use crate::captured;
use crate::files;
use crate::legal;
use crate::picture;
use crate::project::{Project, Section};
use crate::runner::{self, Run};

/// Output is captured at normal pace. The page shows it under a command without
/// `--speed`, so it has to be what that command prints. And at a slower pace, the
/// machine's own delays change the times less.
const SPEED: f64 = 1.0;

/// A busy machine may spoil a run.
const TRIES: usize = 3;

/// Runs the sections that `wanted` names, or all.
pub fn capture(project: &Project, wanted: &[String]) -> Result<(), String> {
    let programs = runner::build(project)?;
    for section in &programs.chosen(wanted)? {
        let mut tries = 0;
        let run = loop {
            tries += 1;
            let run = programs.run(section, SPEED)?;
            match legal::fit_to_show(&run.captured) {
                Ok(()) => break run,
                Err(why) if tries == TRIES => {
                    return Err(format!("{section} cannot be captured: {why}"));
                }
                Err(why) => eprintln!("{section} runs again: {why}"),
            }
        };
        keep(project, section, &run)?;
        println!("captured {section}");
    }
    picture::write(project)?;
    if wanted.is_empty() {
        let sections: Vec<Section> = (programs.sections()?.into_iter())
            .map(|listed| listed.section)
            .collect();
        for path in captured::orphans(project, &sections)? {
            println!("{path} belongs to no section and can be removed");
        }
    }
    Ok(())
}

fn keep(project: &Project, section: &Section, run: &Run) -> Result<(), String> {
    let path = |ending| project.root.join(section.captured(ending));
    files::write_whole(&path("ansi"), &run.captured.output)?;
    files::write_whole(&path("events.json"), &run.captured.log.to_json())
}
