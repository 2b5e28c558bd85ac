//! The rule on real logs and on changed copies of them.

use super::tools::*;
use crate::captured::Captured;
use crate::legal::{Decision, Judge, fit_to_show_as};
use crate::log::{Actor, Entry, Log};
use crate::record::Kind;

#[test]
fn a_real_run_is_legal_itself() {
    for name in ["bounded", "process_squares"] {
        let run = recorded(name);
        assert_eq!(compare(&run, &run), Verdict::Legal, "{name}");
        assert_eq!(fit_to_show_as(&run, ""), Ok(()), "{name}");
    }
}

#[test]
fn another_interleaving_passes() {
    for old in [bounded(), squares()] {
        for seed in 0..20 {
            passes(&old, shaken(&old.log, seed));
        }
    }
}

#[test]
fn another_worker_for_a_task_passes() {
    let old = bounded();
    // Between the first wave and the second, all workers are free for a moment.
    let is_later = |event: &Entry| event.task.is_some_and(|(_, number)| number >= 5);
    let first_wave = |event: &Entry| (900_000..1_500_000).contains(&event.at);
    let mut order: Vec<usize> = (0..old.log.events.len()).collect();
    order.sort_by_key(|place| {
        let event = &old.log.events[*place];
        let wave = if event.at < 900_000 {
            0
        } else if first_wave(event) {
            1
        } else {
            2
        };
        (wave, wave == 1 && is_later(event))
    });
    let mut new = in_order(&old.log, &order);
    let (first, second) = (worker(&new, "pool-0_0"), worker(&new, "pool-0_3"));
    for event in &mut new.events {
        if event.at >= 900_000 && (is_later(event) || event.kind == Kind::Exit) {
            event.who = match event.who {
                who if who == first => second,
                who if who == second => first,
                who => who,
            };
        }
    }
    passes(&old, new);
}

#[test]
fn other_process_ids_pass_but_a_wrong_one_fails() {
    let old = squares();
    let mut new = old.log.clone();
    let other = |id: u32| id + 1234;
    for event in &mut new.events {
        for actor in &old.log.actors {
            let id = actor.process.to_string();
            if event.text.ends_with(&format!("process {id}")) {
                event.text = event.text.replace(&id, &other(actor.process).to_string());
                break;
            }
        }
    }
    for actor in &mut new.actors {
        actor.process = other(actor.process);
    }
    passes(&old, new.clone());
    let wrong = new
        .events
        .iter_mut()
        .find(|event| event.text.starts_with("task 4 runs in process"))
        .unwrap();
    wrong.text = format!("task 4 runs in process {}", new.actors[0].process);
    fails(&old, new, "task 4");
}

#[test]
fn a_slower_machine_passes() {
    for old in [bounded(), squares()] {
        let mut new = old.log.clone();
        for event in &mut new.events {
            event.at += event.at / 100;
        }
        passes(&old, new);
    }
}

/// The last task is late, and so is everything after it.
fn late(seconds: f64) -> Log {
    let mut log = bounded().log;
    let from = line(&log, "task 11 ends");
    for event in &mut log.events[from..] {
        event.at += (seconds * 1e6) as u64;
    }
    log
}

#[test]
fn a_late_machine_is_asked_again_and_a_slow_program_is_blamed() {
    let old = bounded();
    assert!(matches!(
        compare(&old, &run(late(1.0))),
        Verdict::Unclear(_)
    ));
    // Late by as much real time at every pace.
    let mut judge = Judge::new(&old, "");
    let again = judge.feed(&at_speed(late(0.8), 8.0), 0.0);
    assert_eq!(again, Decision::Again { speed: 2.0 });
    let again = judge.feed(&at_speed(late(0.2), 2.0), 0.0);
    assert_eq!(again, Decision::Again { speed: 1.0 });
    assert_eq!(judge.feed(&run(late(0.1)), 0.0), Decision::Legal);
    // Late by as much simulated time.
    let mut judge = Judge::new(&old, "");
    judge.feed(&at_speed(late(0.8), 8.0), 0.0);
    match judge.feed(&at_speed(late(0.8), 2.0), 0.0) {
        Decision::Illegal(complaints) => assert!(complaints[0].what.contains("ends")),
        other => panic!("{other:#?}"),
    }
}

