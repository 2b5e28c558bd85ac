//! What a crawl answers at its end, on its standard output.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Crawl {
    pub(crate) pages: u64,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) failed: u64,
    pub(crate) seconds: f64,
    /// Seconds of CPU time, of the process from its start.
    pub(crate) cpu: f64,
    pub(crate) peak_kib: u64,
}

pub(crate) type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> =
    std::result::Result<T, E>;
