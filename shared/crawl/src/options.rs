//! The options that the crawling sections share. Each section lists those that
//! it has where the chapter lists the section.

use stage::frame::{Opt, Value, option};

/// `--url URL`: another site of the same layout.
///
/// ```
/// assert_eq!(crawl::options::URL.name, "url");
/// ```
pub const URL: Opt = Opt::new(
    "url",
    Value::Text,
    "crawl this site instead of the workbook's own, plain http",
);

/// `--workers N`: how many tasks run at once.
///
/// ```
/// assert_eq!(crawl::options::WORKERS.name, "workers");
/// ```
pub const WORKERS: Opt = Opt::new(
    "workers",
    Value::Count { min: 1, max: 500 },
    "how many tasks run at once",
);

/// `--out DIR`: where the files go.
///
/// ```
/// assert_eq!(crawl::options::OUT.name, "out");
/// ```
pub const OUT: Opt = Opt::new(
    "out",
    Value::Path,
    "where the files go, instead of a temporary folder",
);

/// What the person gave as `--workers`, or else `usual`.
///
/// ```
/// assert_eq!(crawl::options::workers(50), 50);
/// ```
pub fn workers(usual: usize) -> usize {
    // The frame has checked that it is a number.
    let given = option("workers").and_then(|number| number.parse().ok());
    given.unwrap_or(usual)
}
