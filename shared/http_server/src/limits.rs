//! What a client may use up.

use std::time::Duration;

/// The limits of a server. All times are real time.
///
/// ```
/// use std::time::Duration;
/// use http_server::Limits;
///
/// let limits = Limits { exchange: Duration::from_secs(5), ..Limits::default() };
/// assert_eq!(limits.connections, 512);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are served at once. Further clients wait.
    pub connections: usize,
    /// The length of a request line with its headers, in bytes.
    pub head: usize,
    /// The length of the address in a request line, in bytes.
    pub target: usize,
    /// The length of a request's body as it is transferred, in bytes. If it is
    /// sent in chunks, their framing counts.
    pub body: u64,
    /// How long a connection may stay open without a request.
    pub idle: Duration,
    /// How long an exchange may take: from the first byte of the request to the
    /// last byte of the answer, without the time that the handler takes.
    pub exchange: Duration,
    /// How long the server waits for the client to close a connection after the
    /// last answer. If the server closed first, the answer could be lost.
    pub linger: Duration,
    /// How long a connection must have been idle before it is closed to make room
    /// for a new one. A client needs a moment between connecting and sending.
    pub settled: Duration,
    /// The size of the stack of each connection's thread, in bytes.
    pub stack: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 512,
            head: 16 << 10,
            target: 8 << 10,
            body: 64 << 10,
            idle: Duration::from_secs(30),
            exchange: Duration::from_secs(60),
            linger: Duration::from_secs(1),
            settled: Duration::from_secs(1),
            stack: 1 << 20,
        }
    }
}
