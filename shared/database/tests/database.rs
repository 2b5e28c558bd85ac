//! The probe against servers that behave and servers that do not, all on
//! loopback; and the stand-in.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use database::{Greeting, NotReady, Problem, StandIn, probe};
use shared::prelude::*;
use testing::{LIMIT, within};

/// For servers that do answer.
const PATIENT: Duration = LIMIT;

/// For servers that do not: the test waits for it.
const SHORT: Duration = Duration::from_millis(100);

/// A server that does this to the one connection that it takes.
fn server(act: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || act(listener.accept().unwrap().0));
    address.to_string()
}

/// A server that sends this and then waits until the probe has gone.
fn sends(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    server(move |mut stream| {
        let _ = stream.write_all(&bytes);
        let _ = stream.read(&mut [0]);
    })
}

/// With length and number in front.
fn packet(content: &[u8]) -> Vec<u8> {
    let mut packet = (content.len() as u32).to_le_bytes().to_vec();
    packet[3] = 0;
    packet.extend(content);
    packet
}

/// What MariaDB 10.11 sends, up to the first half of what a password is mixed with.
fn greeting() -> Vec<u8> {
    let mut content = b"\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\0".to_vec();
    content.extend([0x2a, 1, 0, 0]);
    content.extend(b"abcdefgh\0\xfe\xf7");
    packet(&content)
}

fn problem(address: &str, limit: Duration) -> NotReady {
    probe(address, limit).expect_err("there is no greeting")
}

#[test]
fn a_greeting_is_read() {
    within(|| {
        let found = probe(&sends(greeting()), PATIENT).unwrap();
        let expected = Greeting {
            protocol: 10,
            version: "5.5.5-10.11.6-MariaDB-0+deb12u1".to_string(),
            connection: 298,
        };
        assert_eq!(found, expected);
        let shown = "server version 10.11.6-MariaDB-0+deb12u1, protocol 10";
        assert_eq!(found.to_string(), shown);
    });
}

#[test]
fn a_greeting_may_come_byte_by_byte() {
    within(|| {
        let address = server(|mut stream| {
            stream.set_nodelay(true).unwrap();
            for byte in greeting() {
                stream.write_all(&[byte]).unwrap();
            }
        });
        assert_eq!(probe(&address, PATIENT).unwrap().connection, 298);
    });
}

/// What a server says is printed as text: no control characters, no marks of direction.
#[test]
fn a_server_that_refuses_says_why_and_what_to_do() {
    within(|| {
        for (content, sentence) in [
            (
                &b"\xff\x10\x04Too many connections"[..],
                "runs, but refuses clients: Too many connections (error 1040); wait, or raise",
            ),
            (
                b"\xff\x69\x04Host '10.0.0.7' is blocked",
                "refuses clients: Host '10.0.0.7' is blocked (error 1129); \
                 ask its administrator to run mysqladmin flush-hosts",
            ),
            (
                b"\xff\x6a\x04#HY000Host 'h' is not allowed",
                "refuses clients: Host 'h' is not allowed (error 1130); ask its",
            ),
            (
                b"\xff\x15\x04\x1b[2Jx",
                "refuses clients: ?[2Jx (error 1045)",
            ),
            // A mark that turns the direction of the text round.
            (
                b"\xff\x15\x04\xe2\x80\xaex\xe2\x80\x8b",
                "refuses clients: ?x? (error 1045)",
            ),
        ] {
            let error = problem(&sends(packet(content)), PATIENT);
            assert!(
                matches!(error.problem, Problem::RefusesClients { .. }),
                "{error:?}"
            );
            assert!(error.to_string().contains(sentence), "{error}");
        }
    });
}

#[test]
fn what_is_no_mysql_server_is_told() {
    within(|| {
        let long = packet(&[&[10][..], &[b'8'; 900]].concat());
        for (bytes, what) in [
            (
                b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
                "its first bytes are \"SSH-\"",
            ),
            (
                b"\xff\xff\xff\x00".to_vec(),
                "its first bytes are \"\\xff\\xff\\xff\\x00\"",
            ),
            (b"\x00\x00\x00\x00".to_vec(), "its first bytes are"),
            (b"\x10\x00\x00\x07".to_vec(), "its first bytes are"),
            (packet(b"220 mail"), "it begins with 50, not with 10"),
            (long, "its version has no end"),
            (packet(b"\x0a\0aaaaaaaaaaaaaaaa"), "its version is not text"),
            (
                packet(b"\x0a\x1b[2J\0\x01\0\0\0abcdefgh\0"),
                "its version is not text",
            ),
            (
                packet(b"\x0a8.0.1\0\x01\0\0"),
                "its greeting ends too early",
            ),
        ] {
            let error = problem(&sends(bytes), PATIENT);
            assert!(matches!(error.problem, Problem::NotMySql(_)), "{error:?}");
            assert!(error.to_string().contains(what), "{error}");
        }
    });
}

