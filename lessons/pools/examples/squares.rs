//! Ten squares in plain Rust: change the number of threads, keep the rest.
//!
//! A task takes 0.4 s here, not 2 s.
use rayon::prelude::*;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    for threads in [2, 6] {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = builder.build()?;
        let start = Instant::now();
        let squares: Vec<u32> = pool.install(|| {
            // By default, rayon would run two or three of ten small items as one task.
            let numbers = (0..10).into_par_iter().with_max_len(1);
            numbers.map(square).collect()
        });
        println!("{squares:?}");
        let seconds = start.elapsed().as_secs_f64();
        println!("{threads} threads took {seconds:.1} s");
    }
    Ok(())
}

fn square(n: u32) -> u32 {
    thread::sleep(Duration::from_millis(400));
    n * n
}
