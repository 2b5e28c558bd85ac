//! What a picture shows beside tasks and waits: what is not recorded, phases, queues, the
//! states of events, names, rows that are alike.

use super::logs::Log;
use super::{Activity, Timeline};
use crate::record::{About, Kind, Outcome, Target, WORKER};

fn of(log: &Log) -> Timeline {
    Timeline::new(&log.events)
}

/// The lines of the picture, 60 columns wide.
fn lines(log: &Log) -> Vec<String> {
    colored::control::set_override(false);
    let picture = of(log).to_terminal(60);
    picture.lines().map(str::to_string).collect()
}

/// The line with this name in front.
fn line<'a>(lines: &'a [String], name: &str) -> &'a str {
    let found = lines
        .iter()
        .find(|line| line.split("  ").next() == Some(name));
    found.unwrap_or_else(|| panic!("{name}: {lines:#?}"))
}

fn segments(log: &Log) -> Vec<(Activity, u128)> {
    let timeline = of(log);
    let segments = timeline.rows[0].segments.iter();
    segments
        .map(|segment| (segment.activity, segment.to.simulated.as_millis()))
        .collect()
}

/// Time in which a thread was blocked, and of which nothing else is known, is never
/// drawn as if it ran.
#[test]
fn what_is_not_known_is_not_recorded() {
    let mut log = Log::default();
    log.thread("main");
    for (at, active) in [(0, 0), (1000, 990), (3000, 1000), (3500, 1400)] {
        log.add(at, "main", Kind::Say, None, None, "here");
        log.active(active);
    }
    let (runs, not_recorded) = (Activity::Running, Activity::NotRecorded);
    assert_eq!(
        segments(&log),
        [(runs, 1000), (not_recorded, 3000), (runs, 3500)]
    );
    let lines = lines(&log);
    assert!(line(&lines, "main").contains("██╱╱"), "{lines:#?}");
    assert!(lines.last().unwrap().contains("╱ not recorded"));
}

/// A thread that waits for a core is ready, which counts as running; and what is short
/// is not worth a hatch.
#[test]
fn a_moment_that_is_not_known_counts_as_running() {
    let mut log = Log::default();
    log.thread("main");
    // Ten simulated milliseconds are a real one.
    for (at, active) in [(0, 0), (190, 1), (1190, 601)] {
        log.add(at, "main", Kind::Say, None, None, "here");
        log.active(active);
    }
    let all: Vec<Activity> = segments(&log)
        .iter()
        .map(|(activity, _)| *activity)
        .collect();
    assert_eq!(all, [Activity::Running]);
}

#[test]
fn what_follows_the_last_entry_is_not_recorded() {
    let mut log = Log::default();
    log.thread("main");
    log.thread("other");
    log.add(0, "main", Kind::Say, None, None, "here");
    log.active(0);
    log.add(1000, "other", Kind::Say, None, None, "there");
    assert_eq!(segments(&log), [(Activity::NotRecorded, 1000)]);
}

/// A record without these times, as it was kept before, shows what it showed.
#[test]
fn without_processor_times_all_that_is_not_known_runs() {
    let mut log = Log::default();
    log.thread("main");
    log.add(0, "main", Kind::Say, None, None, "here");
    log.add(9000, "main", Kind::Say, None, None, "there");
    assert_eq!(segments(&log), [(Activity::Running, 9000)]);
}

fn wait(log: &mut Log, at: u64, to: u64, who: &str, text: &str, target: Target, how: Outcome) {
    let wait = log.add(at, who, Kind::Wait, None, None, text);
    log.about(About::Wait {
        target,
        limit: None,
    });
    log.add(to, who, Kind::Wake, None, wait, "");
    log.about(About::Outcome(how));
}

#[test]
fn a_sleep_that_was_seen_is_a_sleep_and_other_waits_say_whether_they_gave_up() {
    let mut log = Log::default();
    log.thread("main");
    wait(
        &mut log,
        0,
        1000,
        "main",
        "sleep",
        Target::Seen,
        Outcome::Woken,
    );
    let light = Target::Event("the light".to_string());
    wait(
        &mut log,
        1000,
        4000,
        "main",
        "the light",
        light,
        Outcome::GaveUp,
    );
    let timeline = of(&log);
    let spans = &timeline.rows[0].spans;
    assert_eq!(
        (spans[0].activity, spans[0].gave_up),
        (Activity::Sleeping, false)
    );
    assert_eq!(
        (spans[1].activity, spans[1].gave_up),
        (Activity::Waiting, true)
    );
    assert!(spans.iter().all(|span| span.ended.is_some()));
    let lines = lines(&log);
    assert!(
        line(&lines, "main").contains(" the light, gives up "),
        "{lines:#?}"
    );
    assert!(lines.last().unwrap().contains("▒ sleeps   "), "{lines:#?}");
}

