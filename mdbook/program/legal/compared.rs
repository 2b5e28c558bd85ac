//! One run compared with the captured one: everything that is found.

use super::finding::{Finding, Nature};
use super::known::Known;
use super::proves;
use super::relations::Relation;
use super::source::Literals;
use super::{callbacks, same, times};

/// What the check takes from a section's source.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    pub relations: Vec<Relation>,
    /// What cannot be read in them.
    pub problems: Vec<String>,
    pub literals: Literals,
}

impl Stated {
    #[must_use]
    pub fn of(source: &str) -> Self {
        let (mut read, mut problems) = (Vec::new(), Vec::new());
        for relation in proves::stated(source) {
            match relation {
                Ok(relation) => read.push(relation),
                Err(problem) => problems.push(problem),
            }
        }
        Stated {
            relations: read,
            problems,
            literals: Literals::of(source),
        }
    }
}

/// Everything that distinguishes the new run from the captured one, or is wrong in one of
/// them. `cores` is how many the new run had.
pub fn findings(old: &Known<'_>, new: &Known<'_>, stated: &Stated, cores: usize) -> Vec<Finding> {
    let mut found = alone(old, stated, true, 2);
    found.extend(alone(new, stated, false, cores));
    let alignments = same::aligned(old, new);
    found.extend(same::doings(old, new, &alignments, &stated.literals));
    found.extend(same::orders(old, new, &alignments));
    found.extend(callbacks::differences(old, new));
    found.extend(same::other_lines(old, new, &stated.literals));
    found.extend(times::lines(old, new));
    found.extend(times::gaps(old, new, &alignments));
    found
}

/// What is wrong with one run by itself.
pub fn alone(known: &Known<'_>, stated: &Stated, captured: bool, cores: usize) -> Vec<Finding> {
    let run = match captured {
        true => "the captured run",
        false => "the new run",
    };
    let problems = known.contradictions().into_iter().chain(match captured {
        true => stated.problems.clone(),
        false => Vec::new(),
    });
    let mut found: Vec<Finding> = problems
        .map(|what| Finding::plain(None, format!("in {run}, {what}")))
        .collect();
    found.extend(times::column(known, captured));
    found.extend(unproven(known, stated, captured, cores));
    found
}

/// The relations that a run does not prove.
fn unproven(known: &Known<'_>, stated: &Stated, captured: bool, cores: usize) -> Vec<Finding> {
    let lines: Vec<&str> = (known.printed.lines.iter())
        .map(|line| line.text.as_str())
        .collect();
    let unproven = stated.relations.iter().filter_map(|relation| {
        let text = &relation.text;
        match relation.holds(&lines, cores) {
            Ok(true) => None,
            Ok(false) => Some(Finding::new(
                format!("relation, captured {captured}: {text}"),
                None,
                format!(
                    "{} does not prove `{text}`: {}",
                    if captured {
                        "the captured run"
                    } else {
                        "the run"
                    },
                    relation.shown(&lines)
                ),
                if captured {
                    Nature::Plain
                } else {
                    Nature::Measured
                },
            )),
            Err(problem) => Some(Finding::plain(
                None,
                format!("the section states `{text}`, but {problem}"),
            )),
        }
    });
    unproven.collect()
}
