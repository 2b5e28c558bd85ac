//! Figures in printed lines: which of them may differ from run to run, and by how much.
//!
//! A number without a unit, or a whole number of seconds, is the program's own choice and
//! has to be the same. A number with a unit may have been measured:
//!
//! - *Seconds* with a decimal point are simulated time. They may differ as the times of
//!   lines may.
//! - *Shorter units*, rates, sizes and ratios are real, and may be anything. What they
//!   prove is stated as a relation (see `relations.rs`).
//!
//! A figure that differs from the book's and that stands in the source as it is printed was
//! chosen, not measured. And a measured figure that stands in the source is invented.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::finding::{Finding, Nature};
use super::source::Literals;
use crate::text::pattern;

/// How far a figure in simulated seconds may be from the book's, at least.
const SECONDS: f64 = 0.25;
/// And in proportion to it.
const SHARE: f64 = 0.05;

/// A real figure that stands in the source was changed there if it differs by more.
const FAR: f64 = 0.2;

/// A figure that may differ between two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The number as it is printed.
    pub raw: String,
    pub value: f64,
    pub unit: String,
}

impl Figure {
    /// In seconds, if it is a time.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        in_seconds(&self.unit).map(|unit| self.value * unit)
    }

    /// Whether it is a length of simulated time.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        in_seconds(&self.unit).is_some_and(|unit| unit >= 1.0)
    }

    /// Half of the last digit that is printed, in seconds.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        let decimals = self
            .raw
            .split_once('.')
            .map_or(0, |(_, digits)| digits.len());
        0.5 * 10f64.powi(-(decimals as i32)) * in_seconds(&self.unit).unwrap_or(1.0)
    }

    fn digits(&self) -> usize {
        let digits = self.raw.trim_start_matches(['0', '.', ',']);
        digits.bytes().filter(u8::is_ascii_digit).count()
    }
}

/// How many seconds a unit of time has.
#[must_use]
pub fn in_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "µs" | "us" => 1e-6,
        "ms" => 1e-3,
        "s" | "seconds" => 1.0,
        "min" | "minutes" => 60.0,
        _ => return None,
    })
}

/// A number as it is printed, without the signs that group its digits.
#[must_use]
pub fn number(raw: &str) -> f64 {
    raw.replace([',', '\''], "").parse().unwrap_or(f64::NAN)
}

static FIGURE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:(?P<n1>\d[\d,']*(?:\.\d+)?) ?(?P<u1>ns|µs|us|ms)\b",
        r"|(?P<n2>\d[\d,']*\.\d+) ?(?P<u2>s|seconds|min|minutes)\b",
        r"|(?P<n3>\d[\d,']*(?:\.\d+)?) ?(?P<u3>per second|/s|a second|switches/s|KiB|MiB|GiB)(?:\b|$)",
        r"|(?P<n4>\d[\d,']*\.\d+) ?(?P<u4>KB|MB|GB|kB|%|times|x\b|×))",
    ))
});

/// The text with a place for each figure, and the figures.
#[must_use]
pub fn split(text: &str) -> (String, Vec<Figure>) {
    let mut figures = Vec::new();
    let place = |found: &Captures<'_>| {
        let group = |letter: char| {
            (1..=4)
                .find_map(|kind| found.name(&format!("{letter}{kind}")))
                .map_or("", |found| found.as_str())
        };
        let (raw, unit) = (group('n'), group('u'));
        figures.push(Figure {
            raw: raw.to_string(),
            value: number(raw),
            unit: unit.to_string(),
        });
        format!("‹{}›", kind(unit))
    };
    let text = FIGURE.replace_all(text, place).into_owned();
    (text, figures)
}

/// What stands for a figure. The same measured time may come out as 980 µs or 1.2 ms.
fn kind(unit: &str) -> &str {
    match unit {
        "ns" | "µs" | "us" | "ms" => "time",
        "s" | "seconds" | "min" | "minutes" => "seconds",
        "KiB" | "MiB" | "GiB" | "KB" | "MB" | "GB" | "kB" => "size",
        "%" => "share",
        "times" | "x" | "×" => "ratio",
        _ => "rate",
    }
}

