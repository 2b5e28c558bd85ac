//! The pictures of the book: of a run, from its captured log, drawn whenever the book is
//! built; and the README's terminal, which is a file.
//!
//! `model` says what is to be seen, `draw` draws it.

mod draw;
mod model;
mod options;
mod readme;
#[cfg(test)]
mod tests;

use maud::{Markup, html};

use crate::captured;
use crate::log::Log;
use crate::plot;
use crate::project::{Project, Section};
use crate::record::Kind;
use model::panel::{Panel, panels};
use model::run::Run;
use model::steps::tables;
use options::{Form, Options, Rival};

pub use model::naming::Naming;
pub use readme::{change, path, problem};

/// What the tasks of a run are called in the picture with these options.
pub fn naming(section: &Section, words: &str, log: &Log) -> Result<Naming, String> {
    let options = Options::parse(section, words)?;
    Ok(Naming::new(log, &options.labels))
}

/// The picture of a run, without its caption. `point` is what it shows, in one sentence.
pub fn of_run(
    project: &Project,
    section: &Section,
    words: &str,
    point: &str,
) -> Result<String, String> {
    let options = Options::parse(section, words)?;
    let own = captured::read(project, section)?;
    let mut logs = vec![own.log];
    for rival in options
        .beside
        .iter()
        .filter(|rival| rival.section != *section)
    {
        logs.push(captured::read(project, &rival.section)?.log);
    }
    let mut html = String::new();
    for form in options
        .forms
        .clone()
        .unwrap_or_else(|| vec![form(&logs[0])])
    {
        let drawn = match form {
            Form::Timeline => timeline(section, &logs, &options, point),
            Form::Steps => steps(section, &logs[0], &options)?,
            Form::Plot => plot::html(section, &own.output, point)?,
        };
        html.push_str(&drawn.into_string());
        html.push('\n');
    }
    Ok(html)
}

/// The kind of picture that suits a log.
fn form(log: &Log) -> Form {
    match log.events.iter().any(|entry| entry.kind == Kind::Step) {
        true => Form::Steps,
        false => Form::Timeline,
    }
}

fn steps(section: &Section, log: &Log, options: &Options) -> Result<Markup, String> {
    let tables = tables(&Run::new(log, &options.labels));
    for (table, step) in &options.wrong {
        let there = table.checked_sub(1).and_then(|table| tables.get(table));
        if there.is_none_or(|table| !(1..=table.steps.len()).contains(step)) {
            return Err(format!("{section} has no step {step} in a table {table}"));
        }
    }
    match tables.is_empty() {
        true => Err(format!("the log of {section} has no steps")),
        false => Ok(draw::steps::steps(&tables, &options.wrong)),
    }
}

fn timeline(section: &Section, logs: &[Log], options: &Options, point: &str) -> Markup {
    let runs: Vec<Run> = logs
        .iter()
        .map(|log| Run::new(log, &options.labels))
        .collect();
    let mut rivals = options.beside.clone();
    if rivals.iter().all(|rival| rival.section != *section) {
        let own = Rival {
            section: section.clone(),
            phase: None,
        };
        rivals.insert(0, own);
    }
    let mut all: Vec<Panel> = Vec::new();
    let mut others = 1..;
    for rival in &rivals {
        let own = rival.section == *section;
        let number = if own {
            0
        } else {
            others.next().unwrap_or_default()
        };
        let wanted = match rival.phase {
            Some(phase) => vec![phase],
            None if own => options.phases.clone(),
            None => Vec::new(),
        };
        let mut panels = panels(number, &runs[number], &wanted);
        if rivals.len() > 1 {
            for panel in &mut panels {
                let phase = std::mem::replace(&mut panel.name, rival.section.name.clone());
                panel.about = phase;
            }
        }
        all.extend(panels);
    }
    for (panel, title) in all.iter_mut().zip(&options.titles) {
        panel.about.clone_from(title);
    }
    html! { (draw::patterns()) (draw::timeline::timeline(&runs, &all, options, point)) }
}
