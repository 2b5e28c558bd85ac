//! Terminal output as HTML: text that can be selected, with classes for the
//! colours, so that each theme of the book can choose legible ones.

use anstream::adapter::strip_str;
use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

/// The text without its escape sequences.
#[must_use]
pub fn plain(text: &str) -> String {
    strip_str(text).to_string()
}

/// The text as HTML, for a `<pre>`.
#[must_use]
pub fn to_html(text: &str) -> String {
    let mut html = String::new();
    each_piece(text, |style, piece| {
        let classes = style.classes();
        let piece = escaped(piece);
        if classes.is_empty() {
            html.push_str(&piece);
        } else {
            html.push_str(&format!("<span class=\"{classes}\">{piece}</span>"));
        }
    });
    html
}

/// The text escaped for HTML, also for attributes.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A piece of Markdown with HTML in it as plain words, for an attribute.
#[must_use]
pub fn words(markdown: &str) -> String {
    let mut words = String::new();
    let mut tag = false;
    for c in markdown.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => tag = false,
            '*' | '`' if !tag => {}
            c if c.is_whitespace() && words.ends_with(' ') => {}
            c if c.is_whitespace() && !tag => words.push(' '),
            c if !tag => words.push(c),
            _ => {}
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let text = entities
        .iter()
        .fold(words, |text, (entity, c)| text.replace(entity, c));
    text.trim().to_string()
}

/// The style that the escape sequences have set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Style {
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    /// 0 to 7, and 8 to 15 for the bright ones.
    text: Option<u16>,
    background: Option<u16>,
}

const NAMES: [&str; 16] = [
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "black", "red", "green",
    "yellow", "blue", "magenta", "cyan", "white",
];

impl Style {
    fn classes(self) -> String {
        let mut classes = Vec::new();
        let flags = [
            (self.bold, "t-bold"),
            (self.dim, "t-dim"),
            (self.italic, "t-italic"),
            (self.underline, "t-underline"),
        ];
        for (set, class) in flags {
            if set {
                classes.push(class.to_string());
            }
        }
        classes.extend(
            self.text
                .map(|color| format!("t-{}", NAMES[color as usize])),
        );
        classes.extend(
            self.background
                .map(|color| format!("t-on-{}", NAMES[color as usize])),
        );
        classes.join(" ")
    }

    fn change(&mut self, code: u16) {
        match code {
            0 => *self = Style::default(),
            1 => self.bold = true,
            2 => self.dim = true,
            3 => self.italic = true,
            4 => self.underline = true,
            22 => (self.bold, self.dim) = (false, false),
            23 => self.italic = false,
            24 => self.underline = false,
            30..=37 => self.text = Some(code - 30),
            39 => self.text = None,
            40..=47 => self.background = Some(code - 40),
            49 => self.background = None,
            90..=97 => self.text = Some(code - 82),
            100..=107 => self.background = Some(code - 92),
            _ => {}
        }
    }
}

/// Calls `with` for each piece of text that has one style.
fn each_piece(text: &str, with: impl FnMut(Style, &str)) {
    struct Pieces<F> {
        style: Style,
        piece: String,
        with: F,
    }

    impl<F: FnMut(Style, &str)> Pieces<F> {
        fn end(&mut self) {
            if !self.piece.is_empty() {
                (self.with)(self.style, &self.piece);
                self.piece.clear();
            }
        }
    }

    impl<F: FnMut(Style, &str)> Perform for Pieces<F> {
        fn print(&mut self, character: char) {
            self.piece.push(character);
        }

        fn execute(&mut self, byte: u8) {
            // The other control characters mean nothing on a page.
            if matches!(byte, b'\n' | b'\t') {
                self.piece.push(char::from(byte));
            }
        }

        fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: u8) {
            if action != b'm' {
                return;
            }
            self.end();
            if params.is_empty() {
                self.style.change(0);
            }
            for code in params.iter().flatten() {
                self.style.change(*code);
            }
        }
    }

    let mut pieces = Pieces {
        style: Style::default(),
        piece: String::new(),
        with,
    };
    let mut parser = Parser::<DefaultCharAccumulator>::new();
    for byte in text.bytes() {
        parser.advance(&mut pieces, byte);
    }
    pieces.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "\x1b[2m  0.1 s\x1b[0m  \x1b[36mpool-0_0   \x1b[0m \x1b[2m│\x1b[0m a < b\n";

    #[test]
    fn words_of_a_caption() {
        assert_eq!(
            words("**Three waves:**\n5, <q class=\"printed\">a &lt; b</q> and `main`."),
            "Three waves: 5, a < b and main."
        );
    }

    #[test]
    fn plain_text_has_no_escape_sequences() {
        assert_eq!(plain(LINE), "  0.1 s  pool-0_0    │ a < b\n");
    }

    #[test]
    fn styles_become_classes_and_text_is_escaped() {
        assert_eq!(
            to_html(LINE),
            "<span class=\"t-dim\">  0.1 s</span>  <span class=\"t-cyan\">pool-0_0   </span> \
             <span class=\"t-dim\">│</span> a &lt; b\n"
        );
        assert_eq!(
            to_html("\x1b[1;45mready\x1b[m!"),
            "<span class=\"t-bold t-on-magenta\">ready</span>!"
        );
    }
}