/// What depends on the other side has a limit: of bytes, and of time for the whole
/// exchange.
#[test]
fn a_server_that_says_nothing_or_never_ends_is_left_after_the_limit() {
    within(|| {
        let endless = server(|mut stream| {
            // A greeting of the greatest length, too slow by far.
            let _ = stream.write_all(&[0x00, 0x04, 0, 0, 10]);
            while stream.write_all(b"8").is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        });
        for address in [sends(""), sends("\x1b"), sends(&greeting()[..20]), endless] {
            let begun = Instant::now();
            let error = problem(&address, SHORT);
            assert!(begun.elapsed() >= SHORT);
            assert!(matches!(error.problem, Problem::Silent), "{error:?}");
            assert!(
                error
                    .to_string()
                    .contains("sends no complete greeting in time")
            );
        }
    });
}

#[test]
fn a_server_that_closes_is_told() {
    within(|| {
        for bytes in [&b""[..], b"\x1b\x00", &greeting()[..30]] {
            let bytes = bytes.to_vec();
            let address = server(move |mut stream| stream.write_all(&bytes).unwrap());
            let error = problem(&address, PATIENT);
            assert!(matches!(error.problem, Problem::Closed), "{error:?}");
            assert!(
                error
                    .to_string()
                    .contains("before its greeting is complete")
            );
        }
    });
}

#[test]
fn an_address_without_a_server_is_told() {
    within(|| {
        let error = problem("127.0.0.1:1", PATIENT);
        assert!(matches!(error.problem, Problem::Refused), "{error:?}");
        // A name that cannot exist. Where no name server answers, a limit ends the
        // look-up.
        let error = problem("nobody.invalid:3306", Duration::from_secs(1));
        assert!(
            matches!(error.problem, Problem::UnknownHost(_)),
            "{error:?}"
        );
        assert!(error.to_string().contains("check its name"), "{error}");
        let error = problem("no address", PATIENT);
        assert!(
            matches!(error.problem, Problem::UnknownHost(_)),
            "{error:?}"
        );
        let error = problem("127.0.0.1:1", Duration::ZERO);
        assert!(matches!(error.problem, Problem::NoAnswer), "{error:?}");
    });
}

#[test]
fn a_limit_may_be_longer_than_the_clock_can_count() {
    within(|| {
        assert_eq!(
            probe(&sends(greeting()), Duration::MAX).unwrap().protocol,
            10
        );
        stage::waits::outside(|| "an answer".to_string(), Some(Duration::MAX)).ended();
    });
}

#[test]
fn a_missing_thread_is_not_an_unknown_host() {
    let error = NotReady {
        address: "db:3306".to_string(),
        problem: Problem::NoThread(std::io::Error::other("no memory")),
    };
    assert!(
        error
            .to_string()
            .contains("cannot start a thread (no memory)")
    );
    assert!(!error.to_string().contains("cannot be found"));
}

#[test]
fn the_stand_in_refuses_until_it_is_ready_and_then_greets_everybody() {
    within(|| {
        let slow = StandIn::start(1e6).unwrap();
        let error = problem(&slow.address().to_string(), PATIENT);
        assert!(matches!(error.problem, Problem::Refused), "{error:?}");
        // Its end does not wait for its start.
        drop(slow);

        let fast = StandIn::start(0.01).unwrap();
        fast.wait_until_ready().unwrap();
        let address = fast.address().to_string();
        for number in 1..=3 {
            assert_eq!(probe(&address, PATIENT).unwrap().connection, number);
        }
        drop(fast);
        let error = problem(&address, PATIENT);
        assert!(matches!(error.problem, Problem::Refused), "{error:?}");
    });
}

#[test]
fn the_stand_in_ends_whenever_it_is_dropped() {
    within(|| {
        for round in 0..300 {
            let database = StandIn::start(0.0).unwrap();
            match round % 3 {
                0 => {}
                1 => thread::yield_now(),
                _ => database.wait_until_ready().unwrap(),
            }
        }
    });
}
