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
    pub sides: [Vec<Term>; 2],
    pub operator: Operator,
    /// It need not hold where there is one.
    pub on_two_cores: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operator {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// A product.
pub type Term = Vec<Factor>;

#[derive(Clone, Debug)]
pub enum Factor {
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
pub enum Which {
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

impl Relation {
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
