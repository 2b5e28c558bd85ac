//! The sections' twins in plain Rust print what the sections show.

use testing::{Twin, run_twins};

#[test]
fn the_twins_show_what_their_sections_show() {
    let runs = run_twins(env!("CARGO_MANIFEST_DIR"), &twins());

    // Each figure is bounded on the side to which a busy machine does not push it.
    let ways = &runs["serial_concurrent_parallel"];
    assert!(
        ways.numbers("serial: {} s")[0][0] >= 1.0,
        "two waits in series"
    );
    for way in ["concurrent: {} s", "parallel: {} s"] {
        assert!(
            ways.numbers(way)[0][0] >= 0.5,
            "one wait, twice at the same time"
        );
    }

    // No chapter is read before it is done; at the end, all are.
    let results = runs["as_completed"].numbers("chapter {}: done at {} ms, read at {} ms");
    assert!(results.iter().all(|result| result[1] <= result[2]));
    let collected = &runs["collect_at_end"];
    let read = collected.numbers("all were read at {} ms")[0][0];
    let done = collected.numbers("chapter {}: done at {} ms");
    assert!(done.iter().all(|chapter| chapter[1] <= read));

    let polling = runs["polling"].numbers("asking every {} ms: {} questions, {} ms late");
    let questions: Vec<f64> = polling.iter().map(|line| line[1]).collect();
    assert!(
        questions.is_sorted_by(|one, next| one > next),
        "{questions:?}"
    );
}

/// All chapters of the book, in milliseconds of work. In three sections it is shared by
/// three teachers.
const BOOK: u64 = 1560;

#[rustfmt::skip]
fn twins() -> Vec<Twin> {
    let linux = cfg!(target_os = "linux");
    vec![
        Twin::new("serial_concurrent_parallel")
            .in_order(["serial: {} s", "concurrent: {} s", "parallel: {} s"]),
        Twin::new("states")
            .in_any_order(if linux { vec![
                "states: R (running)",
                "computing: R (running)",
                "reader: S (sleeping)",
            ] } else { vec![] })
            .in_order([r#"the read returns "hello""#, "a read that may not block: Err(WouldBlock)"]),
        Twin::new("synchronous")
            .takes_at_least(BOOK)
            .in_order((0..10).flat_map(|n| [format!("chapter {n} ends"), format!("chapter {n} is here")]))
            .in_order([
                "one after the other, the chapters are 1560 ms of work",
                "it took {} ms",
            ]),
        asynchronous(),
        Twin::new("collect_at_end")
            .takes_at_least(BOOK / 3)
            .in_order((0..10).map(|n| format!("chapter {n}: done at {{}} ms")))
            .in_order(["all were read at {} ms", "on average a result lay there for {} ms"]),
        Twin::new("polling").takes_at_least(4 * 400).in_order([
            "asking every 0 ms: {} questions, {} ms late",
            "asking every 10 ms: {} questions, {} ms late",
            "asking every 250 ms: {} questions, {} ms late",
            "being told: 0 questions, {} ms late",
        ]),
        Twin::new("as_completed")
            .takes_at_least(BOOK / 3)
            .in_any_order((0..10).map(|n| format!("chapter {n}: done at {{}} ms, read at {{}} ms")))
            .in_order(["all chapters are read"]),
    ]
}

/// Each chapter starts before it ends; which one is next can change.
fn asynchronous() -> Twin {
    let starts = |n| format!("chapter {n} starts");
    let ends = |n| format!("chapter {n} ends");
    let chapters = (0..10).flat_map(|n| [starts(n), ends(n)]);
    let own_work = ["my own work is done".to_string()];
    let twin = Twin::new("asynchronous")
        .takes_at_least(BOOK / 3)
        .in_order(["all chapters are submitted, and I go on with my own work"])
        .in_any_order(chapters.chain(own_work))
        .in_order(["it took {} ms", "===main==="]);
    (0..10).fold(twin, |twin, n| twin.before(starts(n), ends(n)))
}
