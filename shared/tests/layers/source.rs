//! What one source file says of modules: which it declares, what it imports, which
//! paths and names it mentions. Code that is compiled for tests only is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::{Kind, Token, tokens};

/// A module as it is written: a file, or `mod name { … }` within one.
#[derive(Debug, Default)]
pub struct Source {
    /// `#![cfg(test)]` stands at its top.
    pub only_tests: bool,
    pub children: Vec<Child>,
    /// The items that are defined here.
    pub defined: BTreeSet<String>,
    /// The macros among them, and whether `#[macro_export]` puts them at the root of
    /// the crate.
    pub macros: BTreeMap<String, bool>,
    pub imports: Vec<Import>,
    /// Paths in the code, outside of imports.
    pub paths: Vec<Path>,
    /// Single names in the code, each with the first line that has it.
    pub names: BTreeMap<String, usize>,
    pub macros_called: BTreeMap<String, usize>,
    pub texts: Vec<(String, usize)>,
}

#[derive(Debug)]
pub struct Child {
    pub name: String,
    /// `#[path = "…"]`
    pub path: Option<String>,
    /// `None` if it is a file of its own.
    pub inline: Option<Source>,
}

/// One name that a `use` brings in, or one glob.
#[derive(Debug)]
pub struct Import {
    /// A path that begins with `::` has an empty first part.
    pub path: Vec<String>,
    /// `None` for a glob.
    pub name: Option<String>,
    /// `pub`, `pub(crate)` and the like.
    pub public: bool,
    pub line: usize,
}

/// `crate::a::b`, also where it is a macro that is called.
#[derive(Debug)]
pub struct Path {
    pub parts: Vec<String>,
    pub line: usize,
}

pub fn read(text: &str) -> Source {
    let tokens = tokens(text);
    let mut reader = Reader {
        tokens: &tokens,
        place: 0,
    };
    reader.module()
}

struct Reader<'a> {
    tokens: &'a [Token],
    place: usize,
}

