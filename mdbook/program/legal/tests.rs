//! The rule on real logs, on changed copies of them, and on small ones made by
//! hand.

use std::collections::HashMap;

use super::{Verdict, compare, fit_to_show};
use crate::captured::Captured;
use crate::log::{Actor, Entry, Log};
use crate::record::{ActorKind, Kind};

/// A real run: kept here, so that a section may change without these tests.
fn recorded(name: &str) -> Captured {
    let (output, log) = match name {
        "bounded" => (
            include_str!("logs/bounded.ansi"),
            include_str!("logs/bounded.events.json"),
        ),
        _ => (
            include_str!("logs/process_squares.ansi"),
            include_str!("logs/process_squares.events.json"),
        ),
    };
    Captured {
        output: output.to_string(),
        log: Log::from_json(log).unwrap(),
    }
}

/// A run with that log, which printed just what the log says.
fn run(log: Log) -> Captured {
    let mut output = format!("  0.0 s  lesson      │ {}: a title\n", log.section);
    for event in &log.events {
        if event.kind == Kind::Say {
            let seconds = event.at as f64 / 1e6;
            let actor = &log.actors[event.who].name;
            output += &format!("{seconds:>5.1} s  {actor:<11} │ {}\n", event.text);
        }
    }
    let end = log.events.last().map_or(0.0, |event| event.at as f64 / 1e6);
    output += &format!(
        "{end:>5.1} s  lesson      │ {} took {end:.1} s\n",
        log.section
    );
    Captured { output, log }
}

/// The same events in another order; the causes go with them.
fn in_order(log: &Log, order: &[usize]) -> Log {
    let place_of: HashMap<usize, usize> = order
        .iter()
        .enumerate()
        .map(|(new, old)| (*old, new))
        .collect();
    let mut events: Vec<Entry> = order.iter().map(|old| log.events[*old].clone()).collect();
    let mut latest = 0;
    for event in &mut events {
        event.cause = event.cause.and_then(|cause| place_of.get(&cause).copied());
        latest = latest.max(event.at);
        event.at = latest;
    }
    Log {
        events,
        ..log.clone()
    }
}

/// The event at `from` moved to `to`.
fn moved(log: &Log, from: usize, to: usize) -> Log {
    let mut order: Vec<usize> = (0..log.events.len())
        .filter(|place| *place != from)
        .collect();
    order.insert(to, from);
    let mut log = log.clone();
    // It happens where it stands now.
    log.events[from].at = log.events[to].at;
    in_order(&log, &order)
}

/// The first line with this text.
fn line(log: &Log, text: &str) -> usize {
    log.events
        .iter()
        .position(|event| event.kind == Kind::Say && event.text == text)
        .unwrap_or_else(|| panic!("nobody says “{text}”"))
}

fn event(log: &Log, kind: Kind, task: u64) -> usize {
    log.events
        .iter()
        .position(|event| event.kind == kind && event.task == Some((0, task)))
        .unwrap_or_else(|| panic!("there is no {kind:?} of task {task}"))
}

fn worker(log: &Log, name: &str) -> usize {
    log.actors
        .iter()
        .position(|actor| actor.name == name)
        .unwrap()
}

#[track_caller]
fn passes(old: &Captured, new: Log) {
    assert_eq!(compare(old, &run(new)), Verdict::Legal);
}

/// Fails, and one of the complaints has these words.
#[track_caller]
fn fails(old: &Captured, new: Log, words: &str) {
    fails_as(old, &run(new), words);
}

#[track_caller]
fn fails_as(old: &Captured, new: &Captured, words: &str) {
    match compare(old, new) {
        Verdict::Illegal(complaints) => assert!(
            complaints
                .iter()
                .any(|complaint| complaint.what.contains(words)),
            "not said: {words}\n{complaints:#?}"
        ),
        other => panic!("{other:#?}"),
    }
}

/// The real log, under the title that [`run`] prints.
fn bounded() -> Captured {
    run(recorded("bounded").log)
}

fn squares() -> Captured {
    run(recorded("process_squares").log)
}

/// A number that depends on the one before in no visible way.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 33) as usize
}

/// Another order of the events within the same moments: of two neighbours that
/// are of different actors and not cause and effect, either may be first.
fn shaken(log: &Log, seed: u64) -> Log {
    let mut state = seed;
    let mut order: Vec<usize> = (0..log.events.len()).collect();
    for _ in 0..20_000 {
        let place = next(&mut state) % (order.len() - 1);
        let (first, second) = (&log.events[order[place]], &log.events[order[place + 1]]);
        let bound = first.who == second.who
            || second.cause == Some(order[place])
            || second.kind == Kind::Wake
            // What a child process does afterwards stays behind its creation.
            || first.at.abs_diff(second.at) > 20_000;
        if !bound {
            order.swap(place, place + 1);
        }
    }
    in_order(log, &order)
}

