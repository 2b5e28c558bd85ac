//! Text from outside, made fit to be printed.
//!
//! A terminal obeys control characters, and a right-to-left mark turns the rest of
//! a line around. So everything that a server sends is printed by one of these
//! functions, which show such a character as `\u{202e}`.

/// [`plain`] cuts a text after this many characters.
const LINE: usize = 200;

/// [`quoted`] cuts a text after this many characters.
const QUOTED: usize = 80;

/// The text of an element as one line that is safe to print: Python's
/// `" ".join(text.split())`, cut after 200 characters.
///
/// Characters that steer a terminal, or that cannot be seen, are escaped: control
/// and format characters, right-to-left marks, blanks that are no spaces.
///
/// ```
/// assert_eq!(crawl::plain("\n   The\u{1b}[2J  Film \n"), r"The\u{1b}[2J Film");
/// assert_eq!(crawl::plain("Gone\u{202e}4pm.exe"), r"Gone\u{202e}4pm.exe");
/// assert_eq!(crawl::plain("霸王别姬, Amélie, हिन्दी"), "霸王别姬, Amélie, हिन्दी");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    let mut line = Vec::new();
    let mut behind_a_space = false;
    for letter in text.chars() {
        // The text may be a whole page.
        if line.len() >= LINE {
            break;
        } else if letter.is_whitespace() {
            behind_a_space = !line.is_empty();
        } else {
            if std::mem::take(&mut behind_a_space) {
                line.push(' ');
            }
            line.push(letter);
        }
    }
    visible(line.into_iter().take(LINE))
}

/// The text in back quotes, cut after 80 characters, and escaped as by [`plain`].
pub(crate) fn quoted(text: &str) -> String {
    let shown = visible(text.chars().take(QUOTED));
    match text.chars().nth(QUOTED) {
        Some(_) => format!("`{shown}…`"),
        None => format!("`{shown}`"),
    }
}

/// Escapes each character that [`is_visible`] refuses.
fn visible(letters: impl Iterator<Item = char>) -> String {
    let mut shown = String::new();
    for letter in letters {
        match letter {
            letter if is_visible(letter) => shown.push(letter),
            '\t' | '\n' | '\r' | '\0' => shown.extend(letter.escape_debug()),
            _ => shown.extend(letter.escape_unicode()),
        }
    }
    shown
}

/// Whether a terminal shows this character, or puts it as a mark on the one before.
pub(crate) fn is_visible(letter: char) -> bool {
    if letter.is_ascii() {
        return matches!(letter, ' '..='~');
    }
    // Letters, marks and symbols to Unicode, but nothing can be seen of them.
    let blank = matches!(
        letter,
        '\u{034f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    );
    // The standard library knows the rest: what `{:?}` would escape. Behind a
    // letter it leaves marks as they are.
    let behind_a_letter = String::from_iter(['x', letter]);
    !blank && behind_a_letter.escape_debug().eq(['x', letter])
}

#[cfg(test)]
mod tests {
    use super::{is_visible, plain, quoted};

    #[test]
    fn long_text_is_cut() {
        assert_eq!(quoted(&"x".repeat(81)), format!("`{}…`", "x".repeat(80)));
        assert_eq!(plain(&"好".repeat(300)).chars().count(), 200);
        assert_eq!(plain(&"好 ".repeat(300)), "好 ".repeat(100));
        assert_eq!(plain(" \t\r\n a \u{2028} b \u{a0}"), "a b");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "../../etc/x",
            r"a\b",
            "it's \"so\"",
            "e\u{301}",
            "हिन्दी",
            "שלום",
            "☀🎬",
        ] {
            assert_eq!(quoted(text), format!("`{text}`"));
            assert_eq!(plain(text), text);
        }
    }

    /// Whatever a server says is printed as text.
    #[test]
    fn what_steers_a_terminal_or_is_invisible_is_escaped() {
        assert_eq!(quoted("a\0b\n\u{1b}"), r"`a\0b\n\u{1b}`");
        for letter in [
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2028}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{206a}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{ffa0}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            assert!(!is_visible(letter), "{}", letter.escape_unicode());
        }
    }
}
