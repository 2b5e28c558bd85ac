//! Long runs are folded.

use std::time::Duration;

use super::made::Made;
use crate::player::step::MOST;
use crate::record::Kind;

/// One worker, and as many tasks.
fn one_after_the_other(tasks: u64) -> Made {
    let mut made = Made::new(&["main", "pool-0_0"]);
    made.add(0, Kind::Pool, "pool 0 of 1 workers");
    made.add(0, Kind::Spawn, "pool-0_0");
    let spawn = made.last();
    made.add(1, Kind::Born, "a worker").cause = Some(spawn);
    for task in 0..tasks {
        let submit = made.of_task(0, Kind::Submit, task, None);
        let start = made.of_task(1, Kind::Start, task, Some(submit));
        let said = made.add(1, Kind::Say, "works");
        said.task = Some((0, task));
        made.later(1.0);
        let end = made.of_task(1, Kind::End, task, Some(start));
        made.add(0, Kind::Wake, "").cause = Some(end);
        made.later(1.0);
    }
    made.add(0, Kind::Say, "all is done");
    made
}

/// What repeats is told in one step, with what it is about.
#[test]
fn a_thousand_equal_tasks_are_told_once() {
    let made = one_after_the_other(999);
    let steps = made.steps();
    let words: Vec<&str> = steps.iter().map(|step| step.words.as_str()).collect();
    assert!(steps.len() < 12, "{words:#?}");
    assert_eq!(words[1], "main submits task 0.");
    let folded = steps
        .iter()
        .find(|step| step.words.starts_with("The same for"));
    let folded = folded.expect("what repeats is folded");
    assert_eq!(
        folded.words,
        "The same for tasks 1 to 998, until 1997 s: 998 tasks are submitted, 998 tasks start, \
         998 tasks end, and 998 lines are printed."
    );
    assert_eq!(folded.printed, [(2, 999)], "its lines");
    assert_eq!(words.last(), Some(&"main prints “all is done”."));
}

/// A run of a million entries is told as quickly as a reader turns the page, in at most a
/// hundred steps.
#[test]
fn a_million_entries_are_told_in_seconds() {
    let made = one_after_the_other(200_000);
    assert!(made.log.events.len() > 1_000_000);
    let begun = computed();
    let steps = made.steps();
    assert!(steps.len() <= MOST, "{}", steps.len());
    if let (Some(begun), Some(now)) = (begun, computed()) {
        // Some seconds without optimisation.
        assert!(now - begun < Duration::from_secs(60), "{:?}", now - begun);
    }
}

/// How long this thread has computed, where the system tells: what other programs do on
/// the machine does not count.
fn computed() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Workers whose lines mix anew each time form no pattern. Most of it is folded all the
/// same, and what is new is told.
#[test]
fn an_irregular_run_is_folded_too() {
    let mut made = Made::new(&["main", "pool-0_0", "pool-0_1", "pool-0_2"]);
    made.add(0, Kind::Pool, "pool 0 of 3 workers");
    let mut state = 7_u64;
    let mut running: Vec<Option<(u64, usize)>> = vec![None; 3];
    for task in 0..3000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let worker = (state >> 33) as usize % 3;
        if let Some((task, start)) = running[worker].take() {
            made.later(0.1);
            made.of_task(worker + 1, Kind::End, task, Some(start));
        }
        made.later(0.1);
        let submit = made.of_task(0, Kind::Submit, task, None);
        let start = made.of_task(worker + 1, Kind::Start, task, Some(submit));
        running[worker] = Some((task, start));
        if task == 1500 {
            made.later(0.1);
            made.add(0, Kind::Say, "half of it");
        }
    }
    let steps = made.steps();
    assert!(steps.len() <= MOST, "{}", steps.len());
    assert!(steps.iter().any(|step| step.words.contains("half of it")));
}
