//! Ways to end a pool in plain Rust: close its queue, or empty it, or stop waiting.
//!
//! A task takes 0.4 s here, not 1 s.
use crossbeam::channel::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

fn main() {
    println!("close the queue, and wait:");
    let (tasks, _, worker) = one_worker_three_tasks("a");
    drop(tasks); // Whatever is in the queue still runs.
    worker.join().unwrap();
    println!("the worker has ended");

    println!("take back what has not started:");
    let (tasks, queue, worker) = one_worker_three_tasks("c");
    println!("cancelled: {} tasks", queue.try_iter().count());
    drop(tasks);
    worker.join().unwrap();

    println!("wait for a result, but not too long:");
    let (done, result) = channel::bounded(1);
    thread::spawn(move || {
        work("d1");
        done.send("done at last")
    });
    // The task knows nothing of the limit: it runs to its end.
    println!("{:?}", result.recv_timeout(Duration::from_millis(100)));
    println!("{:?}", result.recv());
}

type Pool = (Sender<String>, Receiver<String>, JoinHandle<()>);

fn one_worker_three_tasks(letter: &str) -> Pool {
    // With room for two, the third `send` returns when the worker has taken the first.
    let (tasks, queue) = channel::bounded::<String>(2);
    let workers_end = queue.clone();
    let worker = thread::spawn(move || workers_end.iter().for_each(|name| work(&name)));
    for n in 1..=3 {
        tasks.send(format!("{letter}{n}")).unwrap();
    }
    (tasks, queue, worker)
}

fn work(name: &str) {
    thread::sleep(Duration::from_millis(400));
    println!("{name} is done");
}
