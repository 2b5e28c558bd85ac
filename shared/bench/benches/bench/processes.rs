//! The process pool: small calls, chunks of them, and large payloads.
//!
//! The worker processes inherit the cores of this one, so there is nothing to
//! choose: these rows are unpinned.

use std::time::Duration;

use bench::WORKERS;
use bench::placement::Placement;
use shared::prelude::{ProcessPool, process_task};

use crate::row::{NO_TARGET, Peer, Row, Table, everywhere};
use crate::sampler::{Outcome, Sampler};

/// As in `peers.py`.
const ITEMS: u32 = 10_000;
const CHUNK: usize = 100;
const LARGE: usize = 100 << 20;

const PYTHON: &str = "Python";

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "process-pool-single",
        what: "process pool, a small task, there and back",
        table: Table::Processes,
        placements: &[Placement::Unpinned],
        in_readme: &[Placement::Unpinned],
        peers: &[
            Peer::shared(single),
            Peer::python(PYTHON, "processes", "single", everywhere(15.0)),
        ],
        limit: None,
    },
    Row {
        name: "process-pool-chunks",
        what: "process pool, `map` in chunks of 100, an item",
        table: Table::Processes,
        placements: &[Placement::Unpinned],
        in_readme: &[],
        peers: &[
            Peer::shared(chunks),
            Peer::python(PYTHON, "processes", "chunks", everywhere(8.0)),
        ],
        limit: None,
    },
    Row {
        name: "process-pool-large-argument",
        what: "process pool, 100 MiB of bytes as an argument",
        table: Table::Processes,
        placements: &[Placement::Unpinned],
        in_readme: &[],
        peers: &[
            Peer::shared(large_argument),
            Peer::python(PYTHON, "processes", "large_argument", NO_TARGET),
        ],
        limit: Some(Duration::from_secs(1)),
    },
    Row {
        name: "process-pool-large-result",
        what: "process pool, 100 MiB of bytes as a result",
        table: Table::Processes,
        placements: &[Placement::Unpinned],
        in_readme: &[],
        peers: &[
            Peer::shared(large_result),
            Peer::python(PYTHON, "processes", "large_result", NO_TARGET),
        ],
        limit: Some(Duration::from_secs(1)),
    },
];

process_task!(same);
fn same(value: u32) -> u32 {
    value
}

process_task!(length);
fn length(bytes: Vec<u8>) -> usize {
    bytes.len()
}

process_task!(bytes);
fn bytes(length: usize) -> Vec<u8> {
    vec![7; length]
}

/// With its first worker started.
fn pool(sampler: &Sampler) -> Outcome<ProcessPool> {
    sampler.start_workers(|| {
        let pool = ProcessPool::new(WORKERS).expect("this is no worker");
        let first = pool.submit(same, 7).expect("the pool is open");
        first.result().expect("the task ends well");
        pool
    })
}

fn single(sampler: &Sampler) -> Outcome {
    let pool = pool(sampler)?;
    sampler.measure(1, 0, || {
        let future = pool.submit(same, 7).expect("the pool is open");
        future.result().expect("the task ends well");
    })
}

fn chunks(sampler: &Sampler) -> Outcome {
    let pool = pool(sampler)?;
    sampler.measure(ITEMS, 0, || {
        let results = pool
            .map_chunked(same, 0..ITEMS, CHUNK)
            .expect("the pool is open");
        for result in results {
            result.expect("the task ends well");
        }
    })
}

fn large_argument(sampler: &Sampler) -> Outcome {
    let pool = pool(sampler)?;
    let argument = vec![7; LARGE];
    sampler.measure_once(0, || {
        let future = pool.submit(length, argument).expect("the pool is open");
        assert_eq!(future.result().expect("the task ends well"), LARGE);
    })
}

fn large_result(sampler: &Sampler) -> Outcome {
    let pool = pool(sampler)?;
    sampler.measure_once(0, || {
        let future = pool.submit(bytes, LARGE).expect("the pool is open");
        let result = future.result().expect("the task ends well");
        assert_eq!(result.len(), LARGE);
    })
}
