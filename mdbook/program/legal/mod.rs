//! Whether a new run shows what the book shows: the rule, in one place.
//!
//! Two runs of a correct program differ in which worker takes which task, in how
//! the lines of unordered actors interleave, in the ids of processes and in what
//! was measured. So this is what is compared:
//!
//! 1. **What each strand does.** A *strand* is a task, a callback, or what an
//!    actor does outside of them (see [`strands`]). Each has to say and do the
//!    same, in the same order, whichever worker it is on. Ids and measured
//!    figures are compared by shape (see [`redact`]).
//! 2. **Orders that the program enforces.** The causes in the log of the
//!    captured run (submit before start, end before callback, set before
//!    wake-up, join before what follows), with each strand's own order, make a
//!    "happened before". Whatever it says of two lines has to hold again.
//! 3. **Orders that the clock makes.** A task of 1 s ends before one of 3 s.
//!    Of every event it is known how long the pauses were that led to it (see
//!    [`clock`]): where these differ in the captured run, the order has to hold
//!    again.
//! 4. **Bounds.** Never more tasks at once in a pool than it has workers, and as
//!    many workers as in the captured run; no line from an actor that is gone.
//! 5. **The text.** What was printed is what the log says was said.
//!
//! A late machine can break an order of the clock. How late it was can be
//! computed from the log; then the run proves nothing and is to be repeated at a
//! slower pace.

mod clock;
mod order;
mod printed;
mod redact;
mod strands;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stage::record::Kind;

use crate::captured::Captured;
use clock::Clock;
use order::Before;
use printed::Printed;
use redact::Redactor;
use strands::{Strand, Strands};

/// Differences in the ideal times below this many simulated seconds are no order
/// that a lesson relies on.
const CLEAR_GAP: f64 = 0.05;

/// Nobody reads more than a few.
const MOST: usize = 5;

/// What the comparison came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Legal,
    Illegal(Vec<Complaint>),
    /// Something is wrong, but the machine was so late that it proves nothing.
    /// At this fraction of the pace it would be in time.
    Unclear(Vec<Complaint>, f64),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// The line of the captured output, counted from 1, if there is one.
    pub line: Option<usize>,
    pub what: String,
}

/// Compares a new run with what the book shows.
pub fn compare(captured: &Captured, new: &Captured) -> Verdict {
    let old = Known::of(captured);
    let new = Known::of(new);
    let mut complaints = old.own_problems("the captured run");
    complaints.extend(new.own_problems("the new run"));
    let mut doings = same_doings(&old, &new);
    if doings.is_empty() {
        // The doings correspond one to one, so their orders can be compared.
        doings = same_orders(&old, &new);
    }
    complaints.extend(doings);
    complaints.extend(same_other_lines(&old, &new));
    complaints.truncate(MOST);
    if complaints.is_empty() {
        return Verdict::Legal;
    }
    // Delays below the gap cannot break an order. Half of the least gap is
    // allowed; a quarter is aimed at.
    let gap = old.least_gap();
    // What the captured run was late by, on an idle machine, is waiting that the
    // log does not show.
    let late = (new.clock.lateness - old.clock.lateness).max(new.clock.overrun);
    if late > gap / 2.0 {
        Verdict::Unclear(complaints, (gap / 4.0 / late).min(0.5))
    } else {
        Verdict::Illegal(complaints)
    }
}

/// Whether a run is good enough to be kept: it is legal by its own measure, and
/// no pause took so long that the order of its lines is in doubt.
pub fn fit_to_show(run: &Captured) -> Result<(), String> {
    match compare(run, run) {
        Verdict::Legal => {}
        Verdict::Illegal(complaints) | Verdict::Unclear(complaints, _) => {
            let complaints: Vec<String> = complaints
                .into_iter()
                .map(|complaint| complaint.what)
                .collect();
            return Err(format!("it contradicts itself: {}", complaints.join("; ")));
        }
    }
    let known = Known::of(run);
    let (late, gap) = (known.clock.overrun, known.least_gap());
    if late > gap / 2.0 {
        return Err(format!(
            "a pause took {late:.2} s too long, where orders depend on {gap:.2} s"
        ));
    }
    Ok(())
}

/// A run with everything that can be computed from it.
struct Known<'a> {
    run: &'a Captured,
    strands: Strands,
    /// What each strand does. Those that do nothing of note are left out.
    doings: BTreeMap<String, Vec<Doing>>,
    /// The same of the workers outside of their tasks, by pool: they have no
    /// names that are the same in every run.
    of_workers: BTreeMap<String, Vec<Vec<Doing>>>,
    before: Before,
    clock: Clock,
    printed: Printed,
}

