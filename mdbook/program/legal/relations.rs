//! Relations: what a section's figures prove.
//!
//! A measured figure is another one in every run, so figures are compared with each other,
//! not with the book's. A section states in its doc comment what they show:
//!
//! ```text
//! //! Proves: 3 * "in a pool: _ µs" < "in a new process: _ µs"
//! //! Proves: 1.5 * "two workers: _ s" < "one worker: _ s" on two cores
//! ```
//!
//! - Text in quotes is part of a printed line, in whole words; `_` is the figure, and `…`
//!   stands for any text. If several lines have it, say which: `the second "took _ s"`.
//! - A side is such a figure, or a number (`0.5`, `20 ms`), or a sum of products of them.
//! - `<`, `<=`, `>`, `>=`. A number without a unit has the unit of the other side.
//! - `on two cores`: it need not hold where there is one.
//!
//! Every run is held to it, and so is the captured one.

use regex::Regex;

use super::figures::{in_seconds, number};

/// One relation of a section.
#[derive(Clone, Debug)]
pub struct Relation {
    /// As it stands in the source.
    pub text: String,
    sides: [Vec<Term>; 2],
    operator: Operator,
    on_two_cores: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// A product.
type Term = Vec<Factor>;

#[derive(Clone, Debug)]
enum Factor {
    Number(f64),
    /// A time, in seconds.
    Time(f64),
    Figure {
        which: Which,
        text: String,
        pattern: Regex,
    },
}

/// Which of the lines that have the text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    Only,
    Number(usize),
    Last,
}

/// A value, and whether it is a time in seconds.
#[derive(Clone, Copy)]
struct Value {
    number: f64,
    unit: Option<f64>,
}

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
            Relation::parse(text).map_err(|problem| {
                format!("line {line} of the source, `Proves: {text}`: {problem}")
            })
        })
        .collect()
}

impl Relation {
    fn parse(text: &str) -> Result<Self, String> {
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

    /// Whether what was printed proves it. An error says which text was not printed, or
    /// more than once.
    pub fn holds(&self, lines: &[&str], cores: usize) -> Result<bool, String> {
        let [left, right] = &self.sides;
        let (left, right) = (sum(left, lines)?, sum(right, lines)?);
        if self.on_two_cores && cores < 2 {
            return Ok(true);
        }
        let unit = left.unit.or(right.unit).unwrap_or(1.0);
        let of = |value: Value| value.number * value.unit.unwrap_or(unit);
        let (left, right) = (of(left), of(right));
        Ok(match self.operator {
            Operator::Less => left < right,
            Operator::LessOrEqual => left <= right,
            Operator::More => left > right,
            Operator::MoreOrEqual => left >= right,
        })
    }

    /// The figures that are compared, as they were printed.
    pub fn shown(&self, lines: &[&str]) -> String {
        let factors = self.sides.iter().flatten().flatten();
        let figures = factors.filter_map(|factor| match factor {
            Factor::Figure { text, .. } => {
                let value = factor.value(lines).ok()?;
                Some(text.replacen('_', &value.number.to_string(), 1))
            }
            _ => None,
        });
        let figures: Vec<String> = figures.collect();
        figures.join(", ")
    }
}

fn sum(terms: &[Term], lines: &[&str]) -> Result<Value, String> {
    let mut sum: Option<Value> = None;
    for term in terms {
        let mut product = Value {
            number: 1.0,
            unit: None,
        };
        for factor in term {
            let value = factor.value(lines)?;
            product.number *= value.number;
            product.unit = product.unit.or(value.unit);
        }
        sum = Some(match sum {
            None => product,
            Some(sum) => {
                let unit = sum.unit.or(product.unit);
                let of = |value: Value| match (unit, value.unit) {
                    (Some(unit), Some(own)) => value.number * own / unit,
                    _ => value.number,
                };
                Value {
                    number: of(sum) + of(product),
                    unit,
                }
            }
        });
    }
    sum.ok_or_else(|| "a side is empty".to_string())
}

impl Factor {
    fn value(&self, lines: &[&str]) -> Result<Value, String> {
        let (which, text, pattern) = match self {
            Factor::Number(number) => {
                return Ok(Value {
                    number: *number,
                    unit: None,
                });
            }
            Factor::Time(seconds) => {
                return Ok(Value {
                    number: *seconds,
                    unit: Some(1.0),
                });
            }
            Factor::Figure {
                which,
                text,
                pattern,
            } => (which, text, pattern),
        };
        let found: Vec<&str> = (lines.iter())
            .filter_map(|line| Some(pattern.captures(line)?.get(1)?.as_str()))
            .collect();
        let raw = match which {
            Which::Only if found.len() > 1 => {
                return Err(format!(
                    "{} lines have “{text}”: say which, as in `the second \"{text}\"`",
                    found.len()
                ));
            }
            Which::Only => found.first(),
            Which::Number(place) => found.get(*place),
            Which::Last => found.last(),
        };
        let raw = raw.ok_or_else(|| format!("no line says “{text}”"))?;
        let after = text
            .split_once('_')
            .map_or("", |(_, after)| after.trim_start());
        let unit: String = after
            .chars()
            .take_while(|letter| letter.is_alphabetic())
            .collect();
        Ok(Value {
            number: number(raw),
            unit: in_seconds(&unit),
        })
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
        Relation::parse(text)?.holds(&LINES, 2)
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
        let relation = Relation::parse(needs_two).unwrap();
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
