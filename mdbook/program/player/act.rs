//! Events of one actor that are told in one sentence: that a task starts and prints its
//! first line, that `main` submits thirteen tasks.
//!
//! An act is told at one moment, its anchor. Events behind the anchor are told too early
//! and events before it too late, by less than a [`MOMENT`]. This never puts an effect
//! before its cause, and never one printed line before another: what has a cause
//! elsewhere begins an act, and what has an effect elsewhere is never told too late.

use std::ops::Range;

use super::names::Names;
use super::order::MOMENT;
use crate::log::{Entry, Log};
use crate::record::{About, Kind, Outcome, Target};

/// Some events of one actor, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub who: usize,
    /// The events, as a range of all that its actor did.
    pub events: Range<usize>,
    /// What the sentence is about.
    pub main: usize,
    /// The moment at which it is told, as a place in the order.
    pub anchor: usize,
}

/// The acts of a run, in the order in which they are told.
#[derive(Debug)]
pub struct Acts {
    pub acts: Vec<Act>,
    /// For each actor what it did: places of events.
    pub of_actor: Vec<Vec<usize>>,
}

impl Acts {
    pub fn of(log: &Log, names: &Names<'_>, order: &[usize]) -> Self {
        let mut of_actor = vec![Vec::new(); log.actors.len()];
        for &place in order {
            of_actor[log.events[place].who].push(place);
        }
        let short = short_waits(log);
        let surroundings = Surroundings::of(log, order);
        let mut acts = Vec::new();
        for (who, events) in of_actor.iter().enumerate() {
            let mut open: Option<Open> = None;
            for (number, &place) in events.iter().enumerate() {
                let event = Event {
                    place,
                    entry: &log.events[place],
                    silent: short[place] || is_silent(log, names, place),
                };
                let joins = |open: &mut Open| open.joins(&event, names, log, &surroundings);
                if open.as_mut().is_some_and(joins) {
                    open.iter_mut().for_each(|open| open.add(&event, names));
                } else {
                    acts.extend(open.and_then(|open| open.close(who, number)));
                    open = Some(Open::new(number, &event, names, &surroundings));
                }
            }
            acts.extend(open.and_then(|open| open.close(who, events.len())));
        }
        acts.sort_by_key(|act: &Act| act.anchor);
        Acts { acts, of_actor }
    }

    /// The events of an act.
    pub fn events<'a>(&'a self, act: &Act) -> &'a [usize] {
        &self.of_actor[act.who][act.events.clone()]
    }
}

/// Waits that are over at once, with their ends, where waiting is not the lesson: for
/// the end of a thread that has ended, for a lock that is free a moment later.
fn short_waits(log: &Log) -> Vec<bool> {
    let mut short = vec![false; log.events.len()];
    let mut last: Vec<Option<usize>> = vec![None; log.actors.len()];
    for (place, event) in log.events.iter().enumerate() {
        let before = last[event.who].replace(place);
        if event.kind == Kind::Wake
            && event.about != About::Outcome(Outcome::GaveUp)
            && let Some(wait) = before
            && log.events[wait].kind == Kind::Wait
            && event.at < log.events[wait].at + (MOMENT * log.speed) as u64
            && is_for_an_end(&log.events[wait])
        {
            short[wait] = true;
            short[place] = true;
        }
    }
    short
}

fn is_for_an_end(wait: &Entry) -> bool {
    match &wait.about {
        About::Wait { target, .. } => matches!(
            target,
            Target::Actor(_) | Target::Pool(_) | Target::Lock | Target::Seen
        ),
        _ => wait.text.starts_with("the end of "),
    }
}

/// What a reader need not know.
fn is_silent(log: &Log, names: &Names<'_>, place: usize) -> bool {
    let event = &log.events[place];
    let is_worker = || names.is_worker(names.actor(event.who));
    let is_turn = |name: &str| {
        let number = name.strip_prefix("turn ");
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    match event.kind {
        Kind::Name | Kind::StopwatchStart => true,
        Kind::CallbackEnd => event.text.is_empty(),
        Kind::Exit => event.text.is_empty(),
        Kind::Born => is_worker(),
        Kind::Spawn => event.text.ends_with("_callbacks"),
        // The events that lead threads through a chosen interleaving.
        Kind::Set | Kind::Wait => match &event.about {
            About::Wait {
                target: Target::Event(name),
                ..
            } => is_turn(name),
            _ => is_turn(&event.text),
        },
        Kind::Wake => event
            .cause
            .is_some_and(|cause| is_turn(&log.events[cause].text)),
        _ => false,
    }
}

/// How near to the subject of a sentence the kind is. What is 0 is only mentioned.
fn weight(event: &Event<'_>) -> u8 {
    if event.silent {
        return 0;
    }
    match event.entry.kind {
        Kind::Say => 2,
        Kind::Sleep | Kind::Awake | Kind::Wake | Kind::Born => 1,
        _ => 3,
    }
}

struct Event<'a> {
    place: usize,
    entry: &'a Entry,
    silent: bool,
}

/// What happens around the events, as positions in the order.
struct Surroundings {
    /// For each event its position.
    position: Vec<usize>,
    /// How many lines were printed before each position.
    said: Vec<u32>,
    /// How many tasks were started before each position.
    started: Vec<u32>,
    /// Whether an event of another actor has this one as its cause.
    has_effect: Vec<bool>,
}

