//! Splits Rust source into tokens. Comments are dropped, documentation included, so
//! that nothing further up mistakes prose for code.

/// What a token is. Whatever is none of the others is punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ident,
    /// A literal string; its text is what stands between the quotes.
    Text,
    /// A number, a character or a lifetime: they name no module.
    Other,
    /// One character, except that `::` is one token.
    Punct,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }

    pub fn is_ident(&self) -> bool {
        self.kind == Kind::Ident
    }
}

pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut lexer = Lexer {
        chars: &chars,
        place: 0,
        line: 1,
    };
    let mut tokens = Vec::new();
    while lexer.place < chars.len() {
        tokens.extend(lexer.next());
    }
    tokens
}

struct Lexer<'a> {
    chars: &'a [char],
    place: usize,
    line: usize,
}

impl Lexer<'_> {
    fn at(&self, ahead: usize) -> char {
        self.chars.get(self.place + ahead).copied().unwrap_or('\0')
    }

    fn step(&mut self, count: usize) {
        for _ in 0..count {
            if self.at(0) == '\n' {
                self.line += 1;
            }
            self.place += 1;
        }
    }

    fn steps_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let start = self.place;
        while self.place < self.chars.len() && wanted(self.at(0)) {
            self.step(1);
        }
        self.chars[start..self.place].iter().collect()
    }

    fn next(&mut self) -> Option<Token> {
        let line = self.line;
        let token = |kind, text: String| Some(Token { kind, text, line });
        match self.at(0) {
            c if c.is_whitespace() => {
                self.step(1);
                None
            }
            '/' if self.at(1) == '/' => {
                self.steps_while(|c| c != '\n');
                None
            }
            '/' if self.at(1) == '*' => {
                self.block_comment();
                None
            }
            '"' => token(Kind::Text, self.text()),
            '\'' => token(Kind::Other, self.quote()),
            c if c.is_ascii_digit() => token(
                Kind::Other,
                self.steps_while(|c| c.is_alphanumeric() || c == '_'),
            ),
            c if c.is_alphabetic() || c == '_' => {
                let word = self.steps_while(|c| c.is_alphanumeric() || c == '_');
                match (word.as_str(), self.at(0)) {
                    ("r" | "br" | "cr", '"') => token(Kind::Text, self.raw_text(0)),
                    ("r" | "br" | "cr", '#') => {
                        let hashes = self.steps_while(|c| c == '#').len();
                        if self.at(0) == '"' {
                            token(Kind::Text, self.raw_text(hashes))
                        } else {
                            // `r#type`: an identifier that is a keyword elsewhere.
                            let word = self.steps_while(|c| c.is_alphanumeric() || c == '_');
                            token(Kind::Ident, word)
                        }
                    }
                    ("b" | "c", '"') => token(Kind::Text, self.text()),
                    ("b", '\'') => token(Kind::Other, self.quote()),
                    _ => token(Kind::Ident, word),
                }
            }
            ':' if self.at(1) == ':' => {
                self.step(2);
                token(Kind::Punct, "::".to_string())
            }
            c => {
                self.step(1);
                token(Kind::Punct, c.to_string())
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.place < self.chars.len() {
            match (self.at(0), self.at(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.step(1);
                    continue;
                }
            }
            self.step(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn text(&mut self) -> String {
        self.step(1);
        let start = self.place;
        while self.place < self.chars.len() && self.at(0) != '"' {
            let escaped = self.at(0) == '\\';
            self.step(if escaped { 2 } else { 1 });
        }
        let end = self.place.min(self.chars.len());
        self.step(1);
        self.chars[start..end].iter().collect()
    }

    fn raw_text(&mut self, hashes: usize) -> String {
        self.step(1);
        let start = self.place;
        let ends =
            |lexer: &Self| lexer.at(0) == '"' && (1..=hashes).all(|ahead| lexer.at(ahead) == '#');
        while self.place < self.chars.len() && !ends(self) {
            self.step(1);
        }
        let end = self.place;
        self.step(1 + hashes);
        self.chars[start..end].iter().collect()
    }

    /// A character in quotes, or a lifetime.
    fn quote(&mut self) -> String {
        if self.at(1) == '\\' {
            // The quote, the backslash and what it escapes; then as far as the end.
            self.step(3);
            self.steps_while(|c| c != '\'');
            self.step(1);
        } else if self.at(2) == '\'' {
            self.step(3);
        } else {
            self.step(1);
            self.steps_while(|c| c.is_alphanumeric() || c == '_');
        }
        "'".to_string()
    }
}
