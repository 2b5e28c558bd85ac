//! Timelines and traces of programs that really run, in real time.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use shared::prelude::*;
use stage::frame::{Chapter, Section};
use stage::record::{self, Entry, Kind};
use stage::timeline::{Activity, Timeline, Why};
use stage::trace::Trace;

process_task!(nap);
process_task!(abort);

fn nap(seconds: f64) {
    pause(seconds);
}

fn abort(_: ()) {
    std::process::abort()
}

/// There is one event log, so one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn recorded(program: impl FnOnce() -> Result) -> Vec<Entry> {
    record::start();
    let result = program();
    let log = record::take();
    result.expect("the program works");
    log
}

/// Checks what must hold for the trace of any program.
fn trace_of(timeline: &Timeline) -> Vec<Value> {
    let mut trace = Trace::new("test");
    trace.add("section", timeline);
    let json: Value = serde_json::from_str(&trace.to_json()).expect("the trace is JSON");
    let events = json["traceEvents"].as_array().unwrap().clone();
    let number = |event: &Value, key: &str| event[key].as_f64().unwrap();
    for end in events.iter().filter(|event| event.get("bp").is_some()) {
        let bound = events.iter().any(|slice| {
            slice["ph"] == "X"
                && (&slice["pid"], &slice["tid"]) == (&end["pid"], &end["tid"])
                && number(slice, "ts") <= number(end, "ts")
                && number(end, "ts") <= number(slice, "ts") + number(slice, "dur") + 1e-6
        });
        assert!(bound, "{end} lies in no slice");
    }
    events
}

#[test]
fn a_thread_pool_is_drawn_in_waves() {
    let _alone = alone();
    let log = recorded(|| {
        let pool = ThreadPool::new(2)?;
        for _ in 0..4 {
            pool.submit(|| pause(0.05))?.add_done_callback(|_| Ok(()));
        }
        pool.shutdown()?;
        Ok(())
    });
    let timeline = Timeline::new(&log);
    assert_eq!(timeline.rows.len(), 3);
    let workers = &timeline.rows[1..];
    for worker in workers {
        assert!(worker.worker);
        assert!(worker.spans.iter().all(|span| span.ended.is_some()));
        assert!(worker.exit < timeline.end);
    }
    // Who runs how many is the system's business.
    let busy = |activity| {
        let spans = workers.iter().flat_map(|worker| &worker.spans);
        spans.filter(|span| span.activity == activity).count()
    };
    assert_eq!(busy(Activity::Running), 4);
    assert_eq!(busy(Activity::Callback), 4);
    // The end of the last worker ends the wait of the main thread: there is one
    // wait, however many threads are joined.
    let main = &timeline.rows[0];
    let waits: Vec<_> = main
        .spans
        .iter()
        .filter(|span| span.activity == Activity::Waiting)
        .collect();
    assert_eq!(waits.len(), 1);
    let woken = timeline.arrows.iter().find(|arrow| arrow.why == Why::Woken);
    let woken = woken.expect("something ended the wait");
    assert_eq!(woken.to.row, 0);
    let latest = timeline.rows[1..].iter().map(|row| row.exit).max();
    assert_eq!(Some(woken.from.at), latest);

    assert!(timeline.describe().starts_with("2 workers ran 4 tasks"));
    let tasks = trace_of(&timeline);
    let tasks = tasks.iter().filter(|event| event["cat"] == "task");
    assert_eq!(tasks.count(), 4);
}

#[test]
fn a_process_pool_has_a_process_a_row() {
    let _alone = alone();
    let log = recorded(|| {
        let pool = ProcessPool::new(2)?;
        for _ in 0..4 {
            pool.submit(nap, 0.05)?.add_done_callback(|_| Ok(()));
        }
        pool.shutdown()?;
        Ok(())
    });
    let timeline = Timeline::new(&log);
    let names: Vec<&str> = timeline
        .rows
        .iter()
        .map(|row| row.actor.name.as_str())
        .collect();
    // The threads that read what the workers send are no actors.
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names[1].ends_with("_0") && names[2].ends_with("_1"));
    assert!(names[3].ends_with("_callbacks"));
    let count = |kind| log.iter().filter(|event| event.kind == kind).count();
    assert_eq!((count(Kind::Born), count(Kind::Exit)), (3, 3));
    let called = timeline.arrows.iter();
    let called = called.filter(|arrow| arrow.why == Why::CalledBack && arrow.to.row == 3);
    assert_eq!(called.count(), 4);
    let woken = timeline.arrows.iter().find(|arrow| arrow.why == Why::Woken);
    assert!(matches!(woken.unwrap().from.row, 1 | 2));

    let trace = trace_of(&timeline);
    let processes: HashSet<u64> = trace
        .iter()
        .filter(|event| event["name"] == "process_name")
        .map(|event| event["pid"].as_u64().unwrap())
        .collect();
    assert_eq!(processes.len(), 3);
}

#[test]
fn a_worker_that_dies_has_an_end() {
    let _alone = alone();
    let log = recorded(|| {
        let pool = ProcessPool::new(1)?;
        assert!(pool.submit(abort, ())?.result().is_err());
        pool.shutdown()?;
        Ok(())
    });
    let timeline = Timeline::new(&log);
    assert!(timeline.rows[1].death.contains("signal 6"), "{log:?}");
    assert!(timeline.rows[1].spans[0].ended.is_none());
    assert!(timeline.describe().contains("never ended"));
}

