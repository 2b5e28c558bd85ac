//! The thread pool: submit an empty task, get its result.

use std::sync::mpsc::{self, Receiver, Sender};

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

const FASTER: Target = Target {
    must: 1.0,
    aim: Some(2.0),
};

pub(crate) const COMPARISONS: &[Comparison] = &[
    Comparison {
        group: TOGETHER,
        what: "thread pool, submit and result of an empty task, in batches of 1,000",
        peers: &[
            ("threadpool", Some(FASTER)),
            ("rayon", Some(FASTER)),
            ("threadpool, one channel", None),
            ("rayon, one channel", None),
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
        threadpool(criterion, group, "threadpool", size, a_channel_each);
        rayon(criterion, group, "rayon", size, a_channel_each);
        if size > 1 {
            threadpool(
                criterion,
                group,
                "threadpool, one channel",
                size,
                one_channel,
            );
            rayon(criterion, group, "rayon, one channel", size, one_channel);
        }
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

/// How results come back from a pool that has no futures.
type Channels = fn(u32, &dyn Fn(Sender<()>));

fn threadpool(criterion: &mut Criterion, group: &str, name: &str, size: u32, channels: Channels) {
    let pool = ::threadpool::ThreadPool::new(WORKERS);
    row::measure(criterion, group, name, size, || {
        channels(size, &|sender| pool.execute(move || send(&sender)));
    });
}

/// The same, on the pool that is made for splitting work, not for single tasks.
fn rayon(criterion: &mut Criterion, group: &str, name: &str, size: u32, channels: Channels) {
    let pool = ::rayon::ThreadPoolBuilder::new()
        .num_threads(WORKERS)
        .build()
        .expect("the system has threads");
    row::measure(criterion, group, name, size, || {
        channels(size, &|sender| pool.spawn(move || send(&sender)));
    });
}

/// A channel for each task: its result can be asked for, as a future's can.
fn a_channel_each(size: u32, submit: &dyn Fn(Sender<()>)) {
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

/// One channel for all: results come in any order, and whose they are is lost.
/// That is less than a future gives, and the least that a pool can do.
fn one_channel(size: u32, submit: &dyn Fn(Sender<()>)) {
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
