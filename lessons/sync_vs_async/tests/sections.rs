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
    let took = |how: &str| numbers(run.after(&format!("{how} took "))[0])[0];
    assert!(took("serial") >= 2.0, "two waits, one after the other");
    assert!(took("concurrent") >= 1.0 && took("parallel") >= 1.0);
}

/// The seconds of work of the ten chapters, which are the same in four sections.
const CHAPTERS: [f64; 10] = [2.2, 0.8, 1.2, 0.9, 2.7, 1.0, 0.9, 2.5, 1.7, 1.7];

/// The place of the line with which a chapter starts, and of that with which it ends.
fn written(run: &Run, n: usize) -> (usize, usize) {
    let start = run.place(&format!("chapter {n} starts, {} s of work", CHAPTERS[n]));
    (start, run.place(&format!("chapter {n} ends")))
}

/// The chapters in the order in which they were read; each is read after it was done.
fn read(run: &Run) -> Vec<usize> {
    let texts = run.texts();
    let read = texts.iter().enumerate().filter_map(|(place, text)| {
        let (front, _) = text.split_once(": done at ")?;
        let n: usize = front.strip_prefix("chapter ")?.parse().ok()?;
        assert!(written(run, n).1 < place);
        let times = numbers(text);
        assert!(times[1] <= times[2], "read before it was done: {text}");
        Some(n)
    });
    read.collect()
}

#[test]
fn the_four_sections_write_the_same_book() {
    for section in [
        "synchronous",
        "asynchronous",
        "collect_at_end",
        "as_completed",
    ] {
        let run = run(section, 20);
        for n in 0..10 {
            let (start, end) = written(&run, n);
            assert!(start < end, "{section}: chapter {n}");
            assert_eq!(run.lines[start].actor, run.lines[end].actor);
        }
        // Three teachers at most, so a third of the work at least.
        let took = numbers(run.after("it took ")[0])[0];
        assert!(took >= CHAPTERS.iter().sum::<f64>() / 3.0, "{section}");
    }
}

#[test]
fn synchronous_takes_the_sum() {
    let run = run("synchronous", 20);
    let mut places = Vec::new();
    for n in 0..10 {
        let (start, end) = written(&run, n);
        let is_read = |text: &&str| text.starts_with(&format!("chapter {n}: done at "));
        places.extend([start, end]);
        places.extend(run.texts().iter().position(is_read));
    }
    assert_eq!(places, (0..30).collect::<Vec<_>>(), "one after the other");
    run.place("one after the other, the chapters are 15.6 s of work");
    assert!(numbers(run.after("it took ")[0])[0] >= 15.6);
    assert_eq!(run.texts().last(), Some(&"===main==="));
}

#[test]
fn asynchronous_goes_on_before_any_task_is_done() {
    let run = run("asynchronous", 2);
    let submitted = run.place("all chapters are submitted, and I go on with my own work");
    run.expect_order(&[
        "all chapters are submitted, and I go on with my own work",
        "my own work is done",
        "===main===",
    ]);
    let mut teachers = BTreeSet::new();
    for n in 0..10 {
        let (start, end) = written(&run, n);
        assert!(submitted < end);
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

#[test]
fn collect_at_end_reads_nothing_before_all_is_done() {
    let run = run("collect_at_end", 20);
    let done = run.place("all are done: true");
    assert_eq!(read(&run), (0..10).collect::<Vec<_>>());
    for n in 0..10 {
        assert!(written(&run, n).1 < done);
    }
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
    // The chapters end 0.4 s after one another.
    let run = run("as_completed", 1);
    assert_eq!(read(&run), [1, 2, 3, 0, 5, 6, 4, 8, 7, 9]);
    let texts = run.texts();
    let first = texts.iter().position(|text| text.contains(": done at "));
    assert!(first < Some(written(&run, 9).1), "read while others run");
    let first = numbers(run.after("the first result was read after ")[0])[0];
    assert!(first < numbers(run.after("it took ")[0])[0]);
}
