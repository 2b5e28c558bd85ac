//! The event log: who did what, when, and why, also across processes.

mod common;

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use common::{Door, held_pool, lock, program, run, this_thread, until_asleep, within};
use serde_json::Value;
use shared::prelude::*;
use shared::primitives::{JoinHandle, spawn};
use stage::record::{self, ActorKind, Entry, EntryId, Kind};

/// A program has one log, so only one test may use it at a time.
static LOG: Mutex<()> = Mutex::new(());

/// What `body` does, as the log has it. Whatever it shows, the log is sound.
#[track_caller]
fn recorded(body: impl FnOnce() + Send + 'static) -> Vec<Entry> {
    let _alone = lock(&LOG);
    let log = within(|| {
        record::start();
        body();
        record::take()
    });
    assert_sound(&log);
    log
}

#[track_caller]
fn assert_sound(log: &[Entry]) {
    let mut known: HashMap<EntryId, &Entry> = HashMap::new();
    let mut last: HashMap<u32, u64> = HashMap::new();
    for event in log {
        let before = last.insert(event.id.process, event.id.number);
        assert!(before < Some(event.id.number), "numbers grow: {event:?}");
        assert_eq!(event.actor.process, event.id.process);
        if let Some(cause) = event.cause {
            let cause = known.get(&cause);
            let cause = cause.unwrap_or_else(|| panic!("no such cause before {event:?}"));
            // The clocks of two processes are compared by the wall clock.
            let skew = match cause.id.process == event.id.process {
                true => Duration::ZERO,
                false => Duration::from_millis(5),
            };
            assert!(cause.real <= event.real + skew, "{cause:?} after {event:?}");
        }
        assert!(event.file.ends_with(".rs") && event.line > 0, "{event:?}");
        known.insert(event.id, event);
    }
}

#[track_caller]
fn only(log: &[Entry], kind: Kind, task: Option<u64>) -> &Entry {
    let is_it = |event: &&Entry| {
        event.kind == kind && (task.is_none() || event.task.map(|task| task.number) == task)
    };
    let found: Vec<&Entry> = log.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{kind:?} of {task:?}: {found:#?}");
    found[0]
}

fn of_actor<'a>(log: &'a [Entry], name: &str) -> Vec<&'a Entry> {
    log.iter()
        .filter(|event| event.actor.name == name)
        .collect()
}

/// Starts a thread, and waits until it waits.
fn asleep<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let (send, receive) = std::sync::mpsc::channel();
    let handle = spawn(name, move || {
        send.send(this_thread()).unwrap();
        body()
    });
    until_asleep(&receive.recv().unwrap());
    handle
}

#[test]
fn recording_off_records_nothing() {
    let _alone = lock(&LOG);
    within(|| {
        assert!(!record::recording());
        let pool = ThreadPool::new(1).unwrap();
        pool.submit(|| say!("nobody writes this down")).unwrap();
        pool.shutdown().unwrap();
        let pool = ProcessPool::new(1).unwrap();
        pool.submit(double, 1).unwrap().result().unwrap();
        drop(pool);
        assert!(record::take().is_empty());
    });
}

#[test]
fn start_begins_anew_and_take_stops() {
    let _alone = lock(&LOG);
    record::start();
    say!("before");
    record::start();
    assert!(record::recording());
    say!("after");
    let log = record::take();
    assert!(!record::recording());
    say!("too late");
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].text, "after");
    assert!(record::take().is_empty());
}

#[test]
fn what_is_said_is_recorded_with_who_said_it_and_where() {
    let line = line!() + 2;
    let log = recorded(|| {
        spawn("egon", || say!("{} eggs", 13)).join().unwrap();
    });
    let said = only(&log, Kind::Say, None);
    assert_eq!(said.text, "13 eggs");
    assert_eq!(said.actor.name, "egon");
    assert_eq!(said.actor.kind, ActorKind::Thread);
    assert_eq!((said.file.as_str(), said.line), (file!(), line));
    assert_eq!((said.cause, said.task), (None, None));
}

#[test]
fn what_is_said_is_recorded_without_its_colours() {
    let log = recorded(|| say!("{}[45mready{}[0m", '\x1b', '\x1b'));
    assert_eq!(only(&log, Kind::Say, None).text, "ready");
}

