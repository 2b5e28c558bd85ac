//! The rule on small logs that are made by hand.

use super::maker::Maker;
use super::tools::*;
use crate::captured::Captured;
use crate::record::{About, Kind};

/// Two threads are started and joined. Which of them prints first is open, or follows from
/// a pause.
fn threads(first: usize, pause: bool, joined: bool) -> Captured {
    let mut maker = Maker::new(&["main", "eat", "play"]);
    let born: Vec<usize> = [1, 2]
        .map(|who| {
            let name = maker.log.actors[who].name.clone();
            maker.event(0.0, 0, Kind::Spawn, &name)
        })
        .into();
    let spoken = |maker: &mut Maker, who: usize, at: f64| {
        let name = maker.log.actors[who].name.clone();
        maker.event(at, who, Kind::Say, &format!("{name} ends"));
        maker.event(at, who, Kind::Exit, "");
    };
    for who in [1, 2] {
        maker.caused(born[who - 1], 0.0, who, Kind::Born, "");
    }
    let done = |maker: &mut Maker, at: f64| {
        maker.event(at, 0, Kind::Say, "both are done");
    };
    if !joined {
        done(&mut maker, 0.0);
    }
    let second = 3 - first;
    if pause {
        maker.sleep(0.0, 1.0, 1);
        maker.log.events.sort_by_key(|event| event.at);
    }
    let at = |who: usize| if pause && who == 1 { 1.0 } else { 0.0 };
    spoken(&mut maker, first, at(first));
    spoken(&mut maker, second, at(second).max(at(first)));
    if joined {
        let end = if pause { 1.0 } else { 0.0 };
        for who in [1, 2] {
            let name = maker.log.actors[who].name.clone();
            let wait = maker.event(
                end,
                0,
                Kind::Wait,
                &format!("the end of the thread `{name}`"),
            );
            let _ = wait;
            maker.caused(born[who - 1], end, 0, Kind::Wake, "");
        }
        done(&mut maker, end);
    }
    run(maker.log)
}

#[test]
fn threads_may_print_in_any_order_before_they_are_joined() {
    let old = threads(1, false, true);
    assert_eq!(compare(&old, &threads(2, false, true)), Verdict::Legal);
    fails_as(&old, &threads(1, false, false), "both are done");
}

#[test]
fn a_pause_makes_an_order() {
    let old = threads(2, true, true);
    assert_eq!(compare(&old, &old), Verdict::Legal);
    fails_as(&old, &threads(1, true, true), "by the clock");
}

/// A task that ends, and a callback that runs on the worker (1) or in `main` (0).
fn callback(who: usize, awaited: bool, after: bool) -> Captured {
    let mut maker = Maker::new(&["main", "pool-0_0"]);
    maker.event(0.0, 0, Kind::Pool, "pool 0 of 1 workers");
    let submitted = maker.of_task(0, None, 0.0, 0, Kind::Submit);
    let started = maker.of_task(0, Some(submitted), 0.0, 1, Kind::Start);
    let ended = maker.of_task(0, Some(started), 0.0, 1, Kind::End);
    if awaited {
        maker.event(0.0, 0, Kind::Wait, "the result of task 0");
        maker.caused(ended, 0.0, 0, Kind::Wake, "");
    }
    maker.event(0.0, 0, Kind::Say, "before");
    if after {
        maker.event(0.0, 0, Kind::Say, "after");
    }
    let begun = maker.of_task(0, Some(ended), 0.0, who, Kind::Callback);
    maker.event(0.0, who, Kind::Say, "called");
    maker.of_task(0, Some(begun), 0.0, who, Kind::CallbackEnd);
    if !after {
        maker.event(0.0, 0, Kind::Say, "after");
    }
    run(maker.log)
}

#[test]
fn a_callback_is_the_same_wherever_it_runs() {
    assert_eq!(
        compare(&callback(1, false, false), &callback(0, false, false)),
        Verdict::Legal
    );
    assert_eq!(
        compare(&callback(0, false, false), &callback(1, false, true)),
        Verdict::Legal
    );
}

#[test]
fn a_callback_that_is_added_after_the_end_runs_at_once() {
    let old = callback(0, true, false);
    fails_as(&old, &callback(1, true, true), "“after” comes too early");
}

/// A callback of a task that `main` has waited for, which the record calls late or not, run
/// by `main`, by the worker, or by a thread of its own.
fn marked(who: usize, late: bool) -> Captured {
    let mut maker = Maker::new(&["main", "pool-0_0", "stranger"]);
    maker.event(0.0, 0, Kind::Pool, "pool 0 of 1 workers");
    let submitted = maker.of_task(0, None, 0.0, 0, Kind::Submit);
    let started = maker.of_task(0, Some(submitted), 0.0, 1, Kind::Start);
    let ended = maker.of_task(0, Some(started), 0.0, 1, Kind::End);
    if late {
        maker.event(0.0, 0, Kind::Wait, "the result of task 0");
        maker.caused(ended, 0.0, 0, Kind::Wake, "");
        maker.say(0.0, 0, "it is there");
    }
    let begun = maker.of_task(0, Some(ended), 0.0, who, Kind::Callback);
    maker.log.events[begun].about = About::Callback { late };
    maker.say(0.0, who, "called");
    maker.of_task(0, Some(begun), 0.0, who, Kind::CallbackEnd);
    if !late {
        maker.say(0.0, 0, "it is there");
    }
    run(maker.log)
}

#[test]
fn who_runs_a_callback_counts_where_it_is_certain() {
    let late = marked(0, true);
    assert_eq!(compare(&late, &late), Verdict::Legal);
    fails_as(&late, &marked(1, true), "is now run by pool-0_0");
    fails_as(&late, &marked(2, true), "is now run by stranger");
    let early = marked(1, false);
    assert_eq!(compare(&early, &early), Verdict::Legal);
    fails_as(&early, &marked(2, false), "is now run by stranger");
    fails_as(&early, &marked(0, false), "is now run by main");
}
