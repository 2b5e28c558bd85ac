//! A website on this machine, for the crawlers of the lessons.
//!
//! [`Site::start`] serves it on loopback until the [`Site`] is dropped. It is
//! real: sockets, HTTP/1.1 with kept connections, HTML that was not written for
//! regular expressions, pages that fail. Nothing of it lies in files; every byte
//! is made by this program, the same in every run.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! let site = site::Site::start()?;
//! let mut client = TcpStream::connect(site.address()).unwrap();
//! client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).unwrap();
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
//! # Ok::<(), site::SiteError>(())
//! ```
//!
//! # Addresses
//!
//! | address | what |
//! |---|---|
//! | `/` | explains the site to a person |
//! | `/index/1` … `/index/10` | lists of videos: each `a.item` leads to a detail page |
//! | `/video/7` | a detail page: `h1.title`, `data.size` (its `value` is in bytes), `code.sha256`, `a.download`; `a.related` leads to another page |
//! | `/files/video-07.mp4` | the file: random bytes, not a film |
//! | `/board/1` … `/board/5` | the movie board: ten `dl.board-wrapper dd` each, with `i.board-index`, `p.name`, `p.star`, `p.releasetime` |
//!
//! Links are relative or absolute. Absolute ones have the host that the client
//! asked for. Anything else is answered 404, any method but GET and HEAD 405,
//! headers of more than 16 KiB or 64 lines 431.
//!
//! # Time
//!
//! An answer begins after a latency, a quarter of a second to two and a half; seed and
//! address decide how long, not who comes first. A file takes its time besides:
//! a quarter of a second for each MiB that it has or has begun. It is sent
//! evenly over that time, in small pieces. No answer takes more than three
//! seconds in all.
//!
//! These are *simulated* seconds: `--speed` scales them. Each answer says in the
//! header `Server-Timing: wait;dur=750` how many simulated milliseconds it was
//! made to take, latency and transfer together (for HEAD, the latency alone).
//! The ten index pages have latencies such that no two of them end at the same
//! moment when two, three or four workers fetch them in order, nor when all are
//! fetched at once; and for the five pages of the board it is so with four
//! workers, or all at once. They do not end in order.
//!
//! # Traps
//!
//! | address | what goes wrong |
//! |---|---|
//! | `/video/5` | 404: it is listed, but was removed |
//! | `/video/9` | answers after 20 s of *real* time, at any `--speed` from 0.3 on (below that, after 6 simulated seconds) and latency |
//! | `/old/11` | a redirect (302) to `/video/11`, which is listed by this old address only |
//! | `/video/12?part=1&lang=fr` | found only with this query; in the link its `&` is `&amp;`, as it has to be |
//! | `/video/13` | the file ends in the middle: fewer bytes than its `Content-Length` says |
//! | `/video/15`, `/video/22` | suggest the file names `../../etc/x` and `/etc/x` (attribute `download`); the files themselves are good |
//! | `/video/17` | one byte of the file is damaged: it does not fit its SHA-256 |
//! | `/video/19` | 500 |
//! | `/video/23` | the page ends in the middle of a tag, before size, checksum and link |
//! | `/video/26` | the server hangs up without an answer |
//! | `/video/99` | listed on page 3 in a comment only; 404 |
//!
//! Listed twice: video 2 (pages 1 and 2: relative, then absolute), 7 (pages 3 and
//! 5), 16 (page 6, relative and absolute), 1 (page 1 and twice on page 8, once
//! with a fragment), 24 (pages 8 and 10, there without a scheme). A crawler that
//! compares addresses has to resolve them first.
//!
//! What a naive expression makes of the index pages, for
//! `<a class="item" href="(.*?)">`:
//!
//! | page | what happens |
//! |---|---|
//! | 1, 5, 10 | the address before the class (videos 2, 13, 29): not found |
//! | 2, 6, 9 | single quotes (4, 17, 25): not found |
//! | 3, 8 | a line break inside the tag (7, 23): not found |
//! | 3, 10 | no quotes (8, 30): not found |
//! | 3 | an entry in a comment (99): found, and leads nowhere |
//! | 4 | an entity in a query (12): found, but `&amp;` left as it is leads nowhere |
//! | 5 | capitals (14): not found |
//! | 7 | a second class (21): not found |
//! | 2, 6, 9 | a link that begins with `..` (6, 18, 27): found, but no address by itself |

mod catalog;
mod latency;
mod movies;
mod pages;
mod server;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

pub use catalog::{Video, videos};
pub use latency::Latency;
pub use movies::{Movie, movies};

