//! Waves: tasks that start together, and no task of the next wave starts before the last
//! one has ended.

use super::run::Run;

/// One wave.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    pub from: f64,
    pub to: f64,
    pub tasks: usize,
}

/// More waves than this are no picture of their own.
const MANY: usize = 8;

/// The waves between two moments, if the tasks run in waves: at least two, with several
/// tasks in the first.
#[must_use]
pub fn waves(run: &Run, from: f64, to: f64) -> Vec<Wave> {
    let mut times: Vec<(f64, f64)> = (run.tasks.values())
        .filter_map(|task| Some((task.started?.at, task.ended?.at)))
        .filter(|(start, end)| *start >= from && *end <= to)
        .collect();
    times.sort_by(|one, other| one.0.total_cmp(&other.0));
    // The tasks of a wave end at about the same time.
    let near = (to - from) * 0.03;
    let mut waves: Vec<Wave> = Vec::new();
    for (start, end) in times {
        match waves.last_mut() {
            Some(wave) if (start - wave.from).abs() < near && (end - wave.to).abs() < near => {
                wave.to = wave.to.max(end);
                wave.tasks += 1;
            }
            Some(wave) if start < wave.to - near => return Vec::new(),
            _ => waves.push(Wave {
                from: start,
                to: end,
                tasks: 1,
            }),
        }
    }
    let several = waves.first().is_some_and(|wave| wave.tasks > 1);
    match waves.len() {
        2..=MANY if several => waves,
        _ => Vec::new(),
    }
}
