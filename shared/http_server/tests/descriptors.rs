//! The end of the descriptors. Alone in its process, since the limit is the
//! process's.
#![cfg(unix)]

mod client;

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use client::{GET, LIMIT, connect, echo, listener, read_one};
use http_server::Limits;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

fn limit_descriptors(to: u64) {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, to, hard).unwrap();
}

/// Takes all descriptors that there are.
fn take_all() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
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

    // Two clients of which at least one cannot be accepted for want of a
    // descriptor: Linux reserves one for the connection that comes next.
    let mut taken = take_all();
    taken.truncate(taken.len() - 2);
    let mut clients = vec![connect(&server), connect(&server)];
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

    // Where nothing else gives way, idle connections have to.
    clients.extend((0..8).map(|_| connect(&server)));
    for _ in 0..2 {
        let own = File::open("/dev/null").unwrap();
        let _taken = take_all();
        drop(own);
        let mut late: TcpStream = connect(&server);
        late.write_all(GET).unwrap();
        assert_eq!(read_one(&mut late).status, 200);
        clients.push(late);
    }
    assert!(warnings.try_recv().is_err(), "it is said once");

    // The end needs no descriptor.
    let address = server.address();
    let _rest = take_all();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}
