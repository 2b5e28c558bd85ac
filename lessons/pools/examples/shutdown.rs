//! Ways to end a pool in plain Rust: close its queue, or empty it, or stop waiting.
//!
//! The first three tasks take 0.2 s each here, not 1 s.
use crossbeam::channel::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

fn main() {
    println!("close the queue, and wait:");
    let (tasks, _, worker) = one_worker_three_tasks("a", 200);
    drop(tasks); // Whatever is in the queue still runs.
    worker.join().unwrap();
    println!("the worker has ended");

    println!("take back what has not started:");
    let (tasks, queue, worker) = one_worker_three_tasks("c", 1000);
    println!("cancelled: {} tasks", queue.try_iter().count());
    drop(tasks);
    worker.join().unwrap();

    println!("wait for a result, but not too long:");
    let (done, result) = channel::bounded(1);
    let task = thread::spawn(move || {
        thread::park(); // Stands for work that takes longer than `main` will wait.
        done.send("done at last").unwrap();
    });
    println!("{:?}", result.recv_timeout(Duration::from_millis(100)));
    task.thread().unpark();
    println!("{:?}", result.recv());
}

type Pool = (Sender<u32>, Receiver<u32>, JoinHandle<()>);

fn one_worker_three_tasks(letter: &'static str, milliseconds: u64) -> Pool {
    // With room for two, the third `send` returns when the worker has taken the first.
    let (tasks, queue) = channel::bounded(2);
    let workers_end = queue.clone();
    let worker = thread::spawn(move || {
        for n in workers_end {
            thread::sleep(Duration::from_millis(milliseconds));
            println!("{letter}{n} is done");
        }
    });
    for n in 1..=3 {
        tasks.send(n).unwrap();
    }
    (tasks, queue, worker)
}
