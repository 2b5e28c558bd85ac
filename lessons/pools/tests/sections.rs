//! What each section's run must show. Orders that the program enforces are
//! checked as such; what depends on the clock is not checked here.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use testing::{Run, numbers};

fn run(section: &str, speed: u32) -> Run {
    testing::run(env!("CARGO_BIN_EXE_pools"), section, speed)
}

#[test]
fn thread_pool_shows_two_workers_that_live_until_shutdown() {
    let run = run("thread_pool", 20);
    assert_eq!(
        run.actors("pool-"),
        BTreeSet::from(["pool-0_0", "pool-0_1"])
    );
    run.expect_order(&[
        "workers before the first task: 0",
        "both tasks are done; the pool's threads are pool-0_0 and pool-0_1",
        "workers after shutdown: 0",
    ]);
    assert_eq!(run.after("hello from a worker").len(), 2);
}

#[test]
fn process_pool_shows_two_process_ids_and_neither_is_the_parents() {
    let run = run("process_pool", 4);
    let parent = run.after("the parent is process ");
    let workers: BTreeSet<&str> = run
        .after("task ")
        .into_iter()
        .map(|text| &text["0 ran in process ".len()..])
        .collect();
    assert_eq!(parent.len(), 1);
    assert_eq!(workers.len(), 2, "{workers:?}");
    assert!(!workers.contains(parent[0]));
    assert_eq!(run.texts().last(), Some(&"all tasks are done"));
    assert!(
        run.seconds >= 2.0,
        "three tasks of 1 s on two workers took {} s",
        run.seconds
    );
}

#[test]
fn process_squares_come_in_the_order_of_submission() {
    let run = run("process_squares", 20);
    let divider = run.place("+++>");
    let squares: Vec<String> = (0..11).map(|n: u32| (n * n).to_string()).collect();
    assert_eq!(run.texts()[divider + 1..], squares);
    let ids: BTreeSet<String> = run.texts()[..divider]
        .iter()
        .map(|text| {
            text.split_once(" runs in process ")
                .expect("a task")
                .1
                .to_string()
        })
        .collect();
    assert!(ids.len() <= 3, "{ids:?}");
    assert_eq!(divider, 11);
}

#[test]
fn squares_are_the_same_on_processes_and_on_threads() {
    let run = run("squares", 20);
    let squares = "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]";
    assert_eq!(run.after(squares).len(), 2);
    assert_eq!(
        run.after("<Future task 0: finished> … <Future task 9: finished>")
            .len(),
        2
    );
    assert_eq!(run.after("<Future task 0: ").len(), 4);
    let processes = run.actors("process-0_").len();
    let threads = run.actors("pool-1_").len();
    assert!((1..=2).contains(&processes), "{processes} processes");
    assert!((1..=6).contains(&threads), "{threads} threads");
    assert_eq!(run.after("in ").len(), 2);
}

#[test]
fn why_pools_shows_a_bound_and_the_fair_share() {
    let run = run("why_pools", 20);
    // By how much the second of each pair is smaller depends on the machine.
    let measured: Vec<&str> = run.after("a task ");
    for (text, beginning) in std::iter::zip(
        &measured,
        [
            "on a new thread: ",
            "in a pool of threads: ",
            "in a new process: ",
            "in a pool of processes: ",
        ],
    ) {
        assert!(text.starts_with(beginning), "{text}");
        assert!(numbers(text)[0] > 0.0, "{text}");
    }
    assert_eq!(measured.len(), 4);
    run.expect_order(&[
        "13 clients, a thread each: 13 threads at once",
        "13 clients, a pool of 5: 5 threads at once",
        "1000 clients, a thread each: 1000 threads at once",
        "1000 clients, a pool of 5: 5 threads at once",
        r#"before shutdown: ["pool-0_0"]"#,
        "after shutdown: []",
    ]);
    for name in ["the long task", "a short task", "another one", "one more"] {
        run.expect_order(&[&format!("{name} starts"), &format!("{name} ends")]);
    }
}

