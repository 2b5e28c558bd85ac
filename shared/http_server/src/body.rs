//! Reads the body of a request, and drops it.

use std::io;
use std::time::Instant;

use crate::incoming::{Arrived, Incoming};
use crate::limits::Limits;
use crate::request::Framing;
use crate::status::Refusal;

const TOO_LONG: Refusal = Refusal::new(413, "The body is too long.");
const TOO_LATE: Refusal = Refusal::new(408, "The body did not come in time.");
const NOT_WHOLE: Refusal = Refusal::bad("The body ends early.");
const NO_CHUNK: Refusal = Refusal::bad("The body's chunks are not valid.");

/// The longest line in front of a chunk, with its extensions.
const LONGEST_LINE: usize = 1024;
const MOST_TRAILERS: usize = 16;

/// Refuses a body that is known to be too long before any of it is read.
pub(crate) fn check(framing: Framing, limits: &Limits) -> Result<(), Refusal> {
    match framing {
        Framing::Length(length) if length > limits.body => Err(TOO_LONG),
        _ => Ok(()),
    }
}

/// Takes the body off `incoming`. The outer error is one of the connection, the
/// inner one is the client's mistake.
pub(crate) fn skip(
    incoming: &mut Incoming<'_>,
    framing: Framing,
    limits: &Limits,
    deadline: Instant,
) -> io::Result<Result<(), Refusal>> {
    let mut body = Body {
        incoming,
        left: limits.body,
        deadline,
    };
    let skipped = match framing {
        Framing::Length(length) => body.skip(length),
        Framing::Chunked => body.skip_chunks(),
    };
    match skipped {
        Ok(()) => Ok(Ok(())),
        Err(Failed::Refused(refusal)) => Ok(Err(refusal)),
        Err(Failed::Broken(error)) => Err(error),
    }
}

struct Body<'a, 'b> {
    incoming: &'a mut Incoming<'b>,
    /// How many bytes may still come.
    left: u64,
    deadline: Instant,
}

enum Failed {
    Refused(Refusal),
    Broken(io::Error),
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Failed::Refused(refusal)
    }
}

impl Body<'_, '_> {
    fn skip(&mut self, mut length: u64) -> Result<(), Failed> {
        if length > self.left {
            return Err(TOO_LONG.into());
        }
        while length > 0 {
            if self.incoming.buffer.is_empty() {
                self.more()?;
            }
            let here = self.incoming.buffer.len();
            let used = usize::try_from(length).map_or(here, |length| length.min(here));
            self.take(used)?;
            length -= used as u64;
        }
        Ok(())
    }

    fn skip_chunks(&mut self) -> Result<(), Failed> {
        loop {
            match self.size()? {
                0 => return self.skip_trailers(),
                size => self.skip(size)?,
            }
            self.line_end()?;
        }
    }

    /// The size of the next chunk.
    fn size(&mut self) -> Result<u64, Failed> {
        loop {
            let buffer = &self.incoming.buffer;
            match httparse::parse_chunk_size(buffer) {
                Ok(httparse::Status::Complete((used, size))) => {
                    let line = &buffer[..used - 2];
                    // The parser accepts a line without digits as a zero, and
                    // line breaks inside an extension.
                    if !line.first().is_some_and(u8::is_ascii_hexdigit) || line.contains(&b'\n') {
                        return Err(NO_CHUNK.into());
                    }
                    self.take(used)?;
                    return Ok(size);
                }
                Ok(httparse::Status::Partial) if buffer.len() < LONGEST_LINE => self.more()?,
                _ => return Err(NO_CHUNK.into()),
            }
        }
    }

    /// The line break behind a chunk.
    fn line_end(&mut self) -> Result<(), Failed> {
        while self.incoming.buffer.len() < 2 {
            self.more()?;
        }
        if !self.incoming.buffer.starts_with(b"\r\n") {
            return Err(NO_CHUNK.into());
        }
        self.take(2)
    }

    /// The headers behind the last chunk, up to the empty line.
    fn skip_trailers(&mut self) -> Result<(), Failed> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; MOST_TRAILERS];
            let buffer = &self.incoming.buffer;
            match httparse::parse_headers(buffer, &mut headers) {
                Ok(httparse::Status::Complete((used, _))) => return self.take(used),
                Ok(httparse::Status::Partial) if (buffer.len() as u64) < self.left => {
                    self.more()?
                }
                Ok(httparse::Status::Partial) => return Err(TOO_LONG.into()),
                Err(_) => return Err(NO_CHUNK.into()),
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<(), Failed> {
        self.left = self.left.checked_sub(length as u64).ok_or(TOO_LONG)?;
        self.incoming.buffer.drain(..length);
        Ok(())
    }

    fn more(&mut self) -> Result<(), Failed> {
        match self.incoming.more(self.deadline) {
            Ok(Arrived::Bytes) => Ok(()),
            Ok(Arrived::End) => Err(NOT_WHOLE.into()),
            Ok(Arrived::Late) => Err(TOO_LATE.into()),
            Err(error) => Err(Failed::Broken(error)),
        }
    }
}
