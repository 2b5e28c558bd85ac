//! Answers: what a handler writes, and when.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime};

use crate::incoming::is_timeout;
use crate::slots::{Phase, Slots};
use crate::status::{Refusal, reason};

/// A body of up to this many bytes is copied behind its head, so that both are sent
/// with one system call.
const ONE_PIECE: usize = 64 << 10;

/// The head of an answer. `Date`, `Content-Length` and `Connection` are added by
/// the server.
///
/// ```
/// let head = http_server::Head::new(302, "text/html; charset=utf-8")
///     .header("Location", "/elsewhere");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a head is there to be sent"]
pub struct Head {
    status: u16,
    headers: String,
}

impl Head {
    /// An answer with this status and content type.
    ///
    /// # Panics
    ///
    /// If the status is not one that ends an exchange (200 to 599), or if the
    /// content type has a line break or another control character in it.
    #[track_caller]
    pub fn new(status: u16, content_type: &str) -> Self {
        assert!(
            (200..600).contains(&status),
            "an answer has a status from 200 to 599, not {status}"
        );
        let empty = Head {
            status,
            headers: String::new(),
        };
        empty.header("Content-Type", content_type)
    }

    /// With one more header.
    ///
    /// # Panics
    ///
    /// If the value has a line break or another control character in it: what
    /// follows would be taken for another header.
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        assert!(
            !value.chars().any(char::is_control),
            "a header's value is one line: {value:?}"
        );
        let _ = write!(self.headers, "{name}: {value}\r\n");
        self
    }
}

/// The answer to one request, as a handler makes it: whole with [`send`], or
/// piece by piece with [`begin`] and [`write`]. A handler that does neither hangs
/// up on the client, and so does one that writes less than it announced.
///
/// If any of these fails, the connection cannot be used any longer. A handler
/// passes the error on with `?`, and the connection is closed silently.
///
/// [`send`]: Reply::send
/// [`begin`]: Reply::begin
/// [`write`]: Reply::write
#[derive(Debug)]
pub struct Reply<'a> {
    stream: &'a TcpStream,
    slots: &'a Slots,
    /// Whether the answer ends with its head.
    head_only: bool,
    keep: bool,
    /// How much longer the client may take for this exchange. Only the time in
    /// which the server waits for the client counts.
    patience: Duration,
    /// How much of the body is still to come. None until the head was sent.
    left: Option<u64>,
}

impl<'a> Reply<'a> {
    pub(crate) fn new(
        stream: &'a TcpStream,
        slots: &'a Slots,
        head_only: bool,
        keep: bool,
        patience: Duration,
    ) -> Self {
        Reply {
            stream,
            slots,
            head_only,
            keep,
            patience,
            left: None,
        }
    }

    /// Sends the whole answer.
    ///
    /// # Errors
    ///
    /// If the client has gone or does not read in time, or if this reply was
    /// begun already.
    pub fn send(&mut self, head: &Head, body: &[u8]) -> io::Result<()> {
        if body.len() > ONE_PIECE {
            self.begin(head, body.len() as u64)?;
            return self.write(body);
        }
        let mut bytes = self.head(head, body.len() as u64)?;
        if !self.head_only {
            bytes.extend_from_slice(body);
        }
        self.left = Some(0);
        self.write_all(&bytes)
    }

    /// Sends the head of an answer whose body has this length.
    ///
    /// # Errors
    ///
    /// As with [`send`](Self::send).
    pub fn begin(&mut self, head: &Head, length: u64) -> io::Result<()> {
        let bytes = self.head(head, length)?;
        self.left = Some(if self.head_only { 0 } else { length });
        self.write_all(&bytes)
    }

    /// Sends the next piece of the body. It is dropped where an answer has no body:
    /// in the answer to a HEAD request, and with the statuses 204 and 304.
    ///
    /// # Errors
    ///
    /// As with [`send`](Self::send), and if the body becomes longer than
    /// announced or was not begun.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.head_only {
            return Ok(());
        }
        let left = self.left.unwrap_or(0).checked_sub(piece.len() as u64);
        self.left =
            Some(left.ok_or_else(|| io::Error::other("the body is longer than announced"))?);
        self.write_all(piece)
    }

    /// Waits until `moment`. Like everything that a handler does, this does not
    /// count against the client's time for the exchange.
    ///
    /// # Errors
    ///
    /// If the server stops before that.
    pub fn pause_until(&mut self, moment: Instant) -> io::Result<()> {
        if self.slots.wait_until(moment, Phase::Stopped) {
            Ok(())
        } else {
            Err(io::Error::other("the server has stopped"))
        }
    }

    /// An answer with a sentence for a body.
    pub(crate) fn refuse(&mut self, refusal: &Refusal, headers: &[(&str, &str)]) -> io::Result<()> {
        let plain = Head::new(refusal.status, "text/plain; charset=utf-8");
        let head = (headers.iter()).fold(plain, |head, (name, value)| head.header(name, value));
        self.send(&head, format!("{}\n", refusal.sentence).as_bytes())
    }

    /// The answer to `OPTIONS`.
    pub(crate) fn allow(&mut self, methods: &str) -> io::Result<()> {
        let head = Head {
            status: 204,
            headers: String::new(),
        };
        self.send(&head.header("Allow", methods), b"")
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.left.is_some()
    }

    /// Whether the answer is whole and the client may send another request.
    pub(crate) fn keeps_the_connection(&self) -> bool {
        self.keep && self.left == Some(0)
    }

    fn head(&mut self, head: &Head, length: u64) -> io::Result<Vec<u8>> {
        if self.has_begun() {
            return Err(io::Error::other("a request has one answer"));
        }
        self.keep = self.keep && self.slots.is_running();
        let mut text = format!(
            "HTTP/1.1 {} {}\r\nDate: {}\r\n{}",
            head.status,
            reason(head.status),
            httpdate::fmt_http_date(SystemTime::now()),
            head.headers
        );
        if matches!(head.status, 204 | 304) {
            // RFC 9110: such an answer never has a body.
            self.head_only = true;
        } else {
            let _ = write!(text, "Content-Length: {length}\r\n");
        }
        if !self.keep {
            text.push_str("Connection: close\r\n");
        }
        text.push_str("\r\n");
        Ok(text.into_bytes())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let begun = Instant::now();
        write_all(self.stream, bytes, begun + self.patience)?;
        self.patience = self.patience.saturating_sub(begun.elapsed());
        Ok(())
    }
}

/// Writes all bytes before the deadline. With the standard library's `write_all`,
/// the time limit would start again with every byte that the client takes.
pub(crate) fn write_all(
    mut stream: &TcpStream,
    mut bytes: &[u8],
    deadline: Instant,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(left))?;
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
