//! Is a MySQL or MariaDB server ready? A probe that asks a real one, and a
//! stand-in to try it on.
//!
//! Such a server speaks first. As soon as somebody is connected it sends a
//! *greeting*: the version of its protocol, its own version, and what a client
//! needs to log in. A server that has sent one is ready; no user and no password
//! is needed to see that. One that cannot serve sends an error in its place, for
//! instance "Too many connections" (1040).
//!
//! What comes from the network is not trusted: the probe takes no longer than it
//! was allowed to, and reads no more than a greeting can be long.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::panic::Location;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};

use shared::event::Event;
use shared::primitives::{JoinHandle, try_spawn};
use stage::pace::simulated;
use stage::record::{self, Kind};
use stage::{narrate, waits};

/// The longest first packet that is read. Greetings have about 100 bytes, errors
/// have 512 at most.
const LONGEST_PACKET: usize = 1024;

/// The clock cannot count to every limit. Nobody sees the difference between a year
/// and no limit.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a server that is ready says of itself.
///
/// ```
/// use database::{Greeting, StandIn, probe};
/// use std::time::Duration;
///
/// # fn main() -> shared::prelude::Result {
/// let database = StandIn::start(0.0)?;
/// database.wait_until_ready()?;
/// let greeting: Greeting = probe(&database.address().to_string(), Duration::from_secs(5))?;
/// assert_eq!(greeting.protocol, 10);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The version of its protocol: 10 since MySQL 3.21.
    pub protocol: u8,
    /// Its own version, as it sends it.
    pub version: String,
    /// Its number of this connection.
    pub connection: u32,
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // MariaDB 10 says 5.5.5 first, so that old replicas do not refuse it.
        let version = match self.version.strip_prefix("5.5.5-") {
            Some(version) if version.contains("MariaDB") => version,
            _ => &self.version,
        };
        write!(f, "server version {version}, protocol {}", self.protocol)
    }
}

/// Why a probe saw no greeting, with the address that was asked.
///
/// ```
/// use database::{Problem, probe};
/// use std::time::Duration;
///
/// // Port 1 is nobody's.
/// let error = probe("127.0.0.1:1", Duration::from_secs(5)).unwrap_err();
/// assert!(matches!(error.problem, Problem::NobodyListens));
/// assert!(error.to_string().starts_with("nobody listens at 127.0.0.1:1"));
/// ```
#[derive(Debug)]
pub struct NotReady {
    /// Who was asked.
    pub address: String,
    /// What was wrong.
    pub problem: Problem,
}

