//! A small HTTP/1.1 server for GET and HEAD. It serves the workbook's site and its
//! book.
//!
//! A handler gets each request and writes the answer; the server does the rest, as
//! RFC 9110 and RFC 9112 require. One thread accepts connections, and each
//! connection has its own thread.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use http_server::{Head, Listener};
//!
//! let server = Listener::bind(([127, 0, 0, 1], 0).into())?.start(|request, reply| {
//!     let text = format!("this is {}\n", request.path());
//!     reply.send(&Head::new(200, "text/plain; charset=utf-8"), text.as_bytes())
//! })?;
//!
//! let mut client = TcpStream::connect(server.address())?;
//! client.write_all(b"GET /a/page HTTP/1.0\r\n\r\n")?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
//! assert!(answer.ends_with("\r\n\r\nthis is /a/page\n"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What it answers by itself
//!
//! | status | when |
//! |---|---|
//! | 204 | `OPTIONS`, with the header `Allow` |
//! | 400 | a request that cannot be parsed or is ambiguous: no `Host` or several, a length that is not one number, two lengths, a folded header line |
//! | 405, 501 | another method: one that HTTP defines, one that it does not |
//! | 408 | a request that is not complete in time |
//! | 413, 414, 431 | a body, an address, or headers that are too long |
//! | 417, 501 | an expectation or a transfer coding that is not understood |
//! | 421 | an address with a scheme other than `http` |
//! | 500 | the handler panicked before it answered |
//! | 503 | the system has no thread for the connection |
//! | 505 | another version of HTTP |
//!
//! The body of a request is read and dropped, so that the next request on the
//! connection starts where it should.
//!
//! # Time and room
//!
//! Everything has a limit, see [`Limits`]. An exchange, from the first byte of a
//! request to the last byte of its answer, has one deadline. A client that sends or
//! reads a byte now and then does not extend it. When all connections are taken, the
//! one that has been idle longest is closed to make room for the new one. When the
//! system has no descriptors left, the server waits before it tries again: 10 ms at
//! first, and twice as long each time, up to a second.

mod address;
mod backoff;
mod body;
mod connection;
mod incoming;
mod limits;
mod listener;
mod reply;
mod request;
mod server;
mod slots;
mod status;
mod warning;

pub use limits::Limits;
pub use listener::Listener;
pub use reply::{Head, Reply};
pub use request::Request;
pub use server::Server;
pub use warning::Warning;
