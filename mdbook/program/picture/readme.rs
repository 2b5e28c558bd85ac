//! The README's picture of a terminal, drawn from a captured run. No preprocessor
//! runs over a README, so the picture has to be a file.

use std::fs;

use crate::captured;
use crate::files;
use crate::project::{Project, Section};

const PATH: &str = "mdbook/terminal.svg";

/// Draws the picture.
pub fn write(project: &Project) -> Result<(), String> {
    files::write_whole(&project.root.join(PATH), &draw(project)?)
}

/// What is wrong with the picture, if anything.
pub fn problem(project: &Project) -> Option<String> {
    let drawn = match draw(project) {
        Ok(drawn) => drawn,
        Err(problem) => return Some(problem),
    };
    let kept = fs::read_to_string(project.root.join(PATH)).unwrap_or_default();
    let outdated = "does not show what was captured: run `cargo book capture bounded`";
    (kept != drawn).then(|| format!("{PATH}: the README's picture {outdated}"))
}

fn draw(project: &Project) -> Result<String, String> {
    let section = Section::new("pools", "bounded");
    let output = captured::text_of(project, &section, "ansi")?;
    let command = format!("$ {}\n", section.command());
    // The only palette of the crate with a blue that is legible on black.
    let terminal = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE);
    Ok(terminal.render_svg(&(command + &output)))
}
