//! Gets pages: one request, one answer, and a limit on everything.
//!
//! A crawler asks servers that it does not know. Whatever such a server does, a
//! request ends: within a time limit, after a limited number of bytes and of
//! redirects, with a page or a [`Trouble`] that says what happened.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::prelude::simulated;
use stage::waits;
use ureq::Agent;
use ureq::http::Response;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::answer::{Body, before_the_answer, made_to_take, redirect, too_slow};
use crate::limits::{ANSWER, ANSWER_SIMULATED, HEAD, HOST, IN_MEMORY, PAGE, REDIRECTS, UNWANTED};
use crate::links::Origin;
use crate::page::Page;
use crate::text::quoted;
use crate::trouble::Trouble;

/// Gets pages and files from one site. Stands for Python's `requests.get`, which
/// has no time limit unless you pass one, and returns a "response" for a page that
/// is not there.
///
/// Clones share everything, so that each task can have one.
///
/// ```
/// use crawl::{Client, Trouble};
///
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
/// # let address = format!("http://{}", listener.local_addr().unwrap());
/// # std::thread::spawn(move || {
/// #     use std::io::{Read, Write};
/// #     let (mut socket, _) = listener.accept().unwrap();
/// #     socket.read(&mut [0; 1000]).unwrap();
/// #     socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
/// # });
/// let client = Client::new(&address).unwrap();
/// let page = client.get("/index/1").unwrap();
/// assert_eq!((page.path(), page.text()), ("/index/1", "hello"));
///
/// let elsewhere = client.get("http://example.org/").unwrap_err();
/// assert!(matches!(elsewhere, Trouble::Elsewhere(_)));
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    origin: Origin,
    addresses: Arc<[SocketAddr]>,
    agent: Agent,
    timeout: Duration,
    /// Stops when the last clone is dropped.
    own_site: Option<Arc<site::Site>>,
}

/// How an answer was reached.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(crate) asked: String,
    /// Where the last redirect led.
    pub(crate) path: String,
    pub(crate) redirects: u32,
    /// How long the server said that it was made to take, in simulated seconds.
    simulated: Option<f64>,
}

impl Client {
    /// A client for the site of `address`, such as `http://127.0.0.1:8000`. A path
    /// behind the port is ignored. The host's name is looked up now, and never again;
    /// how long that may take is up to the system.
    ///
    /// # Errors
    ///
    /// [`Trouble::BadAddress`] if it is not the address of a site that speaks plain
    /// HTTP, [`Trouble::Network`] if there is no such host.
    ///
    /// ```
    /// use crawl::{Client, Trouble};
    ///
    /// assert!(Client::new("http://127.0.0.1:8000").is_ok());
    /// assert!(matches!(Client::new("127.0.0.1"), Err(Trouble::BadAddress(_))));
    /// ```
    pub fn new(address: &str) -> Result<Self, Trouble> {
        let origin = Origin::of(address)?;
        let found = origin.host_and_port().to_socket_addrs();
        let addresses: Arc<[SocketAddr]> = found
            .map_err(|error| Trouble::Network(format!("{}: {error}", origin.host_and_port())))?
            .take(HOST)
            .collect();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_response_header_size(HEAD)
            // `exchange` follows redirects, if they stay on the site.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment may name a proxy, which cannot reach a site on
            // this machine.
            .proxy(None)
            // The server may close an idle connection just as it is used again,
            // which looks like a server that hangs up.
            .max_idle_connections(0)
            .user_agent("workbook-crawler")
            .build();
        let known = Known(Arc::clone(&addresses));
        let agent = Agent::with_parts(config, DefaultConnector::default(), known);
        Ok(Client {
            origin,
            addresses,
            agent,
            timeout: ANSWER.max(simulated(ANSWER_SIMULATED)),
            own_site: None,
        })
    }

    /// A client for the site that `--url` names. Without that option, starts the
    /// workbook's own site, which stops when the last clone of the client is dropped.
    ///
    /// # Errors
    ///
    /// If `--url` is not an address, or no program listens there; if the workbook's
    /// site cannot be started.
    ///
    /// ```no_run
    /// let client = crawl::Client::start().unwrap();
    /// println!("{}", client.get("/index/1").unwrap().text());
    /// ```
    pub fn start() -> shared::prelude::Result<Self> {
        if let Some(address) = stage::frame::option("url") {
            return Self::other(&address);
        }
        let site = site::Site::start()?;
        let mut client = Self::new(site.url())?;
        client.own_site = Some(Arc::new(site));
        Ok(client)
    }

    /// For the site of `--url`. Connects once, so that a wrong address is one error
    /// now and not the same error in each of many tasks.
    fn other(address: &str) -> shared::prelude::Result<Self> {
        let client = Self::new(address).map_err(|trouble| match trouble {
            Trouble::BadAddress(_) => format!(
                "--url takes an address such as http://127.0.0.1:8000, not {}",
                quoted(address)
            ),
            trouble => trouble.to_string(),
        })?;
        let deadline = Instant::now() + client.timeout;
        let listens = client.addresses.iter().any(|address| {
            let left = deadline.saturating_duration_since(Instant::now());
            !left.is_zero() && TcpStream::connect_timeout(address, left).is_ok()
        });
        if !listens {
            let url = client.url();
            let why = format!("nobody listens at {url}: start that site, or leave out --url");
            return Err(why.into());
        }
        Ok(client)
    }

