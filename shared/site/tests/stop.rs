//! What remains of a site that has ended: nothing.

mod client;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use client::{connect, get, quick, read_one, request};
use site::{Latency, Site};

/// One test at a time: they count threads.
static ALONE: Mutex<()> = Mutex::new(());

/// How long the end of a site may take, on any machine. The page that is too slow
/// takes 20 s.
const PROMPT: Duration = Duration::from_secs(10);

#[cfg(target_os = "linux")]
fn threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")));
    names
        .filter(|name| name.as_ref().is_ok_and(|name| name.trim() == "site"))
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
        assert!(begun.elapsed() < PROMPT, "{} threads are left", threads());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Ends the site, and looks at what is left of it.
fn end(site: Site) {
    let address = site.address();
    let (ended, ends) = mpsc::channel();
    std::thread::spawn(move || {
        drop(site);
        ended.send(())
    });
    ends.recv_timeout(PROMPT).expect("it ends promptly");
    wait_for_the_threads();
    TcpListener::bind(address).expect("the port is free");
}

#[test]
fn in_the_middle_of_the_slow_page() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = quick();
    let mut client = connect(&site);
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    read_one(&mut client);
    client.write_all(&request("GET", "/video/9")).unwrap();
    client
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert!(client.read(&mut [0]).is_err(), "there is no answer yet");
    end(site);
    assert!(
        !matches!(client.read(&mut [0]), Ok(1..)),
        "nor will there be one"
    );
}

#[test]
fn in_the_middle_of_a_file() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = Site::builder()
        .latency(Latency::scaled(4.0))
        .start()
        .unwrap();
    let mut client = connect(&site);
    client
        .write_all(&request("GET", "/files/video-10.mp4"))
        .unwrap();
    let mut piece = [0; 1 << 16];
    let mut received = 0;
    while received < 2000 {
        received += client.read(&mut piece).unwrap();
    }
    end(site);
    while let Ok(length @ 1..) = client.read(&mut piece) {
        received += length;
    }
    assert!(received < 8 << 20, "it was sent to its end");
}

#[test]
fn with_many_connections_open() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = quick();
    // Some have asked, some have begun to ask, some are silent.
    let mut clients: Vec<TcpStream> = (0..60).map(|_| connect(&site)).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        let question = &b"GET /video/9 HTTP/1.1\r\nHost: a\r\n\r\n"[..];
        match number % 3 {
            0 => client.write_all(question).unwrap(),
            1 => client.write_all(&question[..10]).unwrap(),
            _ => {}
        }
    }
    get(&site, "/");
    end(site);
}

#[test]
fn a_client_that_does_not_read_is_left_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = quick();
    let mut client = connect(&site);
    client
        .write_all(&request("GET", "/files/video-10.mp4"))
        .unwrap();
    // The file has begun to come, and is larger than all buffers on the way.
    client.read_exact(&mut [0; 1000]).unwrap();
    end(site);
}

#[test]
fn clients_that_leave_leave_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = quick();
    for _ in 0..1000 {
        drop(connect(&site));
    }
    // Each one that left made room for the next.
    let mut client = connect(&site);
    client.write_all(&request("GET", "/")).unwrap();
    read_one(&mut client);
    end(site);
}

#[test]
fn at_once_after_its_start() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..20 {
        end(quick());
    }
}