/// The differences between the figures of the same line, which `who` says.
pub fn differences(
    who: &str,
    line: Option<usize>,
    (old, new): (&[Figure], &[Figure]),
    literals: &Literals,
) -> Vec<Finding> {
    let pairs = old.iter().zip(new).enumerate();
    pairs
        .filter_map(|(place, (old, new))| {
            let key = format!("{who}, figure {place} of line {line:?}");
            let (what, nature) = difference(old, new, literals)?;
            Some(Finding::new(key, line, format!("{who} now {what}"), nature))
        })
        .collect()
}

fn difference(old: &Figure, new: &Figure, literals: &Literals) -> Option<(String, Nature)> {
    let shown = |figure: &Figure| format!("{} {}", figure.raw, figure.unit);
    if !new.is_simulated() && new.digits() >= 3 && literals.has_fraction(&new.raw) {
        let what = format!(
            "says {}, which is not measured: it stands in the source",
            shown(new)
        );
        return Some((what, Nature::Plain));
    }
    if old.raw == new.raw && old.unit == new.unit {
        return None;
    }
    let what = format!("says {}; in the book it is {}", shown(new), shown(old));
    let is_far = (new.value - old.value).abs() > FAR * old.value.abs();
    let stands_there = match new.is_simulated() {
        // Seconds are often a small number, which stands there for another reason.
        true => literals.has_fraction(&new.raw),
        false => literals.has(new.value) && is_far && new.digits() >= 2,
    };
    if stands_there {
        // The program may have chosen it by the pace, as it may a limit. And a time that was
        // measured may be one of the source's by chance.
        return Some((
            what,
            match new.is_simulated() {
                true => Nature::Figure((new.value - old.value).abs()),
                false => Nature::Measured,
            },
        ));
    }
    let (before, now) = (old.seconds()?, new.seconds()?);
    if !new.is_simulated() {
        return None;
    }
    let excess = (now - before).abs() - (SECONDS + SHARE * before);
    (excess > 0.0).then_some((what, Nature::Figure(excess)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_with_units_get_a_place_and_chosen_numbers_do_not() {
        for (text, expected) in [
            ("the loop took 12.3 ms", "the loop took ‹time›"),
            ("bounded took 3.0 s", "bounded took ‹seconds›"),
            (
                "1,234 ns a switch, 3.5 times less",
                "‹time› a switch, ‹ratio› less",
            ),
            ("waits 3 s, then 10 tasks", "waits 3 s, then 10 tasks"),
            ("task 3 ends", "task 3 ends"),
            ("2048 KiB of 12.5 %", "‹size› of ‹share›"),
        ] {
            assert_eq!(split(text).0, expected);
        }
        let (_, figures) = split("there at 1.0 s, 1,234 ns late");
        assert_eq!(figures[0].seconds(), Some(1.0));
        assert!((figures[1].seconds().unwrap() - 1.234e-6).abs() < 1e-12);
    }

    fn compared(old: &str, new: &str, source: &str) -> Vec<Finding> {
        let (old, new) = (split(old).1, split(new).1);
        differences("main", None, (&old, &new), &Literals::of(source))
    }

    #[test]
    fn simulated_time_is_compared_and_real_time_is_not() {
        assert!(compared("took 3.0 s", "took 3.2 s", "").is_empty());
        assert!(compared("took 3.0 s", "took 3.6 s", "").len() == 1);
        assert!(compared("took 3.0 s", "took 1.5 s", "").len() == 1);
        assert!(compared("took 3.0 ms", "took 9.0 ms", "").is_empty());
    }

    #[test]
    fn a_figure_that_stands_in_the_source_is_chosen() {
        let asks = "asks every 0.01 s";
        assert_eq!(compared(asks, "asks every 0.02 s", "[0.02, 0.1]").len(), 1);
        assert!(compared(asks, "asks every 0.01 s", "[0.01, 0.1]").is_empty());
        assert!(compared("took 1.9 s", "took 2.0 s", "two_tasks(2)").is_empty());
        assert_eq!(compared("waits 300 ms", "waits 500 ms", "500").len(), 1);
        // Near to the book's, it may be measured after all.
        assert!(compared("sleeps 299 ms", "sleeps 300 ms", "300").is_empty());
    }

    #[test]
    fn an_invented_figure_is_seen() {
        let says = "a task costs 15.1 µs";
        assert_eq!(compared(says, says, "let pooled = 15.1;").len(), 1);
        assert!(compared(says, says, "let pooled = microseconds(200);").is_empty());
    }
}
