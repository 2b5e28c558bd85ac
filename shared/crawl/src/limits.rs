//! The limits that this crawler sets to a server.
//!
//! A server can be slow, endless, or built to hurt. Whatever depends on it has a
//! limit here, far above what an honest page needs.

use std::time::Duration;

/// The time of a whole exchange, redirects included: this much real time, but
/// never less than [`ANSWER_SIMULATED`]. At a slow pace the workbook's own site is
/// slow too.
pub(crate) const ANSWER: Duration = Duration::from_secs(3);

/// In simulated seconds.
pub(crate) const ANSWER_SIMULATED: f64 = 4.0;

/// The head of an answer, in bytes.
pub(crate) const HEAD: usize = 16 << 10;

/// A page, in bytes.
pub(crate) const PAGE: u64 = 2 << 20;

/// A file that is kept in memory, in bytes. Fifty workers may have one each.
pub(crate) const IN_MEMORY: u64 = 16 << 20;

/// A file on the disk, in bytes.
pub(crate) const FILE: u64 = 64 << 20;

/// All files that one folder receives in a run, in bytes.
pub(crate) const ALL_FILES: u64 = 1 << 30;

/// How many bytes are read of the body of an error or a redirect.
pub(crate) const UNWANTED: u64 = 64 << 10;

/// How many redirects are followed.
pub(crate) const REDIRECTS: u32 = 5;

/// An address or a link, in bytes.
pub(crate) const LINK: usize = 2000;

/// How many links of a page are followed.
pub(crate) const LINKS: usize = 500;

/// How many addresses a crawl visits.
pub(crate) const ADDRESSES: usize = 10_000;

/// How many addresses of a host are tried.
pub(crate) const HOST: usize = 8;

/// The name of a file, in bytes. Most systems allow 255; a temporary name is
/// longer than the final one.
pub(crate) const NAME: usize = 200;

/// How deep the elements of a page may be nested.
pub(crate) const DEPTH: usize = 256;

/// How many nodes the tree of a page may have: elements, texts and comments.
pub(crate) const NODES: usize = 50_000;

/// The processor time for the parsing of a page. Other programs on a busy machine
/// do not count.
pub(crate) const PARSING: Duration = Duration::from_secs(3);
