//! Words that come from outside, made fit to be shown.

/// Longer words are cut when they are shown.
const SHOWN: usize = 80;

/// The text of an element as one line: spaces and line breaks in a row become
/// one space, control characters are left out, and there are at most 200
/// characters. Python's `" ".join(text.split())`, with a bound.
///
/// What a server sent is shown in a terminal only like this: a control
/// character could steer it.
///
/// ```
/// assert_eq!(crawl::plain("\n   The\u{1b}[2J  Film \n"), "The[2J Film");
/// ```
pub fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    line.chars()
        .filter(|letter| !letter.is_control())
        .take(200)
        .collect()
}

/// In back quotes, cut, and with everything escaped that is not to be seen.
pub(crate) fn quoted(text: &str) -> String {
    let escape = |letter: char| match letter {
        '"' | '\'' | '\\' => letter.to_string(),
        _ => letter.escape_debug().to_string(),
    };
    let shown: String = text.chars().take(SHOWN).map(escape).collect();
    match text.chars().nth(SHOWN) {
        Some(_) => format!("`{shown}…`"),
        None => format!("`{shown}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{plain, quoted};

    #[test]
    fn long_words_are_cut() {
        assert_eq!(quoted(&"x".repeat(81)), format!("`{}…`", "x".repeat(80)));
        assert_eq!(quoted("../../etc/x"), "`../../etc/x`");
        assert_eq!(quoted(r"a\b"), r"`a\b`");
        assert_eq!(quoted("a\0b\n"), r"`a\0b\n`");
        assert_eq!(plain(&"好".repeat(300)).chars().count(), 200);
    }
}