#[test]
fn a_start_is_caused_by_its_submission_an_end_by_its_start_and_a_callback_by_the_end() {
    let log = recorded(|| {
        let (pool, gate, _) = held_pool();
        let task = pool.submit(|| say!("inside")).unwrap();
        task.add_done_callback(|_| say!("afterwards"));
        gate.open();
        pool.shutdown().unwrap();
    });
    let submit = only(&log, Kind::Submit, Some(1));
    let start = only(&log, Kind::Start, Some(1));
    let end = only(&log, Kind::End, Some(1));
    let callback = only(&log, Kind::Callback, None);
    let callback_end = only(&log, Kind::CallbackEnd, None);
    assert_eq!(submit.cause, None);
    assert_eq!(start.cause, Some(submit.id));
    assert_eq!(end.cause, Some(start.id));
    assert_eq!(callback.cause, Some(end.id));
    assert_eq!(callback_end.cause, Some(callback.id));
    assert_eq!(callback.task, submit.task);
    assert_eq!((end.text.as_str(), callback_end.text.as_str()), ("", ""));
    assert_eq!(submit.file, file!());
    assert_ne!(submit.actor, start.actor);
    // What is said inside belongs to the task, and so does what its callback says.
    let said = log.iter().filter(|event| event.kind == Kind::Say);
    let said: Vec<_> = said
        .map(|event| (event.task, event.text.as_str()))
        .collect();
    assert_eq!(said, [(submit.task, "inside"), (submit.task, "afterwards")]);
    let worker = of_actor(&log, &start.actor.name);
    let kinds: Vec<Kind> = worker.iter().map(|event| event.kind).collect();
    let of_task_1 = [
        Kind::Start,
        Kind::Say,
        Kind::End,
        Kind::Callback,
        Kind::Say,
        Kind::CallbackEnd,
    ];
    assert!(
        kinds.windows(6).any(|kinds| kinds == of_task_1),
        "{kinds:?}"
    );
    only(&log, Kind::Shutdown, None);
}

#[test]
fn failures_stand_in_the_text_of_the_end() {
    let log = recorded(|| {
        let (pool, gate, _) = held_pool();
        let bad: Future<()> = pool.submit(|| panic!("no egg")).unwrap();
        bad.add_done_callback(|done| -> Result { Ok(done.result()?) });
        gate.open();
        pool.shutdown().unwrap();
    });
    assert_eq!(
        only(&log, Kind::End, Some(1)).text,
        "the task panicked: no egg"
    );
    let failed = "a callback of task 1 failed: the task panicked: no egg";
    assert_eq!(only(&log, Kind::CallbackEnd, None).text, failed);
}

#[test]
fn a_wake_up_is_caused_by_what_ended_the_wait() {
    let log = recorded(|| {
        let (pool, gate, held) = held_pool();
        let pending = pool.submit(|| ()).unwrap();
        let cancelled = pending.clone();
        let egon = asleep("egon", move || held.result());
        let maria = asleep("maria", move || wait(&[cancelled], Until::AllCompleted));
        pending.cancel();
        gate.open();
        egon.join().unwrap().unwrap();
        maria.join().unwrap();
    });
    for (name, text, ended_by) in [
        (
            "egon",
            "the result of task 0",
            only(&log, Kind::End, Some(0)),
        ),
        ("maria", "1 of 1 tasks", only(&log, Kind::Cancel, Some(1))),
    ] {
        let events = of_actor(&log, name);
        let wait = events.iter().find(|event| event.kind == Kind::Wait);
        let wake = events.iter().find(|event| event.kind == Kind::Wake);
        assert_eq!(wait.unwrap().text, text);
        assert_eq!(wake.unwrap().cause, Some(ended_by.id));
    }
}

