//! What the watchdog says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use super::places;
use crate::threads::ThreadState;
use crate::waits::{self, Wait};
use crate::work::{self, Report};

/// Of so many threads the report tells where they wait, if they are not in the table.
const MOST: usize = 20;

/// The program hangs: who waits for what, since when and where.
pub(super) fn of_a_hang(quiet: Duration, threads: &[ThreadState]) -> String {
    let mut text = format!(
        "Nothing has moved for {:.1} s: this program hangs, and is stopped.\n",
        quiet.as_secs_f64()
    );
    let waits = waits_of_the_lesson();
    tell_waits(&mut text, &waits);
    tell_pools(&mut text);
    let known = numbers(&waits);
    let others = threads
        .iter()
        .filter(|thread| !known.contains(&thread.number));
    let mut told = !waits.is_empty();
    let mut unseen = Vec::new();
    for thread in others.take(MOST) {
        match places::of(thread.number) {
            Some(places::Place::Line { call, at }) => {
                told = true;
                let _ = writeln!(text, "  {} waits in `{call}`, at {at}", thread.name);
            }
            // An idle worker of a pool, for instance.
            Some(places::Place::Library) => {}
            None => unseen.push(&thread.name),
        }
    }
    // What the library's own threads wait for is of no interest, unless there is
    // nothing else to say.
    for name in unseen {
        told = true;
        let _ = writeln!(
            text,
            "  {name} is in a wait that this workbook cannot see into"
        );
    }
    if !told {
        text.push_str("  All its threads wait for work that never comes.\n");
    }
    text
}

/// It may hang or not: what is known.
pub(super) fn of_a_doubt(quiet: Duration, threads: &[ThreadState]) -> String {
    let mut text = format!(
        "Nothing has moved for {:.1} s. This may be as it should be, so the program goes on \
         (Ctrl-C ends it):\n",
        quiet.as_secs_f64()
    );
    let waits = waits_of_the_lesson();
    tell_waits(&mut text, &waits);
    tell_pools(&mut text);
    let known = numbers(&waits);
    let others = threads
        .iter()
        .filter(|thread| !known.contains(&thread.number));
    // A thread that waits for another one explains nothing here.
    let others = others.filter(|thread| !thread.doing.may_hang());
    for thread in others.take(MOST) {
        let _ = writeln!(text, "  {} {}", thread.name, thread.doing);
    }
    if threads.is_empty() {
        text.push_str("  This system does not tell what the threads do.\n");
    }
    text
}

/// The waits of the lesson's own lines, the longest first. Those of the library's
/// lines are its idle workers.
fn waits_of_the_lesson() -> Vec<(String, Wait)> {
    let mut waits = waits::all();
    waits.retain(|(_, wait)| !places::is_of_the_library(wait.at.file()));
    waits.sort_by_key(|(_, wait)| wait.since);
    waits
}

fn numbers(waits: &[(String, Wait)]) -> BTreeSet<u32> {
    waits.iter().filter_map(|(_, wait)| wait.thread).collect()
}

fn tell_waits(text: &mut String, waits: &[(String, Wait)]) {
    for (actor, wait) in waits {
        let _ = writeln!(
            text,
            "  {actor} waits for {} since {:.1} s, at {}:{}",
            wait.what,
            wait.since.elapsed().as_secs_f64(),
            wait.at.file(),
            wait.at.line()
        );
    }
}

fn tell_pools(text: &mut String) {
    for pool in work::living() {
        let Report {
            pool,
            running,
            queued,
            starved,
            ..
        } = pool.report();
        if running + queued > 0 {
            let tasks = if running == 1 { "task" } else { "tasks" };
            let _ = writeln!(
                text,
                "  {pool} has {running} {tasks} running and {queued} queued"
            );
        }
        if let Some(starved) = starved {
            let _ = writeln!(text, "  {starved}");
        }
    }
}