/// What can be wrong with a server that is not ready.
///
/// ```
/// use database::Problem;
/// assert_ne!(format!("{:?}", Problem::Silent), format!("{:?}", Problem::Closed));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The name of the host is not known.
    UnknownHost(io::Error),
    /// There is no thread to look up the name of the host.
    NoThread(io::Error),
    /// The connection is refused: the server is not started, or is starting.
    NobodyListens,
    /// The system cannot connect, for another reason.
    Unreachable(io::Error),
    /// There was no connection within the time limit.
    NoAnswer,
    /// Connected, and within the time limit there was no whole greeting.
    Silent,
    /// It closed the connection before its greeting was whole.
    Closed,
    /// What it sent is not how a MySQL server begins.
    NotMySql(String),
    /// It is a MySQL server, and refuses with this error.
    Refuses {
        /// The number of the error, such as 1040.
        code: u16,
        /// Its own words.
        message: String,
    },
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match &self.problem {
            Problem::UnknownHost(error) => {
                write!(
                    f,
                    "the host of {address} is not known ({error}): check its name"
                )
            }
            Problem::NoThread(error) => write!(
                f,
                "the host of {address} cannot be looked up, because the system cannot start \
                 a thread ({error}): end other programs, or give its number instead of its name"
            ),
            Problem::NobodyListens => write!(
                f,
                "nobody listens at {address}: start the server, or wait until it has started"
            ),
            Problem::Unreachable(error) => {
                write!(
                    f,
                    "{address} cannot be reached ({error}): check the address"
                )
            }
            Problem::NoAnswer => write!(
                f,
                "{address} does not answer in time: check the address, and what firewall is between"
            ),
            Problem::Silent => write!(
                f,
                "{address} takes the connection and sends no whole greeting in time: \
                 it is too busy, or no MySQL server"
            ),
            Problem::Closed => write!(
                f,
                "{address} closes the connection before its greeting is whole: look into its log"
            ),
            Problem::NotMySql(what) => write!(
                f,
                "{address} does not begin as a MySQL server does ({what}): check the port"
            ),
            Problem::Refuses { code, message } => {
                write!(
                    f,
                    "the server at {address} is there and refuses: {message} (error {code})"
                )?;
                match code {
                    1040 => f.write_str("; wait, or raise its max_connections"),
                    1129 => f.write_str("; let its administrator run mysqladmin flush-hosts"),
                    1130 => f.write_str("; let its administrator allow this machine"),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for NotReady {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::UnknownHost(error)
            | Problem::NoThread(error)
            | Problem::Unreachable(error) => Some(error),
            _ => None,
        }
    }
}

/// Connects to `address`, such as `127.0.0.1:3306`, and reads the server's
/// greeting. Takes `limit` of real time at most, whatever `--speed` is.
///
/// A host may have several addresses. They are tried one after the other, and share
/// the time that is left, so that one that never answers does not use up all of it.
///
/// The system cannot be told to stop looking up a name. If that takes longer than
/// `limit`, the thread that asks stays behind until the system answers.
///
/// It does not log in, so it needs no user and leaves nothing behind; but the
/// server counts it as a connection that was given up.
///
/// # Errors
///
/// If there is no greeting: [`NotReady`] says why, in a sentence.
///
/// ```
/// use database::{StandIn, probe};
/// use std::time::Duration;
///
/// # fn main() -> shared::prelude::Result {
/// let database = StandIn::start(0.0)?;
/// database.wait_until_ready()?;
/// let greeting = probe(&database.address().to_string(), Duration::from_secs(5))?;
/// assert!(greeting.to_string().ends_with("protocol 10"));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn probe(address: &str, limit: Duration) -> Result<Greeting, NotReady> {
    let waiting = waits::outside(|| "the greeting of the database".to_string(), Some(limit));
    let greeting = greeting(address, Instant::now() + limit.min(A_YEAR));
    waiting.ended();
    greeting.map_err(|problem| NotReady {
        address: address.to_string(),
        problem,
    })
}

fn greeting(address: &str, deadline: Instant) -> Result<Greeting, Problem> {
    let mut stream = connect(address, deadline)?;
    let mut header = [0; 4];
    read_whole(&mut stream, &mut header, deadline)?;
    let [low, middle, high, number] = header;
    let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
    if number != 0 || !(1..=LONGEST_PACKET).contains(&length) {
        let bytes = header.escape_ascii();
        return Err(Problem::NotMySql(format!(
            "its first bytes are \"{bytes}\""
        )));
    }
    let mut packet = vec![0; length];
    read_whole(&mut stream, &mut packet, deadline)?;
    understand(&packet)
}

fn connect(address: &str, deadline: Instant) -> Result<TcpStream, Problem> {
    let addresses = resolve(address, deadline)?;
    connect_to_one_of(&addresses, deadline, TcpStream::connect_timeout)
}

/// Tries one after the other. Each gets its share of the time that is left: the
/// first may be one that never answers.
fn connect_to_one_of<S>(
    addresses: &[SocketAddr],
    deadline: Instant,
    connect: impl Fn(&SocketAddr, Duration) -> io::Result<S>,
) -> Result<S, Problem> {
    let mut problem = Problem::UnknownHost(io::Error::other("it has no address"));
    for (untried, address) in (1..=addresses.len() as u32).rev().zip(addresses) {
        let left = left_until(deadline).ok_or(Problem::NoAnswer)?;
        let share = (left / untried).max(Duration::from_millis(1));
        problem = match connect(address, share) {
            Ok(connected) => return Ok(connected),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Problem::NobodyListens,
            Err(error) if is_timeout(&error) => Problem::NoAnswer,
            Err(error) => Problem::Unreachable(error),
        };
    }
    Err(problem)
}

