//! Why a site cannot be started.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// Why the site could not be started.
///
/// ```
/// use site::Site;
///
/// let first = Site::start()?;
/// let error = Site::builder().address(first.address()).start().unwrap_err();
/// assert!(error.to_string().ends_with("or choose another port"));
/// # Ok::<(), site::SiteError>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SiteError {
    /// Another program listens at this address.
    #[error("{0} is in use: end the program that uses it, or choose another port")]
    InUse(SocketAddr),
    /// The system refused.
    #[error("the site cannot be served at {address}: {error}")]
    CannotStart {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

impl SiteError {
    pub(crate) fn new(address: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => SiteError::InUse(address),
            _ => SiteError::CannotStart { address, error },
        }
    }
}
