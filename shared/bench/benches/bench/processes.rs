//! The process pool: a small call, there and back.

use criterion::Criterion;
use shared::prelude::*;

use crate::WORKERS;
use crate::row;
use crate::table::{Comparison, Target};

/// As in `peers.py`.
const ITEMS: u32 = 10_000;
const CHUNK: usize = 100;

const SINGLE: &str = "processes-single";
const CHUNKS: &str = "processes-chunks";

pub(crate) const COMPARISONS: &[Comparison] = &[
    Comparison {
        group: SINGLE,
        what: "process pool, round trip of a small task",
        peers: &[(
            "python",
            Some(Target {
                must: 6.0,
                aim: None,
            }),
        )],
    },
    Comparison {
        group: CHUNKS,
        what: "process pool, map in chunks of 100, an item",
        peers: &[(
            "python",
            Some(Target {
                must: 3.0,
                aim: None,
            }),
        )],
    },
];

process_task!(same);
fn same(value: u32) -> u32 {
    value
}

pub(crate) fn measure(criterion: &mut Criterion) {
    let pool = ProcessPool::new(WORKERS).expect("this is no worker");
    row::measure(criterion, SINGLE, "shared", 1, || {
        let future = pool.submit(same, 7).expect("the pool is open");
        future.result().expect("the task ends well");
    });
    row::measure_python(criterion, SINGLE, 1, "processes", "single");

    row::measure(criterion, CHUNKS, "shared", ITEMS, || {
        let results = pool
            .map_chunked(same, 0..ITEMS, CHUNK)
            .expect("the pool is open");
        for result in results {
            result.expect("the task ends well");
        }
    });
    row::measure_python(criterion, CHUNKS, ITEMS, "processes", "chunks");
}
