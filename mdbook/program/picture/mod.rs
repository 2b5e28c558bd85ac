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
use options::{Form, Options};

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
    for rival in &options.beside {
        logs.push(captured::read(project, rival)?.log);
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
    let mut all: Vec<Panel> = Vec::new();
    let names = std::iter::once(section).chain(&options.beside);
    for ((number, run), name) in runs.iter().enumerate().zip(names) {
        let mut own = panels(number, run, &options.phases);
        if runs.len() > 1 && own.len() == 1 {
            own[0].name.clone_from(&name.name);
        }
        all.extend(own);
    }
    for (panel, title) in all.iter_mut().zip(&options.titles) {
        panel.about.clone_from(title);
    }
    html! { (draw::patterns()) (draw::timeline::timeline(&runs, &all, options, point)) }
}
