use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::logs::{self, Log};
use super::{Activity, Moment, Timeline, Why};
use crate::record::{Kind, WORKER};

fn of(log: &Log) -> Timeline {
    Timeline::new(&log.events)
}

fn picture(timeline: &Timeline, columns: usize) -> String {
    colored::control::set_override(false);
    timeline.to_terminal(columns)
}

/// Logs that have been trouble, or might be.
fn strange() -> Vec<(&'static str, Timeline)> {
    let mut zero = Log::default();
    zero.thread("main");
    let begun = zero.add(0, "main", Kind::Start, 0, None, "");
    zero.add(0, "main", Kind::End, 0, begun, "");
    zero.add(0, "main", Kind::Set, None, None, "");

    let mut one = Log::default();
    one.thread("main");
    one.add(700, "main", Kind::Say, None, None, "hello");

    let mut names = Log::default();
    for name in [
        "main",
        "日本語の名前がとても長いスレッド_0",
        "a thread with a name that is longer than any line should be",
        "👩‍👩‍👧‍👦☺️\u{1b}[31m\n",
        "e\u{301}te\u{301}",
        "",
    ] {
        names.thread(name);
        names.add(1, name, Kind::Born, None, None, "");
        let wait = names.add(10, name, Kind::Wait, None, None, "日本語 ☺️ e\u{301}");
        names.add(900, name, Kind::Wake, None, wait, "");
        names.add(1000, name, Kind::Exit, None, None, "");
    }

    let mut many = Log::default();
    for number in 0..200 {
        let name = format!("pool-0_{number}");
        many.thread(&name);
        many.add(number, &name, Kind::Start, number, None, "");
    }

    let mut dense = Log::default();
    dense.thread("pool-0_0");
    for task in 0..500 {
        dense.add(2 * task, "pool-0_0", Kind::Start, task, None, "");
        dense.add(2 * task + 1, "pool-0_0", Kind::End, task, None, "");
        dense.add(2 * task + 1, "pool-0_0", Kind::Callback, task, None, "");
        dense.add(2 * task + 2, "pool-0_0", Kind::CallbackEnd, task, None, "");
    }

    let mut unpaired = Log::default();
    unpaired.thread("main");
    unpaired.add(1, "main", Kind::End, 3, None, "");
    unpaired.add(2, "main", Kind::Wake, None, None, "");
    unpaired.add(3, "main", Kind::Exit, None, None, "");
    unpaired.add(4, "main", Kind::Sleep, None, None, "9");

    let mut long = Log::default();
    long.thread("main");
    long.add(u64::MAX / 1_000_000, "main", Kind::Say, None, None, "late");

    vec![
        ("empty", Timeline::new(&[])),
        ("zero", of(&zero)),
        ("one", of(&one)),
        ("names", of(&names)),
        ("many", of(&many)),
        ("dense", of(&dense)),
        ("unpaired", of(&unpaired)),
        ("long", of(&long)),
        ("pool", of(&logs::pool())),
    ]
}

#[test]
fn a_pool_has_its_rows_spans_and_arrows() {
    let timeline = of(&logs::pool());
    let names: Vec<&str> = timeline
        .rows
        .iter()
        .map(|row| row.actor.name.as_str())
        .collect();
    assert_eq!(names, ["main", "pool-0_0", "pool-0_1"]);

    let worker = &timeline.rows[1];
    assert!(worker.worker);
    let told: Vec<(Activity, usize)> = worker
        .spans
        .iter()
        .map(|span| (span.activity, span.depth))
        .collect();
    assert_eq!(
        told,
        [
            (Activity::Running, 0),
            (Activity::Sleeping, 1),
            (Activity::Callback, 0),
            (Activity::Running, 0),
            (Activity::Sleeping, 1),
        ]
    );
    assert!(worker.spans.iter().all(|span| span.ended.is_some()));
    assert!(worker.spans[3].failure.contains("panicked"));

    let whys: Vec<(Why, usize, usize)> = timeline
        .arrows
        .iter()
        .map(|arrow| (arrow.why, arrow.from.row, arrow.to.row))
        .collect();
    assert_eq!(
        whys,
        [
            (Why::Spawned, 0, 1),
            (Why::Spawned, 0, 2),
            (Why::Submitted, 0, 1),
            (Why::Submitted, 0, 2),
            (Why::CalledBack, 1, 1),
            (Why::Submitted, 0, 1),
            (Why::Woken, 1, 0),
        ]
    );
}

#[test]
fn segments_follow_one_another_through_a_whole_life() {
    for (name, timeline) in strange() {
        for row in &timeline.rows {
            let mut known = row.born;
            for segment in &row.segments {
                assert_eq!(segment.from, known, "{name}");
                known = segment.to;
            }
            assert_eq!(known, row.exit, "{name}");
            for span in &row.spans {
                assert!(row.born <= span.from && span.from <= span.to, "{name}");
                assert!(span.to <= row.exit, "{name}");
            }
        }
    }
}

