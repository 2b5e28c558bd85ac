//! Why a site cannot be started.

use std::fmt;
use std::io;
use std::net::SocketAddr;

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
#[derive(Debug)]
#[non_exhaustive]
pub enum SiteError {
    /// Another program listens at this address.
    InUse(SocketAddr),
    /// The system refused.
    CannotStart {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
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

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SiteError::InUse(address) => write!(
                f,
                "{address} is in use: end the program that uses it, or choose another port"
            ),
            SiteError::CannotStart { address, error } => {
                write!(f, "the site cannot be served at {address}: {error}")
            }
        }
    }
}

impl std::error::Error for SiteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SiteError::InUse(_) => None,
            SiteError::CannotStart { error, .. } => Some(error),
        }
    }
}
