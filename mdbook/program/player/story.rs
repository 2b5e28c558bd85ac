//! A run, and what is known about it.

use std::collections::HashMap;

use super::act::Acts;
use super::bars::{self, Inside};
use super::names::Names;
use super::{order, printed};
use crate::log::Log;
use crate::picture::Naming;
use crate::record::Kind;

/// A run, and what is known about it.
#[derive(Debug)]
pub struct Story<'a> {
    pub log: &'a Log,
    pub names: Names<'a>,
    pub acts: Acts,
    /// For each event what its actor was in.
    pub inside: Vec<Inside>,
    /// For each event that woke some actors, their wakes.
    pub woken: HashMap<usize, Vec<usize>>,
    /// For each event the place at which its bar begins.
    pub bars: Vec<usize>,
    /// For each task the event that started it.
    pub starts: HashMap<(u32, u64), usize>,
    /// The lines that an event printed.
    pub printed: HashMap<usize, (usize, usize)>,
}

impl<'a> Story<'a> {
    pub fn new(log: &'a Log, naming: &'a Naming, output: &str) -> Self {
        let names = Names::of(log, naming);
        let acts = Acts::of(log, &names, &order::order(log));
        let mut woken: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, event) in log.events.iter().enumerate() {
            if event.kind == Kind::Wake
                && let Some(cause) = event.cause
                && log.events[cause].who != event.who
            {
                woken.entry(cause).or_default().push(place);
            }
        }
        let starts = log.events.iter().enumerate();
        let starts = starts.filter(|(_, event)| event.kind == Kind::Start);
        Story {
            starts: starts
                .filter_map(|(place, event)| Some((event.task?, place)))
                .collect(),
            log,
            names,
            acts,
            inside: bars::inside(log),
            woken,
            bars: bars::bars(log),
            printed: printed::printed(log, output),
        }
    }

    /// The event at which the bar begins that ends at `place`.
    pub fn begin_of(&self, place: usize) -> Option<usize> {
        let begin = self.bars[place];
        (begin != place).then_some(begin)
    }
}
