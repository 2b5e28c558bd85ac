//! What the person who runs a server should know.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Not an error, but something that the person who runs the server should know. It
/// is printed to standard error unless [`Listener::on_warning`] says otherwise.
///
/// [`Listener::on_warning`]: crate::Listener::on_warning
///
/// ```
/// use http_server::Warning;
///
/// let warning = Warning::Exposed(([0, 0, 0, 0], 3000).into());
/// assert!(warning.to_string().starts_with("0.0.0.0:3000 is open to other machines"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Warning {
    /// The server listens at an address that other machines can reach.
    Exposed(SocketAddr),
    /// No connection can be accepted, or none can be served, for instance
    /// because the process has no descriptors left. The server tries again.
    CannotAccept(io::Error),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Exposed(address) => write!(
                f,
                "{address} is open to other machines: anyone on the network can read what is \
                 served there"
            ),
            Warning::CannotAccept(error) => write!(
                f,
                "no new connections for now: {error}. The server goes on as soon as it can"
            ),
        }
    }
}
