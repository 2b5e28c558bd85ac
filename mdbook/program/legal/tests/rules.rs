//! Waits, times, figures and relations, on small logs that are made by hand.

use super::maker::Maker;
use super::tools::*;
use crate::captured::Captured;
use crate::legal::{Decision, Judge};
use crate::log::Log;
use crate::record::{Kind, Outcome, Target};

fn event() -> Target {
    Target::Event("the green light".to_string())
}

/// A car waits for so long, and goes.
fn car(length: f64, target: Target, limit: Option<f64>, outcome: Outcome) -> Captured {
    let mut maker = Maker::new(&["main", "car 1"]);
    let spawned = maker.event(0.0, 0, Kind::Spawn, "car 1");
    maker.caused(spawned, 0.0, 1, Kind::Born, "");
    maker.say(0.0, 1, "waits at the light");
    maker.wait((0.0, length), 1, (target, limit), outcome);
    maker.say(length, 1, "goes");
    maker.event(length, 1, Kind::Exit, "");
    run(maker.log)
}

fn waits(length: f64) -> Captured {
    car(length, event(), None, Outcome::Woken)
}

/// A car that asks again and again instead.
fn polls(length: f64) -> Captured {
    car(length, Target::Seen, None, Outcome::Woken)
}

fn asleep(length: f64) -> Captured {
    let mut new = without_waits(waits(length).log);
    let goes = line(&new, "goes");
    let mut maker = Maker { log: new.clone() };
    maker.log.events.truncate(goes);
    maker.sleep(0.0, length, 1);
    maker.log.events.extend_from_slice(&new.events[goes..]);
    new = maker.log;
    run(new)
}

fn without_waits(mut log: Log) -> Log {
    log.events
        .retain(|event| !matches!(event.kind, Kind::Wait | Kind::Wake));
    log
}

#[test]
fn who_waits_does_not_poll_or_sleep() {
    let old = waits(5.0);
    assert_eq!(compare(&old, &waits(5.0)), Verdict::Legal);
    fails_as(&old, &polls(5.0), "seen from outside");
    fails_as(&old, &asleep(5.0), "sleeps 5 s");
    fails_as(&polls(5.0), &old, "waits for the event the green light");
    fails(&old, without_waits(old.log.clone()), "waits for the event");
}

#[test]
fn a_short_wait_may_be_missing_and_must_be_for_the_same() {
    for short in [0.0, 0.2] {
        let old = waits(short);
        assert_eq!(
            compare(&old, &run(without_waits(old.log.clone()))),
            Verdict::Legal
        );
        assert_eq!(
            compare(&run(without_waits(old.log.clone())), &old),
            Verdict::Legal
        );
        assert_eq!(compare(&old, &polls(short)), Verdict::Legal);
    }
}

#[test]
fn a_join_and_a_barrier_are_there_however_short() {
    for target in [Target::Actor("car 2".to_string()), Target::Barrier(3)] {
        let old = car(0.0, target, None, Outcome::Woken);
        fails(&old, without_waits(old.log.clone()), "car 1 now");
    }
}

/// A wait for a light that never turns green, with a limit in simulated seconds.
fn gives_up(simulated: f64, speed: f64) -> Captured {
    let limit = Some(simulated / speed);
    let log = car(simulated, event(), limit, Outcome::GaveUp).log;
    at_speed(log, speed)
}

#[test]
fn a_limit_is_the_same_in_simulated_or_in_real_seconds() {
    let old = gives_up(0.5, 1.0);
    assert_eq!(compare(&old, &gives_up(0.5, 8.0)), Verdict::Legal);
    // Five real seconds, of which nothing was used.
    let old = car(1.0, event(), Some(5.0), Outcome::Woken);
    let new = at_speed(old.log.clone(), 8.0);
    assert_eq!(compare(&old, &new), Verdict::Legal);
    fails_as(&old, &waits(1.0), "as long as it takes");
    let other = car(1.0, event(), Some(6.0), Outcome::Woken);
    fails_as(&old, &other, "6.00 simulated seconds at most");
}

#[test]
fn whether_it_gave_up_counts() {
    let old = car(0.5, event(), Some(0.5), Outcome::GaveUp);
    let new = car(0.5, event(), Some(0.5), Outcome::Woken);
    fails_as(&old, &new, "no longer gives up");
    fails_as(&new, &old, "now gives up");
}

