//! Text in columns of a terminal.

use unicode_width::UnicodeWidthChar;

/// How many columns a text takes: never fewer than the terminal gives it.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Without characters that would move the cursor or change the width of others.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200d}' | '\u{fe0f}'))
        .map(|c| match c.is_control() {
            true => char::REPLACEMENT_CHARACTER,
            false => c,
        })
        .collect()
}

/// Cut to so many columns, with a sign that it was cut.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars() {
        if width(&short) + c.width().unwrap_or(0) + 1 > columns {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

/// Cut or filled to exactly so many columns.
pub(super) fn fitted(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let space = columns.saturating_sub(width(&text));
    text + &" ".repeat(space)
}

/// Words, or the lines of `text`, joined by `space` into lines of at most
/// `columns`.
pub(super) fn wrap(text: &str, space: &str, columns: usize) -> Vec<String> {
    let words: Vec<&str> = match text.contains('\n') {
        true => text.lines().collect(),
        false => text.split(' ').collect(),
    };
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let word = cut(word, columns);
        match lines.last_mut() {
            Some(line) if width(line) + space.len() + width(&word) <= columns => {
                line.push_str(space);
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}