/// One thing that a strand does, as it has to be in every run.
#[derive(Clone, Debug)]
struct Doing {
    event: usize,
    text: String,
}

impl<'a> Known<'a> {
    fn of(run: &'a Captured) -> Self {
        let log = &run.log;
        let strands = Strands::of(log);
        let redactor = Redactor::new(log, &strands);
        let mut by_strand: Vec<Vec<Doing>> = vec![Vec::new(); strands.names.len()];
        let mut strangers: Vec<Vec<String>> = vec![Vec::new(); strands.names.len()];
        for event in 0..log.events.len() {
            let strand = strands.of_event[event];
            let text = doing(run, &strands, &redactor, event, &mut strangers[strand]);
            by_strand[strand].extend(text.map(|text| Doing { event, text }));
        }
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
            clock: Clock::of(log, &strands),
            printed: Printed::of(&run.output, log),
            run,
            doings,
            of_workers,
            strands,
        }
    }

    fn says(&self, doing: &Doing) -> bool {
        self.run.log.events[doing.event].kind == Kind::Say
    }

    /// The line of the output that shows this doing, counted from 1.
    fn line(&self, doing: &Doing) -> Option<usize> {
        self.printed.line_of.get(&doing.event).map(|line| line + 1)
    }

    /// The line where a strand says its first word at or after its `place`th
    /// doing, or else its last one before.
    fn line_near(&self, doings: &[Doing], place: usize) -> Option<usize> {
        let place = place.min(doings.len());
        let (before, after) = doings.split_at(place);
        after
            .iter()
            .chain(before.iter().rev())
            .find_map(|doing| self.line(doing))
    }

    /// The least difference that an order of the clock depends on.
    fn least_gap(&self) -> f64 {
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

    /// What is wrong with a run whatever the other one is.
    fn own_problems(&self, run: &str) -> Vec<Complaint> {
        let mut problems: Vec<String> = Vec::new();
        problems.extend(self.effects_before_causes());
        problems.extend(self.lines_of_the_gone());
        problems.extend(self.printed_in_the_wrong_order());
        problems.extend(self.crowded_pools());
        problems.extend(self.printed.problems.iter().map(|(_, what)| what.clone()));
        let complaint = |what| Complaint {
            line: None,
            what: format!("in {run}, {what}"),
        };
        problems.into_iter().map(complaint).collect()
    }

    fn effects_before_causes(&self) -> Vec<String> {
        let events = &self.run.log.events;
        let mut problems = Vec::new();
        for (place, event) in events.iter().enumerate() {
            let Some(cause) = event.cause else { continue };
            let task = event
                .task
                .map(|task| self.strands.task(task))
                .unwrap_or_default();
            if cause >= place {
                let kind = events[cause].kind;
                problems.push(format!(
                    "the {:?} of {task} comes before its {kind:?}",
                    event.kind
                ));
                continue;
            }
            let fits = match event.kind {
                Kind::Start => events[cause].kind == Kind::Submit,
                Kind::Callback => matches!(events[cause].kind, Kind::End | Kind::Cancel),
                _ => continue,
            };
            if !fits || events[cause].task != event.task {
                problems.push(format!("the {:?} of {task} has a wrong cause", event.kind));
            }
        }
        problems
    }

    /// Whoever has left, or whose pool has ended, says nothing any more.
    fn lines_of_the_gone(&self) -> Vec<String> {
        let log = &self.run.log;
        let mut gone = vec![false; log.actors.len()];
        let mut problems = Vec::new();
        for (place, event) in log.events.iter().enumerate() {
            if gone[event.who] && event.kind != Kind::Exit {
                let name = &log.actors[event.who].name;
                problems.push(match event.kind {
                    Kind::Say => format!("{name} says “{}” although it is gone", event.text),
                    kind => format!("{name} is gone, and then comes its {kind:?}"),
                });
            }
            match event.kind {
                Kind::Exit => gone[event.who] = true,
                Kind::Wake => {
                    for end in order::causes(log, &self.strands, place) {
                        let who = log.events[end].who;
                        // Those that ran the pool's tasks have left by now.
                        gone[who] |= log.events[end].kind == Kind::End
                            && log.events[place]
                                .cause
                                .is_some_and(|cause| log.events[cause].kind == Kind::Wait)
                            && self.strands.worker_of[who].is_some();
                    }
                }
                _ => {}
            }
        }
        problems
    }

    /// Printing follows what the program enforces.
    fn printed_in_the_wrong_order(&self) -> Vec<String> {
        let mut said: Vec<(usize, usize)> = self
            .printed
            .line_of
            .iter()
            .map(|(event, line)| (*event, *line))
            .collect();
        said.sort_unstable();
        let mut problems = Vec::new();
        for (first, first_line) in &said {
            for (second, second_line) in &said {
                if first_line > second_line && self.before.says(*first, *second) {
                    let text = |line: &usize| &self.printed.lines[*line].text;
                    problems.push(format!(
                        "“{}” is printed before “{}”, which came first",
                        text(second_line),
                        text(first_line)
                    ));
                }
            }
        }
        problems
    }
}

