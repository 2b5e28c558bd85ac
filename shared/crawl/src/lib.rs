//! What the crawlers of the lessons share.
//!
//! A crawler is a simple thing: get a page, look for links, get those. It gets long
//! because of the servers: they are slow, hang up, send half a file, a name such as
//! `../../etc/x`, or a page that keeps a parser busy for hours. The code for that is
//! here, so that a section can be about pools and callbacks.
//!
//! | here | what |
//! |---|---|
//! | [`Client`], [`Page`] | gets pages and parses them, with a limit on everything |
//! | [`Trouble`] | what can go wrong, each with its sentence |
//! | [`Folder`], [`TextFile`] | files that are whole, or as they were |
//! | [`safe_name`], [`name_of`], [`plain`] | names and text that a server chose |
//! | [`Report`] | everything that went wrong |
//! | [`Session`], [`Offer`] | all of that together, for a crawl of many steps |
//! | [`options`] | `--url`, `--workers`, `--out` |
//!
//! It stands for Python's `requests` and `BeautifulSoup` (and the `open(…, "wb")`
//! behind them). In production: `reqwest` or `ureq` for the requests, `scraper` for
//! the pages, and, for the sake of those who run the site, `robots.txt`, a delay
//! between requests, and a name with an address to write to.

#![warn(missing_docs)]

pub mod options;

mod answer;
mod checksum;
mod claims;
mod client;
mod folder;
mod html;
mod limits;
mod links;
mod names;
mod page;
mod partial;
mod progress;
mod report;
mod session;
mod text;
mod text_file;
mod trouble;

pub use client::Client;
pub use folder::{Folder, Saved};
pub use links::name_of;
pub use names::safe_name;
pub use page::Page;
pub use report::Report;
pub use session::{Offer, Session};
pub use text::plain;
pub use text_file::{TextFile, TextPart};
pub use trouble::Trouble;
