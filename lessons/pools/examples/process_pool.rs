//! A pool of processes in plain Rust: this program starts itself twice, as a worker.
use crossbeam::channel::{self, Receiver};
use std::io::{self, BufRead, BufReader, Write};
use std::process::{self, Command, Stdio};
use std::{env, thread, time::Duration};

fn main() -> io::Result<()> {
    if env::args().nth(1).as_deref() == Some("worker") {
        return work();
    }
    println!("the parent is process {}", process::id());
    let (tasks, queue) = channel::unbounded();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| drive_worker(&queue).unwrap());
        }
        (0..3).for_each(|n| tasks.send(n).unwrap());
        drop(tasks);
    });
    println!("all tasks are done");
    Ok(())
}

/// Sends one task after the other to a worker process, and prints its answers.
fn drive_worker(queue: &Receiver<u32>) -> io::Result<()> {
    let mut command = Command::new(env::current_exe()?);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut worker = piped.arg("worker").spawn()?;
    let mut tasks = worker.stdin.take().unwrap();
    let mut answers = BufReader::new(worker.stdout.take().unwrap()).lines();
    for n in queue {
        writeln!(tasks, "{n}")?;
        println!("{}", answers.next().unwrap()?);
    }
    drop(tasks); // The end of its input ends the worker.
    worker.wait().map(drop)
}

fn work() -> io::Result<()> {
    for n in io::stdin().lines() {
        thread::sleep(Duration::from_secs(1));
        println!("task {} ran in process {}", n?, process::id());
    }
    Ok(())
}
