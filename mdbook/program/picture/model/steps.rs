//! The steps of a chosen interleaving: which thread did what, and what was so after it.

use super::run::Run;
use crate::record::{About, Kind};

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub who: String,
    pub what: String,
    /// The state after it, in the order of the table's columns.
    pub state: Vec<String>,
    pub asleep: Vec<String>,
    pub holder: Option<String>,
    /// Its place in the log.
    pub entry: usize,
}

/// The steps of one interleaving.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What was announced before the first step.
    pub title: String,
    /// The threads, in the order of their first steps.
    pub threads: Vec<String>,
    /// The names of the state: `flag`, `sets`.
    pub columns: Vec<String>,
    pub steps: Vec<Step>,
    /// What was said after the last step: the first line.
    pub outcome: String,
}

/// One table for each phase that has steps; without phases, one for each row of steps
/// between two printed lines.
#[must_use]
pub fn tables(run: &Run) -> Vec<Table> {
    let phases = !run.phases.is_empty();
    let mut tables: Vec<Table> = Vec::new();
    let mut title = String::new();
    let mut open = false;
    for (place, entry) in run.events.iter().enumerate() {
        match entry.kind {
            Kind::Phase => {
                title.clone_from(&entry.text);
                open = false;
            }
            // The steps as a printed table: the picture shows the same.
            Kind::Say if entry.text.contains('\n') => {}
            Kind::Say if open => {
                let table = tables.last_mut().expect("one is open");
                if table.outcome.is_empty() {
                    table.outcome.clone_from(&entry.text);
                }
                open = phases;
            }
            Kind::Say if !phases => title.clone_from(&entry.text),
            Kind::Step => {
                if !open {
                    open = true;
                    tables.push(Table {
                        title: title.trim_end_matches([':', '.']).to_string(),
                        ..Table::default()
                    });
                }
                let table = tables.last_mut().expect("one is open");
                table.outcome.clear();
                add(table, run, place);
            }
            _ => {}
        }
    }
    tables
}

fn add(table: &mut Table, run: &Run, place: usize) {
    let entry = &run.events[place];
    let who = run.actors[entry.who].name.clone();
    let (state, asleep, holder) = match &entry.about {
        About::Step {
            state,
            asleep,
            holder,
        } => (state.clone(), asleep.clone(), holder.clone()),
        _ => Default::default(),
    };
    if !table.threads.contains(&who) {
        table.threads.push(who.clone());
    }
    let pairs: Vec<(&str, &str)> = state
        .iter()
        .map(|words| words.split_once(": ").unwrap_or(("state", words)))
        .collect();
    for (name, _) in &pairs {
        if !table.columns.iter().any(|column| column == name) {
            table.columns.push((*name).to_string());
        }
    }
    let value = |column: &String| {
        let pair = pairs.iter().find(|(name, _)| name == column);
        pair.map_or(String::new(), |(_, value)| (*value).to_string())
    };
    let state = table.columns.iter().map(value).collect();
    table.steps.push(Step {
        who,
        what: entry.text.clone(),
        state,
        asleep,
        holder,
        entry: place,
    });
}
