//! The running site.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use http_server::{Listener, Server};

use crate::error::SiteError;
use crate::latency::{Latencies, Latency};
use crate::serving;

/// The default seed. With it the first index page is far from the first to
/// arrive, and no two steps of the lessons' crawlers end at the same moment where
/// the lesson shows their order.
const SEED: u64 = 55;

/// The running website. Dropping it stops the site at once, also in the middle of
/// an answer. Its threads have then ended, and its port is free.
///
/// ```
/// let site = site::Site::start()?;
/// let address = site.address();
/// drop(site);
/// assert!(std::net::TcpListener::bind(address).is_ok());
/// # Ok::<(), site::SiteError>(())
/// ```
#[derive(Debug)]
#[must_use = "it stops when it is dropped"]
pub struct Site {
    url: String,
    server: Server,
}

impl Site {
    /// Starts the site on a free port of 127.0.0.1, with the default seed and
    /// latency.
    ///
    /// # Errors
    ///
    /// If the system has no port or no thread for it.
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

    /// Its address as a URL, without a slash at the end: `http://127.0.0.1:41234`.
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

/// The settings of a site to be started. Made by [`Site::builder`].
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
    /// The seed of the latencies. The pages and files are the same with every seed.
    ///
    /// ```
    /// let site = site::Site::builder().seed(3).start()?;
    /// # Ok::<(), site::SiteError>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Where to listen. With port 0 the system chooses a free one. If other
    /// machines can reach the address, a warning is printed to standard error.
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

    /// How long visitors wait for answers.
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
        self.serve()
            .map_err(|error| SiteError::new(self.address, error))
    }

    fn serve(self) -> io::Result<Site> {
        let listener = Listener::bind(self.address)?.named("site");
        let host = listener.local_address()?.to_string();
        let url = format!("http://{host}");
        let latencies = Latencies::new(self.seed, self.latency);
        let server = listener
            .start(move |request, reply| serving::answer(request, reply, &host, &latencies))?;
        Ok(Site { url, server })
    }
}