#[test]
fn a_thread_that_panics_has_an_end() {
    let _alone = alone();
    let log = recorded(|| {
        assert!(spawn("unlucky", || panic!("oh")).join().is_err());
        Ok(())
    });
    let timeline = Timeline::new(&log);
    assert_eq!(timeline.rows[1].death, "it panicked");
    let woken = timeline.arrows.iter().find(|arrow| arrow.why == Why::Woken);
    assert_eq!(woken.unwrap().from.row, 1);
}

/// A file name of its own for each test.
fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("lesson-trace-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let json: Value = serde_json::from_str(&text).expect("the file is whole");
    json["traceEvents"].as_array().unwrap().clone()
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn lesson(arguments: &[&str]) -> bool {
    fn naps() -> Result {
        RUNS.fetch_add(1, Ordering::SeqCst);
        let pool = ThreadPool::new(2)?;
        pool.submit(|| pause(0.02))?;
        pool.shutdown()?;
        Ok(())
    }
    let sections = vec![
        Section::new("one", "//! One.\n", naps),
        Section::new("two", "//! Two.\n", naps),
    ];
    let chapter = Chapter::new("naps", "//! Naps.\n", sections);
    let code = chapter.run_with(arguments.iter().map(Into::into));
    format!("{code:?}") == format!("{:?}", std::process::ExitCode::SUCCESS)
}

#[test]
fn all_sections_go_into_one_trace() {
    let _alone = alone();
    let path = scratch("all.json");
    std::fs::write(&path, "something older").unwrap();
    assert!(lesson(&["--timeline", "--trace", path.to_str().unwrap()]));
    let trace = read(&path);
    let sections: Vec<&Value> = trace
        .iter()
        .filter(|event| event["cat"] == "section")
        .map(|event| &event["name"])
        .collect();
    assert_eq!(sections, ["one", "two"]);
    let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let left: Vec<_> = folder
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_trace_that_cannot_be_written_stops_the_lesson_before_it_starts() {
    let _alone = alone();
    let before = RUNS.load(Ordering::SeqCst);
    let nowhere = scratch("no such folder").join("trace.json");
    let folder = scratch("folder");
    std::fs::create_dir_all(&folder).unwrap();
    for path in [nowhere.as_path(), folder.as_path(), Path::new("")] {
        assert!(!lesson(&["--trace", path.to_str().unwrap()]), "{path:?}");
    }
    assert!(!lesson(&["--trace"]));
    assert_eq!(RUNS.load(Ordering::SeqCst), before);
}

/// Not tests: lessons that end badly, for the tests below to start as programs.
mod bad_endings {
    use super::*;

    fn run(main: fn() -> Result) {
        let path = std::env::var("TRACE_OF_A_BAD_ENDING").expect("a test starts this");
        let section = Section::new("bad", "//! Ends badly.\n", main);
        Chapter::new("endings", "//! Endings.\n", vec![section])
            .run_with(["--trace".into(), path.into()]);
    }

    #[test]
    #[ignore = "is started by a test"]
    fn sleeps_long() {
        run(|| {
            let pool = ThreadPool::new(1)?;
            pool.submit(|| {
                say!("the task has begun");
                pause(60.0);
            })?;
            pool.shutdown()?;
            Ok(())
        });
    }

    #[test]
    #[ignore = "is started by a test"]
    fn hangs() {
        run(|| {
            let pool = ThreadPool::new(1)?;
            let handle = pool.handle();
            pool.submit(move || handle.submit(|| ()).unwrap().result())?;
            pool.shutdown()?;
            Ok(())
        });
    }
}

fn start(ending: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1"])
        .arg(format!("bad_endings::{ending}"))
        .env("TRACE_OF_A_BAD_ENDING", path)
        .env("LESSON_WATCHDOG", "0.3")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn unfinished(trace: &[Value]) -> Vec<&Value> {
    let unfinished = |event: &&Value| event["args"]["unfinished"] == true;
    trace.iter().filter(unfinished).collect()
}

#[test]
fn ctrl_c_leaves_a_whole_trace() {
    let path = scratch("interrupted.json");
    let mut child = start("sleeps_long", &path);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let begun = lines.any(|line| line.unwrap().contains("the task has begun"));
    assert!(begun);
    // Nothing is there before it is whole.
    assert!(!path.exists());
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let trace = read(&path);
    let names: Vec<&Value> = unfinished(&trace)
        .iter()
        .map(|slice| &slice["name"])
        .collect();
    assert!(names.contains(&&Value::from("task 0")), "{names:?}");
}

#[test]
fn a_hang_leaves_a_trace_that_shows_it() {
    let path = scratch("hang.json");
    let mut child = start("hangs", &path);
    assert_eq!(child.wait().unwrap().code(), Some(124));
    let trace = read(&path);
    let wait = unfinished(&trace)
        .into_iter()
        .find(|slice| slice["name"] == "waits for the result of task 1");
    let length = wait.expect("the wait is shown")["dur"].as_f64().unwrap();
    assert!(length >= 250_000.0, "as long as the hang: {length} µs");
}
