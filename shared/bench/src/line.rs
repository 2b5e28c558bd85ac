//! What it costs at this moment to move a cache line between two cores.
//!
//! Whatever two threads on two cores share (a lock, a queue, a result) travels
//! between the caches of these cores, one line of memory at a time. On a virtual
//! machine the price changes with the place that the host gives it: 32 ns in one
//! minute and 155 ns in another were seen on one machine. A row whose threads are
//! on two cores is read together with this figure.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::placement::{self, Cores};
use crate::spread::Spread;

/// There and back, so many times in a block.
const ROUND_TRIPS: u32 = 200;
const BLOCKS: usize = 32;

/// On a busy machine the other thread may be off its core for long. If fewer than
/// half of the blocks are done by then, the figure is about the other programs.
const LIMIT: Duration = Duration::from_millis(20);

/// The value that ends the exchange.
const END: u32 = u32::MAX;

/// Two threads on `cores` pass an atomic number to and fro. Returns the
/// nanoseconds of one pass: the median of several blocks, so that an
/// interruption does not count. `None` if there were too many interruptions.
///
/// # Errors
///
/// If the threads cannot be pinned.
pub fn cost(cores: Cores) -> Result<Option<f64>, String> {
    let ball = AtomicU32::new(0);
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        let partner = scope.spawn(|| {
            let pinned = placement::pin(cores.workers);
            ready.wait();
            if pinned.is_ok() {
                give_back(&ball);
            }
            pinned
        });
        let blocks = scope.spawn(|| {
            let pinned = placement::pin(cores.submitter);
            ready.wait();
            let blocks = match pinned {
                Ok(()) => Ok(serve(&ball)),
                Err(why) => Err(why),
            };
            ball.store(END, Ordering::Release);
            blocks
        });
        let blocks = blocks.join().expect("it does not panic")?;
        partner.join().expect("it does not panic")?;
        let enough = blocks.len() >= BLOCKS / 2;
        Ok(Spread::of(blocks)
            .filter(|_| enough)
            .map(|spread| spread.median))
    })
}

/// Answers each odd number with the next even one.
fn give_back(ball: &AtomicU32) {
    loop {
        match ball.load(Ordering::Acquire) {
            END => return,
            value if value % 2 == 1 => ball.store(value + 1, Ordering::Release),
            // No `spin_loop`: the pause would be longer than the way.
            _ => {}
        }
    }
}

/// Nanoseconds a pass, for each block.
fn serve(ball: &AtomicU32) -> Vec<f64> {
    let begun = Instant::now();
    let mut value = 0;
    let mut blocks = Vec::with_capacity(BLOCKS);
    while blocks.len() < BLOCKS && begun.elapsed() < LIMIT {
        let block = Instant::now();
        for _ in 0..ROUND_TRIPS {
            ball.store(value + 1, Ordering::Release);
            value += 2;
            while ball.load(Ordering::Acquire) != value {}
        }
        blocks.push(block.elapsed().as_nanos() as f64 / f64::from(2 * ROUND_TRIPS));
    }
    blocks
}
