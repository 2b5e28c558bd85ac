//! What the check reads in a section's source: the numbers that it chose.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::pattern;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d[\d_]*(?:\.\d+)?"));

/// The numbers that stand in a source, outside of its comments.
#[derive(Clone, Debug, Default)]
pub struct Literals {
    numbers: Vec<(String, f64)>,
}

impl Literals {
    #[must_use]
    pub fn of(source: &str) -> Self {
        let code = source.lines().map(|line| match line.trim_start() {
            comment if comment.starts_with("//") => "",
            code => code,
        });
        let numbers = code.flat_map(|line| NUMBER.find_iter(line)).map(|found| {
            let text = found.as_str().replace('_', "");
            let value = text.parse().unwrap_or(f64::NAN);
            (text, value)
        });
        Literals {
            numbers: numbers.collect(),
        }
    }

    /// Whether a number of this value stands there.
    #[must_use]
    pub fn has(&self, value: f64) -> bool {
        let mut numbers = self.numbers.iter();
        numbers.any(|(_, number)| (number - value).abs() <= 1e-9 * value.abs())
    }

    /// Whether this number stands there, as it is written, with its decimal point.
    #[must_use]
    pub fn has_fraction(&self, raw: &str) -> bool {
        raw.contains('.') && self.numbers.iter().any(|(text, _)| text == raw)
    }
}
