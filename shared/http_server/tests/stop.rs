//! What remains of a server that has ended: nothing.

mod client;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use client::{GET, LIMIT, connect, echo, large, listener, read_one, serve};
use http_server::{Limits, Server};

/// One test at a time: they count threads.
static ALONE: Mutex<()> = Mutex::new(());

#[cfg(target_os = "linux")]
fn threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")));
    names
        .filter(|name| name.as_ref().is_ok_and(|name| name.trim() == "http-test"))
        .count()
}

#[cfg(not(target_os = "linux"))]
fn threads() -> usize {
    0
}

/// The system lists a thread for a moment after it has been joined.
fn wait_for_the_threads() {
    let begun = Instant::now();
    while threads() > 0 {
        assert!(begun.elapsed() < LIMIT, "{} threads are left", threads());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Does this, which may take no longer than any wait.
fn in_time<T: Send + 'static>(end: impl FnOnce() -> T + Send + 'static) -> T {
    let (ended, ends) = mpsc::channel();
    std::thread::spawn(move || ended.send(end()));
    ends.recv_timeout(LIMIT).expect("it ends in time")
}

/// Ends the server, and looks at what is left.
fn end(server: Server) {
    let address = server.address();
    in_time(move || drop(server));
    wait_for_the_threads();
    TcpListener::bind(address).expect("the port is free");
}

/// A server whose handler says that it has begun, and then waits for a word.
fn gated() -> (Server, Receiver<()>, Sender<()>) {
    let (begun, begins) = mpsc::channel();
    let (go_on, word) = mpsc::channel();
    let word = Arc::new(Mutex::new(word));
    let server = listener(Limits::default())
        .start(move |request, reply| {
            let _ = begun.send(());
            let _ = word.lock().unwrap().recv_timeout(LIMIT);
            echo(request, reply)
        })
        .unwrap();
    (server, begins, go_on)
}

#[test]
fn it_stops_while_clients_wait_send_and_read() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (paused, pauses) = mpsc::channel();
    let server = listener(Limits::default())
        .start(move |request, reply| {
            if request.path() == "/pause" {
                let _ = paused.send(());
                reply.pause_until(Instant::now() + 10 * LIMIT)?;
            }
            large(request, reply)
        })
        .unwrap();
    let mut clients: Vec<TcpStream> = (0..20).map(|_| connect(&server)).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        match number % 4 {
            0 => {
                client
                    .write_all(b"GET /pause HTTP/1.1\r\nHost: a\r\n\r\n")
                    .unwrap();
                pauses.recv_timeout(LIMIT).unwrap();
            }
            1 => {
                // Larger than all buffers on the way, and not read.
                client.write_all(GET).unwrap();
                client.read_exact(&mut [0; 1000]).unwrap();
            }
            2 => client.write_all(&GET[..10]).unwrap(),
            _ => {}
        }
    }
    end(server);
}

#[test]
fn it_stops_while_it_is_full() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let limits = Limits {
        connections: 2,
        settled: LIMIT,
        ..Limits::default()
    };
    let server = listener(limits).start(echo).unwrap();
    let _clients: Vec<TcpStream> = (0..10).map(|_| connect(&server)).collect();
    end(server);
}

#[test]
fn it_stops_as_soon_as_it_has_started() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..20 {
        end(serve());
    }
}

#[test]
fn clients_that_leave_leave_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = serve();
    for _ in 0..1000 {
        drop(connect(&server));
    }
    let mut client = connect(&server);
    client.write_all(GET).unwrap();
    read_one(&mut client);
    end(server);
}

#[test]
fn a_shutdown_lets_what_has_begun_finish() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (server, begins, go_on) = gated();
    let address = server.address();
    let mut idle = connect(&server);
    let mut busy = connect(&server);
    // Of two requests in one packet, one has begun.
    busy.write_all(&[GET, GET].concat()).unwrap();
    begins.recv_timeout(LIMIT).unwrap();
    let (ended, ends) = mpsc::channel();
    std::thread::spawn(move || ended.send(server.shutdown(10 * LIMIT)));
    // The end has begun as soon as the idle connection is closed.
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    go_on.send(()).unwrap();
    let answer = read_one(&mut busy);
    assert_eq!((answer.text(), answer.closes()), ("/page - a", true));
    drop(busy);
    let finished = ends.recv_timeout(LIMIT).expect("it ends in time");
    assert!(finished, "all were finished");
    assert!(begins.try_recv().is_err(), "nothing else was begun");
    wait_for_the_threads();
    TcpListener::bind(address).expect("the port is free");
}

#[test]
fn a_shutdown_has_a_grace_time() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (paused, pauses) = mpsc::channel();
    let server = listener(Limits::default())
        .start(move |request, reply| {
            let _ = paused.send(());
            reply.pause_until(Instant::now() + 10 * LIMIT)?;
            echo(request, reply)
        })
        .unwrap();
    let mut client = connect(&server);
    client.write_all(GET).unwrap();
    pauses.recv_timeout(LIMIT).unwrap();
    assert!(!in_time(move || server.shutdown(Duration::from_millis(50))));
    assert!(!matches!(client.read(&mut [0]), Ok(1..)), "it was cut");
    wait_for_the_threads();
}
