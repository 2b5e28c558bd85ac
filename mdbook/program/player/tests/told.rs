//! The sentences.

use super::made::Made;
use crate::player::queue::Shown;
use crate::record::{About, Kind, Outcome, Target};

/// Two tasks on one worker, with a callback.
fn two_tasks() -> Made {
    let mut made = Made::new(&["main", "pool-0_0"]);
    made.add(0, Kind::Pool, "pool 0 of 1 workers");
    let first = made.of_task(0, Kind::Submit, 0, None);
    made.add(0, Kind::Spawn, "pool-0_0");
    let spawn = made.last();
    let second = made.of_task(0, Kind::Submit, 1, None);
    made.add(0, Kind::Wait, "the end of pool-0");
    made.add(1, Kind::Born, "a worker").cause = Some(spawn);
    let start = made.of_task(1, Kind::Start, 0, Some(first));
    let said = made.add(1, Kind::Say, "task 0 starts");
    (said.task, said.line) = (Some((0, 0)), Some(21));
    made.add(1, Kind::Sleep, "1").task = Some((0, 0));
    made.later(1.0);
    made.add(1, Kind::Awake, "").task = Some((0, 0));
    let end = made.of_task(1, Kind::End, 0, Some(start));
    let callback = made.of_task(1, Kind::Callback, 0, Some(end));
    made.of_task(1, Kind::CallbackEnd, 0, Some(callback));
    let start = made.of_task(1, Kind::Start, 1, Some(second));
    made.later(1.0);
    made.of_task(1, Kind::End, 1, Some(start));
    made.log.events.last_mut().expect("the end").text =
        "the task panicked: no egg left".to_string();
    made.add(1, Kind::Exit, "");
    let exit = made.last();
    made.add(0, Kind::Wake, "").cause = Some(exit);
    made
}

#[test]
fn a_pool_is_told_with_its_reasons() {
    assert_eq!(
        two_tasks().words(),
        [
            "main makes pool-0, a pool of one worker.",
            "main submits tasks 0 and 1. The pool starts pool-0_0, because no worker is idle.",
            "main waits for pool-0 to finish.",
            "pool-0_0 takes task 0, because it is free and task 0 is first in the queue.",
            "Task 0 ends on pool-0_0: its pause of 1 s is over.",
            "The callback of task 0 runs on pool-0_0, the worker that ran task 0.",
            "pool-0_0 takes task 1, because it is free and task 1 is the only one in the queue.",
            "Task 1 panics on pool-0_0: no egg left.",
            "main goes on, because pool-0_0, the last worker, has ended.",
        ]
    );
}

#[test]
fn a_step_has_its_bars_its_lines_and_the_queue_after_it() {
    let made = two_tasks();
    let steps = made.steps();
    let start = &steps[3];
    assert_eq!(start.line, Some(21));
    assert_eq!(start.printed, [(1, 1)]);
    // The start of the task, and its pause.
    assert_eq!(start.bars, [(6, 6), (8, 8)]);
    let queue = |tasks: &[&str]| Shown {
        pool: "pool-0".to_string(),
        tasks: tasks.iter().map(|task| (*task).to_string()).collect(),
        more: 0,
    };
    assert_eq!(steps[1].queues, [queue(&["0", "1"])]);
    assert_eq!(start.queues, [queue(&["1"])]);
    assert_eq!(steps[6].queues, [queue(&[])]);
    // The end lights the bar that began with the start.
    assert!(steps[4].bars.contains(&(6, 6)));
}

/// Two workers take two tasks, and the quicker one is the first to say so.
#[test]
fn a_queue_is_seen_to_be_served_in_turn() {
    let mut made = Made::new(&["main", "pool-0_0", "pool-0_1"]);
    let first = made.of_task(0, Kind::Submit, 0, None);
    let second = made.of_task(0, Kind::Submit, 1, None);
    made.of_task(2, Kind::Start, 1, Some(second));
    made.of_task(1, Kind::Start, 0, Some(first));
    assert_eq!(
        made.words()[1..],
        [
            "pool-0_0 takes task 0, because it is free and task 0 is first in the queue.",
            "pool-0_1 takes task 1, because it is free and task 1 is the only one in the queue.",
        ]
    );
}

/// No exchange if the first one in line starts much later: the queue was not served in
/// turn.
#[test]
fn a_queue_that_is_not_served_in_turn_is_told_as_it_was() {
    let mut made = Made::new(&["main", "pool-0_0"]);
    let first = made.of_task(0, Kind::Submit, 0, None);
    let second = made.of_task(0, Kind::Submit, 1, None);
    let start = made.of_task(1, Kind::Start, 1, Some(second));
    made.later(1.0);
    made.of_task(1, Kind::End, 1, Some(start));
    made.of_task(1, Kind::Start, 0, Some(first));
    assert_eq!(
        made.words()[1],
        "pool-0_0 takes task 1, because it is free."
    );
}