#[test]
fn a_delay_in_real_time_is_blamed_at_normal_pace() {
    let old = bounded();
    let mut judge = Judge::new(&old, "");
    for (delay, speed, next) in [(4.0, 8.0, 2.0), (1.0, 2.0, 1.0), (0.5, 1.0, 1.0)] {
        let decision = judge.feed(&at_speed(late(delay), speed), 0.0);
        assert_eq!(decision, Decision::Again { speed: next });
    }
    let decision = judge.feed(&run(late(0.5)), 0.0);
    assert!(matches!(decision, Decision::Illegal(_)), "{decision:#?}");
}

#[test]
fn on_a_busy_machine_a_small_delay_is_not_judged_and_other_words_are_blamed() {
    let old = bounded();
    let mut judge = Judge::new(&old, "");
    judge.feed(&run(late(0.3)), 0.8);
    let decision = judge.feed(&run(late(0.3)), 0.8);
    assert!(matches!(decision, Decision::NotJudged(_)), "{decision:#?}");

    let mut new = old.log.clone();
    let place = line(&new, "task 3 ends");
    new.events[place].text = "task 3 is over".to_string();
    let mut judge = Judge::new(&old, "");
    judge.feed(&run(new.clone()), 0.8);
    let decision = judge.feed(&run(new), 0.8);
    assert!(matches!(decision, Decision::Illegal(_)), "{decision:#?}");
}

#[test]
fn a_changed_message_fails() {
    let old = bounded();
    let mut new = old.log.clone();
    let place = line(&new, "task 3 ends");
    new.events[place].text = "task 3 is over".to_string();
    fails(&old, new, "task 3 is over");
}

#[test]
fn the_complaint_names_the_line_of_the_book() {
    let old = recorded("bounded");
    let mut new = old.clone();
    let place = line(&new.log, "task 3 ends");
    new.log.events[place].text = "task 3 is over".to_string();
    new.output = new.output.replace("task 3 ends", "task 3 is over");
    let Verdict::Illegal(complaints) = compare(&old, &new) else {
        panic!("it is legal");
    };
    let line = complaints[0].line.unwrap();
    let shown = crate::ansi::plain(&old.output);
    assert!(shown.lines().nth(line - 1).unwrap().contains("task 3 ends"));
}

#[test]
fn a_lost_and_a_doubled_line_fail() {
    let old = bounded();
    let place = line(&old.log, "task 7 starts");
    let order: Vec<usize> = (0..old.log.events.len())
        .filter(|other| *other != place)
        .collect();
    fails(&old, in_order(&old.log, &order), "task 7");

    let mut order: Vec<usize> = (0..old.log.events.len()).collect();
    order.insert(place, place);
    fails(&old, in_order(&old.log, &order), "task 7");
}

#[test]
fn a_line_that_is_logged_but_not_printed_fails() {
    let old = bounded();
    let mut new = old.clone();
    new.output = new.output.replace("│ task 9 ends", "│ task 9 end");
    fails_as(&old, &new, "task 9 ends");
}

#[test]
fn lines_printed_in_an_impossible_order_fail() {
    let old = bounded();
    let mut lines: Vec<&str> = old.output.lines().collect();
    let last = lines
        .iter()
        .position(|line| line.contains("all tasks are done"))
        .unwrap();
    let done = lines.remove(last);
    lines.insert(3, done);
    let new = Captured {
        output: lines.join("\n") + "\n",
        log: old.log.clone(),
    };
    fails_as(&old, &new, "all tasks are done");
}

