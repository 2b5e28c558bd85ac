//! The numbers of a Python block: they have to be those of the Rust program that re-tells
//! it. A page that says "five workers" in one language and shows four in the other
//! teaches nothing.
//!
//! A number is compared with those that stand in the same kind of place: the size of a
//! thread pool, a pause, the bounds of a range, the items of a list. Where the program
//! has none of that kind, or computes it, the number has to occur anywhere in it.
//!
//! What Python alone has is named on the page: `<!-- only in Python: 8000, 0.3 -->`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::document::{Block, Document};
use crate::text::{line_of, pattern};

/// The kind of place that a number stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Threads,
    Processes,
    Pause,
    Meeting,
    Range,
    List,
    Other,
}

impl Kind {
    fn shown(self) -> &'static str {
        match self {
            Kind::Threads => "a pool of so many threads",
            Kind::Processes => "a pool of so many processes",
            Kind::Pause => "a pause of this length",
            Kind::Meeting => "a barrier for so many",
            Kind::Range => "this range",
            Kind::List => "this list",
            Kind::Other => "this number",
        }
    }
}

/// Numbers of one kind, in a form that is the same in both languages.
type Numbers = BTreeMap<Kind, BTreeSet<String>>;

struct Place {
    kind: Kind,
    pattern: Regex,
}

fn places(of: &[(Kind, &str)]) -> Vec<Place> {
    let place = |(kind, text): &(Kind, &str)| Place {
        kind: *kind,
        pattern: pattern(text),
    };
    of.iter().map(place).collect()
}

const N: &str = r"\d[\d_]*(?:\.\d+)?";

static PYTHON: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let n = N;
    places(&[
        (Kind::Range, r"\brange\(\s*(?:(\d+)\s*,\s*)?(\d+)\s*\)"),
        (Kind::List, &format!(r"\[\s*((?:{n}\s*,\s*)+{n})\s*,?\s*\]")),
        (
            Kind::Threads,
            r"\b(?:ThreadPoolExecutor|ThreadPool)\(\s*(?:max_workers\s*=\s*)?(\d+)\b",
        ),
        (
            Kind::Processes,
            r"\b(?:ProcessPoolExecutor|Pool)\(\s*(?:max_workers\s*=\s*)?(\d+)\b",
        ),
        (Kind::Pause, &format!(r"\bsleep\(\s*({n})\s*\)")),
        (Kind::Meeting, r"\bBarrier\(\s*(\d+)\s*\)"),
        (Kind::Other, &format!(r"({n})")),
    ])
});

static RUST: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let n = r"[\w.]+";
    places(&[
        (Kind::Range, r"(\w+)\.\.(=?)(\w+)"),
        (Kind::List, &format!(r"\[\s*((?:{n}\s*,\s*)+{n})\s*,?\s*\]")),
        (
            Kind::Threads,
            r"\bThreadPool::(?:new|builder\(\)\s*\.workers|with_workers)\(\s*(\w+)\s*\)",
        ),
        (
            Kind::Processes,
            r"\bProcessPool::(?:new|builder\(\)\s*\.workers|with_workers)\(\s*(\w+)\s*\)",
        ),
        (
            Kind::Pause,
            &format!(r"\b(?:pause|sleep)\(\s*(?:simulated\(\s*)?({n})\s*\)"),
        ),
        (Kind::Meeting, r"\bBarrier::new\(\s*(\w+)\s*\)"),
    ])
});

