//! What is wrong with a run by itself, whatever the book shows.

use std::collections::BTreeMap;

use super::known::Known;
use super::order;
use crate::record::Kind;

impl Known<'_> {
    /// Each contradiction in the run, as the second half of a sentence.
    pub fn contradictions(&self) -> Vec<String> {
        let mut problems = self.effects_before_causes();
        problems.extend(self.lines_after_the_end());
        problems.extend(self.printed_in_the_wrong_order());
        problems.extend(self.crowded_pools());
        problems.extend(self.printed.problems.iter().map(|(_, what)| what.clone()));
        problems
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

    /// An actor that has ended, or whose pool has ended, prints nothing any more.
    fn lines_after_the_end(&self) -> Vec<String> {
        let log = &self.run.log;
        let mut gone = vec![false; log.actors.len()];
        let mut problems = Vec::new();
        for (place, event) in log.events.iter().enumerate() {
            if gone[event.who] && event.kind != Kind::Exit {
                let name = &log.actors[event.who].name;
                problems.push(match event.kind {
                    Kind::Say => format!("{name} says “{}” although it is gone", event.text),
                    kind => format!("{name} is gone, and its {kind:?} follows"),
                });
            }
            match event.kind {
                Kind::Exit => gone[event.who] = true,
                Kind::Wake => {
                    for end in order::causes(log, &self.strands, place) {
                        let who = log.events[end].who;
                        // The workers that ran the pool's tasks have ended by now.
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

    /// Lines are printed in the order that the program enforces.
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

    /// The number of workers of each pool, as its first event says.
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

    /// The largest number of tasks that each pool ran at once.
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

    /// A pool never runs more tasks at once than it has workers. The number of workers
    /// is one of the doings, which are compared with the book's.
    fn crowded_pools(&self) -> Vec<String> {
        let workers = self.workers_of_pools();
        let mut problems = Vec::new();
        for (pool, at_once) in self.crowds() {
            match workers.get(&pool) {
                Some(workers) if at_once <= *workers => {}
                Some(workers) => problems.push(format!(
                    "{at_once} tasks of pool {pool} run at once; it has {workers} workers"
                )),
                None => problems.push(format!("no event makes pool {pool}")),
            }
        }
        problems
    }
}