#[test]
fn phases_are_labelled_where_they_begin() {
    let mut log = Log::default();
    log.thread("main");
    log.add(0, "main", Kind::Phase, None, None, "one by one");
    log.add(1000, "main", Kind::Phase, None, None, "at once");
    log.add(2000, "main", Kind::Say, None, None, "done");
    let timeline = of(&log);
    let phases: Vec<(&str, u128)> = timeline
        .phases
        .iter()
        .map(|phase| (phase.name.as_str(), phase.to.simulated.as_millis()))
        .collect();
    assert_eq!(phases, [("one by one", 1000), ("at once", 2000)]);
    let expected = format!("{:8}│ one by one{:14}│ at once", "", "");
    assert_eq!(lines(&log)[1], expected, "{:#?}", lines(&log));
}

/// Two tasks wait in the queue, and one of them is cancelled there.
fn queue() -> Log {
    let mut log = Log::default();
    log.thread("main");
    log.thread("cook_0");
    log.add(0, "main", Kind::Pool, None, None, "pool 0 of 1 workers");
    log.about(About::Pool {
        pool: 0,
        prefix: "cook".to_string(),
        processes: false,
        workers: 1,
    });
    let submitted = [0, 1, 2].map(|task| log.add(0, "main", Kind::Submit, task, None, ""));
    log.add(0, "cook_0", Kind::Born, None, None, WORKER);
    for (task, at) in [(0, 0), (1, 2000)] {
        let started = log.add(
            at,
            "cook_0",
            Kind::Start,
            task,
            submitted[task as usize],
            "",
        );
        log.add(
            at,
            "cook_0",
            Kind::Name,
            task,
            None,
            &format!("/index/{task}"),
        );
        if task == 0 {
            log.add(1000, "main", Kind::Cancel, 2, submitted[2], "");
        }
        log.add(at + 2000, "cook_0", Kind::End, task, started, "");
    }
    log
}

#[test]
fn a_queue_is_counted_and_what_is_cancelled_in_it_is_seen() {
    let timeline = of(&queue());
    let lengths: Vec<usize> = timeline.queues[0].lengths.iter().map(|(_, n)| *n).collect();
    assert_eq!(lengths, [1, 2, 3, 2, 1, 0]);
    assert_eq!(timeline.queues[0].cancelled.len(), 1);
    let lines = lines(&queue());
    let queued = line(&lines, "queued");
    assert_eq!(queued, "queued  2222222222222×111111111111");
    // It stands above the worker that empties it.
    let place = |name: &str| lines.iter().position(|line| line.starts_with(name));
    assert_eq!(place("queued").map(|place| place + 1), place("cook_0"));
    assert!(lines.last().unwrap().contains("× cancelled"));
}

#[test]
fn a_task_has_the_name_that_it_has_in_the_output() {
    let lines = lines(&queue());
    let worker = line(&lines, "cook_0");
    assert!(
        worker.contains("│/index/0█") && worker.contains("│/index/1█"),
        "{worker}"
    );
    assert!(
        lines.last().unwrap().contains("│/index/0 a task"),
        "{lines:#?}"
    );
}

#[test]
fn the_state_of_an_event_is_a_band() {
    let mut log = Log::default();
    log.thread("main");
    log.thread("car");
    let light = Target::Event("green".to_string());
    wait(&mut log, 0, 1000, "car", "green", light, Outcome::Woken);
    log.add(1000, "main", Kind::Set, None, None, "green");
    log.add(2000, "main", Kind::Clear, None, None, "green");
    // No actor waits for this one.
    log.add(2000, "main", Kind::Set, None, None, "other");
    log.add(3000, "main", Kind::Say, None, None, "done");
    let lines = lines(&log);
    let band = line(&lines, "green");
    assert_eq!(
        band,
        "green   ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌"
    );
    assert!(lines.iter().all(|line| !line.starts_with("other")));
    assert!(
        lines.join("\n").contains("━ is set   ╌ is not set"),
        "{lines:#?}"
    );
}

#[test]
fn rows_that_are_alike_are_folded_wherever_they_stand() {
    let mut log = Log::default();
    log.thread("main");
    log.add(0, "main", Kind::Say, None, None, "go");
    for number in 0..1000 {
        let name = format!("thread-{number}");
        log.thread(&name);
        log.add(number / 100, &name, Kind::Born, None, None, "");
        let wait = log.add(number / 100, &name, Kind::Wait, None, None, "all");
        // Now and then one is late.
        let over = if number % 300 == 150 { 1900 } else { 1000 };
        log.add(over, &name, Kind::Wake, None, wait, "");
        log.add(over, &name, Kind::Exit, None, None, "");
    }
    log.add(2000, "main", Kind::Say, None, None, "done");
    let lines = lines(&log);
    assert!(
        lines
            .iter()
            .any(|line| line == "… 995 more threads like this"),
        "{lines:#?}"
    );
    let shown = lines.iter().filter(|line| line.starts_with("thread-"));
    assert_eq!(
        shown.count(),
        5,
        "two that are alike, and the three late ones"
    );
}
