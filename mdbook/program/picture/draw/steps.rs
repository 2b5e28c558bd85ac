//! A table of steps: a column for each thread, then the state after each step.

use maud::{Markup, html};

use crate::picture::model::steps::{Step, Table};

/// All tables of a run. `wrong` are the steps that are mistakes: table and step, from 1.
#[must_use]
pub fn steps(tables: &[Table], wrong: &[(usize, usize)]) -> Markup {
    html! {
        div class="tables" tabindex="0" role="group" aria-label="Steps, one a row" {
            @for (table, number) in tables.iter().zip(1..) {
                @let bad: Vec<usize> = wrong.iter().filter(|(of, _)| *of == number).map(|(_, step)| *step).collect();
                (drawn(table, &bad, !wrong.is_empty()))
            }
        }
    }
}

fn drawn(table: &Table, bad: &[usize], judged: bool) -> Markup {
    let sleeps = table.steps.iter().any(|step| !step.asleep.is_empty());
    let holds = table.steps.iter().any(|step| step.holder.is_some());
    let columns = 1 + table.threads.len() + table.columns.len();
    let columns = columns + usize::from(sleeps) + usize::from(holds);
    html! {
        table class="steps" {
            @if !table.title.is_empty() { caption { b { (table.title) } } }
            thead {
                tr {
                    th scope="col" { span class="vh" { "step" } }
                    @for thread in &table.threads { th scope="col" { (thread) } }
                    @for column in &table.columns { th scope="col" class="st" { (column) } }
                    @if holds { th scope="col" class="st" { "holds the lock" } }
                    @if sleeps { th scope="col" class="st" { "asleep" } }
                }
            }
            tbody {
                @for (step, number) in table.steps.iter().zip(1..) {
                    @let before = (number > 1).then(|| &table.steps[number - 2]);
                    (row(table, step, before, number, bad.contains(&number), sleeps, holds))
                }
            }
            @if !table.outcome.is_empty() {
                tfoot {
                    tr {
                        td colspan=(columns) {
                            @if judged && bad.is_empty() { b class="yes" { "✓ " } }
                            @if !bad.is_empty() { b class="no" { "✕ " } }
                            (table.outcome)
                        }
                    }
                }
            }
        }
    }
}

fn row(
    table: &Table,
    step: &Step,
    before: Option<&Step>,
    number: usize,
    bad: bool,
    sleeps: bool,
    holds: bool,
) -> Markup {
    html! {
        tr {
            th scope="row" { (number) }
            @for thread in &table.threads { (cell(table, step, thread, number, bad)) }
            @for (column, value) in step.state.iter().enumerate() {
                @let changed = before.is_some_and(|before| before.state.get(column) != Some(value));
                td class=(state(value)) { @if changed { b { (value) } } @else { (value) } }
            }
            @if holds { td class="st" { (step.holder.as_deref().unwrap_or("no thread")) } }
            @if sleeps {
                td class="st" {
                    @if step.asleep.is_empty() { "no thread" } @else { b { (step.asleep.join(", ")) } }
                }
            }
        }
    }
}

fn cell(table: &Table, step: &Step, thread: &str, number: usize, bad: bool) -> Markup {
    let own = |step: &&Step| step.who == thread;
    let last = table.steps.iter().rposition(|step| own(&step));
    let asleep = step.asleep.iter().any(|name| name == thread);
    // After its last step, a thread that does not sleep is not there any more.
    let gone = last.is_none_or(|last| number > last + 1) && !asleep;
    let class = match (gone, asleep) {
        (true, _) => "life gone",
        (_, true) => "life asleep",
        _ => "life",
    };
    html! {
        td class=(class) {
            @if step.who == thread {
                span class=(if bad { "act bad" } else { "act" }) data-e=(step.entry) { (step.what) }
            } @else if asleep {
                span class="zz" { "asleep" }
            }
        }
    }
}

/// A flag's state is coloured; other values are not.
fn state(value: &str) -> &'static str {
    match value {
        "set" | "true" | "yes" | "green" => "flagc set",
        "not set" | "false" | "no" | "red" => "flagc not",
        _ => "st",
    }
}
