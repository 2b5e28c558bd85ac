//! The sections' twins in plain Rust print what the sections show.

use testing::{Twin, run_twins};

#[test]
fn the_twins_show_what_their_sections_show() {
    let runs = run_twins(env!("CARGO_MANIFEST_DIR"), &twins());

    // Each figure is bounded on the side to which a busy machine does not push it.
    let squares = runs["squares"].numbers("{} threads took {} s");
    assert!(squares[0][1] >= 2.0 && squares[1][1] >= 0.8, "{squares:?}");

    let [fresh, pooled] = ["a task on a new thread", "a task in a pool of threads"]
        .map(|what| runs["why_pools"].numbers(&format!("{what}: {{}} µs"))[0][0]);
    assert!(pooled < fresh, "a task: {fresh} µs, in a pool {pooled} µs");

    let parent = runs["process_pool"].numbers("the parent is process {}")[0][0];
    let mut ids = runs["process_pool"].numbers("task {} ran in process {}");
    ids.sort_by(|a, b| a[1].total_cmp(&b[1]));
    ids.dedup_by_key(|line| line[1]);
    assert_eq!(ids.len(), 2, "two workers for three tasks");
    assert!(ids.iter().all(|line| line[1] != parent), "{parent} {ids:?}");

    let cores = std::thread::available_parallelism().unwrap().get() as f64;
    let defaults = &runs["defaults"];
    assert_eq!(
        defaults.numbers("cores this process may use: {}"),
        [[cores]]
    );
    let rule = defaults.numbers("threads by Python's rule: {}");
    assert_eq!(rule, [[(cores + 4.0).min(32.0)]]);
}

#[rustfmt::skip]
fn twins() -> Vec<Twin> {
    vec![
        Twin::new("thread_pool")
            .in_any_order(["hello from worker-0", "hello from worker-1"])
            .in_order(["both tasks are done; 2 workers are alive", "the workers have ended"]),
        Twin::new("bounded")
            // Three waves of a second.
            .takes_at_least(3000)
            .in_any_order((0..13).map(|n| format!("result {}", n * n)))
            .in_order(["all tasks are done"]),
        Twin::new("squares")
            .takes_at_least(2000 + 800)
            .in_order(["[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]", "2 threads took {} s"])
            .in_order(["[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]", "6 threads took {} s"]),
        Twin::new("map")
            // 2.3 s of work on three threads.
            .takes_at_least(2300 / 3)
            .in_any_order((1..=11).map(|n| format!("{n} is done")))
            .in_order((1..=11).map(|n| format!("the square of {n} is {}", n * n)))
            .in_order([
                "a map that is not read:",
                "a map that is read, with an error in it:",
                r#"[Ok(1), Err("the disk is full"), Ok(3)]"#,
                r#"all in all: Err("the disk is full")"#,
            ]),
        Twin::new("shutdown").takes_at_least(3 * 200 + 1000 + 100).in_order([
            "close the queue, and wait:",
            "a1 is done",
            "a2 is done",
            "a3 is done",
            "the worker has ended",
            "take back what has not started:",
            "cancelled: 2 tasks",
            "c1 is done",
            "wait for a result, but not too long:",
            "Err(Timeout)",
            r#"Ok("done at last")"#,
        ]),
        Twin::new("why_pools").in_order([
            "a task on a new thread: {} µs",
            "a task in a pool of threads: {} µs",
            "a task in a new process: {} µs",
        ]),
        Twin::new("compute").in_order([
            "scoped threads: 1, {} ms",
            "scoped threads: 2, {} ms",
            "scoped threads: 4, {} ms",
            "threads of rayon: {}, {} ms",
        ]),
        Twin::new("own_pool").takes_at_least(500 + 300).in_order([
            "one thread, and outer blocks it:",
            "outer waits for inner",
            "outer's result: Err(Timeout)",
            "one thread, and outer waits with `join`:",
            "outer's result: 42",
        ]),
        Twin::new("defaults").in_order([
            "cores this process may use: {}",
            "threads of rayon: {}",
            "threads by Python's rule: {}",
            "zero threads asked for: {}",
            r#"a thread of this pool: Some("crawler_0")"#,
            "a thread without a name: None",
            r#"the first thread: Some("main")"#,
        ]),
        Twin::new("process_pool")
            // Three tasks of a second on two workers.
            .takes_at_least(2000)
            .in_order(["the parent is process {}"])
            .in_any_order((0..3).map(|n| format!("task {n} ran in process {{}}")))
            .in_order(["all tasks are done"]),
        Twin::new("process_squares")
            // 2.1 s of work, three processes at a time.
            .takes_at_least(2100 / 3)
            .in_any_order((0..11).map(|n| format!("task {n} runs in process {{}}")))
            .in_order(["+++>".to_string()])
            .in_order((0..11).map(|n| (n * n).to_string())),
        Twin::new("lifetime")
            .in_order([
                "a panic ends a thread, and `join` tells:",
                r#"join: Some("no egg left")"#,
                "a panic costs rayon no thread:",
                "caught: true",
                "the same thread goes on: true",
                "a process that is killed says so in its status:",
                "the worker ended with signal: 9 (SIGKILL)",
            ])
            .complains_of(&["no egg left"]),
    ]
}
