//! The frame around a chapter: sections, options, pace, seed, and what happens
//! on Ctrl-C, in a hang and with a closed pipe. A section's own code shows none
//! of it.
//!
//! A chapter's `main.rs` lists its sections:
//!
//! ```ignore
//! //! Pools of threads and of processes.
//! mod bounded;
//! mod map;
//!
//! fn main() -> std::process::ExitCode {
//!     shared::chapter!("pools", [bounded, map])
//! }
//! ```
//!
//! Each section is a file with a `pub fn main()` of its own, and its title is
//! the first line of that file's documentation.

mod interrupt;
mod options;
mod recorder;
pub(crate) mod watchdog;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use colored::Colorize;

use crate::error::Result;
use crate::narrate;
use crate::{events, panics, pool, run};

pub use interrupt::{IfInterrupted, if_interrupted};
pub(crate) use interrupt::{stay_if_all_were_asked, stay_if_interrupted, tidy_up};
pub use options::{Opt, Value};
use options::{Plan, Wish};

/// The person typed something that cannot be.
const WRONG_USE: u8 = 2;

/// A chapter, as its `main.rs` lists it. Made by [`chapter!`](crate::chapter).
///
/// ```
/// use shared::lesson::{Chapter, Section};
///
/// fn hello() {
///     shared::say!("hello");
/// }
///
/// let section = Section::new("hello", "//! Says hello.\n", || Ok(hello()));
/// let chapter = Chapter::new("greetings", "//! How to greet.\n", vec![section]);
/// chapter.run_with(["hello".into()]);
/// ```
#[derive(Debug)]
pub struct Chapter {
    name: &'static str,
    title: String,
    sections: Vec<Section>,
}

/// A section: its name, its title and its program.
///
/// ```
/// let section = shared::lesson::Section::new("empty", "//! Does nothing.\n", || Ok(()));
/// assert_eq!(section.title(), "Does nothing.");
/// ```
#[derive(Debug)]
pub struct Section {
    name: &'static str,
    title: String,
    main: fn() -> Result,
    options: &'static [Opt],
    waits_for_a_person: bool,
}

impl Section {
    /// A section with the title that its `source` begins with.
    ///
    /// ```
    /// # use shared::lesson::Section;
    /// assert_eq!(Section::new("a", "//! Title.\n", || Ok(())).title(), "Title.");
    /// ```
    pub fn new(name: &'static str, source: &'static str, main: fn() -> Result) -> Self {
        Section {
            name,
            title: title_of(source),
            main,
            options: &[],
            waits_for_a_person: false,
        }
    }

    /// With options of its own.
    ///
    /// ```
    /// use shared::lesson::{Opt, Section, Value};
    ///
    /// const OPTIONS: &[Opt] = &[Opt::new("upper", Value::Flag, "answers in upper case")];
    /// let section = Section::new("echo", "//! Echo.\n", || Ok(())).options(OPTIONS);
    /// # let _ = section;
    /// ```
    #[must_use]
    pub fn options(mut self, options: &'static [Opt]) -> Self {
        self.options = options;
        self
    }

    /// It waits for a person or for Ctrl-C, so it runs only when it is named.
    ///
    /// ```
    /// # use shared::lesson::Section;
    /// let section = Section::new("serve", "//! Serves.\n", || Ok(())).waits_for_a_person();
    /// # let _ = section;
    /// ```
    #[must_use]
    pub fn waits_for_a_person(mut self) -> Self {
        self.waits_for_a_person = true;
        self
    }

    /// What it is about, in a line.
    ///
    /// ```
    /// # use shared::lesson::Section;
    /// assert_eq!(Section::new("a", "//! Title.\n", || Ok(())).title(), "Title.");
    /// ```
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// Runs a chapter with what the person typed: the whole of a chapter's `main`.
///
/// ```ignore
/// mod bounded;
/// mod map;
///
/// fn main() -> std::process::ExitCode {
///     shared::chapter!("pools", [bounded, map])
/// }
/// ```
///
/// Behind a section's name may stand what is special about it:
/// `serve.waits_for_a_person().options(serve::OPTIONS)`.
#[macro_export]
macro_rules! chapter {
    ($name:literal, [$($section:ident $(.$more:ident($($argument:expr),*))*),+ $(,)?]) => {
        $crate::lesson::Chapter::new(
            $name,
            include_str!("main.rs"),
            vec![$(
                $crate::lesson::Section::new(
                    stringify!($section),
                    include_str!(concat!(stringify!($section), ".rs")),
                    || $crate::future::Outcome::into_result($section::main()),
                )$(.$more($($argument),*))*
            ),+],
        )
        .run()
    };
}

impl Chapter {
    /// A chapter with the title that its `source` begins with.
    ///
    /// ```
    /// let chapter = shared::lesson::Chapter::new("empty", "//! Nothing yet.\n", vec![]);
    /// # let _ = chapter;
    /// ```
    pub fn new(name: &'static str, source: &'static str, sections: Vec<Section>) -> Self {
        Chapter {
            name,
            title: title_of(source),
            sections,
        }
    }

