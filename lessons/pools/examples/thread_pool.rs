//! A pool in plain Rust: two named threads that take jobs from a channel.
use crossbeam::channel;
use std::sync::{Arc, Barrier};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

fn main() {
    let (jobs, queue) = channel::unbounded::<Job>();
    let start_worker = |n| {
        let queue = queue.clone();
        let worker = thread::Builder::new().name(format!("worker-{n}"));
        worker.spawn(move || queue.iter().for_each(|job| job()))
    };
    let workers: Vec<_> = (0..2).map(|n| start_worker(n).unwrap()).collect();

    // Neither task ends before the other has started, so each needs a worker of its own.
    let meeting = Arc::new(Barrier::new(3));
    for _ in 0..2 {
        let meeting = Arc::clone(&meeting);
        let task = move || {
            println!("hello from {}", thread::current().name().unwrap());
            meeting.wait();
        };
        jobs.send(Box::new(task)).unwrap();
    }
    meeting.wait();
    let alive = workers.iter().filter(|worker| !worker.is_finished());
    println!("both tasks are done; {} workers are alive", alive.count());

    drop(jobs); // No more jobs: each worker's loop ends.
    for worker in workers {
        worker.join().unwrap();
    }
    println!("the workers have ended");
}
