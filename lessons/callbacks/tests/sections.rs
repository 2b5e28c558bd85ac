//! What each section's run must show. Orders that the program enforces are
//! checked as such. Where an order is made by the clock, the pauses differ by a
//! quarter of a second of real time or more.

use std::collections::BTreeSet;

use testing::{Run, numbers};

fn run(section: &str, speed: u32) -> Run {
    testing::run(env!("CARGO_BIN_EXE_callbacks"), section, speed)
}

#[test]
fn every_section_is_a_program_of_its_own() {
    testing::every_section_is_a_program_of_its_own(
        env!("CARGO_MANIFEST_DIR"),
        env!("CARGO_TARGET_TMPDIR"),
    );
}

/// Which actor printed that line.
fn who<'a>(run: &'a Run, text: &str) -> &'a str {
    &run.lines[run.place(text)].actor
}

#[test]
fn thread_callback_is_over_before_the_result_is_there() {
    let run = run("thread_callback", 4);
    run.expect_order(&["start", "over", "the work is done", "the result is 9"]);
    assert_eq!(run.said_by("main"), ["start", "over"]);
    assert_eq!(
        run.said_by("worker"),
        ["the work is done", "the result is 9"]
    );
}

#[test]
fn pool_callback_is_given_the_finished_future() {
    let run = run("pool_callback", 4);
    // In finishing order, not in the order of submission.
    assert_eq!(
        run.texts(),
        [
            "over",
            "quick ends",
            "I was given <Future task 1: finished>",
            r#"its result is "hello from quick""#,
            "slow ends",
            "I was given <Future task 0: finished>",
            r#"its result is "hello from slow""#,
            "one future may have several callbacks",
            "all is done, and here is one more callback",
            "I was given <Future task 0: finished>",
            r#"its result is "hello from slow""#,
            "add_done_callback has returned",
        ]
    );
    let actors: Vec<&str> = run.lines.iter().map(|line| line.actor.as_str()).collect();
    // Whoever finished the task called; after the end, whoever added.
    assert_eq!(actors[1..4], [actors[1]; 3]);
    assert_eq!(actors[4..8], [actors[4]; 4]);
    assert!(actors[1].starts_with("pool-0_") && actors[4].starts_with("pool-0_"));
    assert_eq!(actors[8..], ["main"; 4]);
}

/// The thread ids in a line: what it proves is read from them, not from its word.
fn thread_ids(text: &str) -> Vec<&str> {
    let parts = text.split("ThreadId(").skip(1);
    parts
        .map(|part| part.split_once(')').expect("an id in brackets").0)
        .collect()
}

#[test]
fn who_runs_is_proven_by_ids() {
    let run = run("who_runs", 2);
    run.expect_order(&[
        "1. pool of threads",
        "2. the task has ended already",
        "3. the task is cancelled",
        "4. pool of processes",
    ]);
    let compared: Vec<_> = (run.lines.iter())
        .filter(|line| line.text.contains("the callback runs on "))
        .collect();
    for line in &compared {
        let ids = thread_ids(&line.text);
        assert_eq!(ids.len(), 2, "{line:?}");
        assert_eq!(ids[0], ids[1], "{line:?}");
        assert!(line.text.ends_with(": true"), "{line:?}");
    }
    let [quick, slow, done, cancelled] = &compared[..] else {
        panic!("{compared:#?}");
    };
    let main = thread_ids(&done.text)[0];
    for line in [quick, slow] {
        assert!(line.actor.starts_with("pool-0_"), "{line:?}");
        assert!(line.text.contains("the task ran on"), "{line:?}");
        assert_ne!(thread_ids(&line.text)[0], main);
    }
    // Both tasks ran at once, so they had a worker each; the one that was idle
    // when the second task ended was not asked.
    assert_ne!(quick.actor, slow.actor);
    assert_eq!(done.actor, "main");
    assert!(done.text.contains("it was added on"));
    assert_eq!(cancelled.actor, "main");
    assert!(cancelled.text.contains("the task was cancelled on"));
    assert_eq!(thread_ids(&cancelled.text)[0], main);
}

#[test]
fn who_runs_the_callbacks_of_processes_one_after_the_other() {
    let run = run("who_runs", 2);
    let fourth = run.place("4. pool of processes") + 1;
    let lines = &run.lines[fourth..];
    assert_eq!(lines.len(), 4 * 4);
    let one: BTreeSet<&str> = lines.iter().map(|line| line.actor.as_str()).collect();
    assert_eq!(one, BTreeSet::from(["process-2_callbacks"]));
    let (mut workers, mut callers, mut threads) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (place, callback) in lines.chunks(4).enumerate() {
        // No line of another callback in between.
        let [task, caller, proof, end] = callback else {
            panic!("{callback:#?}");
        };
        workers.insert(numbers(&task.text)[0] as u32);
        callers.insert(numbers(&caller.text)[0] as u32);
        threads.extend(thread_ids(&caller.text));
        assert_eq!(proof.text, "in the parent: true, on main's thread: false");
        // The first waits for its task, each further one for the one before.
        let seconds = numbers(&end.text)[0];
        assert!(seconds >= (place + 2) as f64, "{end:?}");
    }
    assert_eq!(
        workers.len(),
        4,
        "a worker process for each task: {workers:?}"
    );
    assert_eq!(callers.len(), 1, "one parent: {callers:?}");
    assert_eq!(threads.len(), 1, "on one thread: {threads:?}");
    assert!(workers.is_disjoint(&callers));
}

#[test]
fn async_or_callback_shows_each_without_the_other() {
    let run = run("async_or_callback", 4);
    // Synchronous: goes on after the task. With a callback: is called before.
    run.expect_order(&["1: the task ends", "1: I go on", "1: I have the result, 1"]);
    run.expect_order(&["2: the task ends", "2: I am called with 4", "2: I go on"]);
    // Asynchronous: goes on before the task has ended.
    run.expect_order(&["3: I go on", "3: the task ends", "3: I fetch the result, 9"]);
    run.expect_order(&["4: I go on", "4: the task ends", "4: I am called with 16"]);
    for (text, actor) in [
        ("1: the task ends", "main"),
        ("1: I have the result, 1", "main"),
        ("2: the task ends", "main"),
        ("2: I am called with 4", "main"),
        ("3: the task ends", "pool-0_0"),
        ("3: I fetch the result, 9", "main"),
        ("4: the task ends", "pool-0_0"),
        ("4: I am called with 16", "pool-0_0"),
    ] {
        assert_eq!(who(&run, text), actor, "{text}");
    }
}

#[test]
fn errors_are_seen_and_stop_nothing_else() {
    let run = run("errors", 4);
    assert_eq!(
        who(&run, "cancelled: the future has Err(Cancelled)"),
        "main"
    );
    let panic = "index out of bounds: the len is 0 but the index is 0";
    assert_eq!(run.after(&format!("task 0 panicked: {panic} (")).len(), 1);
    assert_eq!(
        run.after("a callback of task 2 panicked: this callback has a mistake (")
            .len(),
        1
    );
    run.expect_order(&[
        &format!("panics: the future has Err(Panicked({panic:?}))"),
        r#"fails: the future has Ok(Err("/lost: status 404"))"#,
        "a callback of task 1 failed: /lost: status 404",
        "a callback of task 2 failed: the disk is full",
        "good: the future has Ok(Ok(1256))",
        "the worker takes the next task",
        r#"workers: ["pool-0_0"]"#,
    ]);
    // The cancelled task never ran, and everything else is told by one worker.
    assert_eq!(run.said_by("pool-0_0").len(), 8);
    assert_eq!(run.lines.len(), 10);
}
