use serde_json::Value;

use super::Trace;
use crate::record::{About, Entry, Kind, Outcome, Target};
use crate::timeline::Timeline;
use crate::timeline::logs::{self, HOME, Log};

fn events(trace: &Trace) -> Vec<Value> {
    let json: Value = serde_json::from_str(&trace.to_json()).expect("the trace is JSON");
    json["traceEvents"]
        .as_array()
        .expect("it has a list")
        .clone()
}

fn of(log: &[Entry]) -> Trace {
    let mut trace = Trace::new("pools");
    trace.add("bounded", &Timeline::new(log));
    trace
}

fn is(event: &Value, phase: &str) -> bool {
    event["ph"] == phase
}

fn number(event: &Value, key: &str) -> f64 {
    event[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} of {event}"))
}

fn encloses(slice: &Value, event: &Value) -> bool {
    let (ts, at) = (number(slice, "ts"), number(event, "ts"));
    slice["pid"] == event["pid"]
        && slice["tid"] == event["tid"]
        && ts <= at
        && at <= ts + number(slice, "dur") + 1e-6
}

fn check(trace: &Trace) {
    let events = events(trace);
    let slices: Vec<&Value> = events.iter().filter(|event| is(event, "X")).collect();
    for event in &events {
        match event["ph"].as_str().unwrap() {
            "X" => assert!(number(event, "dur") >= 0.0),
            "M" | "i" => {}
            "s" | "f" => {
                let bound = |slice: &&&Value| encloses(slice, event);
                assert!(slices.iter().any(|slice| bound(&slice)), "{event}");
                let id = &event["id"];
                let ends: Vec<&Value> = events
                    .iter()
                    .filter(|other| other["id"] == *id && other.get("bp").is_some())
                    .collect();
                assert!(is(ends[0], "s") && is(ends[1], "f") && ends.len() == 2);
                assert!(number(ends[0], "ts") <= number(ends[1], "ts"));
            }
            other => panic!("what is `{other}`?"),
        }
        // Every track and every process has a name.
        let named = |what: &str, with_track: bool| {
            events.iter().any(|name| {
                name["name"] == what
                    && name["pid"] == event["pid"]
                    && (!with_track || name["tid"] == event["tid"])
            })
        };
        assert!(named("process_name", false), "{event}");
        assert!(is(event, "M") || named("thread_name", true), "{event}");
    }
    // Slices of a track lie inside one another, or apart.
    for (place, one) in slices.iter().enumerate() {
        for other in &slices[place + 1..] {
            if one["pid"] != other["pid"] || one["tid"] != other["tid"] {
                continue;
            }
            let end = |slice: &Value| number(slice, "ts") + number(slice, "dur");
            let apart = end(one) <= number(other, "ts") + 1e-6;
            let inside = end(other) <= end(one) + 1e-6;
            assert!(apart || inside, "{one} {other}");
        }
    }
}

#[test]
fn a_pool_is_a_trace() {
    let trace = of(&logs::pool().events);
    check(&trace);
    let events = events(&trace);
    let tasks = events.iter().filter(|event| event["cat"] == "task");
    assert_eq!(tasks.count(), 3);
    let arrows = events.iter().filter(|event| is(event, "s"));
    assert_eq!(arrows.count(), 7);
    let failed = events.iter().find(|event| event["name"] == "task 2");
    assert!(failed.unwrap()["args"]["failed"].is_string());
}

#[test]
fn real_time_is_in_microseconds_and_simulated_time_stands_beside_it() {
    let trace = of(&logs::pool().events);
    let events = events(&trace);
    let task = events.iter().find(|event| event["name"] == "task 0");
    let task = task.unwrap();
    assert_eq!(number(task, "ts"), 1_000.0);
    assert_eq!(number(task, "dur"), 99_900.0);
    assert_eq!(task["args"]["simulated from"], 0.01);
    assert_eq!(task["args"]["at"], "lessons/pools/src/bounded.rs:7");
}

