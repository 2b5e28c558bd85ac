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

/// Whether `text` has these words, and not as a part of other words: `task 1` is not in
/// `task 11 ends`, nor `1.5` in `11.5` or in `1.52`.
#[must_use]
pub fn has_words(text: &str, words: &str) -> bool {
    if words.is_empty() {
        return false;
    }
    text.match_indices(words).any(|(start, found)| {
        let (before, after) = (&text[..start], &text[start + found.len()..]);
        !continues(before, found) && !continues(found, after)
    })
}

/// Whether a word or a number goes on from the end of `first` to the start of `second`.
fn continues(first: &str, second: &str) -> bool {
    let of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut before, mut after) = (first.chars().rev(), second.chars());
    let (Some(last), Some(next)) = (before.next(), after.next()) else {
        return false;
    };
    if of_word(last) && of_word(next) {
        return true;
    }
    // A point or a comma between two digits is a part of the number.
    let digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let within = |letter: char| matches!(letter, '.' | ',' | '\'' | '’');
    (within(last) && digit(Some(next)) && digit(before.next()))
        || (within(next) && digit(Some(last)) && digit(after.next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_not_found_in_parts_of_words() {
        for (text, words) in [
            ("task 1 ends", "task 1"),
            ("task 1 ends", "1 ends"),
            ("task 11 ends, task 1 ends", "task 1"),
            ("it took 1.5 s.", "took 1.5 s"),
            ("it took 3.", "took 3"),
            ("(3, 4)", "3, 4"),
            ("Err(\"too late\")", "\"too late\""),
            ("über ß", "ß"),
        ] {
            assert!(has_words(text, words), "{words} in {text}");
        }
        for (text, words) in [
            ("task 11 ends", "task 1"),
            ("task 11 ends", "1 ends"),
            ("task 1 ends", "task 1 end"),
            ("task 1 ends", "ask 1"),
            ("it took 11.5 s", "1.5 s"),
            ("it took 1.5 s", "took 1"),
            ("it took 1.5 s", "5 s"),
            ("1,000 threads", "000 threads"),
            ("pool-0_3 is there", "pool-0"),
            ("über", "ber"),
            ("task 1 ends", ""),
        ] {
            assert!(!has_words(text, words), "{words} in {text}");
        }
    }
}