#[test]
fn a_real_run_is_legal_itself() {
    for name in ["bounded", "process_squares"] {
        let run = recorded(name);
        assert_eq!(compare(&run, &run), Verdict::Legal, "{name}");
        assert_eq!(fit_to_show(&run), Ok(()), "{name}");
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
            event.at += event.at / 20;
        }
        passes(&old, new);
    }
}

#[test]
fn a_machine_that_is_too_late_proves_nothing() {
    // The worker of task 0 oversleeps by two seconds: its line comes after
    // lines of the next waves.
    let old = bounded();
    let mut new = old.log.clone();
    let late = worker(&new, "pool-0_0");
    let from = line(&new, "task 0 ends");
    let who = new.events[from].who;
    assert!(who == late || new.actors[who].name.starts_with("pool-0_"));
    let awake = (0..from)
        .rev()
        .find(|place| new.events[*place].who == who && new.events[*place].kind == Kind::Awake)
        .unwrap();
    let target = line(&new, "task 12 ends");
    let belated = new.events[target].at + 1000;
    let mut order: Vec<usize> = (0..new.events.len()).collect();
    let mine = |place: &usize| {
        *place >= awake && *place < target && new.events[*place].task == Some((0, 0))
    };
    let belongs: Vec<usize> = order.iter().copied().filter(mine).collect();
    order.retain(|place| !belongs.contains(place));
    let after = order.iter().position(|place| *place == target).unwrap() + 1;
    order.splice(after..after, belongs.iter().copied());
    // What that worker did later was done by nobody else, but that is enough here.
    for place in &belongs {
        new.events[*place].at = belated;
    }
    match compare(&old, &run(in_order(&new, &order))) {
        Verdict::Unclear(_, fraction) => assert!(fraction <= 0.5),
        other => panic!("{other:#?}"),
    }
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
    let mut new = in_order(&old.log, &order);
    // The causes behind it point one place further.
    for event in &mut new.events {
        event.cause = None;
    }
    fails(&old, new, "task 7");
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
    // Also if only the line moves, and the marks of the callback stay.
    let place = line(log, "the result is 4");
    fails(&old, moved(log, place, end), "the result is 4");
}

#[test]
fn done_before_the_last_task_fails() {
    let old = bounded();
    let place = line(&old.log, "all tasks are done");
    let last = line(&old.log, "task 12 ends");
    fails(&old, moved(&old.log, place, last), "all tasks are done");
    // Also with the wait for the end of the pool: then that was wrong.
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
fn a_line_from_somebody_who_is_gone_fails() {
    let old = bounded();
    let mut new = old.log.clone();
    // A worker speaks up after the pool has ended.
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
    // Task 12 starts in the first wave, on a worker that is free: only the clock
    // speaks against it.
    let old = bounded();
    let log = &old.log;
    let place = line(log, "task 12 starts");
    let new = moved(log, place, line(log, "task 4 ends"));
    assert!(matches!(compare(&old, &run(new)), Verdict::Illegal(_)));
}

/// A small log: `main` has number 0.
struct Maker {
    log: Log,
}

impl Maker {
    fn new(actors: &[&str]) -> Self {
        let actor = |name: &&str| Actor {
            name: name.to_string(),
            kind: ActorKind::Thread,
            process: 1000,
        };
        Maker {
            log: Log {
                section: "made".to_string(),
                speed: 1.0,
                actors: actors.iter().map(actor).collect(),
                events: Vec::new(),
            },
        }
    }

    fn event(&mut self, at: f64, who: usize, kind: Kind, text: &str) -> usize {
        self.log.events.push(Entry {
            at: (at * 1e6) as u64,
            who,
            kind,
            task: None,
            cause: None,
            text: text.to_string(),
        });
        self.log.events.len() - 1
    }

    fn caused(&mut self, cause: usize, at: f64, who: usize, kind: Kind, text: &str) -> usize {
        let place = self.event(at, who, kind, text);
        self.log.events[place].cause = Some(cause);
        place
    }

    fn of_task(
        &mut self,
        number: u64,
        cause: Option<usize>,
        at: f64,
        who: usize,
        kind: Kind,
    ) -> usize {
        let place = self.event(at, who, kind, "");
        self.log.events[place].task = Some((0, number));
        self.log.events[place].cause = cause;
        place
    }

    fn sleep(&mut self, from: f64, length: f64, who: usize) {
        let asleep = self.event(from, who, Kind::Sleep, &length.to_string());
        self.caused(asleep, from + length, who, Kind::Awake, "");
    }
}

/// Two threads are started and joined. Which of them speaks first is open, or
/// follows from a pause.
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
fn threads_may_speak_in_any_order_before_they_are_joined() {
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

#[test]
fn a_pool_of_another_size_fails() {
    let old = bounded();
    let mut new = old.clone();
    let made = |event: &&mut Entry| event.kind == Kind::Pool;
    new.log.events.iter_mut().find(made).unwrap().text = "pool 0 of 6 workers".to_string();
    fails_as(&old, &new, "main now makes pool 0 of 6 workers");
}
