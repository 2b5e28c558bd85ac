//! One row: something that is done many times, and how long that takes.

use std::time::{Duration, Instant};

use criterion::Criterion;

use crate::python::Peer;
use crate::watch;

/// Measures `body`, which does `items` things each time it is called.
pub(crate) fn measure(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    items: u32,
    mut body: impl FnMut(),
) {
    sampled(criterion, group, name, items, |times| {
        let begun = Instant::now();
        for _ in 0..times {
            body();
        }
        begun.elapsed()
    });
}

/// Measures what `peers.py`, started for `pool`, does on `request`.
pub(crate) fn measure_python(
    criterion: &mut Criterion,
    group: &str,
    items: u32,
    pool: &str,
    request: &str,
) {
    if !Peer::is_there() {
        return;
    }
    // Started at the first sample: the row may be filtered out.
    let mut peer = None;
    sampled(criterion, group, "python", items, |times| {
        peer.get_or_insert_with(|| Peer::start(pool))
            .ask(request, times)
    });
}

/// Leaves everything but the measuring itself to criterion. The files tell the
/// time of one item.
fn sampled(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    items: u32,
    mut sample: impl FnMut(u64) -> Duration,
) {
    let row = format!("{group}/{name}");
    criterion
        .benchmark_group(group)
        .bench_function(name, |bencher| {
            bencher.iter_custom(|times| watch::over(&row, || sample(times)) / items);
        });
}
