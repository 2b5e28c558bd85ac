//! Gets pages: one request, one answer, and a bound on everything.
//!
//! A crawler asks servers that it does not know. Whatever such a server does, a
//! request ends: within a time limit, with a bounded number of bytes and of
//! redirects, and with a page or a [`Trouble`] that says what happened.

use std::fmt;
use std::io::Read;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use shared::prelude::simulated;
use stage::waits;
use ureq::Agent;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::Trouble;
use crate::links::Origin;
use crate::text::quoted;

/// How long a whole answer may take when nobody says: so much real time, and
/// never less than so many simulated seconds. At a slow pace the workbook's own
/// site is slow, too, and that is no trouble.
const LIMIT: Duration = Duration::from_secs(3);
const SIMULATED_LIMIT: f64 = 4.0;

/// The largest file, in bytes.
pub(crate) const FILE: u64 = 64 << 20;

/// The longest page, in bytes.
const PAGE: u64 = 2 << 20;

/// How many redirects are followed.
const REDIRECTS: u32 = 5;

/// What is read of an answer that nobody wants.
const UNWANTED: u64 = 64 << 10;

/// Gets pages and files from one site. Stands for Python's `requests.get`, which
/// has no time limit unless one asks for it, and gives a "response" for a page that
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
    limit: Duration,
    /// Stops when the last clone is dropped.
    own_site: Option<Arc<site::Site>>,
}

/// A page: its text, and where it was found.
///
/// Clones share the text.
///
/// ```
/// let page = crawl::Page::new("http://127.0.0.1:8000/index/1", "Grüße").unwrap();
/// assert_eq!((page.bytes(), page.characters()), (7, 5));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    site: Origin,
    asked: String,
    path: String,
    redirects: u32,
    text: Arc<str>,
}

/// How an answer was reached: what [`Client::get`] and downloads have in common.
#[derive(Debug)]
pub(crate) struct Trail {
    /// Where the last redirect led.
    pub(crate) path: String,
    pub(crate) redirects: u32,
    /// How long the server said that it was made to take, in simulated seconds.
    simulated: Option<f64>,
}

/// The body of an answer, as it comes in.
pub(crate) struct Body<'a> {
    reader: ureq::BodyReader<'a>,
    /// As the server announced it.
    pub(crate) length: Option<u64>,
    arrived: u64,
    most: u64,
    limit: Duration,
}