#[test]
fn sections_follow_one_another() {
    let timeline = Timeline::new(&logs::pool().events);
    let mut trace = Trace::new("pools");
    trace.add("one", &timeline);
    trace.add("nothing", &Timeline::new(&[]));
    trace.add("two", &timeline);
    check(&trace);
    let events = events(&trace);
    let sections: Vec<&Value> = events
        .iter()
        .filter(|event| event["cat"] == "section")
        .collect();
    assert_eq!(sections.len(), 2);
    let end = number(sections[0], "ts") + number(sections[0], "dur");
    assert!(end < number(sections[1], "ts"));
}

#[test]
fn processes_have_tracks_of_their_own() {
    let mut log = Log::default();
    log.thread("main");
    log.process("process-0_0", 200);
    log.process("process-0_1", 300);
    log.add(0, "main", Kind::Submit, 0, None, "");
    log.add(1, "process-0_0", Kind::Start, 0, None, "");
    log.add(2, "process-0_1", Kind::Start, 1, None, "");
    let trace = of(&log.events);
    check(&trace);
    let events = events(&trace);
    let name = |pid: u32| {
        let mut all = events.iter();
        let found = all.find(|event| event["name"] == "process_name" && event["pid"] == pid);
        found.unwrap()["args"]["name"].clone()
    };
    assert_eq!(name(HOME), "pools");
    assert_eq!(name(200), "process-0_0");
    assert_eq!(name(300), "process-0_1");
}

#[test]
fn what_never_ended_has_an_end_and_says_so() {
    let mut log = Log::default();
    log.thread("main");
    log.add(0, "main", Kind::Start, 0, None, "");
    log.add(5, "main", Kind::Wait, 0, None, "nothing");
    log.add(9, "main", Kind::Say, 0, None, "still here");
    let trace = of(&log.events);
    check(&trace);
    let events = events(&trace);
    let unfinished = events
        .iter()
        .filter(|event| event["args"]["unfinished"] == true);
    assert_eq!(unfinished.count(), 2);
}

#[test]
fn events_at_the_same_moment_are_no_trouble() {
    let mut log = Log::default();
    log.thread("main");
    log.thread("pool-0_0");
    let submitted = log.add(0, "main", Kind::Submit, 0, None, "");
    let started = log.add(0, "pool-0_0", Kind::Start, 0, submitted, "");
    let ended = log.add(0, "pool-0_0", Kind::End, 0, started, "");
    log.add(0, "pool-0_0", Kind::Callback, 0, ended, "");
    check(&of(&log.events));
    check(&of(&[]));
}

/// As in the pictures: for what an actor waited and whether it gave up, what is not
/// recorded, and the phases.
#[test]
fn waits_have_targets_and_phases_and_what_is_not_recorded_are_slices() {
    let mut log = Log::default();
    log.thread("main");
    log.add(0, "main", Kind::Phase, None, None, "one by one");
    log.active(0);
    let wait = log.add(10, "main", Kind::Wait, None, None, "the light");
    log.about(About::Wait {
        target: Target::Event("the light".to_string()),
        limit: Some(0.1),
    });
    log.active(5);
    log.add(1010, "main", Kind::Wake, None, wait, "1");
    log.about(About::Outcome(Outcome::GaveUp));
    log.active(6);
    log.add(3000, "main", Kind::Say, None, None, "here");
    log.active(7);
    log.add(4000, "main", Kind::Phase, None, None, "at once");
    log.active(900);
    log.add(5000, "main", Kind::Say, None, None, "done");
    log.active(1800);
    let trace = of(&log.events);
    check(&trace);
    let events = events(&trace);
    let named = |name: &str| {
        let mut found = events.iter().filter(|event| event["name"] == name);
        found
            .next()
            .unwrap_or_else(|| panic!("{name}: {events:#?}"))
    };
    let wait = named("waits for the light");
    assert_eq!(wait["args"]["target"]["Event"], "the light");
    assert_eq!(wait["args"]["gave up"], true);
    assert_eq!(number(named("not recorded"), "ts"), 101_000.0);
    assert_eq!(number(named("not recorded"), "dur"), 199_000.0);
    assert_eq!(named("one by one")["cat"], "phase");
    assert_eq!(number(named("at once"), "dur"), 100_000.0);
}
