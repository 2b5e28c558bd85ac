//! What can go wrong on the way to a page or a file.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::quoted;

/// Why a page or a file is not there. Python's `requests` has an exception class
/// for each of these, and programs that write `except: pass` lose them all.
///
/// Small, so that a task can return it: it can be cloned and can travel from one
/// process to another. Each is a sentence that says what happened. Words that
/// come from the server are shown in back quotes, shortened, and without
/// anything that could steer a terminal.
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
    /// What is no address of a page.
    BadAddress(String),
    /// A link, or a redirect, that leads to another site.
    Elsewhere(String),
    /// Nobody listens at the address.
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
    /// Whoever answered does not speak HTTP.
    NotHttp,
    /// The answer has more bytes than are allowed.
    TooLong(u64),
    /// A page that is not text in UTF-8.
    NotText,
    /// One redirect led to the next, more often than is allowed.
    Redirects(u32),
    /// The page does not have what is looked for: its name.
    Missing(String),
    /// A name for a file that came from outside, and what is wrong with it.
    Name(String, String),
    /// The name of a file whose SHA-256 is not the one that was promised.
    Checksum(String),
    /// The folder or the file cannot be used: what the system said.
    Disk(String),
    /// Anything else between here and the server: what the system said.
    Network(String),
}

impl Trouble {
    /// What kind it is, for counting: a few words that are the same for all of
    /// that kind.
    ///
    /// ```
    /// use crawl::Trouble;
    ///
    /// assert_eq!(Trouble::TooSlow(3000).kind(), "too slow");
    /// assert_eq!(Trouble::Status(500).kind(), "server error");
    /// ```
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
            Trouble::Missing(_) => "broken page",
            Trouble::Name(..) => "bad file name",
            Trouble::Checksum(_) => "wrong checksum",
            Trouble::Disk(_) => "disk",
            Trouble::Network(_) => "network",
        }
    }

    /// The system's word on a file or folder.
    pub(crate) fn disk(what: &str, error: &std::io::Error) -> Self {
        Trouble::Disk(format!("{what}: {error}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::BadAddress(address) => write!(
                f,
                "{} is no address of a page: it should look like http://127.0.0.1:8000/index/1",
                quoted(address)
            ),
            Trouble::Elsewhere(link) => {
                write!(f, "{} leads to another site: not followed", quoted(link))
            }
            Trouble::Refused => f.write_str("nobody listens there: the connection was refused"),
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
            Trouble::NotHttp => f.write_str("who answers there does not speak HTTP"),
            Trouble::TooLong(limit) => write!(f, "the answer has more than {limit} bytes"),
            Trouble::NotText => f.write_str("the page is not text in UTF-8"),
            Trouble::Redirects(limit) => write!(f, "more than {limit} redirects"),
            Trouble::Missing(what) => write!(f, "the page has no {what}"),
            Trouble::Name(name, why) => {
                write!(
                    f,
                    "the page names its file {}: refused, {why}",
                    quoted(name)
                )
            }
            Trouble::Checksum(name) => {
                write!(f, "the SHA-256 of {} is not the promised one", quoted(name))
            }
            Trouble::Disk(what) => f.write_str(what),
            Trouble::Network(what) => write!(f, "the connection failed: {what}"),
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

    #[test]
    fn what_the_server_wrote_cannot_steer_the_terminal() {
        let name = format!("\u{1b}[2J{}", "x".repeat(500));
        let sentence = Trouble::Name(name, "it is too long".to_string()).to_string();
        assert!(!sentence.contains('\u{1b}'), "{sentence}");
        assert!(sentence.len() < 200, "{sentence}");
    }
}
