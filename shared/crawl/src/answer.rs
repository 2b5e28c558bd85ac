//! The answer to a request, as it comes in, and what can be wrong with it.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use ureq::http::{HeaderMap, Response, StatusCode};

use crate::trouble::Trouble;

/// The body of an answer, as it comes in.
pub(crate) struct Body<'a> {
    reader: ureq::BodyReader<'a>,
    /// As the server announced it.
    pub(crate) length: Option<u64>,
    arrived: u64,
    /// More bytes are an error.
    most: u64,
    limit: Duration,
}

impl<'a> Body<'a> {
    pub(crate) fn of(response: &'a mut Response<ureq::Body>, most: u64, limit: Duration) -> Self {
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
        // If the server announces too much, there is no need to read it.
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

    pub(crate) fn read_all(mut self) -> Result<Vec<u8>, Trouble> {
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

/// Why there is no answer at all.
pub(crate) fn before_the_answer(error: ureq::Error, path: &str, limit: Duration) -> Trouble {
    match error {
        ureq::Error::Timeout(_) => too_slow(limit),
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => Trouble::NotHttp,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Trouble::BadAddress(path.to_string()),
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => Trouble::Refused,
            _ if is_hang_up(&error) => Trouble::HungUp,
            _ => Trouble::Network(error.to_string()),
        },
        error => Trouble::Network(error.to_string()),
    }
}

fn is_hang_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

pub(crate) fn too_slow(limit: Duration) -> Trouble {
    Trouble::TooSlow(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
}

/// Where a redirect leads.
pub(crate) fn redirect(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    let is_one = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = headers.get("location").filter(|_| is_one)?;
    Some(location.to_str().ok()?.to_string())
}

/// The simulated seconds that an answer was made to take:
/// `Server-Timing: wait;dur=750`, in milliseconds.
pub(crate) fn made_to_take(headers: &HeaderMap) -> Option<f64> {
    let timing = headers.get("server-timing")?.to_str().ok()?;
    let of_wait = timing.split(',').find_map(|entry| {
        let (name, duration) = entry.trim().split_once(";dur=")?;
        (name == "wait").then_some(duration)
    })?;
    let seconds = of_wait.parse::<f64>().ok()? / 1e3;
    (0.0..=1e6).contains(&seconds).then_some(seconds)
}
