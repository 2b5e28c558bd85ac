//! The README's picture of a terminal, drawn from a captured run. No preprocessor
//! runs over a README, so the picture has to be a file.

use std::fs;
use std::path::PathBuf;

use crate::captured::{self, Captured};
use crate::files::Change;
use crate::project::{Project, Section};

const PATH: &str = "mdbook/terminal.svg";

/// The picture's file, if it shows this section.
pub fn path(project: &Project, section: &Section) -> Option<PathBuf> {
    (*section == shown()).then(|| project.root.join(PATH))
}

/// The picture as it has to be after this run, if it shows this section.
pub fn change(project: &Project, section: &Section, run: &Captured) -> Option<Change> {
    Some(Change {
        path: path(project, section)?,
        text: Some(draw(section, &run.output)),
    })
}

/// What is wrong with the picture, if anything.
pub fn problem(project: &Project) -> Option<String> {
    let section = shown();
    let drawn = match captured::text_of(project, &section, "ansi") {
        Ok(output) => draw(&section, &output),
        Err(problem) => return Some(problem),
    };
    let kept = fs::read_to_string(project.root.join(PATH)).unwrap_or_default();
    let outdated = "does not show what was captured: run `cargo book capture bounded`";
    (kept != drawn).then(|| format!("{PATH}: the README's picture {outdated}"))
}

/// The section that the README shows.
fn shown() -> Section {
    Section::new("pools", "bounded")
}

fn draw(section: &Section, output: &str) -> String {
    let command = format!("$ {}\n", section.command());
    // The only palette of the crate with a blue that is legible on black.
    let terminal = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE);
    terminal.render_svg(&(command + output))
}
