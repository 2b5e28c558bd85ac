//! The server: a thread that accepts, and one for each connection.
//!
//! The crate `httparse` reads the requests. The rest is written out, because
//! what this site is for, a server library takes care to prevent: bodies that
//! end early, calls that are not answered, an end in the middle of everything.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use shared::prelude::simulated;
use socket2::{Domain, Protocol, Socket, Type};

use crate::catalog::{Content, Entry};
use crate::latency::Latencies;
use crate::pages;

/// So many may wait to be accepted. The standard library's own 128 would make
/// the others of 200 try again, a second later.
const BACKLOG: i32 = 1024;

/// So many connections at once; the next ones wait to be accepted.
const MOST_CONNECTIONS: usize = 512;

/// Request line and headers together, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// For a request to come, whole, on an open connection. Real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// For a client to take a piece of an answer. Real time.
const TAKING: Duration = Duration::from_secs(10);

/// When the page that is too slow answers: after so much real time, and never
/// before so many simulated seconds. A crawler at a slow pace is more patient.
const TOO_SLOW: Duration = Duration::from_secs(20);
const TOO_SLOW_SIMULATED: f64 = 6.0;

/// In so many pieces a file is sent, evenly over its time.
const PIECES: u32 = 32;

/// What a client wants.
#[derive(Debug)]
pub(crate) struct Request {
    /// Path and query, beginning with `/`.
    pub(crate) target: String,
    /// Host and port that the client used, if they can stand in a link.
    pub(crate) host: Option<String>,
    head: bool,
    keep: bool,
}

/// What it gets.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) header: Option<(&'static str, String)>,
    pub(crate) body: Body,
    /// Before the answer begins, in simulated seconds.
    pub(crate) wait: f64,
    /// While the body is sent, in simulated seconds.
    pub(crate) transfer: f64,
}

