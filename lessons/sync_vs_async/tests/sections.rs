//! What each section's run must show. Orders that the program enforces are
//! checked as such. Where an order is made by the clock, the pauses differ by a
//! quarter of a second of real time or more.

use std::collections::BTreeSet;

use testing::{Run, numbers};

fn run(section: &str, speed: u32) -> Run {
    testing::run(env!("CARGO_BIN_EXE_sync_vs_async"), section, speed)
}

#[test]
fn states_shows_who_runs_and_who_is_blocked() {
    let run = run("states", 20);
    run.expect_order(&[
        "now the other side writes",
        r#"my read returns "hello""#,
        "a read that is not allowed to block: Err(WouldBlock)",
    ]);
    assert_eq!(run.actors("reader").len(), 1);
    // Nobody else tells; there, one line says so.
    #[cfg(target_os = "linux")]
    {
        run.expect_order(&["reader: state S", "computing: state R"]);
        let times: Vec<Vec<f64>> = run.after("running ").into_iter().map(numbers).collect();
        let [reader, computing] = &times[..] else {
            panic!("{times:?}");
        };
        assert!(reader[2] > reader[0], "it was blocked: {reader:?}");
        assert!(
            computing[0] > 0.0 && computing[1] > 0.0,
            "some ran, some were ready: {computing:?}"
        );
    }
}

#[test]
fn serial_concurrent_parallel_shows_three_arrangements_of_one_work() {
    let run = run("serial_concurrent_parallel", 8);
    let texts = run.texts();
    let ways: Vec<usize> = ["serial: ", "concurrent: ", "parallel: "]
        .iter()
        .map(|way| texts.iter().position(|text| text.starts_with(way)))
        .map(|place| place.expect("each way is there"))
        .collect();
    assert!(ways.is_sorted());
    let serial = ["task 0 has computed", "task 1 has computed"];
    assert_eq!(texts[ways[0] + 1..ways[0] + 3], serial);
    for way in ways {
        let lines: BTreeSet<&str> = texts[way + 1..way + 3].iter().copied().collect();
        assert_eq!(lines, BTreeSet::from(serial));
        // Nobody is done before its own second has passed.
        assert!(numbers(texts[way + 3])[0] >= 1.0);
    }
    assert_eq!(run.actors("pool-0_").len(), 1);
    let times: Vec<f64> = (run.after("in ").iter())
        .map(|text| numbers(text)[0])
        .collect();
    assert!(times[0] >= 2.0, "two waits, one after the other: {times:?}");
}

/// The chapters' seconds, in their order.
fn seconds(run: &Run) -> Vec<f64> {
    let seconds = |n: u32| numbers(run.after(&format!("chapter {n} starts, "))[0])[0];
    (0..10).map(seconds).collect()
}

#[test]
fn synchronous_takes_the_sum() {
    let run = run("synchronous", 20);
    let seconds = seconds(&run);
    let mut expected = Vec::new();
    for (n, seconds) in seconds.iter().enumerate() {
        expected.push(format!("chapter {n} starts, {seconds} s of work"));
        expected.push(format!("chapter {n} ends"));
        expected.push(format!("chapter {n} is here"));
    }
    assert_eq!(run.texts()[..30], expected);
    let sum: f64 = seconds.iter().sum();
    run.place(&format!(
        "one after the other, the chapters are {sum} s of work"
    ));
    assert!(numbers(run.after("it took ")[0])[0] >= sum);
    assert_eq!(run.texts().last(), Some(&"===main==="));
}

#[test]
fn asynchronous_goes_on_before_any_task_is_done() {
    let run = run("asynchronous", 4);
    let submitted = run.place("all chapters are submitted, and I go on with my own work");
    run.expect_order(&[
        "all chapters are submitted, and I go on with my own work",
        "my own work is done",
        "===main===",
    ]);
    let mut teachers = BTreeSet::new();
    for (n, seconds) in seconds(&run).iter().enumerate() {
        assert!((1.0..=3.0).contains(seconds));
        let start = run.place(&format!("chapter {n} starts, {seconds} s of work"));
        let end = run.place(&format!("chapter {n} ends"));
        assert!(submitted < end && start < end);
        if n < 3 {
            teachers.insert(run.lines[start].actor.as_str());
        }
    }
    assert_eq!(
        teachers,
        run.actors("teacher_"),
        "one for each of the first three"
    );
    assert_eq!(teachers.len(), 3);
    assert_eq!(run.texts().last(), Some(&"===main==="));
}

/// The numbers of the results in the order in which they were read; each is read
/// after its task was done.
fn results(run: &Run) -> Vec<usize> {
    let seconds = ["2", "1", "3", "1.5", "1.7", "0.9"];
    let texts = run.texts();
    let read = texts.iter().enumerate().filter_map(|(place, text)| {
        let n: usize = text
            .strip_prefix("result ")?
            .split(':')
            .next()?
            .parse()
            .ok()?;
        assert!(run.place(&format!("done after {} s of work", seconds[n])) < place);
        let times = numbers(text);
        assert!(times[1] <= times[2], "read before it was there: {text}");
        Some(n)
    });
    read.collect()
}

#[test]
fn collect_at_end_reads_nothing_before_all_is_done() {
    let run = run("collect_at_end", 20);
    let done = run.place("all tasks are done: true");
    assert_eq!(results(&run), [0, 1, 2, 3, 4, 5]);
    let late = |text: &&str| text.starts_with("done after ");
    assert_eq!(
        run.texts()[..done].iter().filter(|text| late(text)).count(),
        6
    );
}

#[test]
fn polling_costs_and_being_told_does_not() {
    let run = run("polling", 8);
    let cpu_time = |how: &str| numbers(run.after(&format!("{how}: "))[0])[1];
    for interval in ["0.01", "0.10", "0.50"] {
        cpu_time(&format!("asking every {interval} s"));
    }
    assert!(cpu_time("asking all the time") > cpu_time("being told"));
    assert!(run.seconds >= 5.0 * 1.2, "five tasks of 1.232 s");
}

#[test]
fn as_completed_gives_each_result_when_it_is_there() {
    let run = run("as_completed", 4);
    let read = results(&run);
    assert_eq!(read, [1, 0, 3, 2, 5, 4]);
    let first = run
        .texts()
        .iter()
        .position(|text| text.starts_with("result "));
    assert!(first < Some(run.place("done after 3 s of work")));
}
