//! The sections' twins in plain Rust print what the sections show.

use testing::{Twin, run_twins};

#[test]
fn the_twins_show_what_their_sections_show() {
    run_twins(env!("CARGO_MANIFEST_DIR"), &twins());
}

#[rustfmt::skip]
fn twins() -> Vec<Twin> {
    vec![
        traffic_light(),
        Twin::new("flag").takes_at_least(250 + 500).in_order([
            "looks once: false",
            "waits a little: false",
            "waits for the setter: true",
            "is_set says true",
            "after clear: is_set says false",
        ]),
        Twin::new("wait_for_database")
            .takes_at_least(1800 + 300)
            .in_order(["the database will be ready after 1800 ms"])
            .in_any_order([
                r#"join returns [Err("timed out after 3 tries"), Err("timed out after 3 tries")]"#,
                "it is ready: version 8.0.0",
            ])
            .in_order([
                "the database will be ready after 300 ms",
                "it is ready: version 8.0.0",
                r#"join returns [Ok("version 8.0.0"), Ok("version 8.0.0")]"#,
            ]),
        Twin::new("under_the_hood").takes_at_least(500).in_order([
            "between the look and the sleep the flag is set:",
            "timed out: true, is set: true",
            "the lock is kept until the sleep, and the sets are counted:",
            "woke up, is set: false",
        ]),
    ]
}

/// No car goes before the light is green. A car that is late need not wait at all.
fn traffic_light() -> Twin {
    let waits = |n| format!("car {n} waits at the light");
    let goes = |n| format!("car {n} goes");
    let green = "the light is green";
    let cars = (1..=10).flat_map(|n| [waits(n), goes(n)]);
    let twin = Twin::new("traffic_light")
        .takes_at_least(1000)
        .in_order(["the light is red"])
        .in_any_order(cars.chain([green.to_string()]))
        .in_order(["all cars have gone"]);
    (1..=10).fold(twin, |twin, n| {
        twin.before(waits(n), goes(n)).before(green, goes(n))
    })
}
