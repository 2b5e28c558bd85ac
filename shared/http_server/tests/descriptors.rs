//! The end of the descriptors. Alone in its process, since the limit is the
//! process's.
#![cfg(unix)]

mod client;

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use client::{GET, LIMIT, echo, listener, read_one};
use http_server::{Limits, Server};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

fn limit_descriptors(to: u64) {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, to, hard).unwrap();
}

/// Takes all descriptors that there are.
fn take_all() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

/// A client's descriptor, taken before there are none.
fn socket() -> Socket {
    Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()
}

fn connect(socket: Socket, server: &Server) -> TcpStream {
    socket.connect(&server.address().into()).unwrap();
    let client = TcpStream::from(socket);
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client
}

/// The servers wait at the descriptor limit, say so once, and go on when there is
/// room. An idle connection makes room.
#[test]
fn at_the_limit_it_waits_and_goes_on() {
    limit_descriptors(64);
    let (warned, warnings) = mpsc::channel();
    let limits = Limits {
        idle: 10 * LIMIT,
        settled: Duration::from_millis(250),
        ..Limits::default()
    };
    let server = listener(limits)
        .on_warning(move |warning| warned.send(warning.to_string()).unwrap())
        .start(echo)
        .unwrap();

    // Clients whose connections cannot all be accepted for want of descriptors.
    // Linux reserves one for the next connection.
    let sockets = [socket(), socket(), socket()];
    let taken = take_all();
    let mut clients = sockets.map(|socket| connect(socket, &server));
    for client in &mut clients {
        client.write_all(GET).unwrap();
    }
    let warning = warnings.recv_timeout(LIMIT).unwrap();
    assert!(
        warning.starts_with("no new connections for now: Too many open files"),
        "{warning}"
    );
    drop(taken);
    for client in &mut clients {
        assert_eq!(read_one(client).status, 200);
    }

    // Where nothing else gives way, the idle connections of these clients have to.
    let sockets = [socket(), socket(), socket()];
    let _taken = take_all();
    let [one, two, last] = sockets;
    let mut late = [connect(one, &server), connect(two, &server)];
    for client in &mut late {
        client.write_all(GET).unwrap();
        assert_eq!(read_one(client).status, 200);
    }
    assert!(warnings.try_recv().is_err(), "it is said once");

    // The end needs no descriptor, either.
    let address = server.address();
    let (ended, ends) = mpsc::channel();
    std::thread::spawn(move || {
        drop(server);
        ended.send(())
    });
    ends.recv_timeout(LIMIT).expect("it ends in time");
    let refused = last.connect(&address.into()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}
