//! The verdict on a section, over as many runs as it takes.
//!
//! One run that does what the book shows is enough. A complaint has to come again: a
//! second run, at a slower pace, has to complain of the same thing.
//!
//! - What no delay explains (another text, a wait that is missing) is blamed then.
//! - A time that is off may be the machine's lateness. A late machine is late in real time:
//!   at half the pace, that is half of the simulated time. What a program does is the same
//!   at any pace. So it is blamed if [`KEPT`] of the excess is still there.
//! - Real time that the program takes (a delay that no pace changes, a limit in real
//!   seconds) can only be compared at normal pace. Two runs there decide, and none is
//!   slower: real work in the captured run would look early.
//! - What was measured while other programs had the machine proves nothing, and neither
//!   does a small excess. Then the section is not judged, and that is said.

use std::collections::HashMap;

use super::compared::{Stated, findings};
use super::finding::{Complaint, Finding, Nature, worst};
use super::known::Known;
use super::machine;
use crate::captured::Captured;
use crate::log::Log;

/// The pace of the slowest run.
const NORMAL: f64 = 1.0;
/// How much slower each run is than the one before.
const STEP: f64 = 4.0;
/// The number of runs after which a section is not judged.
const MOST_RUNS: usize = 5;
/// The part of an excess that is left if the pace is not its reason.
const KEPT: f64 = 0.7;
/// An excess of so many simulated seconds at normal pace is blamed on a busy machine, too.
const LARGE: f64 = 1.0;
/// From this share of other programs on, no time is blamed: a thread may wait for a core
/// for seconds.
const VERY_BUSY: f64 = 0.5;
/// What the actors may compute, all together and in simulated seconds, before a section
/// counts as one whose times are the machine's.
const LONG_WORK: f64 = 5.0;
/// Time between two events of an actor in which it ran or wanted to, in simulated
/// microseconds, from which on it computes.
const COMPUTED: f64 = 100_000.0;

/// What follows from the runs so far.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The section does what the book shows.
    Legal,
    /// It does not.
    Illegal(Vec<Complaint>),
    /// It has to run again, at this speed.
    Again { speed: f64 },
    /// Nothing can be said, and why.
    NotJudged(String),
}

/// Judges one section: it is fed run after run until it decides.
pub struct Judge<'a> {
    captured: Known<'a>,
    stated: Stated,
    measures: bool,
    /// It computes for so long that its times are those of the machine: what they prove
    /// is stated as relations.
    works_long: bool,
    runs: usize,
    last: Option<Last>,
}

/// The run before.
struct Last {
    speed: f64,
    found: Vec<Finding>,
}

impl<'a> Judge<'a> {
    /// `source` is the text of the section's source file.
    #[must_use]
    pub fn new(captured: &'a Captured, source: &str) -> Self {
        let captured = Known::of(captured);
        let stated = Stated::of(source);
        let doings = captured.doings.values().flatten();
        let figures = doings.flat_map(|doing| &doing.figures);
        let real = figures.filter(|figure| !figure.is_simulated()).count();
        Judge {
            measures: real > 0 || computes(&captured.run.log),
            works_long: work(&captured.run.log) > LONG_WORK,
            captured,
            stated,
            runs: 0,
            last: None,
        }
    }

    /// Whether the section measures real work. Such a section runs alone.
    #[must_use]
    pub fn measures(&self) -> bool {
        self.measures
    }

    /// Takes the next run into account. `share_of_others` is how busy the machine was
    /// with other programs meanwhile (see [`machine`]).
    pub fn feed(&mut self, run: &Captured, share_of_others: f64) -> Decision {
        self.runs += 1;
        let speed = run.log.speed;
        let new = Known::of(run);
        let mut found = findings(&self.captured, &new, &self.stated, cores());
        if self.works_long {
            found.retain(|finding| !matches!(finding.nature, Nature::Late(_) | Nature::Figure(_)));
        }
        if found.is_empty() {
            return Decision::Legal;
        }
        let last = self.last.replace(Last { speed, found });
        let now = self.last.as_ref().expect("it was put there");
        if let Some(last) = last {
            let confirmed: Vec<&Finding> = now
                .found
                .iter()
                .filter(|finding| confirms(&last, finding, speed))
                .collect();
            if !confirmed.is_empty() {
                let doubt = doubt(share_of_others, self.measures);
                let no_time = self.measures || share_of_others > VERY_BUSY;
                let certain: Vec<&Finding> = (confirmed.iter().copied())
                    .filter(|finding| doubt.is_none() || stands(finding, no_time, speed))
                    .collect();
                return match doubt {
                    Some(doubt) if certain.is_empty() => Decision::NotJudged(format!(
                        "{doubt}, which may be why {}",
                        first(&confirmed)
                    )),
                    _ => Decision::Illegal(worst(certain.into_iter())),
                };
            }
        }
        if self.runs >= MOST_RUNS {
            let found: Vec<&Finding> = now.found.iter().collect();
            let doubt = doubt(share_of_others, self.measures)
                .unwrap_or_else(|| format!("{} runs differ from each other", self.runs));
            return Decision::NotJudged(format!("{doubt}; in the last run, {}", first(&found)));
        }
        Decision::Again {
            speed: next_speed(speed, &now.found),
        }
    }
}

