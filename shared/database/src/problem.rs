//! Why a server is not ready.

use std::fmt;
use std::io;

/// Why a probe saw no greeting, with the address that was asked.
///
/// ```
/// use database::{Problem, probe};
/// use std::time::Duration;
///
/// // No server listens at port 1.
/// let error = probe("127.0.0.1:1", Duration::from_secs(5)).unwrap_err();
/// assert!(matches!(error.problem, Problem::Refused));
/// assert!(error.to_string().starts_with("127.0.0.1:1 refuses the connection"));
/// ```
#[derive(Debug)]
pub struct NotReady {
    /// The address that was asked.
    pub address: String,
    /// What was wrong.
    pub problem: Problem,
}

/// What can be wrong with a server that is not ready.
///
/// ```
/// use database::{Problem, probe};
/// use std::time::Duration;
///
/// # fn main() -> std::io::Result<()> {
/// // It accepts connections, in the system's backlog, and never sends anything.
/// let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let address = silent.local_addr()?.to_string();
/// let error = probe(&address, Duration::from_millis(50)).unwrap_err();
/// assert!(matches!(error.problem, Problem::Silent));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The name of the host is not known.
    UnknownHost(io::Error),
    /// The system cannot start a thread that looks up the name of the host.
    NoThread(io::Error),
    /// The connection is refused: the server is not started, or is starting.
    Refused,
    /// The system cannot connect, for another reason.
    Unreachable(io::Error),
    /// No connection within the time limit.
    NoAnswer,
    /// Connected, but no complete greeting within the time limit.
    Silent,
    /// It closed the connection before its greeting was complete.
    Closed,
    /// What it sent is not the greeting of a MySQL server.
    NotMySql(String),
    /// It is a MySQL server, and refuses clients with this error.
    RefusesClients {
        /// The number of the error, such as 1040.
        code: u16,
        /// Its own words.
        message: String,
    },
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match &self.problem {
            Problem::UnknownHost(error) => {
                write!(
                    f,
                    "the host of {address} cannot be found ({error}): check its name"
                )
            }
            Problem::NoThread(error) => write!(
                f,
                "the host of {address} cannot be looked up, because the system cannot start \
                 a thread ({error}): end other programs, or use its IP address"
            ),
            Problem::Refused => write!(
                f,
                "{address} refuses the connection: start the server, or wait until it has started"
            ),
            Problem::Unreachable(error) => {
                write!(
                    f,
                    "{address} cannot be reached ({error}): check the address"
                )
            }
            Problem::NoAnswer => write!(
                f,
                "{address} does not answer in time: check the address, and any firewall on the way"
            ),
            Problem::Silent => write!(
                f,
                "{address} accepts the connection, but sends no complete greeting in time: \
                 it is overloaded, or not a MySQL server"
            ),
            Problem::Closed => write!(
                f,
                "{address} closes the connection before its greeting is complete: look into its log"
            ),
            Problem::NotMySql(what) => write!(
                f,
                "{address} does not greet as a MySQL server does ({what}): check the port"
            ),
            Problem::RefusesClients { code, message } => {
                write!(
                    f,
                    "the server at {address} runs, but refuses clients: {message} (error {code})"
                )?;
                match code {
                    1040 => f.write_str("; wait, or raise its max_connections"),
                    1129 => f.write_str("; ask its administrator to run mysqladmin flush-hosts"),
                    1130 => f.write_str("; ask its administrator to allow this machine"),
                    _ => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for NotReady {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::UnknownHost(error)
            | Problem::NoThread(error)
            | Problem::Unreachable(error) => Some(error),
            _ => None,
        }
    }
}