use latency::Latencies;
use server::Server;

/// The seed when nobody chooses one. With it the first index page is far from
/// being the first to be there, and no two steps of the lessons' crawlers whose
/// order is to be seen end at the same moment.
const SEED: u64 = 55;

/// The running website. It stops when this is dropped: promptly, also in the
/// middle of an answer. Its threads have ended then, and its port is free.
///
/// ```
/// let site = site::Site::start()?;
/// let address = site.address();
/// drop(site);
/// assert!(std::net::TcpListener::bind(address).is_ok());
/// # Ok::<(), site::SiteError>(())
/// ```
#[derive(Debug)]
pub struct Site {
    url: String,
    server: Server,
}

impl Site {
    /// Starts the site on 127.0.0.1, on a port that is free, with the default
    /// seed and latency.
    ///
    /// # Errors
    ///
    /// If the system gives no port or no thread.
    ///
    /// ```
    /// let site = site::Site::start()?;
    /// assert!(site.url().starts_with("http://127.0.0.1:"));
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn start() -> Result<Site, SiteError> {
        Site::builder().start()
    }

    /// A site with another seed, address or latency.
    ///
    /// ```
    /// let site = site::Site::builder().seed(3).start()?;
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn builder() -> SiteBuilder {
        SiteBuilder {
            seed: SEED,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Latency::default(),
        }
    }

    /// Where it is, without a slash at the end: `http://127.0.0.1:41234`.
    ///
    /// ```
    /// let site = site::Site::start()?;
    /// let first = format!("{}/index/1", site.url());
    /// assert!(first.ends_with("/index/1"));
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address at which it listens.
    ///
    /// ```
    /// let site = site::Site::start()?;
    /// assert!(site.address().ip().is_loopback());
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

/// How a site is to be. Made by [`Site::builder`].
///
/// ```
/// use site::{Latency, Site};
///
/// let site = Site::builder().seed(3).latency(Latency::scaled(2.0)).start()?;
/// # Ok::<(), site::SiteError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "`start` makes a site of it"]
pub struct SiteBuilder {
    seed: u64,
    address: SocketAddr,
    latency: Latency,
}

impl SiteBuilder {
    /// Decides the latencies. The pages and files are the same with every seed.
    ///
    /// ```
    /// let site = site::Site::builder().seed(3).start()?;
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Where to listen. With port 0 the system chooses a free one.
    ///
    /// ```
    /// let site = site::Site::builder().address(([127, 0, 0, 1], 0).into()).start()?;
    /// assert_ne!(site.address().port(), 0);
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// How long visitors wait.
    ///
    /// ```
    /// use site::{Latency, Site};
    /// let site = Site::builder().latency(Latency::none()).start()?;
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// Starts the site. It answers as soon as this returns.
    ///
    /// # Errors
    ///
    /// If the address is in use or does not belong to this machine, or if the
    /// system refuses to start a thread.
    ///
    /// ```
    /// use site::{Site, SiteError};
    ///
    /// let first = Site::start()?;
    /// let second = Site::builder().address(first.address()).start();
    /// assert!(matches!(second, Err(SiteError::InUse(_))));
    /// # Ok::<(), SiteError>(())
    /// ```
    pub fn start(self) -> Result<Site, SiteError> {
        let latencies = Latencies::new(self.seed, self.latency);
        let server =
            Server::start(self.address, latencies).map_err(|error| match error.kind() {
                io::ErrorKind::AddrInUse => SiteError::InUse(self.address),
                _ => SiteError::CannotStart {
                    address: self.address,
                    error,
                },
            })?;
        Ok(Site {
            url: format!("http://{}", server.host()),
            server,
        })
    }
}

/// Why the site could not be started.
///
/// ```
/// use site::Site;
///
/// let first = Site::start()?;
/// let error = Site::builder().address(first.address()).start().unwrap_err();
/// assert!(error.to_string().ends_with("or choose another port"));
/// # Ok::<(), site::SiteError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SiteError {
    /// Somebody else listens at this address.
    InUse(SocketAddr),
    /// The system refused.
    CannotStart {
        /// Where the site was to be.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SiteError::InUse(address) => write!(
                f,
                "{address} is in use: end the program that uses it, or choose another port"
            ),
            SiteError::CannotStart { address, error } => {
                write!(f, "the site cannot be served at {address}: {error}")
            }
        }
    }
}

impl std::error::Error for SiteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SiteError::InUse(_) => None,
            SiteError::CannotStart { error, .. } => Some(error),
        }
    }
}
