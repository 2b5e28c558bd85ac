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

use colored::{Color, Colorize};
use parking_lot::RwLock;

use crate::record::{self, Kind};
use crate::{context, ending, run, waits};

/// Prints a line with the time and the actor's name in front: Python's
/// `print`, for programs in which many speak.
///
/// Takes what [`println!`] takes. The line reaches the terminal whole, whoever
/// else is talking.
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

/// What [`say!`](crate::say) calls.
///
/// ```
/// stage::narrate::say(format_args!("hello"));
/// ```
#[track_caller]
pub fn say(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    waits::moved();
    record::enter(Kind::Say, None, None, Location::caller(), || plain(&text));
    print(&context::current_actor().name, &text);
}

/// The text without colours: what was said, however it was shown.
fn plain(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let mut plain = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        // A sequence ends with its first letter.
        let end = piece.find(|c: char| ('@'..='~').contains(&c));
        plain.push_str(end.map_or("", |end| &piece[end + 1..]));
    }
    plain
}

/// Prints `text` as said by `actor`; several lines keep the name in front of each.
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
    // An empty text is a line, too.
    let lines: String = match text {
        "" => format!("{time}  {name} {bar}\n"),
        _ => text
            .lines()
            .map(|line| format!("{time}  {name} {bar} {line}\n"))
            .collect(),
    };
    print_raw(&lines);
}

/// Hides something while a function runs.
type StepAside = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

static STEP_ASIDE: RwLock<Option<StepAside>> = RwLock::new(None);

/// For what draws on the terminal below the lines, such as a progress bar: `hide`
/// is given the printing of each line. It has to clear what is drawn, call that
/// function, and draw again. Ends when the guard is dropped; a new one replaces the
/// one before.
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

/// Writes to standard output at once and as a whole.
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

/// Workers of one pool have different colours, and a worker has the same colour
/// in every run. Who has no number has the terminal's own colour, which can be
/// read on any background.
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

/// The same as a number from 0 to 5, for pictures.
pub(crate) fn color_number(actor: &str) -> Option<usize> {
    let digits = actor.len() - actor.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number: usize = actor[actor.len() - digits..].parse().ok()?;
    Some(number % 6)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_was_said_has_no_colours() {
        assert_eq!(plain("1 < 2"), "1 < 2");
        assert_eq!(
            plain("\x1b[1;45mis it\x1b[0m ready?\x1b[0m"),
            "is it ready?"
        );
    }
}
