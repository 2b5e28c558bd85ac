//! Small helpers for text.

use percent_encoding::percent_decode_str;
use regex::Regex;

/// A pattern that is written in this program.
///
/// # Panics
///
/// If it is not a regular expression.
#[must_use]
pub fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The number of the line that the byte at `place` is in, counted from 1.
#[must_use]
pub fn line_of(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

/// The text without percent escapes.
#[must_use]
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