impl Surroundings {
    fn of(log: &Log, order: &[usize]) -> Self {
        let mut position = vec![0; log.events.len()];
        let mut said = Vec::with_capacity(order.len() + 1);
        let mut started = Vec::with_capacity(order.len() + 1);
        let mut has_effect = vec![false; log.events.len()];
        let (mut lines, mut starts) = (0, 0);
        for (number, &place) in order.iter().enumerate() {
            let event = &log.events[place];
            position[place] = number;
            said.push(lines);
            started.push(starts);
            lines += u32::from(matches!(event.kind, Kind::Say | Kind::Phase));
            starts += u32::from(event.kind == Kind::Start);
            if let Some(cause) = event.cause
                && log.events[cause].who != event.who
            {
                has_effect[cause] = true;
            }
        }
        said.push(lines);
        started.push(starts);
        Surroundings {
            position,
            said,
            started,
            has_effect,
        }
    }
}

/// An act to which events are added.
struct Open {
    first: usize,
    last_at: u64,
    main: usize,
    main_kind: Kind,
    weight: u8,
    /// The act begins with the end of a pause, or of a wait.
    after_pause: bool,
    after_wait: bool,
    said: bool,
    paused: bool,
    anchor: usize,
    /// Whether it may be told later than its first event.
    movable: bool,
    starts: bool,
}

impl Open {
    fn new(first: usize, event: &Event<'_>, names: &Names<'_>, around: &Surroundings) -> Self {
        let mut open = Open {
            first,
            last_at: event.entry.at,
            main: event.place,
            main_kind: event.entry.kind,
            weight: 0,
            after_pause: event.entry.kind == Kind::Awake,
            after_wait: event.entry.kind == Kind::Wake,
            said: false,
            paused: false,
            anchor: around.position[event.place],
            movable: !around.has_effect[event.place],
            starts: event.entry.kind == Kind::Start,
        };
        open.add(event, names);
        open
    }

    fn add(&mut self, event: &Event<'_>, names: &Names<'_>) {
        let mut weight = weight(event);
        if event.entry.kind == Kind::Spawn && names.is_worker(&event.entry.text) {
            weight = weight.min(1);
        }
        if weight > self.weight {
            self.main = event.place;
            self.main_kind = event.entry.kind;
            self.weight = weight;
        }
        self.said |= matches!(event.entry.kind, Kind::Say | Kind::Phase);
        self.paused |= event.entry.kind == Kind::Sleep;
        self.last_at = event.entry.at;
    }

    fn close(self, who: usize, end: usize) -> Option<Act> {
        (self.weight > 0).then_some(Act {
            who,
            events: self.first..end,
            main: self.main,
            anchor: self.anchor,
        })
    }

    /// Whether the event belongs to the act, and moves the anchor if it has to.
    fn joins(
        &mut self,
        event: &Event<'_>,
        names: &Names<'_>,
        log: &Log,
        around: &Surroundings,
    ) -> bool {
        let entry = event.entry;
        let caused_elsewhere = entry
            .cause
            .is_some_and(|cause| log.events[cause].who != entry.who);
        if caused_elsewhere || entry.at > self.last_at + (MOMENT * log.speed) as u64 {
            return false;
        }
        let joins = event.silent || self.suits(entry, names);
        let is_line = matches!(entry.kind, Kind::Say);
        if joins && is_line && !self.can_say(event.place, around) {
            return false;
        }
        if joins {
            self.movable &= !around.has_effect[event.place];
            self.starts |= entry.kind == Kind::Start;
        }
        joins
    }

    fn suits(&self, entry: &Entry, names: &Names<'_>) -> bool {
        let empty = self.weight < 3 && !self.said;
        match entry.kind {
            Kind::Spawn if names.is_worker(&entry.text) => {
                matches!(self.main_kind, Kind::Submit | Kind::Pool) && !self.said
            }
            Kind::Spawn => self.main_kind == Kind::Spawn && !self.said && !self.paused,
            Kind::Submit => match self.main_kind {
                Kind::Submit => !self.said && !self.paused,
                _ => empty && self.after_pause,
            },
            Kind::Cancel => match self.main_kind {
                Kind::Cancel => !self.said,
                _ => empty && self.after_pause,
            },
            Kind::Say => {
                !self.said
                    && !matches!(
                        self.main_kind,
                        Kind::Submit
                            | Kind::Spawn
                            | Kind::Pool
                            | Kind::End
                            | Kind::Step
                            | Kind::Wait
                    )
                    || self.main_kind == Kind::Phase && self.weight == 3
            }
            Kind::Sleep => !self.paused,
            Kind::Wait => match self.main_kind {
                Kind::Shutdown => !self.said,
                _ => self.weight < 3 && !self.after_wait && !self.after_pause && !self.paused,
            },
            Kind::End => self.weight < 3,
            Kind::Start | Kind::Awake | Kind::Wake | Kind::Born | Kind::Callback => false,
            _ => empty && self.after_pause,
        }
    }

    /// Whether the line can be told together with what is there, and no line of another
    /// actor that is printed in between is told at the wrong place.
    fn can_say(&mut self, place: usize, around: &Surroundings) -> bool {
        let here = around.position[place];
        let between = self.anchor + 1;
        if between > here || around.said[between] == around.said[here] {
            return true;
        }
        let starts = self.starts && around.started[between] != around.started[here];
        if self.movable && !starts {
            self.anchor = here;
            return true;
        }
        false
    }
}
