//! Workers that a pool may have and that were never started.

use super::run::Run;

/// A pool that may have more workers than it will ever need has nothing to tell.
const MANY: usize = 4;

/// The pools with missing workers between two moments: the prefix of the names, and the
/// numbers that are missing.
#[must_use]
pub fn absent(run: &Run, from: f64, to: f64) -> Vec<(String, Vec<u32>)> {
    let mut found = Vec::new();
    for (number, pool) in &run.pools {
        let used = run.tasks.iter().any(|((of, _), task)| {
            let submitted = task
                .submitted
                .is_some_and(|moment| moment.at >= from && moment.at < to);
            of == number && submitted
        });
        let there = |worker: &u32| {
            let name = format!("{}_{worker}", pool.prefix);
            run.actors.iter().any(|actor| actor.name == name)
        };
        let missing: Vec<u32> = (0..pool.workers).filter(|worker| !there(worker)).collect();
        if used && (1..=MANY).contains(&missing.len()) {
            found.push((pool.prefix.clone(), missing));
        }
    }
    found
}