static CONST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:const|static) (\w+): [^=;]+ = ([\d_]+(?:\.\d+)?)\w*;"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?:^|[^\w.])({N})")));
static MILLIS: LazyLock<Regex> = LazyLock::new(|| pattern(r"from_millis\(([\d_]+)\)"));
/// Words, an index, a status of HTTP: numbers that the Rust program has in another form.
static PYTHON_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?s)"""|'''|[rbfu]?"(?:[^"\\\n]|\\.)*"|[rbfu]?'(?:[^'\\\n]|\\.)*'|#[^\n]*"#)
});
static PYTHON_DETAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\w(?:\[-?\d*:?-?\d*\])+|\bstatus_code == \d+|\bsend_response\(\d+\)")
});
static RUST_TEXT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?s)"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/"#));
static EXCEPTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"<!--\s*only in Python:\s*([^>]*?)\s*-->"));

/// Numbers of the page's Python that the program does not have, each with the line. And
/// exceptions that are none.
pub fn problems(document: &Document, program: &str, path: &str) -> Vec<(usize, String)> {
    let blocks = || (document.blocks.iter()).filter(|block| block.language == "python");
    if blocks().next().is_none() {
        return Vec::new();
    }
    let (rust, unsure) = in_rust(program);
    let exceptions = exceptions(&document.text);
    let mut needed = BTreeSet::new();
    let mut problems = Vec::new();
    for block in blocks() {
        for (line, kind, number) in in_python(block) {
            let is_there = |kind| {
                let known = rust.get(&kind);
                known.is_some_and(|known| {
                    // Python counts from 0 what the program may count from 1.
                    known.contains(&number)
                        || kind == Kind::Range
                            && known.iter().any(|one| count(one) == count(&number))
                })
            };
            // Without a place of that kind to compare with, the numbers have to be there.
            let comparable = rust.contains_key(&kind) && !unsure.contains(&kind);
            let right = match comparable {
                true => is_there(kind),
                false => parts(&number).all(|part| {
                    let known = rust.get(&Kind::Other);
                    is_small(&part) || known.is_some_and(|known| known.contains(&part))
                }),
            };
            if right {
                continue;
            }
            if let Some((exception, _)) = (exceptions.iter()).find(|(exception, _)| {
                *exception == number || parts(&number).any(|n| n == **exception)
            }) {
                needed.insert(exception.clone());
                continue;
            }
            problems.push((
                line,
                format!(
                    "the Python has {number}, and {path} does not have {}: make them agree, or \
                     write <!-- only in Python: {number} --> on the page",
                    kind.shown()
                ),
            ));
        }
    }
    for (exception, line) in exceptions {
        if !needed.contains(&exception) {
            problems.push((
                line,
                format!(
                    "{exception} needs no exception: the program has it, or no Python block does"
                ),
            ));
        }
    }
    problems
}

/// What the page names as Python's own, with the lines.
fn exceptions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for comment in EXCEPTION.captures_iter(text) {
        let line = comment
            .get(0)
            .map_or(1, |whole| line_of(text, whole.start()));
        let numbers = comment[1]
            .split([',', ' '])
            .filter(|number| !number.is_empty());
        found.extend(numbers.map(|number| (normal(number), line)));
    }
    found
}

/// The numbers that a range or a list is made of.
fn parts(number: &str) -> impl Iterator<Item = String> {
    let range = number.split_once("..");
    let parts: Vec<String> = match range {
        Some((first, last)) => vec![first.to_string(), last.to_string()],
        None => number.split(", ").map(str::to_string).collect(),
    };
    parts.into_iter()
}

/// How many numbers a range has.
fn count(range: &str) -> Option<f64> {
    let (first, last) = range.split_once("..")?;
    Some(last.parse::<f64>().ok()? - first.parse::<f64>().ok()?)
}

/// An index, a step: it says nothing about the lesson.
fn is_small(number: &str) -> bool {
    matches!(number, "0" | "1")
}

/// `1.0`, `1` and `1_000` in one form.
fn normal(number: &str) -> String {
    let plain: String = number.chars().filter(|letter| *letter != '_').collect();
    match plain.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => plain,
    }
}

/// The text with everything that `what` finds blanked out. Lines stay where they are.
fn blanked(text: &str, what: &Regex) -> String {
    let blank = |found: &Captures<'_>| -> String {
        let letters = found[0].chars();
        letters
            .map(|letter| if letter == '\n' { '\n' } else { ' ' })
            .collect()
    };
    what.replace_all(text, blank).into_owned()
}

fn in_python(block: &Block) -> Vec<(usize, Kind, String)> {
    let mut text = blanked(&blanked(&block.text, &PYTHON_TEXT), &PYTHON_DETAIL);
    let mut found = Vec::new();
    for place in PYTHON.iter() {
        for captures in place.pattern.captures_iter(&text) {
            let (Some(whole), Some(last)) = (captures.get(0), captures.iter().flatten().last())
            else {
                continue;
            };
            let before = text[..whole.start()].chars().next_back();
            if place.kind == Kind::Other
                && before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '.')
            {
                continue;
            }
            let number = match place.kind {
                Kind::Range => {
                    let first = captures.get(1).map_or("0", |first| first.as_str());
                    format!("{}..{}", normal(first), normal(last.as_str()))
                }
                Kind::List => list(last.as_str(), &BTreeMap::new()).unwrap_or_default(),
                _ => normal(last.as_str()),
            };
            let line = block.line + line_of(&text, whole.start()) - 1;
            if place.kind != Kind::Other || !is_small(&number) {
                found.push((line, place.kind, number));
            }
        }
        // A number has one kind.
        text = blanked(&text, &place.pattern);
    }
    found.sort();
    found
}

/// The numbers of a program, and the kinds of which not all are known.
fn in_rust(program: &str) -> (Numbers, BTreeSet<Kind>) {
    let program = program.split("#[cfg(test)]").next().unwrap_or_default();
    let text = blanked(program, &RUST_TEXT);
    let constants: BTreeMap<&str, String> = (CONST.captures_iter(&text))
        .filter_map(|found| Some((found.get(1)?.as_str(), normal(found.get(2)?.as_str()))))
        .collect();
    let mut numbers = Numbers::new();
    let mut unsure = BTreeSet::new();
    for place in RUST.iter() {
        for captures in place.pattern.captures_iter(&text) {
            let part = |at: usize| captures.get(at).map_or("", |found| found.as_str());
            let number = match place.kind {
                Kind::Range => range(part(1), part(2), part(3), &constants),
                Kind::List => list(part(1), &constants),
                _ => value(part(1), &constants),
            };
            match number {
                Some(number) => {
                    numbers.entry(place.kind).or_default().insert(number);
                }
                // Lists of other things are no lists of numbers.
                None if place.kind == Kind::List => {}
                None => {
                    unsure.insert(place.kind);
                }
            }
        }
    }
    let any = numbers.entry(Kind::Other).or_default();
    any.extend(
        NUMBER
            .captures_iter(&text)
            .map(|found| normal(found[1].trim_end_matches('_'))),
    );
    // Half a second may be 500 milliseconds.
    for found in MILLIS.captures_iter(&text) {
        let millis: f64 = normal(&found[1]).parse().unwrap_or(0.0);
        any.insert((millis / 1000.0).to_string());
    }
    // Python writes `range(1, 12)` for `1..=11`.
    let ranges = numbers.get(&Kind::Range).cloned().unwrap_or_default();
    let any = numbers.entry(Kind::Other).or_default();
    any.extend(ranges.iter().flat_map(|range| parts(range)));
    (numbers, unsure)
}

/// A literal, perhaps with its type, or a constant.
fn value(text: &str, constants: &BTreeMap<&str, String>) -> Option<String> {
    if let Some(known) = constants.get(text) {
        return Some(known.clone());
    }
    static LITERAL: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(\d[\d_]*(?:\.\d+)?)(?:_?[iuf](?:8|16|32|64|128|size))?$"));
    let found = LITERAL.captures(text)?;
    Some(normal(&found[1]))
}

fn range(
    first: &str,
    closed: &str,
    last: &str,
    constants: &BTreeMap<&str, String>,
) -> Option<String> {
    let first = value(first, constants)?;
    let last: f64 = value(last, constants)?.parse().ok()?;
    let end = if closed.is_empty() { last } else { last + 1.0 };
    Some(format!("{first}..{end}"))
}

fn list(items: &str, constants: &BTreeMap<&str, String>) -> Option<String> {
    let items = items.split(',').map(|item| value(item.trim(), constants));
    let items: Option<Vec<String>> = items.collect();
    Some(items?.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: [(usize, String); 0] = [];

    const RUST: &str = "//! Of 99.\nconst CLIENTS: usize = 1_000;\nfn main() {\n    let pool = ThreadPool::new(5)?;\n    \
        for n in 1..=13 { pause(0.5); }\n    serve(CLIENTS, \"77\", Duration::from_millis(250));\n    \
        for s in [2.0, 1.0, 3.0] {}\n    let meeting = Barrier::new(2);\n}\n";

    fn found(python: &str) -> Vec<(usize, String)> {
        let page = format!("# A\n\n```python\n{python}\n```\n");
        let mut found = problems(&Document::new("a.md", &page), RUST, "a.rs");
        for (_, what) in &mut found {
            *what = what
                .split(", and")
                .next()
                .unwrap_or_default()
                .replace("the Python has ", "");
        }
        found
    }

    #[test]
    fn numbers_that_agree_are_right() {
        for right in [
            "pool = ThreadPoolExecutor(max_workers=5)",
            "for n in range(1, 14): time.sleep(0.5)",
            "a_thread_each(1000)  # not 77",
            "print(f\"{n} of 88\", '99')",
            "wait(0.25)",
            "for n in range(13): print(item[2], item[3:], item[2][-4:])",
            "if response.status_code == 200: pass",
            "for s in [2, 1, 3]: pass",
            "Barrier(2)",
            "ProcessPoolExecutor(5)",
        ] {
            assert_eq!(found(right), NOTHING, "{right}");
        }
    }

    #[test]
    fn a_number_that_differs_is_reported_with_its_line() {
        for (wrong, line, number) in [
            ("pool = ThreadPoolExecutor(4)", 4, "4"),
            // The program has a 13, but not there.
            ("a = 1\npool = ThreadPoolExecutor(max_workers=13)", 5, "13"),
            ("for n in range(12): pass", 4, "0..12"),
            ("for n in range(1, 13): pass", 4, "1..13"),
            ("time.sleep(5)", 4, "5"),
            ("a_thread_each(999)", 4, "999"),
            ("x(\"\", 77)", 4, "77"),
            ("for s in [2, 3, 1]: pass", 4, "2, 3, 1"),
            ("Barrier(5)", 4, "5"),
            ("ProcessPoolExecutor(4)", 4, "4"),
        ] {
            assert_eq!(found(wrong), [(line, number.to_string())], "{wrong}");
        }
    }

    #[test]
    fn an_exception_is_named_and_needed() {
        let page = "# A\n\n```python\nServer(8000)\n```\n";
        let marked = |mark: &str| {
            problems(
                &Document::new("a.md", &format!("{page}{mark}")),
                RUST,
                "a.rs",
            )
        };
        assert_eq!(marked("").len(), 1);
        assert_eq!(marked("<!-- only in Python: 8000 -->"), NOTHING);
        let found = marked("<!-- only in Python: 8000, 5 -->");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.starts_with("5 needs no exception"));
    }
}
