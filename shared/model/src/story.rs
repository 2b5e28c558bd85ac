//! The story of a failure: what each thread did, in which order, and what it waits
//! for in the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::words::{Address, Number, Place, Step, Use, Wait, place};

/// What happened in the current execution of a model.
#[derive(Default)]
pub(crate) struct Story {
    /// Whether anything is noted. Noting every step of every execution would take
    /// half as long again.
    noting: bool,
    steps: Vec<(usize, Step, Option<Place>)>,
    waits: BTreeMap<usize, (Wait, Place)>,
    locks: Numbers,
    atomics: Numbers,
}

/// Primitives of one kind, numbered as they come up.
#[derive(Default)]
struct Numbers {
    /// Those that exist now.
    now: BTreeMap<Address, usize>,
    made: Vec<Place>,
}

impl Numbers {
    fn number(&mut self, address: Address, made: Place) -> Number {
        *self.now.entry(address).or_insert_with(|| {
            self.made.push(made);
            self.made.len()
        })
    }

    fn name(&self, number: Number, one: &str, kind: &str) -> String {
        match self.made.len() {
            0 | 1 => format!("{one} {kind}"),
            _ => format!("{kind} {number}"),
        }
    }

    fn legend(&self, kind: &str) -> Vec<(String, String)> {
        let made = self.made.iter().enumerate();
        let line = |(place, made): (usize, &Place)| {
            (format!("{kind} {}", place + 1), crate::words::place(made))
        };
        match self.made.len() {
            0 | 1 => Vec::new(),
            _ => made.map(line).collect(),
        }
    }
}

/// What the story needs to know of the threads.
pub(crate) struct Cast<'a> {
    pub(crate) names: Vec<&'a str>,
    /// Which thread holds which lock.
    pub(crate) holders: Vec<(Address, usize)>,
}

/// The steps that are told: the last ones.
const TOLD: usize = 30;

type Line = (String, String, String);

impl Story {
    pub(crate) fn new(noting: bool) -> Self {
        Story {
            noting,
            ..Story::default()
        }
    }

    /// Another execution begins.
    pub(crate) fn begin(&mut self) {
        *self = Story::new(self.noting);
    }

    pub(crate) fn step(&mut self, who: usize, step: impl FnOnce() -> Step, at: Option<Place>) {
        if self.noting {
            self.steps.push((who, step(), at));
        }
    }

    pub(crate) fn waits(&mut self, who: usize, wait: impl FnOnce() -> Wait, at: Place) {
        if self.noting {
            self.waits.insert(who, (wait(), at));
        }
    }

    pub(crate) fn waits_no_longer(&mut self, who: usize) {
        if self.noting {
            self.waits.remove(&who);
        }
    }

    /// The number of a lock, by its address and the place where it is made. Only
    /// what is used has one.
    pub(crate) fn lock(&mut self, address: Address, made: Place) -> Number {
        match self.noting {
            true => self.locks.number(address, made),
            false => 0,
        }
    }

    /// The number of an atomic.
    pub(crate) fn atomic(&mut self, address: Address, made: Place) -> Number {
        match self.noting {
            true => self.atomics.number(address, made),
            false => 0,
        }
    }

    /// The lock or atomic is gone; another one may get its address.
    pub(crate) fn forget(&mut self, address: Address) {
        self.locks.now.remove(&address);
        self.atomics.now.remove(&address);
    }

    /// The steps of the current execution as lines of text, and what there is to
    /// say of those who wait.
    pub(crate) fn tell(&self, cast: &Cast<'_>) -> (String, String) {
        let name = |who: &usize| (*cast.names.get(*who).unwrap_or(&"?")).to_string();
        let steps = self.steps.iter().map(|(who, step, at)| {
            let who = match step {
                Step::WakesForNoReason => "(nobody)".to_string(),
                _ => name(who),
            };
            (who, self.text(step), at.map(place).unwrap_or_default())
        });
        let mut steps = without_rounds(steps.collect());
        let left_out = steps.len().saturating_sub(TOLD);
        steps.drain(..left_out);
        let waits: Vec<Line> = self
            .waits
            .iter()
            .map(|(who, (wait, at))| (name(who), self.wait(*who, wait, cast), place(at)))
            .collect();

        let lines = || steps.iter().chain(&waits);
        let names = lines().map(|line| line.0.chars().count()).max();
        let texts = lines().map(|line| line.1.chars().count()).max();
        let (names, texts) = (names.unwrap_or(0), texts.unwrap_or(0));
        let shown = |title: String, lines: &[Line]| {
            let mut text = title;
            for (who, what, at) in lines {
                let line = format!("  {who:names$}  {what:texts$}  {at}");
                let _ = writeln!(text, "{}", line.trim_end());
            }
            match lines {
                [] => String::new(),
                _ => text,
            }
        };
        let title = match left_out {
            0 => "\nHow it comes to this, step by step:\n".to_string(),
            _ => format!("\nHow it comes to this: the last steps, after {left_out} others:\n"),
        };
        let waiting = "And now they wait for ever:\n".to_string();
        let steps = shown(title, &steps);
        let mut waits = shown(waiting, &waits);
        waits.push_str(&self.circle(cast));
        (steps + &self.legend(), waits)
    }