#[test]
fn a_worker_without_a_task_is_idle_and_a_thread_of_ones_own_runs() {
    let mut log = Log::default();
    for (name, role) in [("main", ""), ("pool-0_0", WORKER), ("teacher", "")] {
        log.thread(name);
        log.add(1, name, Kind::Born, None, None, role);
        log.add(9, name, Kind::Exit, None, None, "");
    }
    let activity = |row: usize| of(&log).rows[row].segments[0].activity;
    assert_eq!(activity(1), Activity::Idle);
    assert_eq!(activity(2), Activity::Running);
}

#[test]
fn what_is_still_going_on_goes_on_to_the_end() {
    let mut log = Log::default();
    log.thread("main");
    log.add(1, "main", Kind::Start, 0, None, "");
    log.add(2, "main", Kind::Wait, 0, None, "the result of task 1");
    let end = Moment {
        real: Duration::from_secs(9),
        simulated: Duration::from_secs(90),
    };
    let timeline = Timeline::until(&log.events, end);
    for span in &timeline.rows[0].spans {
        assert_eq!((span.to, span.ended), (end, None));
    }
    assert!(timeline.describe().contains("1 never ended"));
}

#[test]
fn a_process_that_died_ends_what_it_did() {
    let mut log = Log::default();
    log.process("process-0_0", 200);
    log.process("process-0_1", 300);
    log.add(1, "process-0_0", Kind::Start, 0, None, "");
    log.add(5, "process-0_0", Kind::Exit, None, None, "was killed");
    log.add(9, "process-0_1", Kind::Say, None, None, "and I live");
    let timeline = of(&log);
    assert_eq!(timeline.rows[0].spans[0].to, timeline.rows[0].exit);
    assert!(timeline.rows[0].exit < timeline.end);
    assert!(timeline.describe().contains("was killed"));
}

#[test]
fn who_hands_its_thread_to_another_is_idle_until_it_gets_it_back() {
    let mut log = Log::default();
    log.thread("one");
    log.thread("two");
    log.add(0, "one", Kind::Say, None, None, "tick");
    log.add(10, "one", Kind::Switch, None, None, "two");
    log.add(10, "two", Kind::Say, None, None, "tack");
    log.add(20, "two", Kind::Switch, None, None, "one");
    log.add(30, "one", Kind::Say, None, None, "tick");
    let timeline = of(&log);
    let told: Vec<_> = timeline.rows[0]
        .segments
        .iter()
        .map(|segment| (segment.activity, segment.to.simulated.as_millis()))
        .collect();
    assert_eq!(
        told,
        [
            (Activity::Running, 10),
            (Activity::Idle, 20),
            (Activity::Running, 30)
        ]
    );
}

#[test]
fn who_only_creates_others_has_no_row() {
    let mut log = Log::default();
    for name in ["main", "process-0_0_reader", "process-0_callbacks"] {
        log.thread(name);
    }
    log.add(1, "main", Kind::Say, None, None, "hello");
    let spawned = log.add(2, "process-0_0_reader", Kind::Spawn, None, None, "");
    log.add(3, "process-0_callbacks", Kind::Born, None, spawned, WORKER);
    let timeline = of(&log);
    assert_eq!(timeline.rows.len(), 2);
    assert!(timeline.arrows.is_empty());
}

#[test]
fn the_order_of_the_log_does_not_matter() {
    let mut log = logs::pool();
    let sorted = of(&log);
    log.events.reverse();
    // Equal times keep their order, so only times are compared.
    assert_eq!(of(&log).rows.len(), sorted.rows.len());
    assert_eq!(of(&log).end, sorted.end);
}

const EXPECTED: &str = "\
2 workers ran 3 tasks in 2.0 s, at most 2 at once, 1 failed.
          0.0 s       0.5 s        1.0 s        1.5 s    2.0 s
          ├───────────┬────────────┬────────────┬────────────┬
main      ── waits for the end of pool-0 ─────────────────────
queued    11111111111111111111111111
pool-0_0  │0▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒◆│2!▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
pool-0_1  │1▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒··························
│3 task 3   3! failed   ▒ sleeps (stands for work)
◆ callback   ─ waits   · idle
";

#[test]
fn the_terminal_shows_the_pool() {
    let shown = picture(&of(&logs::pool()), 62);
    assert_eq!(shown, EXPECTED);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, timeline) in strange() {
        for columns in [0, 1, 20, 21, 37, 80, 200] {
            let shown = picture(&timeline, columns);
            assert!(shown.ends_with('\n'));
            for line in shown.lines() {
                assert!(line.width() <= columns.max(20), "{name}: {line}");
            }
        }
    }
}

#[test]
fn the_terminal_shows_forty_rows_at_most() {
    let (_, many) = strange().swap_remove(4);
    let shown = picture(&many, 80);
    assert!(shown.contains("… and 160 more actors"), "{shown}");
    assert!(shown.lines().count() < 50);
}

#[test]
fn the_words_say_who_did_what() {
    assert_eq!(
        of(&logs::pool()).describe(),
        "2 workers ran 3 tasks in 2.0 s, at most 2 at once, 1 failed. \
         main submitted 3 tasks and waited 2.0 s for the end of pool-0. \
         pool-0_0 ran tasks 0 and 2 and ran 1 callback. \
         pool-0_1 ran task 1."
    );
    assert_eq!(Timeline::new(&[]).describe(), "Nothing was recorded.");
}
