//! Requests: from bytes to what a handler sees. Nothing here touches a socket.

use crate::limits::Limits;
use crate::status::Refusal;

const MOST_HEADERS: usize = 64;

/// A GET or HEAD request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    target: String,
    host: Option<String>,
    head: bool,
}

impl Request {
    /// The path as the client sent it, beginning with `/`, not decoded, without
    /// the query.
    pub fn path(&self) -> &str {
        self.parts().0
    }

    /// What follows the first `?`, if there is one.
    pub fn query(&self) -> Option<&str> {
        self.parts().1
    }

    /// The path with its percent-encoded bytes decoded. None if an encoding is
    /// not complete or the bytes are not UTF-8.
    ///
    /// A decoded path is not safe to be joined to a folder: it may contain `..`.
    pub fn decoded_path(&self) -> Option<String> {
        decoded(self.path())
    }

    /// Host and port that the client asked for: from an address in absolute
    /// form, else from the header `Host`. Their form is checked; that they name
    /// this server is not.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Whether only the head of the answer will be sent. A handler may answer as
    /// if it were GET; it can save the work on the body.
    pub fn is_head(&self) -> bool {
        self.head
    }

    fn parts(&self) -> (&str, Option<&str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.target, None),
        }
    }
}

fn decoded(path: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => (digit(rest.next()?)? * 16 + digit(rest.next()?)?) as u8,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// What is to be done with a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// GET or HEAD.
    Read,
    Options,
    /// The client wants a tunnel, and may take the connection for one.
    Connect,
    /// Defined by HTTP, but not supported here.
    Other,
    Unknown,
}

/// How long the body of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked,
}

/// The head of a request, all of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) request: Request,
    pub(crate) method: Method,
    pub(crate) framing: Framing,
    /// Whether the client waits for "100 Continue" before it sends the body.
    pub(crate) expects: bool,
    /// Whether the connection may be used for another request.
    pub(crate) keep: bool,
    /// How many bytes the head has.
    pub(crate) length: usize,
}

/// Whether this is a HEAD request, valid or not: no answer to it has a body.
pub(crate) fn is_head(received: &[u8]) -> bool {
    without_empty_lines(received).starts_with(b"HEAD ")
}

/// RFC 9112: a server ignores empty lines before a request.
fn without_empty_lines(received: &[u8]) -> &[u8] {
    let begin = received.iter().position(|byte| !b"\r\n".contains(byte));
    &received[begin.unwrap_or(received.len())..]
}

/// The head of the next request. None if it is not complete yet.
pub(crate) fn parse(received: &[u8], limits: &Limits) -> Result<Option<Parsed>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(received) {
        Ok(httparse::Status::Complete(length)) if length <= limits.head => length,
        Ok(httparse::Status::Complete(_)) => return Err(TOO_LONG),
        Ok(httparse::Status::Partial) => return too_long(received, limits).map_or(Ok(None), Err),
        Err(error) => return Err(no_request(error, received)),
    };
    let name = parsed.method.unwrap_or_default();
    let address = parsed.path.unwrap_or_default();
    if address.len() > limits.target {
        return Err(ADDRESS_TOO_LONG);
    }
    let headers = Headers(parsed.headers);
    let minor = parsed.version.unwrap_or_default();
    let method = match name {
        "GET" | "HEAD" => Method::Read,
        "OPTIONS" => Method::Options,
        "CONNECT" => Method::Connect,
        "DELETE" | "PATCH" | "POST" | "PUT" | "TRACE" => Method::Other,
        _ => Method::Unknown,
    };
    let header_host = host(&headers, minor)?;
    let (target, target_host) = target(address, &method)?;
    let framing = framing(&headers, minor)?;
    let expects = expects(&headers, minor)? && framing != Framing::Length(0);
    let close = headers
        .values("Connection")
        .any(|value| words(value).any(|word| word.eq_ignore_ascii_case(b"close")));
    Ok(Some(Parsed {
        request: Request {
            target,
            // RFC 9112: the host in the address replaces the one in the header.
            host: target_host.or(header_host),
            head: name == "HEAD",
        },
        keep: minor >= 1 && !close && method != Method::Connect,
        method,
        framing,
        expects,
        length,
    }))
}

const TOO_LONG: Refusal = Refusal::new(431, "The headers are too long.");
const ADDRESS_TOO_LONG: Refusal = Refusal::new(414, "The address is too long.");

/// Why more bytes would not make this a request.
fn too_long(received: &[u8], limits: &Limits) -> Option<Refusal> {
    let rest = without_empty_lines(received);
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let (_, address) = (parts.next(), parts.next());
    if address.is_some_and(|address| address.len() > limits.target) {
        Some(ADDRESS_TOO_LONG)
    } else if received.len() < limits.head {
        None
    } else if address.is_none() && line.len() == rest.len() && !rest.is_empty() {
        Some(Refusal::new(501, "The method is too long."))
    } else {
        Some(TOO_LONG)
    }
}

