//! What an answer to the exercise `task_queue` has to do.

use super::*;
use checking::{expect, if_it_hangs, refuse, within};

/// A worker that takes so many tasks and returns them.
fn taker(name: &str, queue: &Arc<Queue<u32>>, number: usize) -> JoinHandle<Vec<Option<u32>>> {
    let queue = Arc::clone(queue);
    spawn(name, move || (0..number).map(|_| queue.pop()).collect())
}

fn first_in_first_out() {
    if_it_hangs(
        "There are two tasks in the queue, but `pop` waits: look at the condition. It may sleep \
         only while the queue is empty *and* not closed.",
    );
    model::explore(0, || {
        let queue = Queue::new();
        queue.push(1);
        queue.push(2);
        let taken = [queue.pop(), queue.pop()];
        expect(
            taken,
            [Some(1), Some(2)],
            "1 was pushed, then 2, and then two tasks were taken.",
        );
    });
}

fn pop_waits_for_a_task() {
    if_it_hangs(
        "There is a task in the queue, but the worker that waits for it sleeps on: \
         who wakes it when a task is pushed?",
    );
    model::explore(0, || {
        let queue = Arc::new(Queue::new());
        let worker = taker("worker", &queue, 1);
        queue.push(7);
        if worker.join().unwrap() == [None] {
            refuse(
                "`pop` came back with nothing, although the queue is open: it has to wait \
                 until there is a task.",
            );
        }
    });
}

fn pop_looks_again_when_it_wakes_up() {
    if_it_hangs(
        "There are as many tasks as workers, but a worker sleeps on: \
         is it woken for every task that is pushed?",
    );
    model::explore(2, || {
        let queue = Arc::new(Queue::new());
        let workers = [taker("worker 1", &queue, 1), taker("worker 2", &queue, 1)];
        queue.push(1);
        queue.push(2);
        let mut taken = workers.map(|worker| worker.join().unwrap()).concat();
        if taken.contains(&None) {
            refuse(
                "`pop` came back with nothing, although the queue is open. To be woken is no \
                 promise that there is a task: another worker may have been quicker, or it was \
                 a wake-up for no reason. Look again, and sleep again.",
            );
        }
        taken.sort();
        expect(
            taken,
            vec![Some(1), Some(2)],
            "1 and 2 were pushed, and each worker took one.",
        );
    });
}

fn close_wakes_every_worker() {
    if_it_hangs(
        "The queue is closed, but a worker sleeps for ever. Is every sleeper woken, the second \
         one, too? And does it look whether the queue is closed before it sleeps again?",
    );
    model::explore(1, || {
        let queue = Arc::new(Queue::new());
        let workers = [taker("worker 1", &queue, 1), taker("worker 2", &queue, 1)];
        queue.close();
        for worker in workers {
            expect(
                worker.join().unwrap(),
                vec![None],
                "The queue was closed, and there was never a task in it.",
            );
        }
    });
}

fn close_leaves_what_is_in_the_queue() {
    if_it_hangs("A queue is closed with tasks in it, and somebody waits for ever: for what?");
    model::explore(1, || {
        let queue = Arc::new(Queue::new());
        let worker = taker("worker", &queue, 3);
        queue.push(1);
        queue.push(2);
        queue.close();
        expect(
            worker.join().unwrap(),
            vec![Some(1), Some(2), None],
            "Tasks 1 and 2 were pushed, then the queue was closed, and a worker took three times. \
             What was in the queue has to be handed out, and only then `None`.",
        );
    });
}

fn work_runs_all_tasks() {
    if_it_hangs("The queue is closed and empty, but `work` does not come to an end.");
    model::explore(1, || {
        let queue = Arc::new(Queue::<Task>::new());
        let worker = {
            let queue = Arc::clone(&queue);
            spawn("worker", move || work(&queue))
        };
        let run = Arc::new(Mutex::new(Vec::new()));
        for n in 1..=3 {
            let run = Arc::clone(&run);
            queue.push(Box::new(move || run.lock().push(n)));
        }
        queue.close();
        worker.join().unwrap();
        let run = run.lock().clone();
        expect(
            run,
            vec![1, 2, 3],
            "One worker had three tasks to run: take the next one until `pop` says that there is \
             nothing more to come.",
        );
    });
}

/// On real threads, in real time: each task waits until all three have started.
fn three_workers_run_three_tasks_at_once() {
    if_it_hangs(
        "Three workers have three tasks, but they do not run them at the same time: \
         does a worker hold the lock while it runs its task?",
    );
    within(5);
    let queue = Arc::new(Queue::<Task>::new());
    let workers = [1, 2, 3].map(|n| {
        let queue = Arc::clone(&queue);
        spawn(format!("worker {n}"), move || work(&queue))
    });
    let meeting = Arc::new(Barrier::new(3));
    for _ in 0..3 {
        let meeting = Arc::clone(&meeting);
        queue.push(Box::new(move || {
            meeting.wait();
        }));
    }
    queue.close();
    for worker in workers {
        worker.join().unwrap();
    }
}

checking::checks![
    first_in_first_out,
    pop_waits_for_a_task,
    pop_looks_again_when_it_wakes_up,
    close_wakes_every_worker,
    close_leaves_what_is_in_the_queue,
    work_runs_all_tasks,
    three_workers_run_three_tasks_at_once,
];
