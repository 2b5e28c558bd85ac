//! A connection: requests in, answers out, one after the other.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::body;
use crate::incoming::{Arrived, Incoming};
use crate::reply::{self, Reply};
use crate::request::{self, Method, Parsed, Request};
use crate::slots::Slots;
use crate::status::Refusal;

/// Answers the requests.
pub(crate) type Handler = dyn Fn(&Request, &mut Reply<'_>) -> io::Result<()> + Send + Sync;

const ALLOWED: &str = "GET, HEAD, OPTIONS";

const NOT_WHOLE: Refusal = Refusal::bad("The request ends early.");
const TOO_LATE: Refusal = Refusal::new(408, "The request did not come in time.");
const NOT_ALLOWED: Refusal = Refusal::new(405, "Only GET and HEAD are allowed here.");
const UNKNOWN: Refusal = Refusal::new(501, "This method is unknown.");
const FAILED: Refusal = Refusal::new(500, "Something went wrong in the server.");

#[derive(Debug)]
pub(crate) struct Connection<'a> {
    pub(crate) stream: &'a TcpStream,
    pub(crate) slots: &'a Slots,
    pub(crate) number: u64,
}

/// How a connection goes on after an exchange.
enum Next {
    Request,
    /// None: the client should read what was sent, and close.
    Linger,
}

impl Connection<'_> {
    /// Serves the client until one side ends the connection. An error means that
    /// the client has gone or does not read.
    pub(crate) fn serve(&self, handler: &Handler) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        let mut incoming = Incoming::new(self.stream);
        loop {
            // A client that pipelines may have sent its next request already.
            if incoming.buffer.is_empty() && !self.wait_for_a_request(&mut incoming)? {
                return Ok(());
            }
            let deadline = Instant::now() + self.slots.limits.exchange;
            let next = match self.read(&mut incoming, deadline)? {
                Some(Ok(parsed)) => self.answer(&parsed, handler, deadline)?,
                Some(Err(refusal)) => self.refuse(&incoming, &refusal)?,
                None => return Ok(()),
            };
            if let Next::Linger = next {
                return self.linger(&mut incoming);
            }
        }
    }

    fn wait_for_a_request(&self, incoming: &mut Incoming<'_>) -> io::Result<bool> {
        if !self.slots.idle(self.number) {
            return Ok(false);
        }
        let arrived = incoming.more(Instant::now() + self.slots.limits.idle)?;
        self.slots.busy(self.number);
        Ok(arrived == Arrived::Bytes)
    }

    /// Reads a request, with its body. None if the client sent nothing but empty
    /// lines.
    fn read(
        &self,
        incoming: &mut Incoming<'_>,
        deadline: Instant,
    ) -> io::Result<Option<Result<Parsed, Refusal>>> {
        let limits = &self.slots.limits;
        let parsed = loop {
            let why = match request::parse(&incoming.buffer, limits) {
                Ok(Some(parsed)) => break parsed,
                Err(refusal) => return Ok(Some(Err(refusal))),
                Ok(None) => match incoming.more(deadline)? {
                    Arrived::Bytes => continue,
                    Arrived::End => NOT_WHOLE,
                    Arrived::Late => TOO_LATE,
                },
            };
            let empty = incoming.buffer.iter().all(u8::is_ascii_whitespace);
            return Ok((!empty).then_some(Err(why)));
        };
        // Kept in the buffer if it is refused: the answer to HEAD has no body.
        if let Err(refusal) = body::check(parsed.framing, limits) {
            return Ok(Some(Err(refusal)));
        }
        let head = incoming.buffer.drain(..parsed.length).as_slice().to_vec();
        if parsed.expects && incoming.buffer.is_empty() {
            reply::write_all(self.stream, b"HTTP/1.1 100 Continue\r\n\r\n", deadline)?;
        }
        if let Err(refusal) = body::skip(incoming, parsed.framing, limits, deadline)? {
            incoming.buffer = head;
            return Ok(Some(Err(refusal)));
        }
        Ok(Some(Ok(parsed)))
    }

    fn answer(&self, parsed: &Parsed, handler: &Handler, deadline: Instant) -> io::Result<Next> {
        let Parsed { request, keep, .. } = parsed;
        let left = deadline.saturating_duration_since(Instant::now());
        let mut reply = Reply::new(self.stream, self.slots, request.is_head(), *keep, left);
        match parsed.method {
            Method::Read => {
                let handled = catch_unwind(AssertUnwindSafe(|| handler(request, &mut reply)));
                match handled {
                    Ok(result) => result?,
                    // The panic hook has reported it.
                    Err(_) if !reply.has_begun() => reply.refuse(&FAILED, &[])?,
                    Err(_) => {}
                }
            }
            Method::Options => reply.allow(ALLOWED)?,
            Method::Connect | Method::Other => {
                reply.refuse(&NOT_ALLOWED, &[("Allow", ALLOWED)])?;
            }
            Method::Unknown => reply.refuse(&UNKNOWN, &[])?,
        }
        Ok(if reply.keeps_the_connection() {
            Next::Request
        } else {
            Next::Linger
        })
    }

    /// The deadline of the exchange may have passed, so the refusal has its own.
    fn refuse(&self, incoming: &Incoming<'_>, refusal: &Refusal) -> io::Result<Next> {
        let head_only = request::is_head(&incoming.buffer);
        let patience = self.slots.limits.linger;
        let mut reply = Reply::new(self.stream, self.slots, head_only, false, patience);
        reply.refuse(refusal, &[])?;
        Ok(Next::Linger)
    }

    /// Waits until the client closes. If a socket is closed with unread data, the
    /// system drops what was sent on it. The deadline is the same however often the
    /// client sends something.
    fn linger(&self, incoming: &mut Incoming<'_>) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        let deadline = Instant::now() + self.slots.limits.linger;
        while incoming.more(deadline)? == Arrived::Bytes {
            incoming.buffer.clear();
        }
        Ok(())
    }
}