/// The addresses of a host. The system may take long to find out that a name is
/// unknown, and cannot be told to hurry: so another thread asks it. That one is left
/// behind if it is too late.
fn resolve(address: &str, deadline: Instant) -> Result<Vec<SocketAddr>, Problem> {
    if let Ok(address) = address.parse() {
        return Ok(vec![address]);
    }
    let (send, found) = mpsc::channel();
    let address = address.to_string();
    let asking = std::thread::Builder::new().spawn(move || {
        // Nobody listens any more if it took too long.
        let _ = send.send(address.to_socket_addrs().map(Iterator::collect));
    });
    asking.map_err(Problem::NoThread)?;
    let left = left_until(deadline).ok_or(Problem::NoAnswer)?;
    match found.recv_timeout(left) {
        Ok(found) => found.map_err(Problem::UnknownHost),
        Err(_) => Err(Problem::UnknownHost(ErrorKind::TimedOut.into())),
    }
}

/// Fills `buffer`. However slowly the bytes come, the deadline holds.
fn read_whole(
    stream: &mut TcpStream,
    mut buffer: &mut [u8],
    deadline: Instant,
) -> Result<(), Problem> {
    while !buffer.is_empty() {
        let left = left_until(deadline).ok_or(Problem::Silent)?;
        let limited = stream.set_read_timeout(Some(left));
        match limited.and_then(|()| stream.read(buffer)) {
            Ok(0) => return Err(Problem::Closed),
            Ok(count) => buffer = &mut buffer[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(Problem::Silent),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                return Err(Problem::Closed);
            }
            Err(error) => return Err(Problem::Unreachable(error)),
        }
    }
    Ok(())
}

fn left_until(deadline: Instant) -> Option<Duration> {
    let left = deadline.checked_duration_since(Instant::now());
    left.filter(|left| !left.is_zero())
}

/// A socket's time limit is called either, depending on the system.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

/// The server's first packet.
fn understand(packet: &[u8]) -> Result<Greeting, Problem> {
    let not_mysql = |what: &str| Err(Problem::NotMySql(what.to_string()));
    match packet {
        [0xff, low, high, message @ ..] => {
            // Some put a mark and five letters, the state, in front of the text.
            let message = match message {
                [b'#', _, _, _, _, _, message @ ..] => message,
                message => message,
            };
            Err(Problem::Refuses {
                code: u16::from_le_bytes([*low, *high]),
                message: printable(message),
            })
        }
        [protocol @ (9 | 10), rest @ ..] => {
            let Some(end) = rest.iter().position(|byte| *byte == 0) else {
                return not_mysql("its version has no end");
            };
            let (version, rest) = (&rest[..end], &rest[end + 1..]);
            if version.is_empty() || !version.iter().all(|byte| (b' '..=b'~').contains(byte)) {
                return not_mysql("its version is no text");
            }
            // What follows is for logging in. At least the number of the connection,
            // eight bytes and a zero have to be there.
            match rest {
                [a, b, c, d, _, _, _, _, _, _, _, _, 0, ..] => Ok(Greeting {
                    protocol: *protocol,
                    version: printable(version),
                    connection: u32::from_le_bytes([*a, *b, *c, *d]),
                }),
                _ => not_mysql("its greeting ends too early"),
            }
        }
        [protocol, ..] => not_mysql(&format!("it begins with {protocol}, not with 10")),
        [] => not_mysql("it begins with nothing"),
    }
}

/// A server's words without what could change the terminal.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.replace(char::is_control, "?")
}