#[test]
fn a_set_is_told_with_whom_it_wakes() {
    let mut made = Made::new(&["main", "car 1", "car 2", "car 3"]);
    let mut waits = Vec::new();
    for car in 1..=3 {
        made.add(car, Kind::Wait, "the green light").about = About::Wait {
            target: Target::Event("the green light".to_string()),
            limit: None,
        };
        waits.push(made.last());
    }
    made.later(5.0);
    made.add(0, Kind::Set, "the green light");
    let set = made.last();
    for car in 1..=3 {
        made.add(car, Kind::Wake, "").cause = Some(set);
    }
    let steps = made.steps();
    assert_eq!(
        steps[3].words,
        "main sets the green light: three cars wake up, all at once."
    );
    assert_eq!(steps[3].bars, [(0, 3)], "the set, and the three waits");
    assert_eq!(
        steps[4].words,
        "car 1 goes on, because main has set the green light."
    );
}

#[test]
fn a_wait_is_told_with_its_limit_and_its_end() {
    let mut made = Made::new(&["main"]);
    let task = serde_json::from_str(r#"{"pool":0,"number":3}"#).expect("a task's id");
    made.add(0, Kind::Wait, "").about = About::Wait {
        target: Target::Result(task),
        limit: Some(1.5),
    };
    made.later(1.5);
    let wait = made.last();
    let wake = made.add(0, Kind::Wake, "");
    wake.about = About::Outcome(Outcome::GaveUp);
    wake.cause = Some(wait);
    made.add(0, Kind::Wait, "the answer to GET /index/1").about = About::Wait {
        target: Target::Outside,
        limit: None,
    };
    made.later(0.3);
    made.add(0, Kind::Wake, "").about = About::Outcome(Outcome::Answered(0.25));
    assert_eq!(
        made.words(),
        [
            "main waits for the result of task 3, for at most 1.5 s.",
            "main gives up after waiting 1.5 s for the result of task 3.",
            "main waits for the answer to GET /index/1.",
            "main has the answer to GET /index/1, which took 0.25 s.",
        ]
    );
}

/// A table of steps: each step lights its row, in the output as in the picture.
#[test]
fn a_chosen_interleaving_is_told_row_by_row() {
    let mut made = Made::new(&["main", "waiter"]);
    made.add(0, Kind::Phase, "the naive version:");
    made.add(1, Kind::Step, "looks at the flag").about = About::Step {
        state: vec!["flag: clear".to_string()],
        asleep: Vec::new(),
        holder: Some("waiter".to_string()),
    };
    made.add(0, Kind::Step, "sets the flag").about = About::Step {
        state: vec!["flag: set".to_string()],
        asleep: vec!["waiter".to_string()],
        holder: None,
    };
    made.add(0, Kind::Say, "step  waiter             main\n1     looks at the flag\n2                        sets the flag");
    let steps = made.steps();
    let told: Vec<_> = steps
        .iter()
        .map(|step| {
            (
                step.words.as_str(),
                step.printed.as_slice(),
                step.bars.as_slice(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "A new part begins, “the naive version”.",
                [(1, 1)].as_slice(),
                [(0, 0)].as_slice()
            ),
            (
                "waiter looks at the flag. Now flag = clear; waiter holds the lock.",
                &[(3, 3)],
                &[(1, 1)]
            ),
            (
                "main sets the flag. Now flag = set; waiter is asleep.",
                &[(4, 4)],
                &[(2, 2)]
            ),
            ("main prints three lines.", &[(2, 4)], &[(3, 3)]),
        ]
    );
}

#[test]
fn a_cancelled_task_leaves_the_queue() {
    let mut made = Made::new(&["main"]);
    let submit = made.of_task(0, Kind::Submit, 0, None);
    made.add(0, Kind::Sleep, "0.5");
    made.later(0.5);
    made.add(0, Kind::Awake, "");
    let cancel = made.of_task(0, Kind::Cancel, 0, Some(submit));
    let callback = made.of_task(0, Kind::Callback, 0, Some(cancel));
    made.of_task(0, Kind::CallbackEnd, 0, Some(callback));
    made.add(0, Kind::Shutdown, "pool-0");
    let steps = made.steps();
    assert_eq!(
        steps[1].words,
        "After a pause of 0.5 s, main cancels task 0: it leaves the queue without having started."
    );
    assert_eq!(steps[1].bars[0].0, submit, "the cell in the queue is lit");
    assert!(steps[1].queues[0].tasks.is_empty());
    assert_eq!(
        steps[2].words,
        "The callback of task 0 runs on main, which cancelled task 0."
    );
    assert_eq!(steps[3].words, "main shuts pool-0 down.");
}
