//! The printed text, compared with the log: it has to be what was said.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use regex::Regex;

use super::redact::changing;
use crate::ansi;
use crate::log::Log;
use crate::record::Kind;
use crate::text::pattern;

/// One printed line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `None` if the line has no actor: another program printed it.
    pub actor: Option<String>,
    /// The time in front of it, in simulated seconds.
    pub time: Option<f64>,
    pub text: String,
    /// The signs that colour the text.
    pub colours: String,
}

/// The frame around a lesson prints as this actor. Its lines are not in the log.
const FRAME: &str = "lesson";

/// The printed lines, and the events that printed them.
#[derive(Debug)]
pub struct Printed {
    pub lines: Vec<Line>,
    /// For each event that printed something its first line, counted from 0.
    pub line_of: HashMap<usize, usize>,
    /// Differences from the log: the line, if there is one, and a sentence.
    pub problems: Vec<(Option<usize>, String)>,
}

impl Printed {
    pub fn of(output: &str, log: &Log) -> Self {
        let plain = ansi::plain(output);
        let lines: Vec<Line> = (plain.lines().zip(output.lines()))
            .map(|(text, coloured)| line(text, coloured))
            .collect();
        let mut free: HashMap<(&str, &str), VecDeque<usize>> = HashMap::new();
        for (number, line) in lines.iter().enumerate() {
            if let Some(actor) = line.actor.as_deref().filter(|actor| *actor != FRAME) {
                free.entry((actor, line.text.trim_end()))
                    .or_default()
                    .push_back(number);
            }
        }
        let mut line_of = HashMap::new();
        let mut problems = Vec::new();
        let mut last: HashMap<usize, usize> = HashMap::new();
        for (place, event) in log.events.iter().enumerate() {
            if event.kind != Kind::Say {
                continue;
            }
            let actor = log.actors[event.who].name.as_str();
            for text in said(&event.text) {
                let number = free
                    .get_mut(&(actor, text.trim_end()))
                    .and_then(VecDeque::pop_front);
                let Some(number) = number else {
                    problems.push((
                        None,
                        format!("{actor} said “{text}”, and it was not printed"),
                    ));
                    continue;
                };
                line_of.entry(place).or_insert(number);
                if last
                    .insert(event.who, number)
                    .is_some_and(|last| last > number)
                {
                    problems.push((
                        Some(number),
                        format!("“{text}” was printed before what {actor} had said earlier"),
                    ));
                }
            }
        }
        let mut left: Vec<usize> = free.into_values().flatten().collect();
        left.sort_unstable();
        for number in left {
            let line = &lines[number];
            let actor = line.actor.as_deref().unwrap_or_default();
            problems.push((
                Some(number),
                format!("“{}” was printed, and {actor} did not say it", line.text),
            ));
        }
        Printed {
            lines,
            line_of,
            problems,
        }
    }

    /// The lines of the frame, in order, and then those without an actor, sorted: the
    /// order of what other programs print is not known. Each with its number from 0.
    #[must_use]
    pub fn others(&self) -> Vec<(usize, String)> {
        let of = |wanted: Option<&'static str>| {
            (self.lines.iter().enumerate())
                .filter(move |(_, line)| line.actor.as_deref() == wanted)
                .map(|(number, line)| (number, changing(&line.text)))
        };
        let mut others: Vec<(usize, String)> = of(None).collect();
        others.sort_by(|(_, one), (_, other)| one.cmp(other));
        of(Some(FRAME)).chain(others).collect()
    }
}

/// The lines that are printed for a text. An empty text is one empty line.
fn said(text: &str) -> Vec<&str> {
    match text {
        "" => vec![""],
        _ => text.lines().collect(),
    }
}

/// Takes a line such as `  1.0 s  pool-0_3    │ task 3 ends` apart.
fn line(text: &str, coloured: &str) -> Line {
    let parsed = || {
        let (front, said) = text.split_once('│')?;
        let (time, actor) = front.trim_start().split_once(" s  ")?;
        let time: f64 = time.parse().ok()?;
        let said = said.strip_prefix(' ').unwrap_or(said);
        Some((time, actor.trim().to_string(), said))
    };
    match parsed() {
        Some((time, actor, said)) => Line {
            actor: Some(actor),
            time: Some(time),
            text: said.to_string(),
            colours: colours(coloured.split_once('│').map_or("", |(_, said)| said)),
        },
        None => Line {
            actor: None,
            time: None,
            text: text.to_string(),
            colours: colours(coloured),
        },
    }
}

static COLOUR: LazyLock<Regex> = LazyLock::new(|| pattern("\x1b\\[[0-9;]*m"));

/// What changes colours in a text. That something ends counts only if something began.
fn colours(text: &str) -> String {
    let signs = COLOUR.find_iter(text).map(|sign| sign.as_str());
    signs.skip_while(|sign| *sign == "\x1b[0m").collect()
}
