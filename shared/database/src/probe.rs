//! The probe.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use stage::waits;

use crate::greeting::{Greeting, understand};
use crate::problem::{NotReady, Problem};

/// The longest first packet that is read. Greetings have about 100 bytes, errors
/// have 512 at most.
const LONGEST_PACKET: usize = 1024;

/// The clock cannot count to every limit. A year is as good as no limit.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Connects to `address`, such as `127.0.0.1:3306`, and reads the server's
/// greeting. Takes `limit` of real time at most, whatever `--speed` is.
///
/// A host may have several addresses. They are tried one after the other and share
/// the time that is left, so an address that never answers does not use it up.
///
/// A lookup of a host name cannot be interrupted. If it takes longer than `limit`, its
/// thread stays behind until the system answers.
///
/// The probe does not log in, so it needs no user and leaves nothing behind. The
/// server counts it as an aborted connection.
///
/// # Errors
///
/// If there is no greeting: [`NotReady`] says why in a sentence.
///
/// ```
/// use database::{StandIn, probe};
/// use std::time::Duration;
///
/// # fn main() -> shared::prelude::Result {
/// let database = StandIn::start(0.0)?;
/// database.wait_until_ready()?;
/// let greeting = probe(&database.address().to_string(), Duration::from_secs(5))?;
/// assert!(greeting.to_string().ends_with("protocol 10"));
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn probe(address: &str, limit: Duration) -> Result<Greeting, NotReady> {
    let waiting = waits::outside(|| "the greeting of the database", Some(limit));
    let greeting = greeting(address, Instant::now() + limit.min(A_YEAR));
    match greeting {
        Err(Problem::NoAnswer | Problem::Silent) => waiting.gave_up(),
        _ => waiting.ended(),
    }
    greeting.map_err(|problem| NotReady {
        address: address.to_string(),
        problem,
    })
}

fn greeting(address: &str, deadline: Instant) -> Result<Greeting, Problem> {
    let mut stream = connect(address, deadline)?;
    let mut header = [0; 4];
    read_whole(&mut stream, &mut header, deadline)?;
    let [low, middle, high, number] = header;
    let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
    if number != 0 || !(1..=LONGEST_PACKET).contains(&length) {
        let bytes = header.escape_ascii();
        return Err(Problem::NotMySql(format!(
            "its first bytes are \"{bytes}\""
        )));
    }
    let mut packet = vec![0; length];
    read_whole(&mut stream, &mut packet, deadline)?;
    understand(&packet)
}

fn connect(address: &str, deadline: Instant) -> Result<TcpStream, Problem> {
    let addresses = resolve(address, deadline)?;
    connect_to_one_of(&addresses, deadline, TcpStream::connect_timeout)
}

/// Tries one address after the other. Each gets its share of the time that is left,
/// since the first may never answer.
fn connect_to_one_of<S>(
    addresses: &[SocketAddr],
    deadline: Instant,
    connect: impl Fn(&SocketAddr, Duration) -> io::Result<S>,
) -> Result<S, Problem> {
    let mut problem = Problem::UnknownHost(io::Error::other("it has no address"));
    for (untried, address) in (1..=addresses.len() as u32).rev().zip(addresses) {
        let left = left_until(deadline).ok_or(Problem::NoAnswer)?;
        let share = (left / untried).max(Duration::from_millis(1));
        problem = match connect(address, share) {
            Ok(connected) => return Ok(connected),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Problem::Refused,
            Err(error) if is_timeout(&error) => Problem::NoAnswer,
            Err(error) => Problem::Unreachable(error),
        };
    }
    Err(problem)
}

/// The addresses of a host. The system may take long to find out that a name is
/// unknown, and has no time limit for it. So another thread asks, and is left behind
/// if it takes too long.
fn resolve(address: &str, deadline: Instant) -> Result<Vec<SocketAddr>, Problem> {
    if let Ok(address) = address.parse() {
        return Ok(vec![address]);
    }
    let (send, found) = mpsc::channel();
    let address = address.to_string();
    let asking = std::thread::Builder::new().spawn(move || {
        // If it took too long, there is no receiver any more.
        let _ = send.send(address.to_socket_addrs().map(Iterator::collect));
    });
    asking.map_err(Problem::NoThread)?;
    let left = left_until(deadline).ok_or(Problem::NoAnswer)?;
    match found.recv_timeout(left) {
        Ok(found) => found.map_err(Problem::UnknownHost),
        Err(_) => Err(Problem::UnknownHost(ErrorKind::TimedOut.into())),
    }
}

/// Fills `buffer`. However slowly the bytes come, the deadline holds.
fn read_whole(
    stream: &mut TcpStream,
    mut buffer: &mut [u8],
    deadline: Instant,
) -> Result<(), Problem> {
    while !buffer.is_empty() {
        let left = left_until(deadline).ok_or(Problem::Silent)?;
        let limited = stream.set_read_timeout(Some(left));
        match limited.and_then(|()| stream.read(buffer)) {
            Ok(0) => return Err(Problem::Closed),
            Ok(count) => buffer = &mut buffer[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(Problem::Silent),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                return Err(Problem::Closed);
            }
            Err(error) => return Err(Problem::Unreachable(error)),
        }
    }
    Ok(())
}

fn left_until(deadline: Instant) -> Option<Duration> {
    let left = deadline.checked_duration_since(Instant::now());
    left.filter(|left| !left.is_zero())
}

/// Systems differ in how they call a time limit that has passed.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::net::Ipv4Addr;

    use super::*;

    fn addresses(count: u16) -> Vec<SocketAddr> {
        let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        (1..=count).map(address).collect()
    }

    #[test]
    fn an_address_that_never_answers_leaves_time_for_the_others() {
        let limit = Duration::from_secs(60);
        let shares = RefCell::new(Vec::new());
        let connected = connect_to_one_of(&addresses(3), Instant::now() + limit, |at, share| {
            shares.borrow_mut().push(share);
            match at.port() {
                3 => Ok(at.port()),
                _ => Err(ErrorKind::TimedOut.into()),
            }
        });
        assert_eq!(connected.unwrap(), 3);
        let shares = shares.into_inner();
        assert_eq!(shares.len(), 3);
        // The first two used almost nothing of theirs.
        for (share, most) in shares.iter().zip([limit / 3, limit / 2, limit]) {
            assert!((most / 2..=most).contains(share), "{share:?} of {most:?}");
        }
    }

    #[test]
    fn the_last_address_says_what_is_wrong_and_so_does_a_limit_that_has_passed() {
        let deadline = Instant::now() + A_YEAR;
        let problem = connect_to_one_of(&addresses(2), deadline, |at, _| match at.port() {
            1 => Err::<(), _>(ErrorKind::TimedOut.into()),
            _ => Err(ErrorKind::ConnectionRefused.into()),
        });
        assert!(matches!(problem, Err(Problem::Refused)));
        let problem = connect_to_one_of(&addresses(2), Instant::now(), |_, _| Ok(()));
        assert!(matches!(problem, Err(Problem::NoAnswer)));
        let problem = connect_to_one_of(&[], deadline, |_, _| Ok(()));
        assert!(matches!(problem, Err(Problem::UnknownHost(_))));
    }
}