impl Client {
    /// For the site of `address`: `http://127.0.0.1:8000`. What stands behind the
    /// port does not matter. The host's name is looked up now, and never again.
    ///
    /// # Errors
    ///
    /// [`Trouble::BadAddress`] if it is no address of a site that speaks plain
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
            .collect();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Each is followed by hand, if it stays on the site.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy of the environment knows nothing of this machine's own sites.
            .proxy(None)
            // A connection that is used again may have been closed meanwhile,
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
            limit: LIMIT.max(simulated(SIMULATED_LIMIT)),
            own_site: None,
        })
    }

    /// For the workbook's own site, which this starts, and which stops when the
    /// last clone of the client is dropped. If the person gave `--url`, for that
    /// site instead.
    ///
    /// # Errors
    ///
    /// If `--url` is no address, or nobody listens there; if the own site cannot be
    /// started.
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

    /// For the site that the person chose. That it is there is seen now: else each
    /// of many tasks would fail for the same reason.
    fn other(address: &str) -> shared::prelude::Result<Self> {
        let client = Self::new(address).map_err(|trouble| match trouble {
            Trouble::BadAddress(_) => format!(
                "--url takes an address such as http://127.0.0.1:8000, not {}",
                quoted(address)
            ),
            trouble => trouble.to_string(),
        })?;
        let tries = client.addresses.iter();
        let mut tries = tries.map(|address| TcpStream::connect_timeout(address, client.limit));
        if !tries.any(|connection| connection.is_ok()) {
            let url = client.url();
            return Err(
                format!("nobody listens at {url}: start that site, or leave out --url").into(),
            );
        }
        Ok(client)
    }

    /// With another time limit for a whole answer, redirects included. It is real
    /// time, whatever `--speed` says. The usual one is 3 s or, if that is longer,
    /// four simulated seconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let client = crawl::Client::new("http://127.0.0.1:8000").unwrap();
    /// let patient = client.with_limit(Duration::from_secs(10));
    /// # let _ = patient;
    /// ```
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The site's address: for a task in another process, which makes a client of
    /// its own from it.
    ///
    /// ```
    /// let client = crawl::Client::new("http://127.0.0.1:8000/index/1").unwrap();
    /// assert_eq!(client.url(), "http://127.0.0.1:8000");
    /// ```
    pub fn url(&self) -> String {
        self.origin.address("")
    }

    /// Gets a page, at a path or at a whole address: Python's
    /// `requests.get(url).text`.
    ///
    /// Waits no longer than the limit (see [`with_limit`](Self::with_limit)), reads
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
    /// // Nobody listens on this port.
    /// let client = Client::new(&format!("http://127.0.0.1:{port}")).unwrap();
    /// assert_eq!(client.get("/index/1"), Err(Trouble::Refused));
    /// ```
    #[track_caller]
    pub fn get(&self, address: &str) -> Result<Page, Trouble> {
        let asked = self.origin.path("/", address)?;
        let (bytes, trail) = self.fetch(&asked, PAGE, |body| body.read_all())?;
        let text = String::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
        Ok(Page {
            site: self.origin.clone(),
            asked,
            path: trail.path,
            redirects: trail.redirects,
            text: text.into(),
        })
    }

    /// Gets a file, at a path or at a whole address, into memory: Python's
    /// `requests.get(url).content`. As [`get`](Self::get), but 64 MiB at most, and
    /// they need not be text. [`Folder::save`](crate::Folder::save) does without
    /// the memory.
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
        let asked = self.origin.path("/", address)?;
        let (bytes, _) = self.fetch(&asked, FILE, |body| body.read_all())?;
        Ok(bytes.into())
    }

    /// Asks for `path`, and has `read` read the body of at most `most` bytes. The
    /// wait is entered where the lesson called.
    #[track_caller]
    pub(crate) fn fetch<T>(
        &self,
        path: &str,
        most: u64,
        read: impl FnOnce(Body<'_>) -> Result<T, Trouble>,
    ) -> Result<(T, Trail), Trouble> {
        let mut trail = Trail {
            path: path.to_string(),
            redirects: 0,
            simulated: None,
        };
        let what = || format!("the answer to GET {path}");
        let waiting = waits::outside(what, Some(self.limit));
        let result = self.exchange(&mut trail, most, read);
        match (trail.simulated, &result) {
            (Some(seconds), Ok(_) | Err(Trouble::Status(_))) => waiting.ended_after(seconds),
            // It did not say, or it was not heard to the end.
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
        let deadline = Instant::now() + self.limit;
        loop {
            let mut response = self.ask(&trail.path, deadline)?;
            if let Some(seconds) = made_to_take(response.headers()) {
                *trail.simulated.get_or_insert_default() += seconds;
            }
            let status = response.status();
            if status.is_success() {
                return read(Body::of(&mut response, most, self.limit));
            }
            let next = redirect(status, response.headers());
            // To its end, as far as that is near: then it took what it was made to take.
            let mut unwanted = Body::of(&mut response, UNWANTED, self.limit);
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
            return Err(too_slow(self.limit));
        }
        let request = self.agent.get(encoded(&self.origin.address(path)));
        let request = request.config().timeout_global(Some(left)).build();
        let answer = request.call();
        answer.map_err(|error| before_the_answer(error, path, self.limit))
    }
}

impl Page {
    /// A page as if it had been fetched, for tests and examples.
    ///
    /// # Errors
    ///
    /// [`Trouble::BadAddress`] if it is no address of a page.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "<p>seven</p>").unwrap();
    /// assert_eq!(page.text(), "<p>seven</p>");
    /// ```
    pub fn new(address: &str, text: &str) -> Result<Self, Trouble> {
        let site = Origin::of(address)?;
        let path = site.path("/", address)?;
        Ok(Page {
            site,
            asked: path.clone(),
            path,
            redirects: 0,
            text: text.into(),
        })
    }

    /// The path at which it was found: where the last redirect led.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap();
    /// assert_eq!(page.path(), "/video/7");
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path that was asked for.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap();
    /// assert_eq!(page.asked(), page.path());
    /// ```
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// How many redirects led from the one to the other.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap();
    /// assert_eq!(page.redirects(), 0);
    /// ```
    pub fn redirects(&self) -> u32 {
        self.redirects
    }

    /// Its text: Python's `response.text`.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/", "hello").unwrap();
    /// assert_eq!(page.text(), "hello");
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its size in bytes: what came over the network. Python's
    /// `len(response.content)`.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/", "好").unwrap();
    /// assert_eq!(page.bytes(), 3);
    /// ```
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Its length in characters: Python's `len(response.text)`, which many
    /// programs print as "bytes".
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/", "好").unwrap();
    /// assert_eq!(page.characters(), 1);
    /// ```
    pub fn characters(&self) -> usize {
        self.text.chars().count()
    }

    /// The path to which a link on this page leads, relative or absolute.
    ///
    /// # Errors
    ///
    /// [`Trouble::BadAddress`], or [`Trouble::Elsewhere`] if it leads to another
    /// site: another host, another port, anything but `http`.
    ///
    /// ```
    /// use crawl::{Page, Trouble};
    ///
    /// let page = Page::new("http://127.0.0.1:8000/index/3", "").unwrap();
    /// assert_eq!(page.link("../video/7"), Ok("/video/7".to_string()));
    /// assert_eq!(page.link("http://127.0.0.1:8000/video/7"), page.link("/video/7"));
    /// assert!(matches!(page.link("http://example.org/"), Err(Trouble::Elsewhere(_))));
    /// ```
    pub fn link(&self, link: &str) -> Result<String, Trouble> {
        self.site.path(&self.path, link)
    }
}

impl<'a> Body<'a> {
    fn of(response: &'a mut Response<ureq::Body>, most: u64, limit: Duration) -> Self {
        let length = response.body().content_length();
        Body {
            reader: response.body_mut().as_reader(),
            length,
            arrived: 0,
            most,
            limit,
        }
    }

    /// Appends the next bytes to `bytes` and returns how many there were: 0 at the
    /// end.
    pub(crate) fn read_more(&mut self, bytes: &mut Vec<u8>) -> Result<usize, Trouble> {
        // Who announces too much need not be read.
        if self.length.is_some_and(|length| length > self.most) {
            return Err(Trouble::TooLong(self.most));
        }
        let mut part = [0; 16 << 10];
        let count = self.reader.read(&mut part);
        let count = count.map_err(|error| self.cut(ureq::Error::from(error)))?;
        self.arrived += count as u64;
        if self.arrived > self.most {
            return Err(Trouble::TooLong(self.most));
        }
        bytes.extend_from_slice(&part[..count]);
        Ok(count)
    }

    fn read_all(mut self) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        while self.read_more(&mut bytes)? > 0 {}
        Ok(bytes)
    }

    /// Why the body ends before its end.
    fn cut(&self, error: ureq::Error) -> Trouble {
        match (error, self.length) {
            (ureq::Error::Timeout(_), _) => too_slow(self.limit),
            (ureq::Error::Protocol(_), _) => Trouble::NotHttp,
            (ureq::Error::Io(error), Some(announced)) if is_hang_up(&error) => Trouble::Short {
                announced,
                arrived: self.arrived,
            },
            (ureq::Error::Io(error), None) if is_hang_up(&error) => Trouble::HungUp,
            (error, _) => Trouble::Network(error.to_string()),
        }
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Body {
            length, arrived, ..
        } = self;
        write!(f, "<Body: {arrived} bytes of {length:?}>")
    }
}