/// Stands in for a MySQL server that takes its time to start.
///
/// As with a real one, nobody listens at its port until it is ready, so a
/// connection is refused; from then on it sends its greeting to everybody. That
/// is all it can do. It listens on this machine only, at a free port.
///
/// Dropped, it ends, also in the middle of its start.
///
/// ```
/// use database::{StandIn, probe};
/// use std::time::Duration;
///
/// # fn main() -> shared::prelude::Result {
/// let database = StandIn::start(3600.0)?;
/// let error = probe(&database.address().to_string(), Duration::from_secs(5)).unwrap_err();
/// assert!(error.to_string().starts_with("nobody listens at 127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    ready: Event,
    /// Why it will never be ready.
    failed: Arc<OnceLock<ErrorKind>>,
    /// Closed to tell the server's thread that it is to end.
    open: Option<Sender<()>>,
    /// Connects at the end, to wake the server. Made at the beginning: at the end the
    /// system may have none left.
    last_client: Socket,
    server: Option<JoinHandle<()>>,
}

impl StandIn {
    /// One that is ready after so many simulated seconds.
    ///
    /// # Errors
    ///
    /// If the system has no port or no thread for it.
    ///
    /// # Panics
    ///
    /// If `ready_after` is negative, infinite or not a number.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let database = database::StandIn::start(0.0)?;
    /// database.wait_until_ready()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn start(ready_after: f64) -> io::Result<Self> {
        let at = Location::caller();
        let _ = simulated(ready_after);
        // The port is its own from now on, but nobody listens: so the system
        // refuses connections.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        let address = address.ok_or_else(|| io::Error::other("the socket has no address"))?;
        let last_client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        let (open, closing) = mpsc::channel();
        let ready = Event::named("the start of the database");
        let failed = Arc::new(OnceLock::new());
        let server = try_spawn("database", {
            let (ready, failed) = (ready.clone(), Arc::clone(&failed));
            move || {
                if starts(ready_after, &closing, at) {
                    // Said before it is so: a client could be faster than this line.
                    narrate::say(format_args!("ready for connections"));
                    let listening = socket.listen(128);
                    // Also if it cannot listen. Whoever waits for it sees that.
                    if let Err(error) = &listening {
                        narrate::say(format_args!("cannot listen: {error}"));
                        let _ = failed.set(error.kind());
                    }
                    ready.set();
                    if listening.is_ok() {
                        let listener = TcpListener::from(socket);
                        serve(|| Ok(listener.accept()?.0), &closing);
                    }
                }
            }
        })?;
        Ok(StandIn {
            address,
            ready,
            failed,
            open: Some(open),
            last_client,
            server: Some(server),
        })
    }

    /// Where it will listen.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// assert!(database::StandIn::start(0.0)?.address().ip().is_loopback());
    /// # Ok(())
    /// # }
    /// ```
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    ///
    /// If it will never be, because the system does not let it listen.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// database::StandIn::start(0.01)?.wait_until_ready()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait_until_ready(&self) -> io::Result<()> {
        self.ready.wait();
        match self.failed.get() {
            Some(kind) => Err((*kind).into()),
            None => Ok(()),
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.open = None;
        // It may be waiting for somebody to connect. If it does not listen yet, this is
        // refused at once, and the server sees that it is closed before it waits.
        let address = SockAddr::from(self.address);
        let _ = self
            .last_client
            .connect_timeout(&address, Duration::from_secs(1));
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// Takes its time. Returns whether it was left in peace.
fn starts(seconds: f64, closing: &Receiver<()>, at: &'static Location<'static>) -> bool {
    let _ends = waits::EndsByItself::begin();
    let asleep = record::enter(Kind::Sleep, None, None, at, || seconds.to_string());
    let ended = closing.recv_timeout(simulated(seconds));
    record::enter(Kind::Awake, None, asleep, at, String::new);
    ended == Err(RecvTimeoutError::Timeout)
}

/// How long a server that cannot take a connection waits before it tries again.
const BACK_OFF: Duration = Duration::from_millis(10);

fn serve(mut accept: impl FnMut() -> io::Result<TcpStream>, closing: &Receiver<()>) {
    let closed = || closing.try_recv() == Err(TryRecvError::Disconnected);
    let mut number = 1;
    // It listens already. Who closes it connects afterwards: so either this look sees
    // that it is closed, or `accept` comes back.
    while !closed() {
        match accept() {
            Ok(_) if closed() => return,
            Ok(mut stream) => {
                // Who has gone already gets no greeting, and there is none to tell it.
                let _ = stream.write_all(&packet(&greeting_of(number)));
                number += 1;
            }
            // There may be too many open files: ask again soon, not all the time.
            Err(_) => {
                let _ = closing.recv_timeout(BACK_OFF);
            }
        }
    }
}

/// What MySQL sends first, with a version that says that this is none.
fn greeting_of(connection: u32) -> Vec<u8> {
    let mut greeting = vec![10];
    greeting.extend(b"8.0.0-stand-in\0");
    greeting.extend(connection.to_le_bytes());
    // What a password would be mixed with, in two parts. Here nobody logs in.
    greeting.extend(b"abcdefgh\0");
    // What it can do (passwords mixed so; a plug-in for that), and its alphabet.
    greeting.extend([0x00, 0x82, 45, 0x02, 0x00, 0x08, 0x00, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"ijklmnopqrst\0mysql_native_password\0");
    greeting
}

/// With its length and number in front.
fn packet(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let [low, middle, high, _] = length.to_le_bytes();
    [&[low, middle, high, 0], content].concat()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn addresses(count: u16) -> Vec<SocketAddr> {
        let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        (1..=count).map(address).collect()
    }

    #[test]
    fn an_address_that_never_answers_leaves_time_for_the_others() {
        let limit = Duration::from_secs(60);
        let shares = RefCell::new(Vec::new());
        let connected = connect_to_one_of(&addresses(3), Instant::now() + limit, |at, share| {
            shares.borrow_mut().push(share);
            match at.port() {
                3 => Ok(at.port()),
                _ => Err(ErrorKind::TimedOut.into()),
            }
        });
        assert_eq!(connected.unwrap(), 3);
        let shares = shares.into_inner();
        assert_eq!(shares.len(), 3);
        // The first two have taken next to nothing of theirs.
        for (share, most) in shares.iter().zip([limit / 3, limit / 2, limit]) {
            assert!((most / 2..=most).contains(share), "{share:?} of {most:?}");
        }
    }

    #[test]
    fn the_last_address_says_what_is_wrong_and_no_time_is_told() {
        let deadline = Instant::now() + A_YEAR;
        let problem = connect_to_one_of(&addresses(2), deadline, |at, _| match at.port() {
            1 => Err::<(), _>(ErrorKind::TimedOut.into()),
            _ => Err(ErrorKind::ConnectionRefused.into()),
        });
        assert!(matches!(problem, Err(Problem::NobodyListens)));
        let problem = connect_to_one_of(&addresses(2), Instant::now(), |_, _| Ok(()));
        assert!(matches!(problem, Err(Problem::NoAnswer)));
        let problem = connect_to_one_of(&[], deadline, |_, _| Ok(()));
        assert!(matches!(problem, Err(Problem::UnknownHost(_))));
    }

    #[test]
    fn a_server_that_cannot_accept_backs_off_and_ends_when_it_is_closed() {
        let begun = Instant::now();
        let (open, closing) = mpsc::channel();
        let (mut open, mut asked) = (Some(open), 0);
        let fails = || {
            asked += 1;
            assert!(asked < 100, "it asks on although it is closed");
            if asked == 4 {
                open = None;
            }
            Err(io::Error::other("too many open files"))
        };
        serve(fails, &closing);
        assert_eq!(asked, 4);
        // Three times it waited for its whole length, the last time not at all.
        assert!(begun.elapsed() >= 3 * BACK_OFF);
    }
}