    /// Sets the time limit of a whole exchange, redirects included. It is real time,
    /// whatever `--speed` says. The default is 3 s or, if that is longer, four
    /// simulated seconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let client = crawl::Client::new("http://127.0.0.1:8000").unwrap();
    /// let patient = client.with_timeout(Duration::from_secs(10));
    /// assert_eq!(patient.url(), "http://127.0.0.1:8000");
    /// ```
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The site's address. A task in another process makes a client of its own
    /// from it.
    ///
    /// ```
    /// let client = crawl::Client::new("http://127.0.0.1:8000/index/1").unwrap();
    /// assert_eq!(client.url(), "http://127.0.0.1:8000");
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        self.origin.address("")
    }

    /// Gets a page, at a path or at a whole address: Python's
    /// `requests.get(url).text`.
    ///
    /// Waits no longer than the limit (see [`with_timeout`](Self::with_timeout)), reads
    /// at most 2 MiB, follows at most 5 redirects, and none that leads to another
    /// site.
    ///
    /// # Errors
    ///
    /// A [`Trouble`] that says what happened.
    ///
    /// ```
    /// use crawl::{Client, Trouble};
    ///
    /// # let port = {
    /// #     let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// #     listener.local_addr().unwrap().port()
    /// # };
    /// // No program listens on this port.
    /// let client = Client::new(&format!("http://127.0.0.1:{port}")).unwrap();
    /// assert_eq!(client.get("/index/1"), Err(Trouble::Refused));
    /// ```
    #[track_caller]
    pub fn get(&self, address: &str) -> Result<Page, Trouble> {
        let (bytes, trail) = self.fetch(address, PAGE, |body| body.read_all())?;
        let text = String::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
        Ok(Page {
            site: self.origin.clone(),
            asked: trail.asked,
            path: trail.path,
            redirects: trail.redirects,
            text: text.into(),
        })
    }

    /// Gets a file, at a path or at a whole address, into memory: Python's
    /// `requests.get(url).content`. As [`get`](Self::get), but 16 MiB at most, and
    /// they need not be text. [`Folder::save`](crate::Folder::save) needs no memory
    /// for them, and takes 64 MiB.
    ///
    /// # Errors
    ///
    /// A [`Trouble`] that says what happened.
    ///
    /// ```no_run
    /// let client = crawl::Client::start().unwrap();
    /// let video = client.get_bytes("/files/video-07.mp4").unwrap();
    /// assert_eq!(video.len(), 1_572_864);
    /// ```
    #[track_caller]
    pub fn get_bytes(&self, address: &str) -> Result<Arc<[u8]>, Trouble> {
        let (bytes, _) = self.fetch(address, IN_MEMORY, |body| body.read_all())?;
        Ok(bytes.into())
    }

    /// Asks for a path or a whole address, and lets `read` read the body of at most
    /// `most` bytes. The record shows the wait at the line that called.
    #[track_caller]
    pub(crate) fn fetch<T>(
        &self,
        address: &str,
        most: u64,
        read: impl FnOnce(Body<'_>) -> Result<T, Trouble>,
    ) -> Result<(T, Trail), Trouble> {
        let path = self.origin.path("/", address)?;
        let mut trail = Trail {
            asked: path.clone(),
            path: path.clone(),
            redirects: 0,
            simulated: None,
        };
        let what = || format!("the answer to GET {path}");
        let waiting = waits::outside(what, Some(self.timeout));
        let result = self.exchange(&mut trail, most, read);
        match (trail.simulated, &result) {
            (Some(seconds), Ok(_) | Err(Trouble::Status(_))) => waiting.ended_after(seconds),
            (_, Err(Trouble::TooSlow(_))) => waiting.gave_up(),
            // The server did not say.
            _ => waiting.ended(),
        }
        Ok((result?, trail))
    }

    fn exchange<T>(
        &self,
        trail: &mut Trail,
        most: u64,
        read: impl FnOnce(Body<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let mut response = self.ask(&trail.path, deadline)?;
            if let Some(seconds) = made_to_take(response.headers()) {
                *trail.simulated.get_or_insert_default() += seconds;
            }
            let status = response.status();
            if status.is_success() {
                return read(Body::of(&mut response, most, self.timeout));
            }
            let next = redirect(status, response.headers());
            // Read to its end if that is near: only then the exchange took as long
            // as the server said.
            let mut unwanted = Body::of(&mut response, UNWANTED, self.timeout);
            let mut bytes = Vec::new();
            while unwanted.read_more(&mut bytes).is_ok_and(|count| count > 0) {
                bytes.clear();
            }
            let next = next.ok_or(Trouble::Status(status.as_u16()))?;
            trail.redirects += 1;
            if trail.redirects > REDIRECTS {
                return Err(Trouble::Redirects(REDIRECTS));
            }
            trail.path = self.origin.path(&trail.path, &next)?;
        }
    }

    fn ask(&self, path: &str, deadline: Instant) -> Result<Response<ureq::Body>, Trouble> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(too_slow(self.timeout));
        }
        let request = self.agent.get(self.origin.address(path));
        let request = request.config().timeout_global(Some(left)).build();
        let answer = request.call();
        answer.map_err(|error| before_the_answer(error, path, self.timeout))
    }
}

/// Always answers with the addresses that the client found when it was made. (The
/// default resolver starts a thread for each request.)
#[derive(Debug)]
struct Known(Arc<[SocketAddr]>);

impl Resolver for Known {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        for address in self.0.iter() {
            addresses.push(*address);
        }
        Ok(addresses)
    }
}
