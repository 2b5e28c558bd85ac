//! The options that the crawling sections share. The chapter lists beside each
//! section which of them it has.

use stage::frame::{Opt, Value, option};

/// `--url URL`: another site of the same layout.
///
/// ```sh
/// cargo run --bin callbacks crawler_callback --url http://127.0.0.1:8000
/// ```
pub const URL: Opt = Opt::new(
    "url",
    Value::Text,
    "crawl this site instead of the workbook's own, plain http",
);

/// `--workers N`: how many tasks run at once.
///
/// ```sh
/// cargo run --bin callbacks crawler_callback --workers 10
/// ```
pub const WORKERS: Opt = Opt::new(
    "workers",
    Value::Count { min: 1, max: 500 },
    "how many tasks run at once",
);

/// `--out DIR`: where the files go.
///
/// ```sh
/// cargo run --bin callbacks video_crawler --out videos
/// ```
pub const OUT: Opt = Opt::new(
    "out",
    Value::Path,
    "where the files go, instead of a temporary folder",
);

/// The number given as `--workers`, or else `usual`.
///
/// ```
/// // Here nothing was given.
/// assert_eq!(crawl::options::workers(50), 50);
/// ```
#[must_use]
pub fn workers(usual: usize) -> usize {
    // The frame has checked that it is a number.
    let given = option("workers").and_then(|number| number.parse().ok());
    given.unwrap_or(usual)
}
