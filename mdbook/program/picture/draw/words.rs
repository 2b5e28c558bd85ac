//! A picture in words: what it shows, in a few numbers.

use super::scale::took;
use crate::picture::model::panel::Panel;
use crate::picture::model::run::Run;
use crate::picture::model::view::View;

/// For example: `3 waves: 5, 5, 3. Up to 8 tasks wait in a queue. It takes 3.0 s.`
#[must_use]
pub fn structure(runs: &[Run], shown: &[&(&Panel, View)]) -> String {
    let mut sentences = Vec::new();
    for (panel, view) in shown {
        let facts = facts(&runs[panel.run], view);
        let took = took(panel.length());
        let mut sentence = match panel.name.as_str() {
            "" => format!("{}takes {took}", if facts.is_empty() { "It " } else { "" }),
            name => format!("{name}: {took}"),
        };
        if !facts.is_empty() {
            let all = facts.join("; ");
            sentence = match panel.name.as_str() {
                "" => format!("{all}; it {sentence}"),
                _ => format!("{sentence}; {all}"),
            };
        }
        sentences.push(sentence + ".");
    }
    sentences.join(" ")
}

fn facts(run: &Run, view: &View) -> Vec<String> {
    let mut facts = Vec::new();
    let folded = view.rows.iter().filter(|row| row.actors.len() > 1);
    facts.extend(folded.map(|row| row.name.clone()));
    if !view.waves.is_empty() {
        let tasks: Vec<String> = view
            .waves
            .iter()
            .map(|wave| wave.tasks.to_string())
            .collect();
        facts.push(format!("{} waves: {}", view.waves.len(), tasks.join(", ")));
    }
    for (moment, text, value) in &view.flags {
        debug_assert!(moment.at >= view.from);
        facts.push(format!("{text} after {value:.1} s"));
    }
    for band in &view.bands {
        let sets = band.stretches.iter().filter(|stretch| stretch.set).count();
        let waiters = band.waiters.len();
        facts.push(format!(
            "{} is set {}, {waiters} wait for it",
            band.name,
            times(sets)
        ));
    }
    for queue in view.queues.values() {
        if !queue.cells.is_empty() {
            facts.push(format!("up to {} in a queue", tasks(queue.depth())));
        }
        if !queue.cancelled.is_empty() {
            facts.push(format!("{} cancelled", tasks(queue.cancelled.len())));
        }
    }
    let failed = run.tasks.values().filter(|task| {
        let inside = task
            .ended
            .is_some_and(|end| end.at > view.from && end.at <= view.to);
        inside && !task.failure.is_empty()
    });
    match failed.count() {
        0 => {}
        count => facts.push(format!("{} failed", tasks(count))),
    }
    for (prefix, missing) in &view.absent {
        facts.push(format!(
            "{} of {prefix} never started",
            workers(missing.len())
        ));
    }
    facts
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_string(),
        count => format!("{count} times"),
    }
}

fn tasks(count: usize) -> String {
    format!("{count} task{}", if count == 1 { "" } else { "s" })
}

fn workers(count: usize) -> String {
    format!("{count} worker{}", if count == 1 { "" } else { "s" })
}