#[derive(Debug)]
pub(crate) enum Body {
    Text(String),
    File(&'static Entry),
    /// As a text, but after [`TOO_SLOW`].
    Slow(String),
    /// No answer at all.
    Silence,
}

impl Answer {
    pub(crate) fn page(status: u16, text: String) -> Self {
        Answer {
            status,
            kind: "text/html; charset=utf-8",
            header: None,
            body: Body::Text(text),
            wait: 0.0,
            transfer: 0.0,
        }
    }
}

/// A running server. Stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    /// Host and port, for links.
    host: String,
    latencies: Latencies,
    state: Mutex<State>,
    /// Notified when the server stops or a connection ends.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    connections: HashMap<u64, (Arc<TcpStream>, JoinHandle<()>)>,
    /// Threads that are about to end.
    ended: Vec<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(address: SocketAddr, latencies: Latencies) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // Connections that have ended must not keep the port.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from(socket);
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            address,
            host: reachable(address).to_string(),
            latencies,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let accepting = thread::Builder::new().name("site".to_string()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        })?;
        Ok(Server {
            shared,
            accepting: Some(accepting),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.shared.address
    }

    pub(crate) fn host(&self) -> &str {
        &self.shared.host
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state();
            state.stopped = true;
            for (stream, _) in state.connections.values() {
                // Ends the reads and writes that are under way.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
        // Ends the accept that is under way. If it fails, so does the accept.
        let _ = TcpStream::connect_timeout(&reachable(self.shared.address), TAKING);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        let (ended, connections) = {
            let mut state = self.shared.state();
            let State {
                connections, ended, ..
            } = &mut *state;
            (std::mem::take(ended), std::mem::take(connections))
        };
        let threads = connections.into_values().map(|(_, thread)| thread);
        for thread in ended.into_iter().chain(threads) {
            let _ = thread.join();
        }
    }
}

/// An address for clients on this machine: a server that listens everywhere has
/// none of its own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
            address.set_ip(Ipv4Addr::LOCALHOST.into())
        }
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            address.set_ip(Ipv6Addr::LOCALHOST.into())
        }
        _ => {}
    }
    address
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for number in 0.. {
            let mut state = self.state();
            loop {
                for ended in std::mem::take(&mut state.ended) {
                    let _ = ended.join();
                }
                if state.stopped {
                    return;
                }
                if state.connections.len() < MOST_CONNECTIONS {
                    break;
                }
                state = (self.changed.wait(state)).unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(_) => {
                    // Too many open files, for instance: no reason to spin.
                    if !self.go_on_after(Duration::from_millis(10)) {
                        return;
                    }
                    continue;
                }
            };
            self.connect(number, stream);
        }
    }

    /// Gives the connection a thread. If there is none to be had, the client is
    /// hung up on.
    fn connect(self: &Arc<Self>, number: u64, stream: TcpStream) {
        // Held until the entry is made: the thread takes it when it ends.
        let mut state = self.state();
        if state.stopped {
            return;
        }
        let stream = Arc::new(stream);
        let thread = thread::Builder::new().name("site".to_string()).spawn({
            let shared = Arc::clone(self);
            let stream = Arc::clone(&stream);
            move || {
                let _ended = Ended(&shared, number);
                // Whatever fails, fails because the client has gone.
                let _ = shared.converse(&stream);
            }
        });
        if let Ok(thread) = thread {
            state.connections.insert(number, (stream, thread));
        }
    }

    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(TAKING))?;
        let mut received = Vec::new();
        loop {
            let request = match read_request(stream, &mut received)? {
                Some(Ok(request)) => request,
                Some(Err(refusal)) => {
                    self.send(stream, refusal, Instant::now(), false, false)?;
                    return linger(stream);
                }
                None => return Ok(()),
            };
            // What it takes to make the answer is a part of its latency.
            let asked = Instant::now();
            let answer = pages::answer(&request, &self.host, &self.latencies);
            if !self.send(stream, answer, asked, request.head, request.keep)? {
                return Ok(());
            }
            if !request.keep {
                return linger(stream);
            }
        }
    }

    /// Sends the answer, at its pace. False if it was not, or not wholly, sent:
    /// the connection has to be closed.
    fn send(
        &self,
        mut stream: &TcpStream,
        answer: Answer,
        asked: Instant,
        head: bool,
        keep: bool,
    ) -> io::Result<bool> {
        let wait = simulated(answer.wait);
        let transfer = if head { 0.0 } else { answer.transfer };
        let too_slow = TOO_SLOW.max(simulated(TOO_SLOW_SIMULATED));
        let (wait, named) = match &answer.body {
            Body::Slow(_) => (too_slow, too_slow.as_secs_f64()),
            _ => (wait, answer.wait + transfer),
        };
        if !self.go_on_at(asked + wait) {
            return Ok(false);
        }
        let length = match &answer.body {
            Body::Text(text) | Body::Slow(text) => text.len() as u64,
            Body::File(entry) => entry.size,
            Body::Silence => return Ok(false),
        };
        let mut headers = format!(
            "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\nServer-Timing: wait;dur={}\r\n",
            answer.status,
            reason(answer.status),
            httpdate::fmt_http_date(SystemTime::now()),
            answer.kind,
            // In milliseconds, without what computing with fractions adds.
            (named * 1e6).round() / 1e3,
        );
        if let Some((name, value)) = &answer.header {
            headers.push_str(&format!("{name}: {value}\r\n"));
        }
        if !keep {
            headers.push_str("Connection: close\r\n");
        }
        headers.push_str("\r\n");
        match answer.body {
            Body::Text(text) | Body::Slow(text) => {
                if !head {
                    headers.push_str(&text);
                }
                stream.write_all(headers.as_bytes())?;
                Ok(true)
            }
            Body::File(entry) => {
                stream.write_all(headers.as_bytes())?;
                if head {
                    return Ok(true);
                }
                self.send_file(stream, entry, asked + wait, simulated(transfer))
            }
            Body::Silence => Ok(false),
        }
    }

    /// Sends the file in pieces, each when its part of the time is over.
    fn send_file(
        &self,
        mut stream: &TcpStream,
        entry: &Entry,
        begun: Instant,
        transfer: Duration,
    ) -> io::Result<bool> {
        let length = entry.size.div_ceil(u64::from(PIECES)).next_multiple_of(8);
        let mut piece = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        let mut content = Content::sent(entry);
        let mut sent = 0;
        for number in 1..=PIECES {
            let filled = content.fill(&mut piece);
            if filled == 0 {
                break;
            }
            if !self.go_on_at(begun + transfer * number / PIECES) {
                return Ok(false);
            }
            stream.write_all(&piece[..filled])?;
            sent += filled as u64;
        }
        Ok(sent == entry.size)
    }

    fn go_on_after(&self, time: Duration) -> bool {
        self.go_on_at(Instant::now() + time)
    }

    /// Waits until then. False if the server has stopped.
    fn go_on_at(&self, moment: Instant) -> bool {
        let mut state = self.state();
        loop {
            if state.stopped {
                return false;
            }
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = match self.changed.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// Ends a connection, and leaves its thread to be joined.
struct Ended<'a>(&'a Shared, u64);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let Some((stream, thread)) = state.connections.remove(&self.1) {
            // Whoever else has it still, the client is to see the end now.
            let _ = stream.shutdown(Shutdown::Both);
            state.ended.push(thread);
        }
        drop(state);
        self.0.changed.notify_all();
    }
}

