//! Clients that linger, and more clients than there is room for.

mod client;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use client::{GET, LARGE, LIMIT, ask, connect, echo, large, listener, read_one, trickle};
use http_server::Limits;

const SHORT: Duration = Duration::from_millis(300);

/// The exchange is short, everything else is not.
fn short_exchange() -> Limits {
    Limits {
        exchange: SHORT,
        idle: LIMIT,
        linger: SHORT,
        ..Limits::default()
    }
}

/// All that is left to read.
fn rest(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = client.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A client that gives a byte now and then is dropped by one deadline for the
/// whole exchange, wherever in its request it is.
#[test]
fn slow_requests_are_dropped() {
    let server = listener(short_exchange()).start(echo).unwrap();
    let chunked = "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let cases = [
        ("GET / HTTP/1.1\r\nHost: a\r\nA: ", "a"),
        ("GET / HTTP/1.1\r\nHost: a\r\n", "A: b\r\n"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n",
            "a",
        ),
        (chunked, "1\r\na\r\n"),
        (&format!("{chunked}5;a="), "a"),
        (&format!("{chunked}0\r\n"), "A: b\r\n"),
        // In pipelining, each request has its own deadline.
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nA: ",
            "a",
        ),
    ];
    std::thread::scope(|scope| {
        for (begin, bytes) in cases {
            let server = &server;
            scope.spawn(move || {
                let mut client = connect(server);
                client.write_all(begin.as_bytes()).unwrap();
                trickle(&mut client, bytes.as_bytes());
            });
        }
    });
    // Empty lines are no request: there is nothing to be answered.
    let mut client = connect(&server);
    trickle(&mut client, b"\r\n");
    assert_eq!(rest(&mut client), "");
}

#[test]
fn a_request_that_is_too_slow_is_answered_408() {
    let server = listener(short_exchange()).start(echo).unwrap();
    for begin in [
        "GET",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n1",
    ] {
        let mut client = connect(&server);
        client.write_all(begin.as_bytes()).unwrap();
        let answer = read_one(&mut client);
        assert_eq!((answer.status, answer.closes()), (408, true), "{begin:?}");
    }
}

/// A byte per 0.6 s after a refused request kept the slot for hours: each byte
/// began a new time limit.
#[test]
fn a_refused_client_cannot_linger() {
    let limits = Limits {
        connections: 1,
        linger: SHORT,
        settled: LIMIT,
        ..Limits::default()
    };
    let server = listener(limits).start(echo).unwrap();
    for request in [
        "nonsense\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n",
    ] {
        let mut client = connect(&server);
        client.write_all(request.as_bytes()).unwrap();
        read_one(&mut client);
        trickle(&mut client, b"a");
        // The only slot is free again.
        assert_eq!(ask(&server, GET).status, 200);
    }
}

/// A socket that is closed with unread data takes the answer with it. So the server
/// reads on until the client has closed.
#[test]
fn a_refused_client_gets_its_answer() {
    let limits = Limits {
        linger: LIMIT,
        ..Limits::default()
    };
    let server = listener(limits).start(echo).unwrap();
    let mut client = connect(&server);
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n");
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&vec![b'a'; LARGE]).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

/// A client that reads a byte now and then is dropped by the same deadline.
#[test]
fn slow_readers_are_dropped() {
    let limits = Limits {
        connections: 1,
        settled: LIMIT,
        ..short_exchange()
    };
    let server = listener(limits).start(large).unwrap();
    let mut slow = connect(&server);
    slow.write_all(GET).unwrap();
    slow.read_exact(&mut [0; 100]).unwrap();
    // The next one gets the slot, although this one goes on reading.
    let (answered, other) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut next = connect(&server);
            next.write_all(GET).unwrap();
            let _ = next.read_exact(&mut [0; 100]);
            let _ = answered.send(());
        });
        let begun = Instant::now();
        while other.recv_timeout(Duration::from_millis(20)).is_err() {
            let _ = slow.read(&mut [0]);
            assert!(begun.elapsed() < LIMIT, "the slow client keeps its slot");
        }
    });
    let left = rest(&mut slow).len();
    assert!(left < LARGE, "the answer was cut");
}

