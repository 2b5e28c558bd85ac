//! The frame around a chapter: sections, options, pace, seed, Ctrl-C, the watchdog,
//! the closed pipe. The code of a section shows none of it.
//!
//! A chapter's `main.rs` lists its sections:
//!
//! ```ignore
//! //! Pools of threads and of processes.
//! mod bounded;
//! mod map;
//!
//! fn main() -> std::process::ExitCode {
//!     stage::chapter!("pools", [bounded, map])
//! }
//! ```
//!
//! Each section is a file with its own `pub fn main()`. Its title is the first line
//! of the file's documentation.

mod arguments;
mod interrupt;
mod options;
mod recorder;
mod section;
mod trace_file;
mod watchdog;

use std::ffi::OsString;
use std::process::ExitCode;

use colored::Colorize;

use crate::{context, ending, narrate, panics, run, work};

use arguments::{Plan, Wish};

pub use options::{Opt, Value, option};
pub use section::{Chapter, Section};
pub use watchdog::{watch, watch_to_the_end};

/// The exit code for a command line that makes no sense.
const WRONG_USE: u8 = 2;

/// Runs a chapter with the arguments of the program: the whole of its `main`.
///
/// ```ignore
/// mod bounded;
/// mod map;
///
/// fn main() -> std::process::ExitCode {
///     stage::chapter!("pools", [bounded, map])
/// }
/// ```
///
/// A section's name can be followed by what is special about the section:
/// `serve.waits_for_a_person().options(serve::OPTIONS)`.
#[macro_export]
macro_rules! chapter {
    ($name:literal, [$($section:ident $(.$more:ident($($argument:expr),*))*),+ $(,)?]) => {
        $crate::frame::Chapter::new(
            $name,
            include_str!("main.rs"),
            vec![$(
                $crate::frame::Section::new(
                    stringify!($section),
                    include_str!(concat!(stringify!($section), ".rs")),
                    || $crate::Outcome::into_result($section::main()),
                )$(.$more($($argument),*))*
            ),+],
        )
        .run()
    };
}

impl Chapter {
    /// Runs with the arguments of the program.
    ///
    /// ```no_run
    /// # let chapter = stage::frame::Chapter::new("empty", "//! Nothing yet.\n", vec![]);
    /// chapter.run();
    /// ```
    pub fn run(self) -> ExitCode {
        self.run_with(std::env::args_os().skip(1))
    }

    /// Runs with these arguments. The exit code is 0, or 1 if a section failed, or 2 if
    /// the arguments make no sense.
    ///
    /// ```
    /// let chapter = stage::frame::Chapter::new("empty", "//! Nothing yet.\n", vec![]);
    /// chapter.run_with(["--list".into()]);
    /// ```
    pub fn run_with(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let wish = run::speed_from_environment()
            .and_then(|speed| arguments::parse(&self, arguments.into_iter().collect(), speed))
            .and_then(|wish| watchdog::limit().map(|_| wish));
        match wish {
            Ok(Wish::Help) => narrate::print_raw(&self.help()),
            Ok(Wish::List) => narrate::print_raw(&self.list()),
            Ok(Wish::Run(plan)) => return self.run_sections(plan),
            Err(complaint) => {
                eprintln!("{complaint}");
                return ExitCode::from(WRONG_USE);
            }
        }
        ExitCode::SUCCESS
    }

    fn run_sections(&self, plan: Plan) -> ExitCode {
        interrupt::install();
        watchdog::watch();
        if let Err(complaint) = recorder::open(self.name, plan.wanted) {
            eprintln!("{complaint}");
            return ExitCode::FAILURE;
        }
        options::give(plan.options);
        let mut code = ExitCode::SUCCESS;
        for (place, index) in plan.sections.into_iter().enumerate() {
            if place > 0 {
                narrate::print_raw("\n");
            }
            let section = &self.sections[index];
            run::begin(section.name, plan.speed, plan.seed);
            context::begin_section();
            work::begin_section();
            recorder::section_begins();
            narrate::print(
                "lesson",
                &format!("{}: {}", section.name.bold(), section.title),
            );
            let result = {
                let _duty = (!section.waits_for_a_person).then(ending::on_duty);
                panics::catch(section.main)
            };
            ending::stay_if_interrupted();
            let complaint = match result {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("{} failed: {error}", section.name)),
                Err(caught) => Some(format!("{} panicked: {caught}", section.name)),
            };
            match complaint {
                None => {
                    let seconds = run::current().elapsed().1.as_secs_f64();
                    narrate::print("lesson", &format!("{} took {seconds:.1} s", section.name));
                }
                Some(complaint) => {
                    eprintln!("{complaint}");
                    code = ExitCode::FAILURE;
                }
            }
            if let Err(complaint) = recorder::section_ended() {
                eprintln!("{complaint}");
                return ExitCode::FAILURE;
            }
        }
        if let Err(complaint) = recorder::finish() {
            eprintln!("{complaint}");
            return ExitCode::FAILURE;
        }
        code
    }
}