/// Closes so that the client can read the answer: whatever it still sends, the
/// system would answer by throwing away what was sent to it.
fn linger(mut stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut left = 4 * LONGEST_HEAD;
    let mut piece = [0; 4096];
    while left > 0 {
        match stream.read(&mut piece)? {
            0 => break,
            length => left = left.saturating_sub(length),
        }
    }
    Ok(())
}

/// The next request, or what to answer to something that is none. None if the
/// client has nothing more to ask.
fn read_request(
    mut stream: &TcpStream,
    received: &mut Vec<u8>,
) -> io::Result<Option<Result<Request, Answer>>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if !received.is_empty() {
            match parse(received) {
                Ok(Some((request, length))) => {
                    received.drain(..length);
                    return Ok(Some(Ok(request)));
                }
                Err(refusal) => return Ok(Some(Err(refusal))),
                Ok(None) if received.len() >= LONGEST_HEAD => {
                    let long = "The headers are too long.";
                    return Ok(Some(Err(refuse(431, long))));
                }
                Ok(None) => {}
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        let mut piece = [0; 4096];
        match stream.read(&mut piece)? {
            0 => return Ok(None),
            length => received.extend_from_slice(&piece[..length]),
        }
    }
}

/// A request and its length, if it is all there.
fn parse(received: &[u8]) -> Result<Option<(Request, usize)>, Answer> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(refuse(431, "There are too many headers."));
        }
        Err(error) => return Err(refuse(400, &format!("This is no request: {error}."))),
    };
    let head = match parsed.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => {
            let mut answer = refuse(405, "Only GET and HEAD are understood.");
            answer.header = Some(("Allow", "GET, HEAD".to_string()));
            return Err(answer);
        }
    };
    let target = parsed.path.unwrap_or_default();
    if !target.starts_with('/') {
        return Err(refuse(400, "The address does not begin with a slash."));
    }
    let header = |name: &str| {
        (parsed.headers.iter())
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .and_then(|header| std::str::from_utf8(header.value).ok())
    };
    let version = parsed.version.unwrap_or_default();
    if version == 1 && header("Host").is_none() {
        return Err(refuse(400, "The header Host is missing."));
    }
    let has_body = header("Transfer-Encoding").is_some()
        || header("Content-Length").is_some_and(|length| length.trim() != "0");
    let close = header("Connection").is_some_and(|value| {
        let mut words = value.split(',').map(str::trim);
        words.any(|word| word.eq_ignore_ascii_case("close"))
    });
    let request = Request {
        target: target.to_string(),
        host: header("Host").and_then(for_a_link),
        head,
        // Nobody reads a body: the next request would begin with it.
        keep: version == 1 && !close && !has_body,
    };
    Ok(Some((request, length)))
}

/// Host and port, unless there is something in it that has no place there.
fn for_a_link(host: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    (!host.is_empty() && host.len() <= 255 && host.chars().all(fits)).then(|| host.to_string())
}

fn refuse(status: u16, text: &str) -> Answer {
    Answer::page(status, pages::message(reason(status), text))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "Internal Server Error",
    }
}
