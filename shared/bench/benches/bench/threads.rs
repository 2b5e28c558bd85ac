//! The thread pool: submit an empty task, get its result.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier};

use bench::WORKERS;
use bench::placement::Placement;
use shared::prelude::{Future, ThreadPool};

use crate::row::{NO_TARGET, Peer, Row, Table, everywhere};
use crate::sampler::{Outcome, Sampler};

/// Submits many, and then collects their results. As in `peers.py`.
const BATCH: u32 = 1_000;
/// Submits the next one when the result of the last one is there. So many go by
/// between two looks at the clock.
const SINGLE: u32 = 100;

const PYTHON: &str = "Python's `ThreadPoolExecutor`";

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "thread-pool-batch",
        what: "thread pool, submit and result of an empty task, 1,000 at a time",
        table: Table::Placements,
        placements: &Placement::ALL,
        in_readme: &[Placement::Apart, Placement::Together],
        peers: &[
            Peer::shared(shared_batch),
            Peer::here(
                "threadpool",
                "`threadpool`, a channel for each task",
                threadpool_batch,
                everywhere(1.0),
            ),
            Peer::here(
                "rayon",
                "`rayon`, a channel for each task",
                rayon_batch,
                everywhere(1.0),
            ),
            Peer::here(
                "threadpool-one-channel",
                "`threadpool`, one channel for all",
                threadpool_one_channel,
                NO_TARGET,
            ),
            Peer::here(
                "rayon-one-channel",
                "`rayon`, one channel for all",
                rayon_one_channel,
                NO_TARGET,
            ),
            Peer::python(PYTHON, "threads", "batch", everywhere(15.0)),
        ],
        limit: None,
    },
    Row {
        name: "thread-pool-single",
        what: "thread pool, submit and result of an empty task, one at a time",
        table: Table::Placements,
        placements: &Placement::ALL,
        in_readme: &[Placement::Apart, Placement::Together],
        peers: &[
            Peer::shared(shared_single),
            Peer::here(
                "threadpool",
                "`threadpool`",
                threadpool_single,
                ONE_AT_A_TIME,
            ),
            Peer::here("rayon", "`rayon`", rayon_single, ONE_AT_A_TIME),
            Peer::python(PYTHON, "threads", "single", [Some(15.0), None, None]),
        ],
        limit: None,
    },
];

/// Far ahead where each side has a core, and no slower where they share one.
const ONE_AT_A_TIME: [Option<f64>; 3] = [Some(20.0), Some(1.0), None];

fn shared_batch(sampler: &Sampler) -> Outcome {
    let pool = shared_pool(sampler)?;
    sampler.measure(BATCH, WORKERS, || {
        let futures: Vec<Future<()>> = (0..BATCH)
            .map(|_| pool.submit(|| ()).expect("the pool is open"))
            .collect();
        for future in futures {
            future.result().expect("an empty task ends well");
        }
    })
}

fn shared_single(sampler: &Sampler) -> Outcome {
    let pool = shared_pool(sampler)?;
    sampler.measure(SINGLE, WORKERS, || {
        for _ in 0..SINGLE {
            let future = pool.submit(|| ()).expect("the pool is open");
            future.result().expect("an empty task ends well");
        }
    })
}

fn threadpool_batch(sampler: &Sampler) -> Outcome {
    let pool = threadpool(sampler)?;
    sampler.measure(BATCH, WORKERS, || {
        a_channel_each(BATCH, |sender| pool.execute(move || send(&sender)));
    })
}

fn threadpool_one_channel(sampler: &Sampler) -> Outcome {
    let pool = threadpool(sampler)?;
    sampler.measure(BATCH, WORKERS, || {
        one_channel(BATCH, |sender| pool.execute(move || send(&sender)));
    })
}

fn threadpool_single(sampler: &Sampler) -> Outcome {
    let pool = threadpool(sampler)?;
    sampler.measure(SINGLE, WORKERS, || {
        for _ in 0..SINGLE {
            a_channel_each(1, |sender| pool.execute(move || send(&sender)));
        }
    })
}

/// The same, on the pool that is made for splitting work, not for single tasks.
fn rayon_batch(sampler: &Sampler) -> Outcome {
    let pool = rayon(sampler)?;
    sampler.measure(BATCH, WORKERS, || {
        a_channel_each(BATCH, |sender| pool.spawn(move || send(&sender)));
    })
}

fn rayon_one_channel(sampler: &Sampler) -> Outcome {
    let pool = rayon(sampler)?;
    sampler.measure(BATCH, WORKERS, || {
        one_channel(BATCH, |sender| pool.spawn(move || send(&sender)));
    })
}

fn rayon_single(sampler: &Sampler) -> Outcome {
    let pool = rayon(sampler)?;
    sampler.measure(SINGLE, WORKERS, || {
        for _ in 0..SINGLE {
            a_channel_each(1, |sender| pool.spawn(move || send(&sender)));
        }
    })
}

fn shared_pool(sampler: &Sampler) -> Outcome<ThreadPool> {
    sampler.start_workers(|| {
        let pool = ThreadPool::new(WORKERS).expect("there are workers");
        all_meet(|meet| {
            pool.submit(meet).expect("the pool is open");
        });
        pool
    })
}

fn threadpool(sampler: &Sampler) -> Outcome<threadpool::ThreadPool> {
    sampler.start_workers(|| {
        let pool = threadpool::ThreadPool::new(WORKERS);
        all_meet(|meet| pool.execute(meet));
        pool
    })
}

fn rayon(sampler: &Sampler) -> Outcome<rayon::ThreadPool> {
    sampler.start_workers(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(WORKERS)
            .build()
            .expect("the system has threads");
        all_meet(|meet| pool.spawn(meet));
        pool
    })
}

/// Submits a task for each worker. They wait for each other and for this thread,
/// so that afterwards every worker has been started.
fn all_meet(submit: impl Fn(Box<dyn FnOnce() + Send>)) {
    let meeting = Arc::new(Barrier::new(WORKERS + 1));
    for _ in 0..WORKERS {
        let meeting = Arc::clone(&meeting);
        submit(Box::new(move || {
            meeting.wait();
        }));
    }
    meeting.wait();
}

/// A channel for each task: its result can be asked for, as a future's can.
fn a_channel_each(size: u32, submit: impl Fn(Sender<()>)) {
    let results: Vec<Receiver<()>> = (0..size)
        .map(|_| {
            let (sender, result) = mpsc::channel();
            submit(sender);
            result
        })
        .collect();
    for result in results {
        result.recv().expect("every task sends its result");
    }
}

/// One channel for all: results come in any order, and nothing says which task
/// each belongs to. That is less than a future gives, and the least that a pool
/// can do.
fn one_channel(size: u32, submit: impl Fn(Sender<()>)) {
    let (sender, results) = mpsc::channel();
    for _ in 0..size {
        submit(sender.clone());
    }
    for _ in 0..size {
        results.recv().expect("every task sends its result");
    }
}

fn send(sender: &Sender<()>) {
    sender.send(()).expect("the submitter waits for the result");
}
