//! The lines of a section's source that state a relation: `//! Proves: …`. What they mean
//! stands in `relations.rs`.

use regex::Regex;

use super::figures::in_seconds;
use super::relations::{Factor, Operator, Relation, Term, Which};

/// The relations that a source states. A line that cannot be read is an error, with its
/// number.
pub fn stated(source: &str) -> Vec<Result<Relation, String>> {
    let lines = source.lines().enumerate();
    let stated = lines.filter_map(|(line, text)| {
        let text = text.trim().strip_prefix("//!")?.trim();
        Some((line + 1, text.strip_prefix("Proves:")?.trim()))
    });
    stated
        .map(|(line, text)| {
            parse(text).map_err(|problem| {
                format!("line {line} of the source, `Proves: {text}`: {problem}")
            })
        })
        .collect()
}

fn parse(text: &str) -> Result<Relation, String> {
    let mut parser = Parser { rest: text };
    let left = parser.side()?;
    let operator = parser.operator()?;
    let right = parser.side()?;
    let on_two_cores = parser.take("on two cores");
    match parser.rest.trim() {
        "" => Ok(Relation {
            text: text.to_string(),
            sides: [left, right],
            operator,
            on_two_cores,
        }),
        rest => Err(format!("`{rest}` is not understood")),
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        match self.rest.trim_start().strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn operator(&mut self) -> Result<Operator, String> {
        for (word, operator) in [
            ("<=", Operator::LessOrEqual),
            (">=", Operator::MoreOrEqual),
            ("<", Operator::Less),
            (">", Operator::More),
        ] {
            if self.take(word) {
                return Ok(operator);
            }
        }
        Err(format!(
            "`<` or `>` is missing before `{}`",
            self.rest.trim()
        ))
    }

    fn side(&mut self) -> Result<Vec<Term>, String> {
        let mut terms = vec![self.term()?];
        while self.take("+") {
            terms.push(self.term()?);
        }
        Ok(terms)
    }

    fn term(&mut self) -> Result<Term, String> {
        let mut factors = vec![self.factor()?];
        while self.take("*") || self.take("×") {
            factors.push(self.factor()?);
        }
        Ok(factors)
    }

    fn factor(&mut self) -> Result<Factor, String> {
        let which = self.which();
        if self.take("\"") {
            let (text, rest) = self.rest.split_once('"').ok_or("a quote does not end")?;
            let (text, rest) = (text.to_string(), rest);
            self.rest = rest;
            let pattern = pattern_of(&text)?;
            return Ok(Factor::Figure {
                which,
                text,
                pattern,
            });
        }
        let rest = self.rest.trim_start();
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
        let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
        let value: f64 = (digits.parse())
            .map_err(|_| format!("a number or a text in quotes is missing before `{rest}`"))?;
        self.rest = after;
        for unit in ["ns", "µs", "us", "ms", "seconds", "minutes", "min", "s"] {
            if self.take(unit) {
                return Ok(Factor::Time(value * in_seconds(unit).unwrap_or(1.0)));
            }
        }
        Ok(Factor::Number(value))
    }

    fn which(&mut self) -> Which {
        const WORDS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];
        let before = self.rest;
        if self.take("the") {
            if self.take("last") {
                return Which::Last;
            }
            if let Some(place) = WORDS.iter().position(|word| self.take(word)) {
                return Which::Number(place);
            }
            self.rest = before;
        }
        Which::Only
    }
}

/// The text in quotes as a pattern, whose first group is the figure.
fn pattern_of(text: &str) -> Result<Regex, String> {
    if text.matches('_').count() != 1 {
        return Err(format!("“{text}” needs one `_`, where the figure is"));
    }
    let escaped = regex::escape(text)
        .replacen('_', r"(\d[\d,']*(?:\.\d+)?)", 1)
        .replace('…', ".*?");
    let edge = |sign: Option<char>| match sign.is_some_and(char::is_alphanumeric) {
        true => r"\b",
        false => "",
    };
    let (first, last) = (edge(text.chars().next()), edge(text.chars().last()));
    Regex::new(&format!("{first}{escaped}{last}")).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 4] = [
        "a task on a new thread: 20.6 µs",
        "a task in a new process: 3.2 ms, in a pool: 97.9 µs",
        "in 3.0 s",
        "in 1.5 s",
    ];

    fn holds(text: &str) -> Result<bool, String> {
        parse(text)?.holds(&LINES, 2)
    }

    #[test]
    fn figures_of_any_unit_are_compared() {
        for (text, expected) in [
            (r#"3 * "in a pool: _ µs" < "in a new process: _ ms""#, true),
            (
                r#"50 * "in a pool: _ µs" < "in a new process: _ ms""#,
                false,
            ),
            (r#"1.5 * the second "in _ s" <= the first "in _ s""#, true),
            (r#"the last "in _ s" > the first "in _ s""#, false),
            (r#""on a new thread: _ µs" < 30"#, true),
            (r#""on a new thread: _ µs" >= 0.1 ms"#, false),
            (
                r#""on … thread: _ µs" + "in a pool: _ µs" < 120 µs on two cores"#,
                true,
            ),
        ] {
            assert_eq!(holds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_matches_nothing_or_too_much_is_an_error() {
        for (text, expected) in [
            (r#""in _ s" < 4"#, "2 lines have"),
            (r#""out _ s" < 4"#, "no line says"),
            // Part of a word is not the word.
            (r#""ask on a new thread: _ µs" < 4"#, "no line says"),
            (r#""in a pool: µs" < 4"#, "needs one `_`"),
            (r#""in a pool: _ µs" = 4"#, "is missing"),
            (r#""in a pool: _ µs" < "#, "is missing"),
            (r#""in a pool: _ µs" < 4 on Monday"#, "not understood"),
        ] {
            let problem = holds(text).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }

    #[test]
    fn two_cores_are_needed_only_where_it_says_so() {
        let needs_two = r#""in a pool: _ µs" < 1 on two cores"#;
        let relation = parse(needs_two).unwrap();
        assert_eq!(relation.holds(&LINES, 1), Ok(true));
        assert_eq!(relation.holds(&LINES, 2), Ok(false));
    }

    #[test]
    fn the_lines_of_a_source_are_found() {
        let source =
            "//! A title.\n//!\n//! Proves: \"a _ s\" < 3\n//! Proves: nonsense\nfn main() {}\n";
        let stated = stated(source);
        assert_eq!(stated.len(), 2);
        assert!(stated[0].is_ok());
        assert!(stated[1].as_ref().unwrap_err().starts_with("line 4"));
    }
}
