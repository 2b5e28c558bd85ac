//! What can go wrong on the way to a page or a file.

use std::error::Error;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::text::{plain, quoted};

/// Why a page or a file is not there. Python's `requests` has an exception class
/// for most of these, and programs that write `except: pass` lose them all.
///
/// A task can return it: it is small, it can be cloned, and it can travel from one
/// process to another. Each is a sentence that says what happened. Text from the
/// server stands in back quotes, is cut, and has nothing in it that could steer a
/// terminal.
///
/// ```
/// use crawl::Trouble;
///
/// assert_eq!(Trouble::Status(404).to_string(), "the server answers 404 Not Found");
/// assert_eq!(Trouble::Status(404).kind(), "not found");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Trouble {
    /// The text is not the address of a page.
    BadAddress(String),
    /// A link, or a redirect, that leads to another site.
    Elsewhere(String),
    /// No program listens at the address.
    Refused,
    /// The answer was not whole within the time limit, in milliseconds.
    TooSlow(u64),
    /// The server's answer has a status other than 200 to 299.
    Status(u16),
    /// The connection ended before there was an answer.
    HungUp,
    /// The answer ended too early.
    Short {
        /// How many bytes the server announced.
        announced: u64,
        /// How many came.
        arrived: u64,
    },
    /// What came is not HTTP.
    NotHttp,
    /// The answer has more bytes than are allowed.
    TooLong(u64),
    /// A page that is not text in UTF-8.
    NotText,
    /// One redirect led to the next, more often than is allowed.
    Redirects(u32),
    /// There are more of something, such as `links on the page`, than are allowed.
    TooMany(String, u64),
    /// The elements of the page are nested more deeply than is allowed.
    TooDeep(u64),
    /// The page takes more processor time to parse than is allowed, in
    /// milliseconds.
    SlowToParse(u64),
    /// The page does not have what is looked for: its name.
    Missing(String),
    /// A name for a file that came from outside, and what is wrong with it.
    Name(String, String),
    /// The name of a file that is there already, with other contents.
    Taken(String),
    /// The name of a file whose SHA-256 is not the one that was promised.
    Checksum(String),
    /// Not every part of a file was written.
    Incomplete {
        /// The file's name.
        name: String,
        /// How many parts are missing.
        missing: u64,
        /// How many parts it was to have.
        parts: u64,
    },
    /// The folder or the file cannot be used: what the system said.
    Disk(String),
    /// Anything else between here and the server: what the system said.
    Network(String),
}

