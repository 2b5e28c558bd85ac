//! The parts that every benchmark needs: options, where threads run, what the
//! machine is like at this moment, and the spread of a row's samples.

#![forbid(unsafe_code)]

pub mod busy;
pub mod cpu;
pub mod line;
pub mod options;
pub mod placement;
pub mod show;
pub mod spread;

/// The number of workers in every pool.
pub const WORKERS: usize = 2;
