//! Whether one section still does what the book shows: runs it until that is clear.

use std::time::Duration;

use crate::captured::{self, Captured};
use crate::legal::{Complaint, Decision, Judge, machine};
use crate::project::{Project, Section};
use crate::runner::Programs;
use crate::schedule::Need;

/// The pace of a section's first run. The orders of the clock can be checked at any
/// pace; this one saves time and seldom needs a second run.
const SPEED: f64 = 8.0;

/// The longest that a run may take beyond what it takes in the book, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// It does what the book shows.
    AsInTheBook,
    /// Each complaint is a line.
    Not(Vec<String>),
    /// The machine is too busy to tell; why.
    NotJudged(String),
}

/// A section with what was captured of it.
#[derive(Debug)]
pub struct Case {
    pub section: Section,
    /// The page and the line that show its output.
    pub place: String,
    /// The text of its program.
    source: String,
    captured: Result<Captured, String>,
    need: Need,
}

impl Case {
    pub fn new(project: &Project, section: &Section, place: String) -> Self {
        let captured = captured::read(project, section);
        // If there is none, the chapter would not have compiled.
        let source = std::fs::read_to_string(project.root.join(section.source()));
        let source = source.unwrap_or_default();
        let need = captured.as_ref().map(|captured| Need {
            alone: Judge::new(captured, &source).measures(),
            length: captured.length(),
        });
        Case {
            section: section.clone(),
            place,
            need: need.unwrap_or(Need {
                alone: false,
                length: 0.0,
            }),
            source,
            captured,
        }
    }

    pub fn need(&self) -> Need {
        self.need
    }

    pub fn judge(&self, programs: &Programs) -> Finding {
        let (section, place) = (&self.section, &self.place);
        let wrong = |problem: &String| Finding::Not(vec![format!("{place}: {problem}")]);
        let captured = match &self.captured {
            Ok(captured) => captured,
            Err(problem) => return wrong(problem),
        };
        let mut judge = Judge::new(captured, &self.source);
        let mut speed = SPEED;
        loop {
            let since = machine::begin();
            let run = match programs.run(section, speed, self.limit(speed)) {
                Ok(run) => run,
                Err(problem) => return wrong(&problem),
            };
            match judge.feed(&run.captured, since.share_of_others()) {
                Decision::Legal => return Finding::AsInTheBook,
                Decision::Again { speed: slower } => speed = slower,
                Decision::NotJudged(why) => return Finding::NotJudged(why),
                Decision::Illegal(complaints) => {
                    let sentence = |one| sentence(section, place, one, captured);
                    return Finding::Not(complaints.iter().map(sentence).collect());
                }
            }
        }
    }

    /// The time that a run at this speed has.
    fn limit(&self, speed: f64) -> Duration {
        PATIENCE + Duration::from_secs_f64(3.0 * self.need.length / speed)
    }
}

fn sentence(section: &Section, place: &str, complaint: &Complaint, captured: &Captured) -> String {
    let what = &complaint.what;
    match complaint.line {
        None => format!("{place}: {what}"),
        Some(line) => {
            let plain = crate::ansi::plain(&captured.output);
            let text = plain.lines().nth(line - 1).unwrap_or_default().trim();
            let file = section.captured("ansi");
            format!("{place}: {what}\n    {file}:{line}: {text}")
        }
    }
}
