//! The book: captures what the lessons print, checks that they still print it, and builds
//! and serves the pages.
//!
//! | command | what |
//! |---|---|
//! | `capture` | runs every section and keeps its output, its event log and its timeline |
//! | `check` | runs every section again and compares; checks the pages |
//! | `mutants` | checks copies of the book with a mistake each |
//! | `build` | builds the HTML |
//! | `serve` | serves the book, and builds it again on every change |
//! | `preprocess` | replaces the directives of the pages, when mdBook calls it |
#![forbid(unsafe_code)]

mod ansi;
mod arguments;
mod capture;
mod captured;
mod check;
mod exercise;
mod files;
mod html;
mod legal;
mod log;
mod mutants;
mod pages;
mod picture;
mod plot;
mod preprocess;
mod project;
mod record;
mod runner;
mod script;
mod serve;
mod shelf;
mod sources;
mod text;

use std::process::ExitCode;

use arguments::{Command, HELP};

/// The exit code if something is wrong with the book or the machine.
const FAILED: u8 = 1;
/// The exit code if the command line is wrong.
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
        Command::Capture(sections) => capture::capture(&project::find()?, &sections),
        Command::Check(sections) => check::check(&project::find()?, &sections),
        Command::Mutants(wanted) => mutants::try_all(&project::find()?, &wanted),
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
            other => Err(format!("the book has no output for the renderer `{other}`")),
        },
    }
}
