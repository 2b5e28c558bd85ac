//! What a picture shows.

use super::logs::{Writer, cancelled, cars, two_workers};
use crate::log::Log;
use crate::picture::model::band::bands;
use crate::picture::model::naming::Labels;
use crate::picture::model::panel::panels;
use crate::picture::model::queue::queues;
use crate::picture::model::rows::{rows, thousands};
use crate::picture::model::run::Run;
use crate::picture::model::spans::Activity;
use crate::picture::model::view::View;
use crate::picture::model::waves::waves;
use crate::picture::options::Options;
use crate::record::{Kind, Outcome, Target};

fn run(log: &Log) -> Run {
    Run::new(log, &Labels::default())
}

fn view(log: &Log) -> View {
    let run = run(log);
    let panel = &panels(0, &run, &[])[0];
    View::new(&run, panel, panel.length(), &Options::default())
}

fn activities(log: &Log, actor: usize) -> Vec<Activity> {
    let spans = &run(log).actors[actor].spans;
    spans.iter().map(|span| span.activity.clone()).collect()
}

#[test]
fn tasks_that_start_together_are_waves() {
    let run = run(&two_workers());
    let waves: Vec<usize> = waves(&run, 0.0, 3.0)
        .iter()
        .map(|wave| wave.tasks)
        .collect();
    assert_eq!(waves, [2, 2, 1]);
}

#[test]
fn tasks_of_different_length_are_no_waves() {
    let mut log = Writer::new(&["main", "pool-0_0", "pool-0_1"]);
    for (worker, task, from, to) in [(1, 0, 0, 900), (2, 1, 0, 1500), (1, 2, 900, 2000)] {
        log.task(from, to, worker, (0, task), "");
    }
    assert!(waves(&run(&log.done()), 0.0, 2.0).is_empty());
}

#[test]
fn a_queue_has_a_cell_for_each_task_at_each_place() {
    let run = run(&two_workers());
    let queue = &queues(&run, (0.0, 3.0), 0.01)[&0];
    let cells: Vec<(u64, usize, f64, f64)> = queue
        .cells
        .iter()
        .map(|cell| (cell.task.1, cell.place, cell.from, cell.to))
        .collect();
    let mut sorted = cells.clone();
    sorted.sort_by(|one, other| (one.0, one.2).partial_cmp(&(other.0, other.2)).unwrap());
    assert_eq!(
        sorted,
        [
            (2, 0, 0.0, 1.0),
            (3, 1, 0.0, 1.0),
            (4, 2, 0.0, 1.0),
            (4, 0, 1.0, 2.0)
        ]
    );
    assert_eq!(queue.depth(), 3);
}

#[test]
fn a_cancelled_task_keeps_its_place_and_gets_a_name() {
    let run = run(&cancelled());
    let queue = &queues(&run, (0.0, 1.0), 0.01)[&0];
    let gone: Vec<(&str, usize)> = queue
        .cancelled
        .iter()
        .map(|gone| (run.tasks[&gone.task].name.long.as_str(), gone.place))
        .collect();
    assert_eq!(gone, [("c2", 0), ("c3", 1)]);
    assert!(
        queue.cells.iter().all(|cell| cell.to == 0.5),
        "{:?}",
        queue.cells
    );
}

#[test]
fn an_event_is_a_band_and_knows_who_waits() {
    let run = run(&cars(3));
    let bands = bands(&run, 0.0, run.end);
    let states: Vec<(bool, f64)> = (bands[0].stretches.iter())
        .map(|stretch| (stretch.set, stretch.from))
        .collect();
    assert_eq!(states, [(false, 0.0), (true, 5.001)]);
    assert_eq!((bands.len(), bands[0].waiters.len()), (1, 3));
}

#[test]
fn an_event_of_the_same_name_begins_clear() {
    let mut log = Writer::new(&["main", "waiter"]);
    for from in [0, 2000] {
        log.add(from, 0, Kind::Phase, "again");
        let ready = Target::Event("ready".to_string());
        log.waits(from + 1, from + 1001, 1, "ready", (ready, Outcome::Woken));
        log.add(from + 1000, 0, Kind::Set, "ready");
    }
    let run = run(&log.done());
    let bands = bands(&run, 2.0, 3.001);
    let states: Vec<bool> = bands[0]
        .stretches
        .iter()
        .map(|stretch| stretch.set)
        .collect();
    assert_eq!(states, [false, true]);
}

#[test]
fn many_equal_rows_become_one() {
    let few = view(&cars(10)).rows;
    assert_eq!(few.len(), 11);
    let many = view(&cars(1000)).rows;
    assert_eq!(many.len(), 2);
    assert_eq!(many[1].name, "1,000 × car");
    assert!(many[1].entries.iter().any(|entries| entries.len() == 1000));
    // The wait is the longest; the last car begins to wait after 1.001 s.
    let wait = (many[1].spans.iter()).position(|span| matches!(span.activity, Activity::Wait(_)));
    let (latest, earliest) = many[1].inner[wait.unwrap()];
    assert_eq!((latest, earliest), (1.001, 5.003));
}

#[test]
fn rows_are_folded_or_not_if_the_page_says_so() {
    let log = cars(10);
    let run = run(&log);
    let count = |fold| rows(&run, (0.0, run.end), 0.01, fold, |_| true).len();
    assert_eq!(
        (count(None), count(Some(true)), count(Some(false))),
        (11, 2, 11)
    );
    assert_eq!(
        rows(&run, (0.0, run.end), 0.01, None, |name| name == "main").len(),
        1
    );
    assert_eq!(
        (thousands(999), thousands(1_234_567)),
        ("999".into(), "1,234,567".into())
    );
}