/// What an event is, if it is part of what a strand does in every run.
fn doing(
    run: &Captured,
    strands: &Strands,
    redactor: &Redactor<'_>,
    place: usize,
    strangers: &mut Vec<String>,
) -> Option<String> {
    let event = &run.log.events[place];
    let task = || {
        event
            .task
            .map(|task| strands.task(task))
            .unwrap_or_default()
    };
    let mut text = || redactor.said_by(event.who, &event.text, strangers);
    match event.kind {
        Kind::Say => Some(format!("says “{}”", text())),
        Kind::Sleep => Some(format!("sleeps {} s", event.text)),
        Kind::End | Kind::CallbackEnd if event.text.is_empty() => Some("ends".to_string()),
        Kind::End | Kind::CallbackEnd => Some(format!("fails: {}", text())),
        Kind::Submit => Some(format!("submits {}", task())),
        Kind::Cancel => Some(format!("cancels {}", task())),
        // How many workers a pool starts, and when, is its own business.
        Kind::Spawn if strands.serves(&event.text) => None,
        Kind::Spawn => Some(format!("starts {}", event.text)),
        Kind::Set => Some(format!("sets {}", text())),
        Kind::Clear => Some(format!("clears {}", text())),
        Kind::Switch => Some(format!("switches to {}", text())),
        Kind::Pool => Some(format!("makes {}", event.text)),
        Kind::Shutdown => Some(format!("shuts down {}", event.text)),
        _ => None,
    }
}

/// Every strand does the same, in the same order.
fn same_doings(old: &Known<'_>, new: &Known<'_>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let names: BTreeSet<&String> = old.doings.keys().chain(new.doings.keys()).collect();
    let nothing = Vec::new();
    for name in names {
        let before = old.doings.get(name).unwrap_or(&nothing);
        let now = new.doings.get(name).unwrap_or(&nothing);
        complaints.extend(
            first_difference(name, before, now).map(|(place, what)| Complaint {
                line: old.line_near(before, place),
                what,
            }),
        );
    }
    let pools: BTreeSet<&String> = old.of_workers.keys().chain(new.of_workers.keys()).collect();
    for pool in pools {
        let before = texts_of(old.of_workers.get(pool));
        let now = texts_of(new.of_workers.get(pool));
        // How many workers there are may differ. What each does may not.
        let alike = before.len() < 2 || before.iter().all(|one| *one == before[0]);
        let same = if alike && !before.is_empty() {
            now.iter().all(|one| *one == before[0])
        } else {
            before == now
        };
        if !same {
            complaints.push(Complaint {
                line: None,
                what: format!(
                    "the workers of {pool} do other things before or between their tasks"
                ),
            });
        }
    }
    complaints
}

fn texts_of(workers: Option<&Vec<Vec<Doing>>>) -> Vec<Vec<&str>> {
    let mut texts: Vec<Vec<&str>> = workers
        .into_iter()
        .flatten()
        .map(|doings| doings.iter().map(|doing| doing.text.as_str()).collect())
        .collect();
    texts.sort();
    texts
}

/// The place of the first difference, and a sentence about it.
fn first_difference(name: &str, before: &[Doing], now: &[Doing]) -> Option<(usize, String)> {
    for place in 0..before.len().max(now.len()) {
        let text = |doings: &'_ [Doing]| doings.get(place).map(|doing| doing.text.clone());
        let what = match (text(before), text(now)) {
            (Some(before), Some(now)) if before == now => continue,
            (Some(before), Some(now)) => format!("{name} now {now}; in the book it {before}"),
            (Some(before), None) => format!("{name} no longer {before}"),
            (None, Some(now)) => format!("{name} now also {now}"),
            (None, None) => continue,
        };
        return Some((place, what));
    }
    None
}