/// What the client knows of names: the addresses that it found at the beginning.
/// (The usual resolver starts a thread for each request.)
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
        for address in self.0.iter().take(8) {
            addresses.push(*address);
        }
        Ok(addresses)
    }
}

/// Why there is no answer at all.
fn before_the_answer(error: ureq::Error, path: &str, limit: Duration) -> Trouble {
    match error {
        ureq::Error::Timeout(_) => too_slow(limit),
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => Trouble::NotHttp,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Trouble::BadAddress(path.to_string()),
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => Trouble::Refused,
            _ if is_hang_up(&error) => Trouble::HungUp,
            _ => Trouble::Network(error.to_string()),
        },
        error => Trouble::Network(error.to_string()),
    }
}

fn is_hang_up(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

fn too_slow(limit: Duration) -> Trouble {
    Trouble::TooSlow(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
}

/// Where a redirect leads.
fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    let is_one = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = headers.get("location").filter(|_| is_one)?;
    Some(location.to_str().ok()?.to_string())
}

/// The simulated seconds that an answer was made to take:
/// `Server-Timing: wait;dur=750`, in milliseconds.
fn made_to_take(headers: &HeaderMap) -> Option<f64> {
    let timing = headers.get("server-timing")?.to_str().ok()?;
    let of_wait = timing.split(',').find_map(|entry| {
        let (name, duration) = entry.trim().split_once(";dur=")?;
        (name == "wait").then_some(duration)
    })?;
    let seconds = of_wait.parse::<f64>().ok()? / 1e3;
    (0.0..=1e6).contains(&seconds).then_some(seconds)
}

/// An address as it is sent: only ASCII.
fn encoded(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            0x21..=0x7e => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