#[test]
fn workers_stand_in_the_order_of_their_numbers() {
    let mut log = Writer::new(&["main", "pool-0_10", "pool-0_9", "pool-0_0"]);
    for worker in 1..4 {
        log.task(0, 1000, worker, (0, worker as u64), "");
    }
    let names: Vec<String> = view(&log.done())
        .rows
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["pool-0_0", "pool-0_9", "pool-0_10"]);
}

/// Time in which the thread did not compute, and no event says what it did.
#[test]
fn what_nothing_is_known_of_is_not_recorded() {
    let times = |cpu: [Option<u64>; 2]| {
        let mut log = Writer::new(&["main"]);
        log.add(0, 0, Kind::Say, "one");
        log.add(1000, 0, Kind::Say, "two");
        let mut log = log.done();
        for (event, cpu) in log.events.iter_mut().zip(cpu) {
            event.cpu = cpu;
        }
        activities(&log, 0)
    };
    assert_eq!(times([None, None]), [Activity::NotRecorded]);
    assert_eq!(times([Some(0), Some(20_000)]), [Activity::NotRecorded]);
    assert_eq!(times([Some(0), Some(400_000)]), [Activity::Ready]);
    assert_eq!(times([Some(5), Some(990_000)]), [Activity::Runs]);
}

#[test]
fn a_pause_is_work_also_in_a_thread_that_is_killed() {
    let mut log = Writer::new(&["main", "process-0_0"]);
    log.of_task(0, 1, Kind::Start, (0, 0));
    log.of_task(0, 1, Kind::Sleep, (0, 0));
    log.add(800, 1, Kind::Exit, "was killed");
    log.add(1000, 0, Kind::Say, "broken");
    let log = log.done();
    assert_eq!(activities(&log, 1), [Activity::Work]);
    let actor = &run(&log).actors[1];
    assert_eq!((actor.to, actor.death.as_str()), (0.8, "was killed"));
}

#[test]
fn a_wait_that_gave_up_is_told_from_one_that_was_woken() {
    let mut log = Writer::new(&["main"]);
    log.waits(0, 1000, 0, "a result", (Target::Lock, Outcome::GaveUp));
    log.waits(1000, 2000, 0, "a result", (Target::Lock, Outcome::Woken));
    let waits = activities(&log.done(), 0);
    let gave_up = |activity: &Activity| matches!(activity, Activity::Wait(wait) if wait.gave_up);
    assert_eq!(waits.iter().map(gave_up).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn each_phase_is_a_panel_of_its_own() {
    let mut log = Writer::new(&["main", "pool-0_0"]);
    log.add(0, 0, Kind::Phase, "first:");
    log.task(0, 1000, 1, (0, 0), "");
    log.add(2000, 0, Kind::Phase, "second");
    log.task(2000, 5000, 1, (0, 1), "");
    let run = run(&log.done());
    let all = panels(0, &run, &[]);
    let lengths: Vec<(&str, f64)> = all
        .iter()
        .map(|one| (one.name.as_str(), one.length()))
        .collect();
    assert_eq!(lengths, [("first", 2.0), ("second", 3.0)]);
    assert_eq!(panels(0, &run, &[2])[0].name, "second");
    let second = View::new(&run, &all[1], 3.0, &Options::default());
    assert_eq!(second.rows[0].spans.len(), 1, "{:?}", second.rows[0].spans);
}

#[test]
fn a_stopwatch_is_a_flag_unless_it_says_the_total() {
    let mut log = Writer::new(&["main", "pool-0_0"]);
    let start = log.add(500, 0, Kind::StopwatchStart, "");
    log.task(0, 4000, 1, (0, 0), "");
    let first = log.add(2000, 0, Kind::StopwatchRead, "the first result is usable");
    let last = log.add(4000, 0, Kind::StopwatchRead, "all is done");
    for place in [first, last] {
        log.log.events[place].cause = Some(start);
    }
    // The log is in order already, but for the task.
    let run = run(&log.log);
    let flags = View::new(&run, &panels(0, &run, &[])[0], 4.0, &Options::default()).flags;
    assert_eq!(flags.len(), 1);
    assert_eq!(
        (flags[0].1.as_str(), flags[0].2),
        ("the first result is usable", 1.5)
    );
}

#[test]
fn workers_that_never_started_are_known() {
    let mut log = Writer::new(&["main", "pool-0_0"]);
    log.pool(0, 3);
    log.of_task(0, 0, Kind::Submit, (0, 0));
    log.task(0, 1000, 1, (0, 0), "");
    assert_eq!(
        view(&log.done()).absent,
        [("pool-0".to_string(), vec![1, 2])]
    );
}

#[test]
fn a_degenerate_log_is_no_reason_to_panic() {
    let empty = Writer::new(&["main"]).done();
    assert!(view(&empty).is_empty());
    let nobody = Writer::new(&[]).done();
    assert!(view(&nobody).is_empty());
    // Ends without beginnings, beginnings without ends, and all in one moment.
    let mut log = Writer::new(&["main", "pool-0_0"]);
    for kind in [
        Kind::Wake,
        Kind::Awake,
        Kind::End,
        Kind::CallbackEnd,
        Kind::Exit,
        Kind::Cancel,
    ] {
        log.of_task(0, 1, kind, (7, 7));
    }
    for kind in [
        Kind::Start,
        Kind::Wait,
        Kind::Sleep,
        Kind::Callback,
        Kind::Set,
        Kind::Phase,
    ] {
        log.of_task(0, 0, kind, (8, 8));
    }
    let log = log.done();
    let run = run(&log);
    for panel in panels(0, &run, &[]) {
        let _ = View::new(&run, &panel, panel.length(), &Options::default());
    }
}
