//! From the acts of a run to its steps.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::act::Act;
use super::fold::{self, Part};
use super::order::{MOMENT, Waiting};
use super::step::{MOST, Step};
use super::story::Story;
use super::{queue, summary, tell};
use crate::log::Log;
use crate::picture::Naming;
use crate::record::{About, Kind};

/// The steps of a captured run.
#[must_use]
pub fn steps(log: &Log, naming: &Naming, output: &str) -> Vec<Step> {
    Story::new(log, naming, output).steps(MOST)
}

impl Story<'_> {
    /// At most `most` steps.
    pub fn steps(&self, most: usize) -> Vec<Step> {
        let shapes: Vec<u64> = self.acts.acts.iter().map(|act| self.shape(act)).collect();
        let mut waiting = Waiting::default();
        let parts = fold::fold(&shapes, most).into_iter();
        let mut steps: Vec<Step> = parts.map(|part| self.step(&part, &mut waiting)).collect();
        // Told in one moment, but not in the order of its microseconds.
        let mut latest = 0;
        for step in &mut steps {
            latest = latest.max(step.at);
            step.at = latest;
        }
        steps
    }

    fn step(&self, part: &Part, waiting: &mut Waiting) -> Step {
        let (acts, repeats) = match part {
            Part::One(act) => (&self.acts.acts[*act..=*act], None),
            Part::Some { acts, repeats } => (&self.acts.acts[acts.clone()], Some(*repeats)),
        };
        let words = match (acts, repeats) {
            ([act], _) => tell::words(self, act, waiting),
            (acts, repeats) => summary::words(self, acts, repeats == Some(true)),
        };
        let mut bars = Vec::new();
        let mut lines = Vec::new();
        for act in acts {
            for &place in self.acts.events(act) {
                self.follow(place, waiting);
                bars.extend(self.bars_of(place));
                lines.extend(self.printed.get(&place));
            }
        }
        let events = &self.log.events;
        let pool = events[acts[0].main].task.map(|task| task.0);
        Step {
            at: events[acts[0].main].at,
            line: self.line(acts),
            printed: ranges(lines),
            bars: few(ranges(bars.into_iter().map(|bar| (bar, bar)).collect())),
            words,
            queues: queue::shown(waiting, &self.names, pool),
        }
    }

    /// Brings the queues to where they are after an event.
    fn follow(&self, place: usize, waiting: &mut Waiting) {
        let event = &self.log.events[place];
        match (event.kind, event.task) {
            (Kind::Submit, Some(task)) => waiting.push(task),
            (Kind::Start | Kind::Cancel, Some(task)) => waiting.remove(task),
            _ => {}
        }
    }

    /// The line that prints, if there is one: it is the one that the reader looks for. Of a
    /// task that starts or a callback that runs, the first line that it reaches.
    fn line(&self, acts: &[Act]) -> Option<u32> {
        let act = &acts[0];
        let own = self.acts.events(act);
        let of = |place: &usize| self.log.events[*place].line;
        let kind = |place: &usize| self.log.events[*place].kind;
        let main = of(&act.main);
        let said = || {
            own.iter()
                .rfind(|place| kind(place) == Kind::Say)
                .and_then(of)
        };
        let reached = || {
            let behind = own.iter().filter(|place| **place > act.main);
            behind.filter_map(of).find(|line| Some(*line) != main)
        };
        let first = match kind(&act.main) {
            Kind::Submit | Kind::Spawn | Kind::Shutdown | Kind::Set => None,
            Kind::Start | Kind::Callback => said().or_else(reached),
            _ => said(),
        };
        first.or(main).or_else(|| own.iter().find_map(of))
    }

    /// The bars that an event lights.
    fn bars_of(&self, place: usize) -> Vec<usize> {
        let event = &self.log.events[place];
        let mut bars = match event.kind {
            Kind::Name | Kind::Pool | Kind::Shutdown => Vec::new(),
            _ => vec![self.bars[place]],
        };
        match event.kind {
            Kind::Set => {
                let woken = self.woken.get(&place).into_iter().flatten();
                bars.extend(woken.map(|wake| self.bars[*wake]));
            }
            // Many callbacks are too short for a bar of their own.
            Kind::Callback | Kind::CallbackEnd => {
                let task = event.task.and_then(|task| self.starts.get(&task));
                bars.extend(task.filter(|_| self.is_short(self.bars[place])));
            }
            // The cell of the queue.
            Kind::Cancel => bars.extend(event.cause),
            _ => {}
        }
        bars
    }

    /// Whether a callback is over within a moment.
    fn is_short(&self, callback: usize) -> bool {
        let ends = self.log.events[callback..].iter().take(2000);
        let mut ends = ends.filter(|event| event.kind == Kind::CallbackEnd);
        let end = ends.find(|event| event.cause == Some(callback));
        let begin = self.log.events[callback].at;
        end.is_some_and(|end| end.at < begin + (MOMENT * self.log.speed) as u64)
    }

    /// Equal for acts that differ only in names and numbers.
    fn shape(&self, act: &Act) -> u64 {
        let mut hasher = DefaultHasher::new();
        let mut last = None;
        for &place in self.acts.events(act) {
            let event = &self.log.events[place];
            // Thirteen submissions are as one.
            if last == Some(event.kind) || event.kind == Kind::Exit {
                continue;
            }
            last = Some(event.kind);
            event.kind.hash(&mut hasher);
            // An error is no repetition of a success.
            if matches!(event.kind, Kind::End | Kind::CallbackEnd | Kind::Exit) {
                event.text.is_empty().hash(&mut hasher);
            }
            if let About::Outcome(outcome) = &event.about {
                std::mem::discriminant(outcome).hash(&mut hasher);
            }
        }
        let main = &self.log.events[act.main];
        main.line.hash(&mut hasher);
        if main.line.is_none() || matches!(main.kind, Kind::Phase | Kind::Step) {
            letters(&main.text).for_each(|letter| letter.hash(&mut hasher));
        }
        let name = self.names.actor(act.who);
        letters(name).for_each(|letter| letter.hash(&mut hasher));
        hasher.finish()
    }
}

/// The text without its figures.
fn letters(text: &str) -> impl Iterator<Item = char> {
    let is_figure = |letter: &char| letter.is_ascii_digit() || *letter == '.';
    text.chars().filter(move |letter| !is_figure(letter))
}

/// The same numbers, sorted, with neighbours put together.
fn ranges(mut numbers: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    numbers.sort_unstable();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (first, last) in numbers {
        match ranges.last_mut() {
            Some(range) if first <= range.1 + 1 => range.1 = range.1.max(last),
            _ => ranges.push((first, last)),
        }
    }
    ranges
}

/// The most ranges of bars that a step names one by one.
const RANGES: usize = 40;

/// Not too many ranges: what lies between two that are near each other is lit as well.
fn few(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let mut gap = 1;
    while ranges.len() > RANGES {
        gap *= 2;
        let mut wider: Vec<(usize, usize)> = Vec::new();
        for (first, last) in ranges {
            match wider.last_mut() {
                Some(range) if first <= range.1 + gap => range.1 = last,
                _ => wider.push((first, last)),
            }
        }
        ranges = wider;
    }
    ranges
}
