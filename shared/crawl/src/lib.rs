//! What the crawlers of the lessons share.
//!
//! A crawler is a simple thing: get a page, look for links, get those. What makes
//! it long is everybody else: servers that are slow, that hang up, that send half
//! a file or a name like `../../etc/x`. That part is here, so that a section can
//! be about pools and callbacks.
//!
//! | here | what |
//! |---|---|
//! | [`Client`], [`Page`] | gets pages, with a bound on everything |
//! | [`Trouble`] | what can go wrong, each with its sentence |
//! | [`Folder`], [`TextFile`] | whole files, or none |
//! | [`safe_name`], [`name_of`], [`plain`] | names and words that somebody else chose |
//! | [`Report`] | what came of it |
//! | [`options`] | `--url`, `--workers`, `--out` |
//!
//! It stands for Python's `requests` (and the `open(…, "wb")` behind it). In
//! production: `reqwest` or `ureq` for the requests, and `robots.txt`, a delay
//! between requests and a name with an address to write to, for the sake of those
//! who run the site.

#![warn(missing_docs)]

pub mod options;

mod client;
mod folder;
mod links;
mod names;
mod progress;
mod report;
mod text;
mod trouble;

pub use client::{Client, Page};
pub use folder::{Folder, Saved, TextFile};
pub use links::name_of;
pub use names::safe_name;
pub use report::Report;
pub use text::plain;
pub use trouble::Trouble;
