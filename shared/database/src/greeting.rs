//! The first packet of a server.

use std::fmt;

use crate::problem::Problem;

/// What a server that is ready says of itself.
///
/// ```
/// use database::{Greeting, StandIn, probe};
/// use std::time::Duration;
///
/// # fn main() -> shared::prelude::Result {
/// let database = StandIn::start(0.0)?;
/// database.wait_until_ready()?;
/// let greeting: Greeting = probe(&database.address().to_string(), Duration::from_secs(5))?;
/// assert_eq!(greeting.protocol, 10);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The version of its protocol: 10 since MySQL 3.21.
    pub protocol: u8,
    /// Its own version, as it sends it.
    pub version: String,
    /// Its number of this connection.
    pub connection: u32,
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // MariaDB 10 puts 5.5.5 first, so that old replicas accept it.
        let version = match self.version.strip_prefix("5.5.5-") {
            Some(version) if version.contains("MariaDB") => version,
            _ => &self.version,
        };
        write!(f, "server version {version}, protocol {}", self.protocol)
    }
}

/// Reads the server's first packet.
pub(crate) fn understand(packet: &[u8]) -> Result<Greeting, Problem> {
    let not_mysql = |what: &str| Err(Problem::NotMySql(what.to_string()));
    match packet {
        [0xff, low, high, message @ ..] => {
            // Some servers put `#` and a state of five letters in front of the text.
            let message = match message {
                [b'#', _, _, _, _, _, message @ ..] => message,
                message => message,
            };
            Err(Problem::RefusesClients {
                code: u16::from_le_bytes([*low, *high]),
                message: printable(message),
            })
        }
        [protocol @ (9 | 10), rest @ ..] => {
            let Some(end) = rest.iter().position(|byte| *byte == 0) else {
                return not_mysql("its version has no end");
            };
            let (version, rest) = (&rest[..end], &rest[end + 1..]);
            if version.is_empty() || !version.iter().all(|byte| (b' '..=b'~').contains(byte)) {
                return not_mysql("its version is not text");
            }
            // What follows is for logging in. At least the number of the connection,
            // eight bytes and a zero have to be there.
            match rest {
                [a, b, c, d, _, _, _, _, _, _, _, _, 0, ..] => Ok(Greeting {
                    protocol: *protocol,
                    version: printable(version),
                    connection: u32::from_le_bytes([*a, *b, *c, *d]),
                }),
                _ => not_mysql("its greeting ends too early"),
            }
        }
        [protocol, ..] => not_mysql(&format!("it begins with {protocol}, not with 10")),
        [] => not_mysql("it begins with nothing"),
    }
}

/// A server's text, without what could change the terminal or the order of the letters
/// on it.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.replace(
        |letter: char| letter.is_control() || is_invisible(letter),
        "?",
    )
}

/// Marks of direction, joiners, and other letters without a shape.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