/// The orders that the program enforces, and those that the clock makes.
fn same_orders(old: &Known<'_>, new: &Known<'_>) -> Vec<Complaint> {
    // The same line in the old and in the new run. After `same_doings`, the
    // strands are the same, doing by doing.
    let said: Vec<(&Doing, &Doing)> = (old.doings.iter())
        .flat_map(|(name, before)| before.iter().zip(&new.doings[name]))
        .filter(|(before, _)| old.says(before))
        .collect();
    let mut complaints = Vec::new();
    for (first, first_now) in &said {
        for (second, second_now) in &said {
            let printed = |doing: &Doing| new.printed.line_of.get(&doing.event);
            let exchanged =
                first_now.event > second_now.event || printed(first_now) > printed(second_now);
            if !exchanged || first.event == second.event {
                continue;
            }
            let why = if old.before.says(first.event, second.event) {
                "the program has to see to it that it comes after"
            } else if old.by_the_clock(first, second) && first_now.event > second_now.event {
                "by the clock it comes after"
            } else {
                continue;
            };
            let text = |doing: &Doing| &old.run.log.events[doing.event].text;
            complaints.push(Complaint {
                line: old.line(second),
                what: format!(
                    "“{}” comes too early: {why} “{}”",
                    text(second),
                    text(first)
                ),
            });
        }
    }
    // The same line is often too early for many others.
    complaints.sort_by_key(|complaint| complaint.line);
    complaints.dedup_by_key(|complaint| complaint.line);
    complaints
}

impl Known<'_> {
    /// Whether pauses put `first` before `second`.
    fn by_the_clock(&self, first: &Doing, second: &Doing) -> bool {
        let ideal = |doing: &Doing| self.clock.ideal[doing.event];
        let real = |doing: &Doing| clock::seconds(self.run.log.events[doing.event].at);
        ideal(second) - ideal(first) >= CLEAR_GAP && real(second) - real(first) >= CLEAR_GAP / 2.0
    }

    /// For each pool: how many workers it may have, as it said when it was made.
    fn workers_of_pools(&self) -> BTreeMap<u32, usize> {
        let made = (self.run.log.events.iter()).filter(|event| event.kind == Kind::Pool);
        made.filter_map(|event| {
            let rest = event.text.strip_prefix("pool ")?;
            let (pool, rest) = rest.split_once(" of ")?;
            let workers = rest.strip_suffix(" workers")?;
            Some((pool.parse().ok()?, workers.parse().ok()?))
        })
        .collect()
    }

    /// For each pool: how many tasks were under way at once, at most.
    fn crowds(&self) -> BTreeMap<u32, usize> {
        let mut now: BTreeMap<u32, usize> = BTreeMap::new();
        let mut most: BTreeMap<u32, usize> = BTreeMap::new();
        for event in &self.run.log.events {
            let Some((pool, _)) = event.task else {
                continue;
            };
            let count = now.entry(pool).or_default();
            match event.kind {
                Kind::Start => {
                    *count += 1;
                    let most = most.entry(pool).or_default();
                    *most = (*most).max(*count);
                }
                Kind::End => *count = count.saturating_sub(1),
                _ => {}
            }
        }
        most
    }

    /// Never more tasks at once than the pool has workers. That it has as many
    /// as in the book is compared with the other doings.
    fn crowded_pools(&self) -> Vec<String> {
        let workers = self.workers_of_pools();
        let mut problems = Vec::new();
        for (pool, at_once) in self.crowds() {
            match workers.get(&pool) {
                Some(workers) if at_once <= *workers => {}
                Some(workers) => problems.push(format!(
                    "{at_once} tasks of pool {pool} run at once; it has {workers} workers"
                )),
                None => problems.push(format!("nobody made pool {pool}")),
            }
        }
        problems
    }
}

/// The lines that are not in the log: the frame's, and what was printed past it.
fn same_other_lines(old: &Known<'_>, new: &Known<'_>) -> Vec<Complaint> {
    let (before, now) = (old.printed.others(), new.printed.others());
    if before == now {
        return Vec::new();
    }
    let differs = |(old, new): &(&String, &String)| old != new;
    let what = match before.iter().zip(&now).find(differs) {
        Some((before, now)) => format!("“{now}” is printed; in the book it is “{before}”"),
        None => format!(
            "{} lines are printed around the lesson; in the book there are {}",
            now.len(),
            before.len()
        ),
    };
    vec![Complaint { line: None, what }]
}