#[test]
fn bounded_never_has_more_than_five_at_once() {
    let run = run("bounded", 20);
    let (mut now, mut most) = (0, 0);
    let mut running_on = BTreeMap::new();
    for line in &run.lines {
        if line.text.ends_with(" starts") {
            assert_eq!(
                running_on.insert(&line.actor, &line.text),
                None,
                "two tasks on one worker"
            );
            now += 1;
            most = most.max(now);
        } else if line.text.ends_with(" ends") {
            running_on.remove(&line.actor);
            now -= 1;
        }
    }
    assert!(most <= 5, "{most} at once");
    for n in 0..13 {
        let (start, end, result) = (
            format!("task {n} starts"),
            format!("task {n} ends"),
            format!("result {}", n * n),
        );
        run.expect_order(&[&start, &end, &result, "all tasks are done"]);
        // The callback is run by the worker that finished the task.
        let who = |text: &str| run.lines[run.place(text)].actor.clone();
        assert_eq!(who(&end), who(&result));
    }
    assert_eq!(run.lines.len(), 3 * 13 + 1);
    assert!(run.actors("pool-0_").len() <= 5);
    assert!(
        run.seconds >= 3.0,
        "three waves of 1 s took {} s",
        run.seconds
    );
}

#[test]
fn map_gives_the_results_in_the_order_of_the_items() {
    let run = run("map", 4);
    let squares: Vec<String> = (1..=11)
        .map(|n| format!("the square of {n} is {}", n * n))
        .collect();
    let read: Vec<&str> = run.said_by("main").into_iter().skip(1).take(11).collect();
    assert_eq!(read, squares);
    for n in 1..=11 {
        run.expect_order(&[
            &format!("{n} is done"),
            &format!("the square of {n} is {}", n * n),
        ]);
        run.place(&format!("{n} has arrived"));
    }
    // An error stands in the place of its item, and nothing comes after it.
    run.expect_order(&[
        "the task was not done in time",
        "a map that is not read, with an error in it",
    ]);
    // Everything runs, read or not, and the error of page 2 is never seen.
    run.expect_order(&[
        "a map that is not read, with an error in it",
        "page 1 is saved",
        "page 3 is saved",
        "that was all: no word of page 2",
        "on processes, in batches of four",
    ]);
    assert_eq!(run.after("page ").len(), 2);
    assert!(!run.texts().iter().any(|text| text.contains("disk")));
    // Those that travelled together were called by one worker, in their order.
    for chunk in [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10, 11]] {
        let lines: Vec<String> = chunk.iter().map(|n| format!("{n} has arrived")).collect();
        run.expect_order(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let workers: BTreeSet<String> = lines
            .iter()
            .map(|line| run.lines[run.place(line)].actor.clone())
            .collect();
        assert_eq!(workers.len(), 1);
    }
    run.place("[1, 8, 27, 64, 125, 216, 343, 512, 729, 1000, 1331]");
}

#[test]
fn shutdown_shows_what_becomes_of_the_queue() {
    let run = run("shutdown", 4);
    run.expect_order(&["a1 is done", "a2 is done", "a3 is done", "shutdown returns"]);
    // begin_shutdown waits for nothing, so nothing can be said of b1 here.
    let closed = "the pool is shut down; make a new one";
    run.expect_order(&[
        "begin_shutdown returns",
        &format!("submit: {closed}"),
        &format!("map: {closed}"),
        "cancel_queued cancels what has not started",
    ]);
    run.expect_order(&[
        "b1 is done",
        "b2 is done",
        "b3 is done",
        "cancel_queued cancels what has not started",
    ]);
    let cancelled = numbers(run.after("cancelled: ")[0])[0];
    let done = run
        .texts()
        .iter()
        .filter(|text| text.starts_with('c') && text.ends_with("is done"))
        .count();
    assert_eq!(cancelled as usize + done, 3, "cancelled or done, each once");
    run.expect_order(&[
        "d1 is done",
        "d2 is done",
        "d3 is done",
        "after all: done at last",
    ]);
    run.expect_order(&["after all: done at last", "d4 is done", "nothing was lost"]);
}

