//! The thread pool: submit an empty task, get its result.

use std::sync::mpsc::{self, Sender};

use criterion::Criterion;
use shared::prelude::*;

use crate::WORKERS;
use crate::row;
use crate::table::{Comparison, Target};

/// As in `peers.py`.
const BATCH: u32 = 1_000;

/// Submits many, and then collects their results.
const TOGETHER: &str = "threads-batch";
/// Submits the next one when the result of the last one is there.
const SINGLE: &str = "threads-single";

pub(crate) const COMPARISONS: &[Comparison] = &[
    Comparison {
        group: TOGETHER,
        what: "thread pool, submit and result of an empty task, in batches of 1,000",
        peers: &[
            (
                "threadpool",
                Some(Target {
                    must: 1.0,
                    aim: Some(2.0),
                }),
            ),
            (
                "rayon",
                Some(Target {
                    must: 1.0,
                    aim: Some(2.0),
                }),
            ),
            (
                "python",
                Some(Target {
                    must: 25.0,
                    aim: Some(40.0),
                }),
            ),
        ],
    },
    Comparison {
        group: SINGLE,
        what: "thread pool, submit and result of an empty task, one at a time",
        peers: &[("threadpool", None), ("rayon", None), ("python", None)],
    },
];

pub(crate) fn measure(criterion: &mut Criterion) {
    for (group, size, request) in [(TOGETHER, BATCH, "batch"), (SINGLE, 1, "single")] {
        shared_pool(criterion, group, size);
        threadpool(criterion, group, size);
        rayon(criterion, group, size);
        row::measure_python(criterion, group, size, "threads", request);
    }
}

fn shared_pool(criterion: &mut Criterion, group: &str, size: u32) {
    let pool = ThreadPool::new(WORKERS).expect("there are workers");
    row::measure(criterion, group, "shared", size, || {
        let futures: Vec<Future<()>> = (0..size)
            .map(|_| pool.submit(|| ()).expect("the pool is open"))
            .collect();
        for future in futures {
            future.result().expect("an empty task ends well");
        }
    });
}

/// It has no futures. The usual way to results is one channel for all of them,
/// in the order in which they come.
fn threadpool(criterion: &mut Criterion, group: &str, size: u32) {
    let pool = ::threadpool::ThreadPool::new(WORKERS);
    row::measure(criterion, group, "threadpool", size, || {
        through_a_channel(size, |sender| {
            pool.execute(move || send(&sender));
        });
    });
}

/// The same, on the pool that is made for splitting work, not for single tasks.
fn rayon(criterion: &mut Criterion, group: &str, size: u32) {
    let pool = ::rayon::ThreadPoolBuilder::new()
        .num_threads(WORKERS)
        .build()
        .expect("the system has threads");
    row::measure(criterion, group, "rayon", size, || {
        through_a_channel(size, |sender| {
            pool.spawn(move || send(&sender));
        });
    });
}

fn through_a_channel(size: u32, submit: impl Fn(Sender<()>)) {
    let (sender, results) = mpsc::channel();
    for _ in 0..size {
        submit(sender.clone());
    }
    for _ in 0..size {
        results.recv().expect("every task sends its result");
    }
}

fn send(sender: &Sender<()>) {
    sender.send(()).expect("somebody waits for the result");
}