#[test]
fn a_callback_before_its_task_fails() {
    let old = bounded();
    let log = &old.log;
    // The whole callback of task 2 moves before the line in which the task ends.
    let who = log.events[line(log, "the result is 4")].who;
    let end = line(log, "task 2 ends");
    let mut new = log.clone();
    for kind in [Kind::CallbackEnd, Kind::Say, Kind::Callback] {
        let place = match kind {
            Kind::Say => line(&new, "the result is 4"),
            kind => event(&new, kind, 2),
        };
        assert_eq!(new.events[place].who, who);
        new = moved(&new, place, end);
    }
    fails(&old, new, "Callback of task 2");
    // Also if only the line moves, and the begin and the end of the callback stay.
    let place = line(log, "the result is 4");
    fails(&old, moved(log, place, end), "the result is 4");
}

#[test]
fn done_before_the_last_task_fails() {
    let old = bounded();
    let place = line(&old.log, "all tasks are done");
    let last = line(&old.log, "task 12 ends");
    fails(&old, moved(&old.log, place, last), "all tasks are done");
    // Also if the wait for the end of the pool ends too early.
    let wake = old
        .log
        .events
        .iter()
        .position(|event| event.kind == Kind::Wake)
        .unwrap();
    let new = moved(
        &moved(&old.log, wake, last),
        line(&old.log, "all tasks are done"),
        last + 1,
    );
    fails(&old, new, "all tasks are done");
}

#[test]
fn six_at_once_fail() {
    let old = bounded();
    let mut new = old.log.clone();
    // A sixth worker takes task 5 at once.
    new.actors.push(Actor {
        name: "pool-0_5".to_string(),
        ..new.actors[1].clone()
    });
    let sixth = new.actors.len() - 1;
    for event in &mut new.events {
        if event.task == Some((0, 5)) && event.kind != Kind::Submit {
            event.who = sixth;
            event.at -= 900_000;
        }
    }
    let mut order: Vec<usize> = (0..new.events.len()).collect();
    order.sort_by_key(|place| new.events[*place].at);
    let new = in_order(&new, &order);
    fails(&old, new, "6 tasks of pool 0 run at once");
}

#[test]
fn exchanged_results_fail() {
    let old = squares();
    let (first, second) = (line(&old.log, "25"), line(&old.log, "36"));
    let mut new = old.log.clone();
    new.events[first].text = "36".to_string();
    new.events[second].text = "25".to_string();
    fails(&old, new, "main now says “36”");

    let old = bounded();
    let (first, second) = (
        line(&old.log, "the result is 25"),
        line(&old.log, "the result is 36"),
    );
    let mut new = old.log.clone();
    new.events[first].text = "the result is 36".to_string();
    new.events[second].text = "the result is 25".to_string();
    fails(&old, new, "the result is 36");
}

#[test]
fn a_line_of_an_actor_that_has_ended_fails() {
    let old = bounded();
    let mut new = old.log.clone();
    // A worker prints a line after the pool has ended.
    let end = new.events.len();
    let place = line(&new, "task 12 ends");
    let ghost = Entry {
        at: new.events[end - 1].at,
        ..new.events[place].clone()
    };
    new.events.push(ghost);
    fails(&old, new, "gone");
}

#[test]
fn another_length_of_a_pause_fails() {
    let old = bounded();
    let mut new = old.log.clone();
    let place = event(&new, Kind::Sleep, 4);
    new.events[place].text = "2".to_string();
    fails(&old, new, "sleeps 2 s");
}

#[test]
fn an_order_of_the_clock_fails_on_a_machine_that_is_in_time() {
    // Task 12 starts in the first wave, on a free worker: only the clock forbids it.
    let old = bounded();
    let log = &old.log;
    let place = line(log, "task 12 starts");
    let new = moved(log, place, line(log, "task 4 ends"));
    assert!(matches!(compare(&old, &run(new)), Verdict::Illegal(_)));
}

#[test]
fn a_pool_of_another_size_fails() {
    let old = bounded();
    let mut new = old.clone();
    let made = |event: &&mut Entry| event.kind == Kind::Pool;
    new.log.events.iter_mut().find(made).unwrap().text = "pool 0 of 6 workers".to_string();
    fails_as(&old, &new, "main now makes pool 0 of 6 workers");
}
