//! Panels: pieces of runs that are compared, each from its own 0.

use super::run::Run;

/// A phase of a section, a whole section, or a rival of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Which of the runs it is a part of; 0 is the page's own.
    pub run: usize,
    /// The name, in bold, and what is said about it.
    pub name: String,
    pub about: String,
    pub from: f64,
    pub to: f64,
}

impl Panel {
    #[must_use]
    pub fn length(&self) -> f64 {
        self.to - self.from
    }
}

/// The panels of a run: one for each of its phases, or a single one.
#[must_use]
pub fn panels(number: usize, run: &Run, wanted: &[usize]) -> Vec<Panel> {
    if run.phases.is_empty() {
        return vec![Panel {
            run: number,
            name: String::new(),
            about: String::new(),
            from: 0.0,
            to: run.end,
        }];
    }
    let ends = run
        .phases
        .iter()
        .skip(1)
        .map(|(next, _)| next.at)
        .chain([run.end]);
    let all = run
        .phases
        .iter()
        .zip(ends)
        .zip(1..)
        .map(|(((start, name), end), place)| {
            let panel = Panel {
                run: number,
                name: name.trim_end_matches([':', '.']).to_string(),
                about: String::new(),
                from: start.at,
                to: end,
            };
            (place, panel)
        });
    all.filter(|(place, _)| wanted.is_empty() || wanted.contains(place))
        .map(|(_, panel)| panel)
        .collect()
}
