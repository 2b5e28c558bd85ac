//! A run with everything that can be computed from it.

use std::collections::{BTreeMap, HashMap};

use super::clock::{self, Clock};
use super::doing::Doing;
use super::doings;
use super::order::Before;
use super::printed::Printed;
use super::strands::{Strand, Strands};
use crate::captured::Captured;
use crate::record::Kind;

/// No lesson relies on an order of ideal times that differ by less than this many
/// simulated seconds.
const CLEAR_GAP: f64 = 0.05;

/// A computation that takes longer, in simulated seconds, ends sooner or later by much:
/// other threads want a core, too.
pub const LONG: f64 = 0.3;

/// A run, and what follows from it.
pub struct Known<'a> {
    pub run: &'a Captured,
    pub strands: Strands,
    /// What each strand does, by the strand's name. Strands that do nothing of note are
    /// left out.
    pub doings: BTreeMap<String, Vec<Doing>>,
    /// What the workers do outside of their tasks, by pool: their own names change from
    /// run to run.
    pub of_workers: BTreeMap<String, Vec<Vec<Doing>>>,
    pub before: Before,
    pub clock: Clock,
    pub printed: Printed,
}

impl<'a> Known<'a> {
    pub fn of(run: &'a Captured) -> Self {
        let log = &run.log;
        let strands = Strands::of(log);
        let clock = Clock::of(log, &strands);
        let by_strand = doings::of_strands(log, &strands, &clock);
        let mut doings = BTreeMap::new();
        let mut of_workers: BTreeMap<String, Vec<Vec<Doing>>> = BTreeMap::new();
        let mut worker_strands: HashMap<&str, &str> = HashMap::new();
        for (actor, pool) in log.actors.iter().zip(&strands.worker_of) {
            if let Some(pool) = pool {
                worker_strands.insert(&actor.name, pool);
            }
        }
        for (strand, doing) in by_strand.into_iter().enumerate() {
            let name = &strands.names[strand];
            match strands.kinds[strand] {
                Strand::Worker => {
                    let pool = worker_strands.get(name.as_str()).copied().unwrap_or(name);
                    of_workers.entry(pool.to_string()).or_default().push(doing);
                }
                _ if doing.is_empty() => {}
                _ => {
                    doings.insert(name.clone(), doing);
                }
            }
        }
        Known {
            before: Before::of(log, &strands),
            clock,
            printed: Printed::of(&run.output, log),
            run,
            doings,
            of_workers,
            strands,
        }
    }

    pub fn says(&self, doing: &Doing) -> bool {
        self.run.log.events[doing.event].kind == Kind::Say
    }

    /// The line of the output that shows this doing, counted from 1.
    pub fn line(&self, doing: &Doing) -> Option<usize> {
        self.printed.line_of.get(&doing.event).map(|line| line + 1)
    }

    /// The first line that a strand prints at or after its `place`th doing, or else the
    /// last one before.
    pub fn line_near(&self, doings: &[Doing], place: usize) -> Option<usize> {
        let place = place.min(doings.len());
        let (before, after) = doings.split_at(place);
        after
            .iter()
            .chain(before.iter().rev())
            .find_map(|doing| self.line(doing))
    }

    /// The least difference of ideal times that an order of lines depends on.
    pub fn least_gap(&self) -> f64 {
        let mut times: Vec<f64> = (self.doings.values().flatten())
            .filter(|doing| self.says(doing))
            .map(|doing| self.clock.ideal[doing.event])
            .collect();
        times.sort_by(f64::total_cmp);
        times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|gap| *gap >= CLEAR_GAP)
            .fold(f64::INFINITY, f64::min)
    }

    /// The first event of the strand of that event.
    pub fn first_of_strand(&self, event: usize) -> usize {
        let of_event = &self.strands.of_event;
        let first = of_event.iter().position(|of| *of == of_event[event]);
        first.unwrap_or(event)
    }

    /// For how long the actor computed between two of its events, in simulated seconds.
    pub fn computed(&self, from: usize, to: usize) -> f64 {
        let log = &self.run.log;
        let (from, to) = (&log.events[from], &log.events[to]);
        match (from.cpu, to.cpu) {
            (Some(before), Some(after)) if from.who == to.who => {
                after.saturating_sub(before) as f64 * log.speed / 1e6
            }
            _ => 0.0,
        }
    }

    /// Whether pauses put `first` before `second`. Where a long computation lies before
    /// one of them, it is the cores that decide.
    pub fn by_the_clock(&self, first: &Doing, second: &Doing) -> bool {
        let computes =
            |doing: &Doing| self.computed(self.first_of_strand(doing.event), doing.event) > LONG;
        if computes(first) || computes(second) {
            return false;
        }
        let ideal = |doing: &Doing| self.clock.ideal[doing.event];
        let real = |doing: &Doing| clock::seconds(self.run.log.events[doing.event].at);
        ideal(second) - ideal(first) >= CLEAR_GAP && real(second) - real(first) >= CLEAR_GAP / 2.0
    }
}