#[test]
fn cancellations_are_recorded_whoever_cancels() {
    let log = recorded(|| {
        let (pool, gate, _) = held_pool();
        let alone = pool.submit(|| ()).unwrap();
        let queued = pool.submit(|| ()).unwrap();
        queued.add_done_callback(|_| ());
        alone.cancel();
        pool.cancel_queued();
        gate.open();
    });
    for task in [1, 2] {
        let submit = only(&log, Kind::Submit, Some(task));
        let cancel = only(&log, Kind::Cancel, Some(task));
        assert_eq!(cancel.cause, Some(submit.id));
    }
    let cancel = only(&log, Kind::Cancel, Some(2));
    assert_eq!(only(&log, Kind::Callback, None).cause, Some(cancel.id));
    assert!(!log.iter().any(|event| {
        event.kind == Kind::Start && event.task.is_some_and(|task| task.number > 0)
    }));
}

#[test]
fn a_thread_is_spawned_born_ends_and_is_joined() {
    let log = recorded(|| {
        spawn("egon", || pause(0.01)).join().unwrap();
    });
    let spawned = only(&log, Kind::Spawn, None);
    assert_eq!(spawned.text, "egon");
    let born = only(&log, Kind::Born, None);
    assert_eq!(born.cause, Some(spawned.id));
    let kinds: Vec<Kind> = of_actor(&log, "egon").iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [Kind::Born, Kind::Sleep, Kind::Awake, Kind::Exit]);
    let sleep = only(&log, Kind::Sleep, None);
    assert_eq!(sleep.text, "0.01");
    let awake = only(&log, Kind::Awake, None);
    assert_eq!(awake.cause, Some(sleep.id));
    assert!(awake.real - sleep.real >= Duration::from_millis(10));
    let joining = only(&log, Kind::Wait, None);
    assert_eq!(joining.text, "the end of the thread `egon`");
    only(&log, Kind::Wake, None);
}

#[test]
fn without_the_frame_both_clocks_run_alike() {
    let log = recorded(|| say!("now"));
    assert_eq!(log[0].real, log[0].simulated);
}

process_task!(double);
fn double(n: u32) -> u32 {
    say!("task {n} is doubled");
    pause(0.01);
    n * 2
}

process_task!(fail_behind_a_door);
fn fail_behind_a_door(port: u16) {
    common::knock(port);
    panic!("no egg");
}

#[test]
fn events_of_child_processes_are_included_with_causes_across_processes() {
    let log = recorded(|| {
        let (pool, door) = (ProcessPool::new(1).unwrap(), Door::new());
        let first = pool.submit(fail_behind_a_door, door.port()).unwrap();
        let second = pool.submit(double, 21).unwrap();
        first.add_done_callback(|_| say!("in the parent"));
        let egon = asleep("egon", move || first.result().is_err());
        door.guest().let_go();
        assert!(egon.join().unwrap());
        assert_eq!(second.result(), Ok(42));
        pool.shutdown().unwrap();
    });
    let here = std::process::id();
    let processes: BTreeSet<u32> = log.iter().map(|event| event.id.process).collect();
    assert_eq!(processes.len(), 2, "one worker and this process");

    let start = only(&log, Kind::Start, Some(0));
    let worker = &start.actor;
    assert_eq!(worker.kind, ActorKind::Process);
    assert!(worker.name.starts_with("process-") && worker.name.ends_with("_0"));
    assert_ne!(worker.process, here);
    let spawned = log.iter().find(|event| event.text == worker.name).unwrap();
    assert_eq!((spawned.kind, spawned.id.process), (Kind::Spawn, here));

    let of_worker = of_actor(&log, &worker.name);
    let kinds: Vec<Kind> = of_worker.iter().map(|event| event.kind).collect();
    let expected = [
        Kind::Born,
        Kind::Start,
        Kind::Say, // that it panicked
        Kind::End,
        Kind::Start,
        Kind::Say,
        Kind::Sleep,
        Kind::Awake,
        Kind::End,
        Kind::Exit,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(of_worker[0].cause, Some(spawned.id));
    assert_eq!(of_worker[9].cause, Some(of_worker[0].id));

    for task in [0, 1] {
        let submit = only(&log, Kind::Submit, Some(task));
        let start = only(&log, Kind::Start, Some(task));
        let end = only(&log, Kind::End, Some(task));
        assert_eq!(submit.id.process, here);
        assert_eq!(start.cause, Some(submit.id));
        assert_eq!(end.cause, Some(start.id));
        assert_eq!(end.id.process, worker.process);
    }
    let end = only(&log, Kind::End, Some(0));
    assert_eq!(end.text, "the task panicked: no egg");
    let callback = only(&log, Kind::Callback, None);
    assert_eq!((callback.cause, callback.id.process), (Some(end.id), here));
    let egon = of_actor(&log, "egon");
    let wake = egon.iter().find(|event| event.kind == Kind::Wake).unwrap();
    assert_eq!(wake.cause, Some(end.id));
}

#[test]
fn a_chunk_is_one_task_in_the_log() {
    let log = recorded(|| {
        let pool = ProcessPool::new(1).unwrap();
        assert_eq!(pool.map_chunked(double, [1, 2, 3], 2).unwrap().count(), 3);
    });
    for kind in [Kind::Submit, Kind::Start, Kind::End] {
        assert_eq!(log.iter().filter(|event| event.kind == kind).count(), 2);
    }
    let said: Vec<Option<u64>> = log
        .iter()
        .filter(|event| event.kind == Kind::Say)
        .map(|event| event.task.map(|task| task.number))
        .collect();
    assert_eq!(said, [Some(0), Some(0), Some(1)]);
}

#[test]
fn actors_and_their_draws_do_not_depend_on_each_other() {
    let draws = || {
        let pool = ThreadPool::new(3).unwrap();
        let lots = pool.map(0..6, |_| [random(0..1000), random(0..1000)]);
        lots.unwrap().map(Result::unwrap).collect::<Vec<[u32; 2]>>()
    };
    let _alone = lock(&LOG);
    within(move || {
        let lots = draws();
        let different: BTreeSet<[u32; 2]> = lots.iter().copied().collect();
        assert_eq!(different.len(), 6, "each task draws its own: {lots:?}");
        assert!(lots.iter().any(|[one, two]| one != two));
    });
}

/// A file of its own for each test.
fn events_file(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("events-{name}-{}.jsonl", std::process::id()))
}

