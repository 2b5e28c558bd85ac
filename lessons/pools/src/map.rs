//! One function over many items: the results come in the order of the items.
//!
//! Watch the tasks end in any order, and the results wait for their turn.
use shared::prelude::*;

process_task!(cube);

pub fn main() -> Result {
    phase!("eleven items on three threads");
    let pool = ThreadPool::new(3)?;
    for (n, square) in (1..=11).zip(pool.map(1..=11, square)?) {
        say!("the square of {n} is {}", square?);
    }

    phase!("two items, one too slow for a limit of 2 s");
    let results = pool.map([1.0, 4.0], |seconds: f64| {
        pause(seconds);
        seconds
    })?;
    for result in results.timeout(simulated(2.0)) {
        match result {
            Ok(seconds) => say!("{seconds} s is in time"),
            Err(error) => say!("{error}"),
        }
    }

    phase!("a map that is not read, with an error in it");
    let pool = ThreadPool::new(3)?;
    // Everything runs. The errors are in the results, and those are dropped here.
    drop(pool.map(1..=3, save)?);
    pool.shutdown()?;
    say!("that was all: no word of page 2");

    phase!("on processes, in batches of four");
    let pool = ProcessPool::new(2)?;
    let cubes: Result<Vec<u64>, TaskError> = pool.map_chunked(cube, 1..=11, 4)?.collect();
    say!("{:?}", cubes?);
    Ok(())
}

fn square(n: u64) -> u64 {
    pause(random(1..=3));
    say!("{n} is done");
    n * n
}

/// Fails for page 2.
fn save(page: u8) -> Result<(), String> {
    pause(0.5 * f64::from(page));
    if page == 2 {
        return Err("the disk is full".to_string());
    }
    say!("page {page} is saved");
    Ok(())
}

fn cube(n: u64) -> u64 {
    say!("{n} has arrived");
    pause(0.1);
    n * n * n
}
