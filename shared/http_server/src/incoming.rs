//! The bytes that a client sends, read until a deadline.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::Instant;

/// The incoming side of a connection, with the bytes that were read and not used
/// yet.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    stream: &'a TcpStream,
    pub(crate) buffer: Vec<u8>,
}

/// The outcome of a read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    Bytes,
    /// The client has closed its side.
    End,
    /// The deadline has passed.
    Late,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(stream: &'a TcpStream) -> Self {
        Incoming {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Waits until the deadline for more bytes.
    pub(crate) fn more(&mut self, deadline: Instant) -> io::Result<Arrived> {
        let mut piece = [0; 4096];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Arrived::Late);
            }
            self.stream.set_read_timeout(Some(left))?;
            let mut stream = self.stream;
            match stream.read(&mut piece) {
                Ok(0) => return Ok(Arrived::End),
                Ok(length) => {
                    self.buffer.extend_from_slice(&piece[..length]);
                    return Ok(Arrived::Bytes);
                }
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A socket's time limit shows as one error or the other, depending on the
/// system.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
