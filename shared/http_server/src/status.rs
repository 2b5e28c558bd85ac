//! Status codes, and the refusals that the server itself makes.

/// The words behind a status code.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        // RFC 9112 allows the words to be left out.
        _ => "",
    }
}

/// A request that is not answered as asked. The connection is closed after it,
/// since nobody knows where the next request would begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) sentence: &'static str,
}

impl Refusal {
    pub(crate) const fn new(status: u16, sentence: &'static str) -> Self {
        Refusal { status, sentence }
    }

    pub(crate) const fn bad(sentence: &'static str) -> Self {
        Refusal::new(400, sentence)
    }
}
