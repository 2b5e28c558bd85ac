//! The lines that a lesson prints: when, who, what.
//!
//! ```text
//!  1.0 s  pool-0_3   │ task 3 is done
//! ```
//!
//! The time is simulated time since the section began. The name is the
//! actor's, so that nothing depends on colour; on a terminal each worker also
//! has a colour of its own.

use std::fmt;
use std::io::{self, Write};
use std::panic::Location;

use anstream::adapter::strip_str;
use colored::{Color, Colorize};
use parking_lot::RwLock;

use crate::record::{self, Kind};
use crate::{context, ending, run, waits};

/// Prints a line with the time and the actor's name in front: Python's
/// `print`, for programs in which several actors print.
///
/// Takes what [`println!`] takes. Lines of different actors are never mixed.
///
/// ```
/// use stage::say;
///
/// say!("{} tasks for {} workers", 13, 5);
/// ```
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => {
        $crate::narrate::say(::std::format_args!($($text)*))
    };
}

/// What [`say!`](crate::say) calls. The record keeps the text without colours.
///
/// ```
/// stage::record::start();
/// stage::say!("is it \x1b[1;45mready\x1b[0m?");
/// assert_eq!(stage::record::take()[0].text, "is it ready?");
/// ```
#[track_caller]
pub fn say(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    waits::moved();
    record::enter(Kind::Say, None, None, Location::caller(), || {
        strip_str(&text).to_string()
    });
    print(&context::current_actor().name, &text);
}

/// Begins a phase of the section: prints the line as [`say!`](crate::say) does, and
/// pictures label what follows with it. The phase before is over.
///
/// ```
/// use stage::phase;
/// use stage::record::{self, Kind};
///
/// record::start();
/// phase!("{} workers", 5);
/// stage::say!("they work");
/// phase!("shutdown waits for everything");
///
/// let log = record::take();
/// let phases = log.iter().filter(|entry| entry.kind == Kind::Phase);
/// let names: Vec<&str> = phases.map(|entry| entry.text.as_str()).collect();
/// assert_eq!(names, ["5 workers", "shutdown waits for everything"]);
/// ```
#[macro_export]
macro_rules! phase {
    ($($text:tt)*) => {
        $crate::narrate::phase(::std::format_args!($($text)*))
    };
}

/// What [`phase!`](crate::phase) calls. The record has the phase, then its line.
///
/// ```
/// use stage::record::{self, Kind};
///
/// record::start();
/// stage::narrate::phase(format_args!("no callback"));
/// let kinds: Vec<Kind> = record::take().iter().map(|entry| entry.kind).collect();
/// assert_eq!(kinds, [Kind::Phase, Kind::Say]);
/// ```
#[track_caller]
pub fn phase(name: fmt::Arguments<'_>) {
    record::enter(Kind::Phase, None, None, Location::caller(), || {
        strip_str(&name.to_string()).to_string()
    });
    say(name);
}

/// Gives the task that runs here a name of its own, for the pictures: that of the page
/// it fetches, for instance. Without one, pictures show its number. Outside of tasks,
/// it has no effect.
///
/// ```
/// use stage::context::{TaskId, enter_task};
/// use stage::narrate::name_task;
/// use stage::record::{self, Kind};
///
/// record::start();
/// let _inside = enter_task(TaskId { pool: 0, number: 3 });
/// name_task("/index/3");
/// let named = &record::take()[0];
/// assert_eq!((named.kind, named.text.as_str()), (Kind::Name, "/index/3"));
/// ```
#[track_caller]
pub fn name_task(name: impl fmt::Display) {
    if context::current_task().is_some() {
        record::enter(Kind::Name, None, None, Location::caller(), || {
            strip_str(&name.to_string()).to_string()
        });
    }
}

/// Prints `text` as said by `actor`, with the name in front of each of its lines.
pub fn print(actor: &str, text: &str) {
    ending::stay_if_interrupted();
    let seconds = run::current().elapsed().1.as_secs_f64();
    let time = format!("{seconds:>5.1} s").dimmed();
    let name = format!("{actor:<11}");
    let name = match color_of(actor) {
        Some(color) => name.color(color),
        None => name.bold(),
    };
    let bar = "│".dimmed();
    // `lines` of an empty text has none.
    let lines: String = match text {
        "" => format!("{time}  {name} {bar}\n"),
        _ => text
            .lines()
            .map(|line| format!("{time}  {name} {bar} {line}\n"))
            .collect(),
    };
    print_raw(&lines);
}

/// Hides what is drawn while the function that it is given runs.
type StepAside = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

static STEP_ASIDE: RwLock<Option<StepAside>> = RwLock::new(None);

/// For a progress bar or the like, which is drawn below the printed lines. `hide` is
/// called for each line with a function that prints it: it clears the bar, calls the
/// function, and draws the bar again. Ends when the guard is dropped; a new one
/// replaces the one before.
///
/// ```
/// let guard = stage::narrate::step_aside(|print| {
///     // Clear the progress bar.
///     print();
///     // Draw it again.
/// });
/// stage::say!("a line");
/// drop(guard);
/// ```
pub fn step_aside(hide: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) -> Aside {
    *STEP_ASIDE.write() = Some(Box::new(hide));
    Aside(())
}

/// See [`step_aside`].
///
/// ```
/// drop(stage::narrate::step_aside(|print| print()));
/// ```
#[derive(Debug)]
#[must_use = "when it is dropped, nothing steps aside any more"]
pub struct Aside(());

impl Drop for Aside {
    fn drop(&mut self) {
        *STEP_ASIDE.write() = None;
    }
}

/// Writes to standard output as a whole, without a buffer left behind.
pub(crate) fn print_raw(text: &str) {
    match &*STEP_ASIDE.read() {
        Some(hide) => hide(&mut || write_out(text)),
        None => write_out(text),
    }
}

fn write_out(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        if error.kind() == io::ErrorKind::BrokenPipe {
            ending::reader_has_gone();
        }
        eprintln!("cannot write to standard output: {error}");
        std::process::exit(1);
    }
}

/// The colour of an actor, by the number that its name ends with: the workers of a
/// pool differ, and a worker has the same colour in every run. An actor without a
/// number has the terminal's own colour, which is legible on any background.
pub(crate) fn color_of(actor: &str) -> Option<Color> {
    const WORKERS: [Color; 6] = [
        Color::Cyan,
        Color::Green,
        Color::Yellow,
        Color::Magenta,
        Color::BrightBlue,
        Color::BrightRed,
    ];
    Some(WORKERS[color_number(actor)?])
}

/// The same as a number from 0 to 5, for the pictures.
pub(crate) fn color_number(actor: &str) -> Option<usize> {
    let digits = actor.len() - actor.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number: usize = actor[actor.len() - digits..].parse().ok()?;
    Some(number % 6)
}