#[test]
fn what_was_seen_in_pieces_is_one_wait() {
    let mut maker = Maker::new(&["main"]);
    for piece in 0..10 {
        let from = f64::from(piece) * 0.1;
        maker.wait((from, 0.1), 0, (Target::Seen, None), Outcome::Woken);
    }
    maker.say(1.0, 0, "done");
    let pieces = run(maker.log);
    let mut maker = Maker::new(&["main"]);
    maker.wait((0.0, 1.0), 0, (Target::Seen, None), Outcome::Woken);
    maker.say(1.0, 0, "done");
    let whole = run(maker.log);
    assert_eq!(compare(&pieces, &whole), Verdict::Legal);
    fails(&pieces, without_waits(whole.log), "seen from outside");
}

/// `main` measures something of one second, and says `figure`.
fn measured(length: f64, figure: &str, read: bool) -> Captured {
    let mut maker = Maker::new(&["main"]);
    let started = maker.event(0.0, 0, Kind::StopwatchStart, "");
    maker.sleep(0.0, length, 0);
    if read {
        maker.caused(started, length, 0, Kind::StopwatchRead, "all is done");
    }
    maker.say(length, 0, &format!("it took {figure}"));
    run(maker.log)
}

#[test]
fn a_figure_is_what_the_stopwatch_said() {
    let old = measured(1.0, "1.0 s", true);
    assert_eq!(compare(&old, &measured(1.0, "1.0 s", true)), Verdict::Legal);
    // Divided by something, but so that it is near the book's.
    fails_as(&old, &measured(1.0, "0.8 s", true), "the stopwatch");
    fails_as(&old, &measured(1.0, "0.5 s", true), "0.5 s");
    // Invented: nothing was read.
    fails_as(&old, &measured(1.0, "1.0 s", false), "reads the stopwatch");
    let milliseconds = measured(1.0, "1000 ms", true);
    fails_as(&milliseconds, &measured(1.0, "500 ms", true), "stopwatch");
}

const PROVES: &str = "//! Proves: 3 * \"pooled: _ µs\" < \"fresh: _ µs\"\nfn main() {}\n";

fn costs(pooled: &str, fresh: &str) -> Captured {
    let mut maker = Maker::new(&["main"]);
    maker.say(0.0, 0, &format!("pooled: {pooled} µs"));
    maker.say(0.0, 0, &format!("fresh: {fresh} µs"));
    run(maker.log)
}

#[test]
fn figures_may_be_anything_that_proves_the_relation() {
    let old = costs("10.1", "50.1");
    let mut judge = Judge::new(&old, PROVES);
    assert!(judge.measures());
    assert_eq!(judge.feed(&costs("7.3", "23.9"), 0.0), Decision::Legal);
    fails_with(&old, &costs("50.2", "10.2"), PROVES, "does not prove");
    // Without the statement, nothing is known about them.
    assert_eq!(compare(&old, &costs("50.2", "10.2")), Verdict::Legal);
    fails_with(&costs("10.1", "20.1"), &old, PROVES, "the captured run");
    let misspelt = PROVES.replace("fresh", "frehs");
    fails_with(&old, &old, &misspelt, "no line says “frehs: _ µs”");
    // On a busy machine, they prove nothing.
    let mut judge = Judge::new(&old, PROVES);
    judge.feed(&costs("50.2", "10.2"), 0.9);
    let decision = judge.feed(&costs("50.2", "10.2"), 0.9);
    assert!(matches!(decision, Decision::NotJudged(_)), "{decision:#?}");
}

#[test]
fn a_figure_that_stands_in_the_source_is_not_measured() {
    let old = costs("10.1", "50.1");
    let source = format!("{PROVES}let pooled = 10.1;\n");
    fails_with(&old, &old, &source, "stands in the source");
}

#[test]
fn a_captured_column_edited_by_hand_is_caught() {
    let mut old = waits(5.0);
    let new = old.clone();
    old.output = old.output.replace("  5.0 s  car 1", "  4.5 s  car 1");
    fails_as(&old, &new, "stands at 4.5 s; the record has it at 5.00 s");
    fails_as(&new, &old, "stands at 4.5 s");
}

#[test]
fn thirteen_seconds_instead_of_three_are_caught() {
    let old = bounded();
    let mut new = old.log.clone();
    for event in &mut new.events {
        event.at = event.at * 13 / 3;
    }
    fails(&old, new, "in the book");
}

#[test]
fn a_short_delay_is_caught() {
    let old = waits(5.0);
    let mut new = old.log.clone();
    let goes = line(&new, "goes");
    for event in &mut new.events[goes..] {
        event.at += 200_000;
    }
    fails(&old, new, "in the book");
}