    /// Runs with the arguments of this program.
    ///
    /// ```no_run
    /// # let chapter = shared::lesson::Chapter::new("empty", "//! Nothing yet.\n", vec![]);
    /// chapter.run();
    /// ```
    pub fn run(self) -> ExitCode {
        self.run_with(std::env::args_os().skip(1))
    }

    /// Runs with these arguments. The code is 0, 1 if a section failed, or 2 if
    /// the arguments cannot be understood.
    ///
    /// ```
    /// let chapter = shared::lesson::Chapter::new("empty", "//! Nothing yet.\n", vec![]);
    /// chapter.run_with(["--list".into()]);
    /// ```
    pub fn run_with(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let wish = run::speed_from_environment()
            .and_then(|speed| options::parse(&self, arguments.into_iter().collect(), speed))
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
        watchdog::start();
        if let Err(complaint) = recorder::open(self.name, plan.wanted) {
            eprintln!("{complaint}");
            return ExitCode::FAILURE;
        }
        *OPTIONS.lock().unwrap_or_else(PoisonError::into_inner) = plan.options;
        let mut code = ExitCode::SUCCESS;
        for (place, index) in plan.sections.into_iter().enumerate() {
            if place > 0 {
                narrate::print_raw("\n");
            }
            let section = &self.sections[index];
            run::begin(section.name, plan.speed, plan.seed);
            events::begin_section();
            pool::begin_section();
            recorder::section_begins();
            narrate::print(
                "lesson",
                &format!("{}: {}", section.name.bold(), section.title),
            );
            let result = {
                let _duty = (!section.waits_for_a_person).then(watchdog::on_duty);
                panics::catch(section.main)
            };
            stay_if_interrupted();
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

    fn list(&self) -> String {
        let width = self
            .sections
            .iter()
            .map(|section| section.name.len())
            .max()
            .unwrap_or(0);
        let line = |section: &Section| {
            let named = if section.waits_for_a_person {
                " (only when named)"
            } else {
                ""
            };
            format!("{:width$}  {}{named}\n", section.name, section.title)
        };
        self.sections.iter().map(line).collect()
    }

    fn help(&self) -> String {
        let mut text = format!(
            "{}\n\n\
             cargo run --bin {} [SECTION]... [OPTION]...\n\n\
             Runs the sections that are named, or else all, in this order:\n\n",
            self.title, self.name
        );
        for line in self.list().lines() {
            text.push_str(&format!("    {line}\n"));
        }
        text.push_str(&format!(
            "\n\
             Options (directly behind `cargo run --bin {}`, write -- before them):\n\n\
             \x20   --speed N    simulated time runs N times faster (or set LESSON_SPEED)\n\
             \x20   --seed N     other random durations; the default is {}\n\
             \x20   --timeline   draw the timeline after each section\n\
             \x20   --trace FILE write the event log as a trace that Perfetto opens\n\
             \x20   --list       the sections, one line each\n\
             \x20   --help       this text\n",
            self.name,
            run::DEFAULT_SEED
        ));
        for section in self
            .sections
            .iter()
            .filter(|section| !section.options.is_empty())
        {
            text.push_str(&format!("\nOptions of {}:\n\n", section.name));
            for option in section.options {
                text.push_str(&format!("    {:<24} {}\n", option.usage(), option.help));
            }
        }
        text
    }
}

/// The first line of a file's documentation.
fn title_of(source: &str) -> String {
    let line = source.lines().find_map(|line| line.strip_prefix("//! "));
    line.unwrap_or("(without a title)").to_string()
}

static OPTIONS: Mutex<Vec<(&'static str, String)>> = Mutex::new(Vec::new());

/// What the person gave for this option of the section, if anything. It has been
/// checked against its declaration, so parsing it cannot fail.
///
/// ```
/// let workers: usize = shared::lesson::option("workers").map_or(50, |n| n.parse().unwrap());
/// assert_eq!(workers, 50);
/// ```
pub fn option(name: &str) -> Option<String> {
    let options = OPTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    // The last one counts, as everywhere.
    let given = options.iter().rev().find(|(known, _)| *known == name);
    given.map(|(_, value)| value.clone())
}

/// Ends every child process of every pool.
fn end_children() {
    for pool in pool::living() {
        pool.abandon();
    }
}

/// Ends the program at once, without leaving a child process behind.
fn leave(code: i32) -> ! {
    let recorded = recorder::stop();
    end_children();
    tidy_up();
    recorder::cut_short(recorded);
    std::process::exit(code)
}
