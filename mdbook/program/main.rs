//! The book: captures what the lessons print, checks that they still print it, and builds
//! and serves the pages.
//!
//! | command | what |
//! |---|---|
//! | `capture` | runs every section and keeps its output and its event log |
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
mod cargo;
mod check;
mod child;
mod exercise;
mod files;
mod html;
mod interrupt;
mod judging;
mod legal;
mod log;
mod mutants;
mod pages;
mod picture;
mod player;
mod plot;
mod preprocess;
mod project;
mod record;
mod runner;
mod schedule;
mod script;
mod serve;
mod shelf;
mod sources;
mod text;
mod written;

use std::process::ExitCode;

use arguments::{Command, HELP};
use check::Failure;

/// The exit code if something is wrong with the book or the machine.
const FAILED: u8 = 1;
/// The exit code if the command line is wrong.
const WRONG_USE: u8 = 2;
/// The exit code if nothing is known to be wrong, but the machine was too busy to judge
/// every section.
const NOT_JUDGED: u8 = 3;

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
        Err(Failure::Wrong(complaint)) => {
            eprintln!("{complaint}");
            ExitCode::from(FAILED)
        }
        Err(Failure::NotJudged(complaint)) => {
            eprintln!("{complaint}");
            ExitCode::from(NOT_JUDGED)
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => {
            print!("{HELP}");
            Ok(())
        }
        Command::Capture { sections, anyway } => {
            Ok(capture::capture(&project::find()?, &sections, anyway)?)
        }
        Command::Check(sections) => check::check(&project::find()?, &sections),
        Command::Mutants(wanted) => Ok(mutants::try_all(&project::find()?, &wanted)?),
        Command::Build => {
            let project = project::find()?;
            html::build(&project, &project.built())?;
            println!("the book is in {}", html::SHOWN_AS);
            Ok(())
        }
        Command::Serve(address) => Ok(serve::serve(&project::find()?, address)?),
        Command::Preprocess => Ok(preprocess::over_pipes()?),
        Command::Supports(renderer) => match renderer.as_str() {
            "html" => Ok(()),
            other => Err(format!("the book has no output for the renderer `{other}`").into()),
        },
    }
}