fn no_request(error: httparse::Error, received: &[u8]) -> Refusal {
    match error {
        httparse::Error::TooManyHeaders => Refusal::new(431, "There are too many headers."),
        httparse::Error::Version if names_a_version(received) => {
            Refusal::new(505, "Only HTTP/1.0 and HTTP/1.1 are understood.")
        }
        httparse::Error::HeaderName => Refusal::bad("A header's name is not valid."),
        httparse::Error::HeaderValue => Refusal::bad("A header's value is not valid."),
        _ => Refusal::bad("This is not an HTTP request."),
    }
}

/// Whether the first line ends as `HTTP/2.0` does.
fn names_a_version(received: &[u8]) -> bool {
    let mut lines = without_empty_lines(received).split(|byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default().trim_ascii_end();
    let version = line.rsplit(|byte| *byte == b' ').next();
    matches!(version, Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

struct Headers<'a>(&'a [httparse::Header<'a>]);

impl<'a> Headers<'a> {
    /// The values of all headers of this name.
    fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.trim_ascii())
    }

    /// The value of the only header of this name.
    fn only(&self, name: &str, several: &'static str) -> Result<Option<&'a [u8]>, Refusal> {
        let mut values = self.values(name);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Refusal::bad(several)),
            None => Ok(first),
        }
    }
}

/// The members of a list: `a, b`.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

fn host(headers: &Headers<'_>, minor: u8) -> Result<Option<String>, Refusal> {
    let value = headers.only("Host", "There are several headers `Host`.")?;
    match value.map(std::str::from_utf8) {
        None if minor >= 1 => Err(Refusal::bad("The header `Host` is missing.")),
        None | Some(Ok("")) => Ok(None),
        Some(Ok(host)) if is_host(host) => Ok(Some(host.to_string())),
        Some(_) => Err(Refusal::bad("The header `Host` is not valid.")),
    }
}

/// Whether this is a host with an optional port, as in RFC 3986, but not empty.
fn is_host(text: &str) -> bool {
    let (host, rest, allowed) = match text.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((inside, rest)) => (inside, rest, ".:"),
            None => return false,
        },
        None => {
            let end = text.find(':').unwrap_or(text.len());
            (&text[..end], &text[end..], "-._~%!$&'()*+,;=")
        }
    };
    let port = match rest {
        "" => "",
        _ => match rest.strip_prefix(':') {
            Some(port) => port,
            None => return false,
        },
    };
    !host.is_empty()
        && (host.chars()).all(|c| c.is_ascii_alphanumeric() || allowed.contains(c))
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Path and query, and the host if the address has one: RFC 9112, section 3.2.
fn target(address: &str, method: &Method) -> Result<(String, Option<String>), Refusal> {
    if address.starts_with('/') || *method == Method::Connect {
        return Ok((address.to_string(), None));
    }
    if address == "*" && *method == Method::Options {
        return Ok((address.to_string(), None));
    }
    let Some((scheme, rest)) = address.split_once("://") else {
        return Err(Refusal::bad("The address does not begin with a slash."));
    };
    if !scheme.eq_ignore_ascii_case("http") {
        return Err(Refusal::new(421, "Only addresses with `http://` are here."));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    if !is_host(host) {
        return Err(Refusal::bad("The host in the address is not valid."));
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok((format!("{slash}{path}"), Some(host.to_string())))
}

/// RFC 9112, section 6.3. What could be read in two ways is refused, since a proxy in
/// between may have read it in the other way.
fn framing(headers: &Headers<'_>, minor: u8) -> Result<Framing, Refusal> {
    let length = headers.only("Content-Length", "There are several lengths.")?;
    let codings: Vec<&[u8]> = headers
        .values("Transfer-Encoding")
        .flat_map(words)
        .collect();
    let is_chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    match (length, codings.as_slice()) {
        (None, []) => Ok(Framing::Length(0)),
        (Some(length), []) => self::length(length),
        (Some(_), _) => Err(Refusal::bad(
            "There are both a length and a transfer coding.",
        )),
        (None, _) if minor == 0 => Err(Refusal::bad("HTTP/1.0 has no transfer codings.")),
        (None, [only]) if is_chunked(only) => Ok(Framing::Chunked),
        (None, [others @ .., last]) if is_chunked(last) && !others.iter().any(is_chunked) => Err(
            Refusal::new(501, "Of the transfer codings only `chunked` is understood."),
        ),
        _ => Err(Refusal::bad("The end of the body cannot be told.")),
    }
}

fn length(digits: &[u8]) -> Result<Framing, Refusal> {
    // `parse` would accept a sign.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Refusal::bad("The length is not a number."));
    }
    let length = str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse().ok());
    // A number that does not fit is longer than any limit.
    Ok(Framing::Length(length.unwrap_or(u64::MAX)))
}

fn expects(headers: &Headers<'_>, minor: u8) -> Result<bool, Refusal> {
    let mut expected = headers.values("Expect").flat_map(words).peekable();
    if minor == 0 || expected.peek().is_none() {
        return Ok(false);
    }
    if expected.all(|word| word.eq_ignore_ascii_case(b"100-continue")) {
        return Ok(true);
    }
    Err(Refusal::new(
        417,
        "Of the expectations only `100-continue` is understood.",
    ))
}
