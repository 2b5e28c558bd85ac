//! The book: captures what the lessons print, checks that it is still so, and
//! builds and serves the pages.
//!
//! | command | what |
//! |---|---|
//! | `capture` | runs every section and keeps its output, its event log and its timeline |
//! | `check` | runs every section again and compares; looks through the pages |
//! | `build` | makes the HTML |
//! | `serve` | makes it again whenever something changes, and shows it |
//! | `preprocess` | what mdBook calls for the directives of the pages |
#![forbid(unsafe_code)]

mod ansi;
mod arguments;
mod captured;
mod check;
mod exercise;
mod html;
mod legal;
mod log;
mod pages;
mod picture;
mod plot;
mod preprocess;
mod project;
mod runner;
mod script;
mod serve;
mod sources;

use std::process::ExitCode;

use arguments::{Command, HELP};

/// Something is wrong with the book, or with the machine.
const FAILED: u8 = 1;
/// The person typed something that cannot be.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let command = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(WRONG_USE);
        }
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Help => {
            print!("{HELP}");
            Ok(())
        }
        Command::Capture(sections) => captured::capture(&project::find()?, &sections),
        Command::Check(sections) => check::check(&project::find()?, &sections),
        Command::Build => {
            let project = project::find()?;
            html::build(&project)?;
            println!("the book is in {}", html::SHOWN_AS);
            Ok(())
        }
        Command::Serve(address) => serve::serve(&project::find()?, address),
        Command::Preprocess => preprocess::over_pipes(),
        Command::Supports(renderer) => match renderer.as_str() {
            "html" => Ok(()),
            other => Err(format!("there is nothing for the renderer `{other}`")),
        },
    }
}