#[test]
fn defaults_follow_the_rules() {
    let run = run("defaults", 20);
    // `run` allows two cores.
    run.expect_order(&[
        "cores this process may use: 2",
        "processes in a pool: 2",
        "threads in a pool: 6, which is min(32, cores + 4)",
        "the rule of Python 3.5 to 3.7 was cores × 5: 10",
        "zero workers: `workers` is zero: it must be at least 1",
    ]);
    for name in ["pool-1_0", "pool-2_0", "crawler_0"] {
        assert_eq!(run.said_by(name), ["this is my name"]);
    }
}

#[test]
fn lifetime_shows_that_a_killed_process_breaks_the_pool() {
    let run = run("lifetime", 4);
    run.expect_order(&[
        "the future says: the task panicked: no egg left",
        "the same worker goes on",
        r#"workers: ["pool-0_0"]"#,
        "workers: []",
    ]);
    assert_eq!(run.after("task 0 panicked: no egg left (").len(), 1);
    for beginning in ["first: ", "second: ", "submit: "] {
        let error = run.after(beginning)[0];
        assert!(
            error.starts_with("broken pool: process-1_0 (process "),
            "{error}"
        );
        assert!(
            error.contains("was killed by signal 9 (SIGKILL)"),
            "{error}"
        );
    }
    assert_eq!(
        run.after("has slept").len(),
        0,
        "it was killed in its sleep"
    );
}

#[test]
fn compute_adds_up_the_same_numbers_on_each_pool() {
    // The sums are compared by the section itself; it fails if one is wrong.
    let run = run("compute", 20);
    for way in [
        "1 thread",
        "2 threads",
        "4 threads",
        "1 process",
        "2 processes",
        "4 processes",
    ] {
        let time = run.after(&format!("{way} took "))[0];
        assert!(numbers(time)[0] > 0.0, "{time}");
    }
    assert_eq!(run.lines.len(), 1 + 2 * 6);
}

#[test]
fn own_pool_waits_in_vain_on_one_worker_and_has_three_ways_out() {
    let run = run("own_pool", 4);
    let texts = run.texts();
    let headings = [
        "two workers: ",
        "one worker: ",
        "way out 1: ",
        "way out 2: ",
        "way out 3: ",
    ];
    let places = headings.map(|heading| {
        let place = texts.iter().position(|text| text.starts_with(heading));
        place.expect("each part is there")
    });
    let parts: Vec<&[&str]> = (0..5)
        .map(|n| &texts[places[n]..*places.get(n + 1).unwrap_or(&texts.len())])
        .collect();
    let place = |part: usize, text: &str| {
        let place = parts[part].iter().position(|line| *line == text);
        place.unwrap_or_else(|| panic!("`{text}` is not in {:?}", parts[part]))
    };
    let (waits, starts) = ("outer waits for inner", "inner starts");
    place(0, "outer's result: Ok(42)");
    // The one worker takes inner when outer has given up, not before.
    place(1, "<ThreadPool pool-1: 1 of at most 1 workers, 1 queued>");
    place(1, "outer's result: Err(TimedOut)");
    assert!(place(1, waits) < place(1, starts));
    for part in &parts {
        let started = part.iter().filter(|line| **line == starts);
        assert_eq!(started.count(), 1, "{part:?}");
    }
    assert!(place(2, starts) < place(2, "outer's result: 42"));
    place(3, "outer's result: Ok(42)");
    assert!(place(4, "outer ends") < place(4, starts));
    assert!(place(4, starts) < place(4, "the callback has 42"));
    assert_eq!(run.actors("pool-1_"), BTreeSet::from(["pool-1_0"]));
}

/// A pool whose every worker waits for a task that is still in its queue is told as
/// such.
#[test]
fn own_pool_without_a_limit_is_a_deadlock_that_is_explained() {
    let ended = testing::within(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pools"));
        command.args(["own_pool", "--no-limit", "--speed", "20"]);
        command.output().expect("the chapter's program starts")
    });
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(124), "{complaint}");
    for line in [
        "  pool-1: every worker waits, so none is left for what is queued (1):",
        "    pool-1_0 waits for the result of task 1, which is still in this pool's queue",
        "    A task must not wait for a task of its own pool: add a callback.",
    ] {
        assert!(
            complaint.lines().any(|told| told == line),
            "{line}\n{complaint}"
        );
    }
}