#[test]
fn lesson_events_names_a_file_with_one_line_for_each_section() {
    let path = events_file("sections");
    let mut command = program(
        "chapter",
        &["pace", "workers", "--speed", "100", "--seed", "8"],
    );
    let ended = run(command.env("LESSON_EVENTS", &path));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let sections: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<&str> = sections
        .iter()
        .map(|s| s["section"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["pace", "workers"]);

    for section in &sections {
        assert_eq!(section["settings"]["speed"], 100.0);
        assert_eq!(section["settings"]["seed"], 8);
        let log: Vec<Entry> = serde_json::from_value(section["events"].clone()).unwrap();
        let ids: BTreeSet<EntryId> = log.iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), log.len(), "every event has a name of its own");
        for event in &log {
            assert!(
                event.cause.is_none_or(|cause| ids.contains(&cause)),
                "{event:?}"
            );
            let simulated = event.simulated.as_secs_f64();
            let difference = simulated - 100.0 * event.real.as_secs_f64();
            assert!(difference.abs() < 1e-6, "{event:?}");
        }
    }

    let pace: Vec<Entry> = serde_json::from_value(sections[0]["events"].clone()).unwrap();
    let sleep = only(&pace, Kind::Sleep, None);
    let awake = only(&pace, Kind::Awake, None);
    assert_eq!(sleep.text, "2");
    assert!(awake.simulated - sleep.simulated >= Duration::from_secs(2));
    assert!(awake.real - sleep.real >= Duration::from_millis(20));

    let workers: Vec<Entry> = serde_json::from_value(sections[1]["events"].clone()).unwrap();
    for task in 0..4 {
        let submit = only(&workers, Kind::Submit, Some(task));
        let start = only(&workers, Kind::Start, Some(task));
        assert_eq!(start.cause, Some(submit.id));
        assert_ne!(start.id.process, submit.id.process);
        assert_eq!(start.task.unwrap().pool, 0, "pools count anew in a section");
    }
}

#[test]
fn a_file_of_events_that_cannot_be_written_is_one_sentence_and_code_1() {
    let mut command = program("chapter", &["first"]);
    let ended = run(command.env("LESSON_EVENTS", "/nowhere/at/all"));
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    let begin = "cannot write the file `/nowhere/at/all` that LESSON_EVENTS names: ";
    assert!(ended.stderr.starts_with(begin), "{ended:?}");
}
