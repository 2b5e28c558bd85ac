//! The answers to the exercise `task_queue`, and what has to come of each.
#![allow(dead_code)]

mod forgets_the_rest;
mod goes_home_after_one;
mod if_for_while;
mod looks_before_it_sleeps;
mod notify_one_in_close;
mod or_for_and;
#[path = "../../src/bin/task_queue_solution.rs"]
mod solution;
mod spins;
#[path = "../../../exercises/original/pools/task_queue.rs"]
mod stub;
mod takes_the_newest;
mod works_under_the_lock;

checking::answers! {
    task_queue: solution;
    stub: pop_waits_for_a_task, "has to wait until there is a task";
    takes_the_newest: first_in_first_out, "but it is    [Some(2), Some(1)]";
    or_for_and: first_in_first_out, "but `pop` waits: look at the condition";
    spins: pop_waits_for_a_task, "goes round and round";
    looks_before_it_sleeps: pop_waits_for_a_task, "the worker that waits for it sleeps on";
    if_for_while: pop_looks_again_when_it_wakes_up, "no promise that there is a task";
    notify_one_in_close: close_wakes_every_worker, "Is every sleeper woken";
    forgets_the_rest: close_leaves_what_is_in_the_queue, "has to be handed out";
    goes_home_after_one: work_runs_all_tasks, "take the next one until";
    works_under_the_lock: three_workers_run_three_tasks_at_once, "hold the lock while it runs";
}