#[test]
fn idle_connections_are_closed() {
    let limits = Limits {
        idle: SHORT,
        ..Limits::default()
    };
    let server = listener(limits).start(echo).unwrap();
    let mut fresh = connect(&server);
    let mut used = connect(&server);
    used.write_all(GET).unwrap();
    read_one(&mut used);
    // Without a word: nothing was asked.
    assert_eq!(fresh.read(&mut [0]).unwrap(), 0);
    assert_eq!(used.read(&mut [0]).unwrap(), 0);
}

/// A pause of the handler is not the client's.
#[test]
fn pauses_do_not_count() {
    let server = listener(short_exchange())
        .start(|request, reply| {
            reply.pause_until(Instant::now() + 2 * SHORT)?;
            echo(request, reply)
        })
        .unwrap();
    assert_eq!(ask(&server, GET).status, 200);
}

/// At 64 idle connections the book's server stopped answering.
#[test]
fn idle_connections_make_room() {
    let limits = Limits {
        connections: 64,
        idle: LIMIT * 10,
        settled: Duration::ZERO,
        ..Limits::default()
    };
    let server = listener(limits).start(echo).unwrap();
    let _idle: Vec<TcpStream> = (0..200).map(|_| connect(&server)).collect();
    assert_eq!(ask(&server, GET).status, 200);
}

/// A connection that waits for its answer is not closed to make room: the new
/// client waits.
#[test]
fn busy_connections_stay() {
    let limits = Limits {
        connections: 3,
        settled: Duration::ZERO,
        ..Limits::default()
    };
    let (begun, begins) = mpsc::channel();
    let gate = std::sync::Arc::new(std::sync::RwLock::new(()));
    let closed = gate.write().unwrap();
    let server = listener(limits)
        .start({
            let gate = std::sync::Arc::clone(&gate);
            move |request, reply| {
                let _ = begun.send(());
                let _open = gate.read();
                echo(request, reply)
            }
        })
        .unwrap();
    let mut clients = Vec::new();
    for number in 0..4 {
        let mut client = connect(&server);
        client.write_all(GET).unwrap();
        clients.push(client);
        if number < 3 {
            begins.recv_timeout(LIMIT).unwrap();
        }
    }
    assert!(begins.try_recv().is_err(), "only three are served at once");
    drop(closed);
    for client in &mut clients {
        assert_eq!(read_one(client).status, 200);
    }
}

/// Without a thread for a connection there is an answer nevertheless.
#[test]
fn without_a_thread_the_client_is_told() {
    let (warned, warnings) = mpsc::channel();
    let limits = Limits {
        // No system has room for this stack.
        stack: usize::MAX >> 8,
        ..Limits::default()
    };
    let server = listener(limits)
        .on_warning(move |warning| warned.send(warning.to_string()).unwrap())
        .start(echo)
        .unwrap();
    for _ in 0..3 {
        let mut client = connect(&server);
        let answer = read_one(&mut client);
        assert_eq!((answer.status, answer.closes()), (503, true));
    }
    let warning = warnings.recv_timeout(LIMIT).unwrap();
    assert!(
        warning.starts_with("no new connections for now: "),
        "{warning}"
    );
    assert!(warnings.try_recv().is_err(), "it is said once");
}

/// The servers warn when they listen on more than loopback.
#[test]
fn an_open_server_warns() {
    for (address, warns) in [
        ("127.0.0.1:0", false),
        ("127.0.0.2:0", false),
        ("0.0.0.0:0", true),
        ("[::1]:0", false),
        ("[::ffff:127.0.0.1]:0", false),
        ("[::]:0", true),
    ] {
        // A machine may be without IPv6, or with one loopback address only.
        let Ok(listener) = http_server::Listener::bind(address.parse().unwrap()) else {
            assert!(address != "127.0.0.1:0" && address != "0.0.0.0:0");
            continue;
        };
        let (warned, warnings) = mpsc::channel();
        let server = listener
            .on_warning(move |warning| warned.send(warning.to_string()).unwrap())
            .start(echo)
            .unwrap();
        let said: Vec<String> = warnings.try_iter().collect();
        let expected = format!("{} is open to other machines", server.address());
        assert_eq!(said.len(), usize::from(warns), "{address}: {said:?}");
        assert!(
            said.iter().all(|said| said.starts_with(&expected)),
            "{said:?}"
        );
    }
}