impl Trouble {
    /// Its kind, for counting: a few words, the same for all of that kind.
    ///
    /// ```
    /// use crawl::Trouble;
    ///
    /// assert_eq!(Trouble::TooSlow(3000).kind(), "too slow");
    /// assert_eq!(Trouble::Status(500).kind(), "server error");
    /// ```
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Trouble::BadAddress(_) => "bad address",
            Trouble::Elsewhere(_) => "another site",
            Trouble::Refused => "refused",
            Trouble::TooSlow(_) => "too slow",
            Trouble::Status(404 | 410) => "not found",
            Trouble::Status(500..) => "server error",
            Trouble::Status(_) => "other status",
            Trouble::HungUp => "hung up",
            Trouble::Short { .. } => "cut short",
            Trouble::NotHttp => "not HTTP",
            Trouble::TooLong(_) => "too long",
            Trouble::NotText => "not text",
            Trouble::Redirects(_) => "too many redirects",
            Trouble::TooMany(..) => "too many",
            Trouble::TooDeep(_) => "too deep",
            Trouble::SlowToParse(_) => "slow to parse",
            Trouble::Missing(_) => "broken page",
            Trouble::Name(..) => "bad file name",
            Trouble::Taken(_) => "name taken",
            Trouble::Checksum(_) => "wrong checksum",
            Trouble::Incomplete { .. } => "incomplete",
            Trouble::Disk(_) => "disk",
            Trouble::Network(_) => "network",
        }
    }

    /// What the system said of a file or folder.
    pub(crate) fn disk(what: &str, error: &io::Error) -> Self {
        Trouble::Disk(format!("{what}: {error}"))
    }

    pub(crate) fn not_a_file(name: &str) -> Self {
        let why = "what has that name already is not a plain file".to_string();
        Trouble::Name(name.to_string(), why)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::BadAddress(address) => write!(
                f,
                "{} is not the address of a page: it should look like http://127.0.0.1:8000/index/1",
                quoted(address)
            ),
            Trouble::Elsewhere(link) => {
                write!(f, "{} leads to another site: not followed", quoted(link))
            }
            Trouble::Refused => f.write_str("no program listens there: the connection was refused"),
            Trouble::TooSlow(limit) => {
                write!(f, "no whole answer within {:.1} s", *limit as f64 / 1e3)
            }
            Trouble::Status(code) => {
                let reason = ureq::http::StatusCode::from_u16(*code).ok();
                let reason = reason.and_then(|status| status.canonical_reason());
                write!(f, "the server answers {code} {}", reason.unwrap_or("?"))
            }
            Trouble::HungUp => f.write_str("the server hung up without an answer"),
            Trouble::Short { announced, arrived } => {
                write!(f, "the answer ends after {arrived} of {announced} bytes")
            }
            Trouble::NotHttp => f.write_str("the answer is not HTTP"),
            Trouble::TooLong(limit) => write!(f, "the answer has more than {limit} bytes"),
            Trouble::NotText => f.write_str("the page is not text in UTF-8"),
            Trouble::Redirects(limit) => write!(f, "more than {limit} redirects"),
            Trouble::TooMany(what, limit) => {
                write!(f, "more than {limit} {}", plain(what))
            }
            Trouble::TooDeep(limit) => {
                write!(
                    f,
                    "the elements of the page are nested more than {limit} deep"
                )
            }
            Trouble::SlowToParse(limit) => {
                let seconds = *limit as f64 / 1e3;
                write!(f, "the page takes more than {seconds:.1} s to parse")
            }
            Trouble::Missing(what) => write!(f, "the page has no {}", plain(what)),
            Trouble::Name(name, why) => {
                write!(
                    f,
                    "the page names its file {}: refused, {why}",
                    quoted(name)
                )
            }
            Trouble::Taken(name) => write!(
                f,
                "{} is there already, with other contents: it stays as it is",
                quoted(name)
            ),
            Trouble::Checksum(name) => {
                write!(f, "the SHA-256 of {} is not the promised one", quoted(name))
            }
            Trouble::Incomplete {
                name,
                missing,
                parts,
            } => {
                let are = if *missing == 1 { "is" } else { "are" };
                let name = plain(name);
                write!(
                    f,
                    "{name} is not written: {missing} of its {parts} parts {are} missing"
                )
            }
            Trouble::Disk(what) => f.write_str(&plain(what)),
            Trouble::Network(what) => write!(f, "the connection failed: {}", plain(what)),
        }
    }
}

impl Error for Trouble {}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn it_travels_between_processes() {
        let trouble = Trouble::Short {
            announced: 10,
            arrived: 3,
        };
        let bytes = postcard::to_stdvec(&trouble).unwrap();
        assert_eq!(postcard::from_bytes::<Trouble>(&bytes).unwrap(), trouble);
    }

    /// Whatever a server says is printed as text.
    #[test]
    fn what_the_server_wrote_cannot_steer_the_terminal() {
        let hostile = || format!("\u{1b}[2J\u{202e}{}", "x".repeat(500));
        for trouble in [
            Trouble::BadAddress(hostile()),
            Trouble::Elsewhere(hostile()),
            Trouble::TooMany(hostile(), 1),
            Trouble::Missing(hostile()),
            Trouble::Name(hostile(), "it is too long".to_string()),
            Trouble::Taken(hostile()),
            Trouble::Checksum(hostile()),
            Trouble::Disk(hostile()),
            Trouble::Network(hostile()),
        ] {
            let sentence = trouble.to_string();
            assert!(!sentence.contains(['\u{1b}', '\u{202e}']), "{sentence:?}");
            assert!(sentence.len() < 300, "{sentence}");
        }
    }
}
