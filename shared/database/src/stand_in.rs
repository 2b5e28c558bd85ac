//! The stand-in for a server.

use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::Location;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use shared::event::Event;
use shared::primitives::{JoinHandle, try_spawn};
use socket2::{Domain, SockAddr, Socket, Type};
use stage::pace::simulated;
use stage::record::{self, Kind};
use stage::threads::Background;
use stage::{narrate, waits};

/// Stands in for a MySQL server that takes its time to start.
///
/// As with a real one, connections to its port are refused until it is ready. From
/// then on it sends its greeting to every client. That is all it can do. It listens on
/// this machine only, at a free port.
///
/// It ends when it is dropped, also in the middle of its start.
///
/// ```
/// use database::{StandIn, probe};
/// use std::time::Duration;
///
/// # fn main() -> shared::prelude::Result {
/// let database = StandIn::start(3600.0)?;
/// let error = probe(&database.address().to_string(), Duration::from_secs(5)).unwrap_err();
/// assert!(error.to_string().contains("refuses the connection"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    ready: Event,
    /// Why it will never be ready.
    failed: Arc<OnceLock<ErrorKind>>,
    /// Dropped to tell the server's thread to end.
    open: Option<Sender<()>>,
    /// Connects at the end, to wake the server. Made at the start, because at the end
    /// the system may have no socket left.
    last_client: Socket,
    server: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Starts a stand-in that is ready after `ready_after` simulated seconds.
    ///
    /// # Errors
    ///
    /// If the system has no port for it, or no thread.
    ///
    /// # Panics
    ///
    /// If `ready_after` is negative, infinite or not a number.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let begun = std::time::Instant::now();
    /// let database = database::StandIn::start(0.1)?;
    /// database.wait_until_ready()?;
    /// assert!(begun.elapsed() >= stage::pace::simulated(0.1));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn start(ready_after: f64) -> io::Result<Self> {
        let at = Location::caller();
        let _ = simulated(ready_after);
        // The port is reserved from now on. As long as the socket does not listen, the
        // system refuses connections.
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
                let _background = Background::begin();
                if starts(ready_after, &closing, at) {
                    // Printed before it listens: a client could be faster than this line.
                    narrate::say(format_args!("ready for connections"));
                    let listening = socket.listen(128);
                    // The event is set also if it cannot listen: waiters look at `failed`.
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

    /// The address at which it listens once it is ready.
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
    /// If it will never be ready, because the system does not let it listen.
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
        // The server may be waiting for a client. If it does not listen yet, this is
        // refused at once, and the server sees that `open` is gone before it waits.
        let address = SockAddr::from(self.address);
        let _ = self
            .last_client
            .connect_timeout(&address, Duration::from_secs(1));
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// Plays the start of a server. Returns whether it came to its end.
fn starts(seconds: f64, closing: &Receiver<()>, at: &'static Location<'static>) -> bool {
    let _ends = waits::EndsByItself::begin();
    let asleep = record::enter(Kind::Sleep, None, None, at, || seconds.to_string());
    let ended = closing.recv_timeout(simulated(seconds));
    record::enter(Kind::Awake, None, asleep, at, String::new);
    ended == Err(RecvTimeoutError::Timeout)
}

/// How long a server that cannot accept a connection waits before it tries again.
const BACK_OFF: Duration = Duration::from_millis(10);

fn serve(mut accept: impl FnMut() -> io::Result<TcpStream>, closing: &Receiver<()>) {
    let closed = || closing.try_recv() == Err(TryRecvError::Disconnected);
    let mut number = 1;
    // To end the server, `drop` first closes the channel and then connects. So either
    // this loop sees the closed channel, or `accept` returns.
    while !closed() {
        match accept() {
            Ok(_) if closed() => return,
            Ok(mut stream) => {
                // Fails if the client has gone already.
                let _ = stream.write_all(&packet(&greeting_of(number)));
                number += 1;
            }
            // There may be too many open files: try again soon, without spinning.
            Err(_) => {
                let _ = closing.recv_timeout(BACK_OFF);
            }
        }
    }
}

/// What MySQL sends first, with a version that says that this is only a stand-in.
fn greeting_of(connection: u32) -> Vec<u8> {
    let mut greeting = vec![10];
    greeting.extend(b"8.0.0-stand-in\0");
    greeting.extend(connection.to_le_bytes());
    // The salt for a password, in two parts. No client logs in here.
    greeting.extend(b"abcdefgh\0");
    // Its capabilities (salted passwords, a plug-in for them) and its character set.
    greeting.extend([0x00, 0x82, 45, 0x02, 0x00, 0x08, 0x00, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"ijklmnopqrst\0mysql_native_password\0");
    greeting
}

/// The packet with its length and number in front.
fn packet(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let [low, middle, high, _] = length.to_le_bytes();
    [&[low, middle, high, 0], content].concat()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// At the limit of descriptors a server waits instead of spinning.
    #[test]
    fn a_server_that_cannot_accept_backs_off_and_ends_when_it_is_closed() {
        let begun = Instant::now();
        let (open, closing) = mpsc::channel();
        let (mut open, mut asked) = (Some(open), 0);
        let fails = || {
            asked += 1;
            assert!(asked < 100, "it goes on although it is closed");
            if asked == 4 {
                open = None;
            }
            Err(io::Error::other("too many open files"))
        };
        serve(fails, &closing);
        assert_eq!(asked, 4);
        // It backed off three times in full, and the last time not at all.
        assert!(begun.elapsed() >= 3 * BACK_OFF);
    }
}