/// The attributes in front of an item, as far as they matter here.
#[derive(Default)]
struct Attributes {
    test: bool,
    path: Option<String>,
    exported: bool,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.place + ahead)
    }

    fn next_is(&self, ahead: usize, text: &str) -> bool {
        self.peek(ahead).is_some_and(|token| token.is(text))
    }

    fn ident(&self, ahead: usize) -> Option<String> {
        let token = self.peek(ahead).filter(|token| token.is_ident())?;
        Some(token.text.clone())
    }

    fn back(&self, count: usize) -> Option<&Token> {
        self.tokens.get(self.place.checked_sub(count)?)
    }

    fn before_is(&self, text: &str) -> bool {
        self.back(1).is_some_and(|token| token.is(text))
    }

    /// As far as the brace that closes the module, or the end of the file.
    fn module(&mut self) -> Source {
        let mut source = Source::default();
        let mut attributes = Attributes::default();
        let mut depth = 0usize;
        while let Some(token) = self.peek(0) {
            let line = token.line;
            if token.is("#") && (self.next_is(1, "[") || self.next_is(2, "[")) {
                let inner = self.next_is(1, "!");
                let found = self.attribute();
                if inner {
                    source.only_tests |= found.test && depth == 0;
                } else {
                    attributes.test |= found.test;
                    attributes.exported |= found.exported;
                    attributes.path = found.path.or(attributes.path);
                }
                continue;
            }
            if attributes.test {
                attributes = Attributes::default();
                self.skip_item();
                continue;
            }
            if token.kind == Kind::Text {
                source.texts.push((token.text.clone(), line));
            } else if token.is("{") {
                depth += 1;
            } else if token.is("}") {
                if depth == 0 {
                    return source;
                }
                depth -= 1;
            } else if token.is("mod") && self.ident(1).is_some() {
                self.child(&mut source, std::mem::take(&mut attributes));
                continue;
            } else if token.is("use") && !self.next_is(1, "<") {
                let public = self.is_public();
                self.place += 1;
                self.import(&Vec::new(), public, &mut source.imports);
                continue;
            } else if token.is_ident() {
                self.word(&mut source, depth, &attributes);
                continue;
            }
            if ["{", "}", ";", ","].iter().any(|end| token.is(end)) {
                attributes = Attributes::default();
            }
            self.place += 1;
        }
        source
    }

    /// Reads `#[…]` or `#![…]`.
    fn attribute(&mut self) -> Attributes {
        let start = self.place;
        while !self.next_is(0, "[") {
            self.place += 1;
        }
        self.skip_brackets();
        let inside = &self.tokens[start..self.place];
        let words: Vec<&str> = (inside.iter())
            .filter(|token| token.kind != Kind::Other)
            .map(|token| token.text.as_str())
            .skip_while(|word| ["#", "!", "["].contains(word))
            .collect();
        Attributes {
            test: matches!(
                words.as_slice(),
                ["cfg", "(", "test", ")", ..] | ["cfg", "(", "all", "(", "test", ..]
            ),
            exported: words.first() == Some(&"macro_export"),
            path: match words.as_slice() {
                ["path", "=", path, ..] => Some(path.to_string()),
                _ => None,
            },
        }
    }

    /// From an opening bracket of any kind to behind its partner.
    fn skip_brackets(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.peek(0) {
            if ["(", "[", "{"].iter().any(|open| token.is(open)) {
                depth += 1;
            } else if [")", "]", "}"].iter().any(|close| token.is(close)) {
                depth -= 1;
            }
            self.place += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Skips what a `#[cfg(test)]` stands in front of: an item, a statement, a field.
    fn skip_item(&mut self) {
        if self.next_is(0, "pub") {
            self.place += 1;
            if self.next_is(0, "(") {
                self.skip_brackets();
            }
        }
        let first = self.ident(0).unwrap_or_default();
        let is_function = ["fn", "unsafe", "extern", "async"]
            .iter()
            .any(|word| self.next_is(1, word));
        let to_semicolon = match first.as_str() {
            "use" | "let" | "static" | "type" => true,
            "const" => !is_function,
            _ => false,
        };
        let items = [
            "fn",
            "const",
            "unsafe",
            "async",
            "extern",
            "struct",
            "enum",
            "union",
            "trait",
            "impl",
            "mod",
            "macro_rules",
        ];
        let to_comma = !to_semicolon && !items.contains(&first.as_str());
        while let Some(token) = self.peek(0) {
            if token.is("}") {
                return;
            }
            let ends = token.is(";") || (to_comma && token.is(","));
            let block = token.is("{");
            if block || token.is("(") || token.is("[") {
                self.skip_brackets();
            } else {
                self.place += 1;
            }
            if ends || (block && !to_semicolon) {
                return;
            }
        }
    }

    /// Whether the keyword here is behind `pub` or `pub(…)`.
    fn is_public(&self) -> bool {
        if !self.before_is(")") {
            return self.before_is("pub");
        }
        let open = self.tokens[..self.place]
            .iter()
            .rposition(|token| token.is("("));
        open.and_then(|open| open.checked_sub(1))
            .is_some_and(|before| self.tokens[before].is("pub"))
    }

    /// `mod name;` or `mod name { … }`
    fn child(&mut self, source: &mut Source, attributes: Attributes) {
        let name = self.ident(1).unwrap_or_default();
        self.place += 2;
        let inline = if self.next_is(0, "{") {
            self.place += 1;
            Some(self.module())
        } else {
            None
        };
        // The semicolon or the closing brace.
        self.place += 1;
        source.children.push(Child {
            name,
            path: attributes.path,
            inline,
        });
    }

    /// What stands behind `use`, or within the braces of one.
    fn import(&mut self, prefix: &[String], public: bool, imports: &mut Vec<Import>) {
        let mut path = prefix.to_vec();
        if self.next_is(0, "::") {
            path.push(String::new());
            self.place += 1;
        }
        let line = self.peek(0).map_or(0, |token| token.line);
        let mut add = |path: Vec<String>, name| {
            imports.push(Import {
                path,
                name,
                public,
                line,
            });
        };
        loop {
            if self.next_is(0, "$") {
                self.place += 1;
            } else if self.next_is(0, "*") {
                self.place += 1;
                add(path, None);
                break;
            } else if self.next_is(0, "{") {
                self.place += 1;
                while self.peek(0).is_some() && !self.next_is(0, "}") {
                    self.import(&path, public, imports);
                    if self.next_is(0, ",") {
                        self.place += 1;
                    }
                }
                self.place += 1;
                break;
            } else if let Some(word) = self.ident(0) {
                self.place += 1;
                let is_self = word == "self" && !path.is_empty();
                if !is_self {
                    path.push(word);
                }
                if self.next_is(0, "::") {
                    self.place += 1;
                    continue;
                }
                let mut name = path.last().cloned();
                if self.next_is(0, "as") {
                    name = self.ident(1);
                    self.place += 2;
                }
                add(path, name);
                break;
            } else {
                // No `use` that compiles comes here.
                self.place += 1;
                break;
            }
        }
        if prefix.is_empty() && self.next_is(0, ";") {
            self.place += 1;
        }
    }

    /// An identifier: a definition, a path, a macro, or a name.
    fn word(&mut self, source: &mut Source, depth: usize, attributes: &Attributes) {
        let token = &self.tokens[self.place];
        let (word, line) = (token.text.as_str(), token.line);
        let defines = [
            "fn", "struct", "enum", "union", "trait", "type", "const", "static",
        ];
        if word == "macro_rules" && self.next_is(1, "!") {
            if let Some(name) = self.ident(2) {
                source.macros.insert(name.clone(), attributes.exported);
                source.defined.insert(name);
            }
            self.place += 3;
            return;
        }
        if depth == 0 && defines.contains(&word) {
            let ahead = if self.next_is(1, "mut") { 2 } else { 1 };
            if let Some(name) = self.ident(ahead).filter(|name| name != "fn") {
                source.defined.insert(name);
                self.place += ahead + 1;
                return;
            }
        }
        // A field or a method, but not the end of a range: `0..LIMIT`.
        let is_range = self.back(2).is_some_and(|token| token.is("."));
        let is_field = self.before_is(".") && !is_range;
        // The fragment of a macro: `$name`. `$crate` is a path's begin.
        let is_fragment = self.before_is("$") && word != "crate";
        let keywords = [
            "fn", "struct", "enum", "union", "trait", "type", "const", "static", "let", "mut",
        ];
        let defined_here = keywords.iter().any(|keyword| self.before_is(keyword));
        let mut parts = vec![word.to_string()];
        let global = self.before_is("::");
        self.place += 1;
        while self.next_is(0, "::") {
            let Some(part) = self.ident(1) else { break };
            parts.push(part);
            self.place += 2;
        }
        if is_field || is_fragment {
            return;
        }
        // A definition within a block, a variable, a field with its type or value.
        if parts.len() == 1 && (defined_here || self.next_is(0, ":")) {
            return;
        }
        if global {
            // `::std::thread`; or `Vec::<u8>::new`, where the path began earlier.
            parts.insert(0, String::new());
        }
        let called = self.next_is(0, "!") && !self.next_is(1, "=");
        match parts.as_slice() {
            [name] if called => {
                source.macros_called.entry(name.clone()).or_insert(line);
            }
            [name] => {
                source.names.entry(name.clone()).or_insert(line);
            }
            _ => source.paths.push(Path { parts, line }),
        }
    }
}