    /// Where each lock and atomic was created, if there are several.
    fn legend(&self) -> String {
        let mut lines = self.locks.legend("lock");
        lines.extend(self.atomics.legend("atomic"));
        let mut text = String::new();
        if !lines.is_empty() {
            text.push_str("Where they are made:\n");
        }
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, at) in lines {
            let _ = writeln!(text, "  {name:width$}  {at}");
        }
        text
    }

    fn wait(&self, who: usize, wait: &Wait, cast: &Cast<'_>) -> String {
        let Wait::Lock(address) = wait else {
            return wait.to_string();
        };
        let number = self.locks.now.get(address).copied().unwrap_or(0);
        let lock = self.locks.name(number, "a", "lock");
        match holder(*address, cast) {
            Some(holder) if holder == who => format!("waits for {lock} that it holds itself"),
            Some(holder) => format!("waits for {lock} that {} holds", cast.names[holder]),
            None => format!("waits for {lock}"),
        }
    }

    /// A circle of threads, each of which waits for a lock that the next one holds,
    /// or for the next one's end.
    fn circle(&self, cast: &Cast<'_>) -> String {
        let next = |who: usize| match self.waits.get(&who)? {
            (Wait::Lock(address), _) => holder(*address, cast),
            (Wait::End { thread, .. }, _) => Some(*thread),
            _ => None,
        };
        for first in self.waits.keys() {
            let mut circle = vec![*first];
            while let Some(who) = next(circle[circle.len() - 1]) {
                if who == *first && circle.len() > 1 {
                    let pairs = circle.iter().zip(circle.iter().cycle().skip(1));
                    let pairs: Vec<String> = pairs
                        .map(|(who, on)| format!("{} for {}", cast.names[*who], cast.names[*on]))
                        .collect();
                    return format!("They wait in a circle: {}.\n", pairs.join(", "));
                }
                if circle.contains(&who) {
                    break;
                }
                circle.push(who);
            }
        }
        String::new()
    }

    fn text(&self, step: &Step) -> String {
        let lock = |number: &Number| self.locks.name(*number, "the", "lock");
        match step {
            Step::Starts(name) => format!("starts {name}"),
            Step::Locks(number) => format!("takes {}", lock(number)),
            Step::LockIsTaken(number) => format!("finds {} taken", lock(number)),
            Step::Sleeps(number) => format!("gives {} back, falls asleep", lock(number)),
            Step::Awake(number) => format!("has woken up, has {} again", lock(number)),
            Step::WakesOne(0) | Step::WakesAll(0) => "notifies, but nobody sleeps".to_string(),
            Step::WakesOne(1) => "wakes the one who sleeps".to_string(),
            Step::WakesOne(sleepers) => format!("wakes one of {sleepers} who sleep"),
            Step::WakesAll(sleepers) => format!("wakes all who sleep ({sleepers})"),
            Step::WakesForNoReason => "a wake-up for no reason".to_string(),
            Step::TimeIsOver { early: false } => "has waited as long as it may".to_string(),
            Step::TimeIsOver { early: true } => {
                "has waited as long as it may: the others are slow".to_string()
            }
            Step::Pauses => "lets time pass".to_string(),
            Step::Uses(number, how) => {
                let atomic = self.atomics.name(*number, "the", "atomic");
                match how {
                    Use::Reads(value) => format!("reads {value} from {atomic}"),
                    Use::Writes(value) => format!("writes {value} to {atomic}"),
                    Use::Changes(old, new) => format!("changes {atomic} from {old} to {new}"),
                    Use::Refuses(found, wanted) => {
                        format!("finds {found} in {atomic}, not {wanted}")
                    }
                    Use::FailsForNoReason => {
                        format!("fails to change {atomic} for no reason, as a weak exchange may")
                    }
                }
            }
            Step::Meets => "has met the others".to_string(),
            Step::Opens => "opens the gate".to_string(),
            Step::Passes => "passes the gate".to_string(),
            Step::Parks => "parks".to_string(),
            Step::Unparked => "is no longer parked".to_string(),
            Step::Unparks(name) => format!("unparks {name}"),
            Step::Joined(name) => format!("has seen the end of {name}"),
            Step::Ends => "ends".to_string(),
            Step::Panics => "panics".to_string(),
        }
    }
}

fn holder(address: Address, cast: &Cast<'_>) -> Option<usize> {
    let mut holders = cast.holders.iter();
    holders.find(|held| held.0 == address).map(|held| held.1)
}

/// A thread that spins does the same thousands of times: a round of up to three
/// steps is told twice.
fn without_rounds(steps: Vec<Line>) -> Vec<Line> {
    let mut told: Vec<Line> = Vec::new();
    let mut rest = steps.as_slice();
    while let [step, ..] = rest {
        let repeated = (1..=3).find(|&round| {
            told.len() >= 2 * round
                && rest.len() >= round
                && told.ends_with(&rest[..round])
                && told[..told.len() - round].ends_with(&rest[..round])
        });
        match repeated {
            Some(round) => rest = &rest[round..],
            None => {
                told.push(step.clone());
                rest = &rest[1..];
            }
        }
    }
    told
}
