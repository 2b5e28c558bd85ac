//! Threads compute at the same time: one sum on 1, 2 and 4 threads, in plain Rust.
use rayon::prelude::*;
use std::hint::black_box;
use std::ops::Range;
use std::thread;
use std::time::Instant;

const NUMBERS: u64 = 6_000_000;

fn main() {
    for threads in [1, 2, 4] {
        measure(&format!("scoped threads: {threads}"), || {
            thread::scope(|scope| {
                let start = |n| scope.spawn(move || sum(part(n, threads)));
                // All have to start before the first is waited for.
                let started: Vec<_> = (0..threads).map(start).collect();
                let sums = started.into_iter().map(|thread| thread.join().unwrap());
                sums.sum()
            })
        });
    }
    // More parts than threads: if one is slow, the others take what is left.
    let threads = rayon::current_num_threads();
    measure(&format!("threads of rayon: {threads}"), || {
        (0..12).into_par_iter().map(|n| sum(part(n, 12))).sum()
    });
}

fn part(n: u64, parts: u64) -> Range<u64> {
    n * NUMBERS / parts..(n + 1) * NUMBERS / parts
}

fn sum(numbers: Range<u64>) -> u64 {
    // Without `black_box` the compiler finds the formula, and there is nothing to do.
    numbers.map(black_box).sum()
}

fn measure(how: &str, compute: impl Fn() -> u64) {
    let start = Instant::now();
    assert_eq!(compute(), NUMBERS * (NUMBERS - 1) / 2);
    println!("{how}, {} ms", start.elapsed().as_millis());
}
