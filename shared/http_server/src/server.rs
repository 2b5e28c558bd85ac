//! A running server: the thread that accepts connections, and the end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{SockRef, Socket};

use crate::address::local;
use crate::backoff::Backoff;
use crate::connection::{Connection, Handler};
use crate::slots::{Phase, Slots};
use crate::warning::Warning;

/// The warning that no connection can be accepted is repeated at most this often.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// A limit on connecting to a listener on this machine, which is immediate unless
/// its queue is full.
const CONNECTING: Duration = Duration::from_secs(1);

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\
    Retry-After: 1\r\nConnection: close\r\n\r\n";

/// A running server. Dropping it stops the server at once, also in the middle of an
/// answer. Its threads have then ended, and its port is free.
#[derive(Debug)]
#[must_use = "it stops when it is dropped"]
pub struct Server {
    address: SocketAddr,
    slots: Arc<Slots>,
    accepting: Option<JoinHandle<()>>,
    /// Wakes the thread that accepts.
    stop: Stop,
}

/// What is needed to wake the thread that accepts.
#[derive(Debug)]
struct Stop {
    listener: Arc<TcpListener>,
    /// A socket that is not connected yet. It is made early, because at the end the
    /// process may have no descriptors left.
    spare: Socket,
}

impl Server {
    pub(crate) fn start(
        listener: TcpListener,
        spare: Socket,
        acceptor: Acceptor,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        if !address.ip().to_canonical().is_loopback() {
            (acceptor.warn)(&Warning::Exposed(address));
        }
        let listener = Arc::new(listener);
        let slots = Arc::clone(&acceptor.slots);
        let thread = thread::Builder::new().name(acceptor.name.clone());
        let accepting = thread.spawn({
            let listener = Arc::clone(&listener);
            move || acceptor.run(|| Ok(listener.accept()?.0))
        })?;
        Ok(Server {
            address,
            slots,
            accepting: Some(accepting),
            stop: Stop { listener, spare },
        })
    }

    /// The address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for clients on this machine: a server that listens everywhere
    /// is found on loopback.
    pub fn local_address(&self) -> SocketAddr {
        local(self.address)
    }

    /// Stops accepting, lets the exchanges that have begun finish, and then stops
    /// the server. After the grace time, it is stopped in any case. Returns whether
    /// all exchanges were finished.
    ///
    /// ```
    /// use std::time::Duration;
    /// use http_server::{Head, Listener};
    ///
    /// let server = Listener::bind(([127, 0, 0, 1], 0).into())?
    ///     .start(|_, reply| reply.send(&Head::new(200, "text/plain"), b"hello"))?;
    /// assert!(server.shutdown(Duration::from_secs(1)));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(mut self, grace: Duration) -> bool {
        self.slots.drain();
        self.join_acceptor();
        self.slots.wait_for_all(Instant::now() + grace)
    }

    fn join_acceptor(&mut self) {
        let Some(accepting) = self.accepting.take() else {
            return;
        };
        // On Linux, this ends an accept that is under way. Elsewhere, a connection
        // does.
        let _ = SockRef::from(&*self.stop.listener).shutdown(std::net::Shutdown::Both);
        let _ = (self.stop.spare).connect_timeout(&self.local_address().into(), CONNECTING);
        let _ = accepting.join();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.slots.stop();
        self.join_acceptor();
        self.slots.join();
    }
}

/// Accepts connections and starts a thread for each.
pub(crate) struct Acceptor {
    /// The name of the threads.
    pub(crate) name: String,
    pub(crate) slots: Arc<Slots>,
    pub(crate) warn: Box<dyn Fn(&Warning) + Send>,
    pub(crate) handler: Arc<Handler>,
}

impl Acceptor {
    fn run(&self, mut accept: impl FnMut() -> io::Result<TcpStream>) {
        let mut backoff = Backoff::new();
        let mut said: Option<Instant> = None;
        loop {
            let served = accept().and_then(|stream| self.connect(stream));
            if !self.slots.is_running() {
                return;
            }
            let error = match served {
                Ok(()) => {
                    backoff.reset();
                    continue;
                }
                // The client has gone before it was accepted.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => error,
            };
            if said.is_none_or(|said| said.elapsed() >= SAY_AGAIN) {
                (self.warn)(&Warning::CannotAccept(error));
                said = Some(Instant::now());
            }
            // The connection stays in the listener's queue. Without a pause, the
            // next accept would fail with the same error at once.
            self.slots.make_room();
            let next = Instant::now() + backoff.next();
            if !self.slots.wait_until(next, Phase::Draining) {
                return;
            }
        }
    }

    /// Starts a thread for the connection as soon as there is room. It is an error
    /// if the system has no thread for it.
    fn connect(&self, stream: TcpStream) -> io::Result<()> {
        if !self.slots.wait_for_room() {
            return Ok(());
        }
        let stream = Arc::new(stream);
        let added = self.slots.add(Arc::clone(&stream), |number| {
            let builder = thread::Builder::new()
                .name(self.name.clone())
                .stack_size(self.slots.limits.stack);
            let (slots, stream) = (Arc::clone(&self.slots), Arc::clone(&stream));
            let handler = Arc::clone(&self.handler);
            builder.spawn(move || {
                let _ended = Ended(&slots, number);
                let connection = Connection {
                    stream: &stream,
                    slots: &slots,
                    number,
                };
                // An error means that the client has gone.
                let _ = connection.serve(&*handler);
            })
        });
        if added.is_err() {
            turn_away(&stream);
        }
        added
    }
}

/// Tells the client to come again, without waiting for it.
fn turn_away(mut stream: &TcpStream) {
    if stream.set_nonblocking(true).is_ok() {
        // If there is unread data at the close, the system drops the answer.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write(BUSY);
    }
}

/// Takes the connection out of the slots when its thread ends.
struct Ended<'a>(&'a Slots, u64);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.ended(self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::limits::Limits;

    /// The servers wait at the descriptor limit instead of spinning: the book's
    /// server printed 245,000 lines in three seconds.
    #[test]
    fn what_cannot_be_accepted_is_tried_again_later() {
        let warnings = Arc::new(AtomicUsize::new(0));
        let acceptor = Acceptor {
            name: "test".to_string(),
            slots: Arc::new(Slots::new(Limits::default())),
            warn: Box::new({
                let warnings = Arc::clone(&warnings);
                move |_| {
                    warnings.fetch_add(1, Ordering::Relaxed);
                }
            }),
            handler: Arc::new(|_, _| Ok(())),
        };
        let mut tries = Vec::new();
        acceptor.run(|| {
            tries.push(Instant::now());
            if tries.len() == 6 {
                acceptor.slots.drain();
            }
            Err(io::Error::other("too many open files"))
        });
        assert_eq!(tries.len(), 6, "after the end, it is not tried again");
        for (pair, wait) in tries.windows(2).zip([10, 20, 40, 80, 160]) {
            let waited = pair[1] - pair[0];
            assert!(waited >= Duration::from_millis(wait), "{waited:?}");
        }
        assert_eq!(warnings.load(Ordering::Relaxed), 1, "it is said once");
    }
}