/// Why a measured time may be wrong, whatever the program does.
fn doubt(share_of_others: f64, measures: bool) -> Option<String> {
    if share_of_others > machine::BUSY {
        let percent = share_of_others * 100.0;
        return Some(format!("other programs had {percent:.0} % of the machine"));
    }
    (measures && cores() < 2).then(|| "there is one core only".to_string())
}

/// Whether a doubt of that kind cannot be the reason of a complaint. With `no_time`, it may
/// be the reason of any time.
fn stands(finding: &Finding, no_time: bool, speed: f64) -> bool {
    match finding.nature {
        Nature::Plain | Nature::Pace => true,
        Nature::Measured => false,
        Nature::Late(excess) | Nature::Figure(excess) => {
            !no_time && (excess > LARGE || speed > NORMAL)
        }
    }
}

/// Whether an actor of the captured run computed for a while: on a busy machine that takes
/// longer, at any pace.
fn computes(log: &Log) -> bool {
    let mut last = HashMap::new();
    log.events.iter().any(|event| {
        let Some(cpu) = event.cpu else { return false };
        let before = last.insert(event.who, cpu).unwrap_or(cpu);
        cpu.saturating_sub(before) as f64 * log.speed > COMPUTED
    })
}

/// For how long the actors of the captured run computed, all together, in simulated
/// seconds.
fn work(log: &Log) -> f64 {
    let mut first_and_last = HashMap::new();
    for event in &log.events {
        if let Some(cpu) = event.cpu {
            first_and_last.entry(event.who).or_insert((cpu, cpu)).1 = cpu;
        }
    }
    let spans = first_and_last.values();
    let work: u64 = spans.map(|(first, last)| last.saturating_sub(*first)).sum();
    work as f64 * log.speed / 1e6
}

/// Whether the run before complained of the same thing, and the pace was not the reason.
fn confirms(last: &Last, finding: &Finding, speed: f64) -> bool {
    let same = |before: &&Finding| before.key == finding.key;
    let Some(before) = last.found.iter().find(same) else {
        return false;
    };
    match (before.nature, finding.nature) {
        (_, Nature::Plain) => true,
        (_, Nature::Pace | Nature::Measured) => speed <= NORMAL,
        (Nature::Late(before), Nature::Late(now)) => is_kept(before, now, last.speed, speed),
        (Nature::Figure(before), Nature::Figure(now)) => {
            speed <= NORMAL && is_kept(before, now, last.speed, speed)
        }
        (_, Nature::Late(_) | Nature::Figure(_)) => false,
    }
}

/// Whether the pace is not the reason of an excess. At the same pace, it has to be the
/// same twice.
fn is_kept(before: f64, now: f64, last_speed: f64, speed: f64) -> bool {
    if speed <= last_speed / 2.0 {
        now >= KEPT * before
    } else {
        speed <= NORMAL && before.min(now) >= KEPT * before.max(now)
    }
}

/// A complaint that only normal pace can decide goes there at once.
fn next_speed(speed: f64, found: &[Finding]) -> f64 {
    let needs_normal =
        |finding: &Finding| matches!(finding.nature, Nature::Pace | Nature::Measured);
    let slower = match found.iter().any(needs_normal) {
        true => NORMAL,
        false => (speed / STEP).max(NORMAL),
    };
    slower.min(speed)
}

/// The cores that a section may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn first(found: &[&Finding]) -> String {
    let complaint = worst(found.iter().copied()).into_iter().next();
    complaint
        .map(|complaint| complaint.what)
        .unwrap_or_default()
}
