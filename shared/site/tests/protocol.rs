//! HTTP as it comes over the wire: connections, bounds, times.

mod client;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use client::{Answer, ask, connect, exchange, get, quick, read_one};
use site::{Latency, Site, SiteError};

const GET: &[u8] = b"GET /index/1 HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn head_is_an_answer_without_a_body() {
    let site = quick();
    for path in ["/", "/index/1", "/video/5", "/files/video-10.mp4"] {
        let head = ask(&site, "HEAD", path);
        let whole = get(&site, path);
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        assert_eq!(head.length(), whole.body.len(), "{path}");
    }
}

#[test]
fn a_connection_is_kept() {
    let site = quick();
    let mut client = connect(&site);
    for _ in 0..3 {
        client.write_all(GET).unwrap();
        assert_eq!(read_one(&mut client).status, 200);
    }
    // Several requests at once are answered one after the other.
    client.write_all(&[GET, GET].concat()).unwrap();
    read_one(&mut client);
    read_one(&mut client);
    // In pieces, too.
    for byte in GET {
        client.write_all(&[*byte]).unwrap();
    }
    assert_eq!(read_one(&mut client).status, 200);
}

#[test]
fn a_connection_is_closed_where_the_client_wants_it() {
    let site = quick();
    for request in [
        "GET /index/1 HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
        "GET /index/1 HTTP/1.0\r\n\r\n",
        // The body would be taken for the next request.
        "GET /index/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\nGET /video/19 HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let answer = Answer::of(&exchange(&site, request.as_bytes()).unwrap());
        assert_eq!(answer.header("Connection"), Some("close"));
        assert_eq!(answer.body.len(), answer.length(), "one answer only");
    }
}

#[test]
fn other_methods_are_refused() {
    let site = quick();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = ask(&site, method, "/index/1");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("Allow"), Some("GET, HEAD"));
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let site = quick();
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(20_000));
    let endless = "a".repeat(20_000);
    let many = format!(
        "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
        "A: b\r\n".repeat(100)
    );
    for (request, status) in [
        ("GET index HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/7.0\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1} hello\r\n\r\n", 400),
        (&many, 431),
        (&long, 431),
        (&endless, 431),
    ] {
        let answer = Answer::of(&exchange(&site, request.as_bytes()).unwrap());
        assert_eq!(answer.status, status, "{request:.60}");
        assert_eq!(answer.header("Connection"), Some("close"));
    }
}

#[test]
fn two_hundred_connections_at_once() {
    // No answer begins before the last one has asked.
    let site = Site::builder()
        .latency(Latency::scaled(0.2))
        .start()
        .unwrap();
    let mut clients: Vec<TcpStream> = (0..200).map(|_| connect(&site)).collect();
    for client in &mut clients {
        client.write_all(GET).unwrap();
    }
    for client in &mut clients {
        assert_eq!(read_one(client).status, 200);
    }
    // They are all still connected, and one more is served.
    assert_eq!(get(&site, "/index/1").status, 200);
}

#[test]
fn the_seed_decides_the_latencies() {
    let timings = |seed| -> Vec<String> {
        let latency = Latency::scaled(0.001);
        let site = Site::builder().seed(seed).latency(latency).start().unwrap();
        // Asked in another order each time: that must not matter.
        let mut paths: Vec<String> = (1..=10).map(|page| format!("/index/{page}")).collect();
        paths.extend((1..=8).map(|number| format!("/video/{number}")));
        paths.extend((1..=5).map(|page| format!("/board/{page}")));
        paths.rotate_left(seed as usize % 3);
        let mut timings: Vec<String> = (paths.iter())
            .map(|path| format!("{path} {}", get(&site, path).timing()))
            .collect();
        timings.sort();
        timings
    };
    assert_eq!(timings(7), timings(7));
    assert_ne!(timings(7), timings(8));
    let mut index = timings(7);
    index.retain(|line| line.starts_with("/index/"));
    let mut steps: Vec<f64> = (index.iter())
        .map(|line| line.split_once(' ').unwrap().1.parse().unwrap())
        .collect();
    steps.sort_by(f64::total_cmp);
    let expected: Vec<f64> = (1..=10).map(|step| f64::from(step) * 0.25).collect();
    assert_eq!(steps, expected);
}

#[test]
fn an_answer_takes_as_long_as_it_says() {
    let site = Site::builder()
        .latency(Latency::scaled(0.1))
        .start()
        .unwrap();
    for path in ["/index/1", "/video/1", "/files/video-10.mp4", "/video/5"] {
        let begun = Instant::now();
        let answer = get(&site, path);
        let taken = begun.elapsed().as_secs_f64() * 1000.0;
        assert!(answer.timing() >= 25.0, "{path}");
        assert!(taken >= answer.timing(), "{path}: {taken} ms");
    }
    let latency = ask(&site, "HEAD", "/files/video-10.mp4").timing();
    // Eight MiB, two seconds, a tenth of it.
    assert_eq!(get(&site, "/files/video-10.mp4").timing() - latency, 200.0);
}

#[test]
fn a_file_comes_in_pieces() {
    let site = Site::builder()
        .latency(Latency::scaled(0.5))
        .start()
        .unwrap();
    let mut client = connect(&site);
    client
        .write_all(&client::request("GET", "/files/video-10.mp4"))
        .unwrap();
    let mut piece = vec![0; 1 << 20];
    let begun = loop {
        // The head is far shorter than the first piece of the file.
        if client.read(&mut piece).unwrap() > 1000 {
            break Instant::now();
        }
    };
    while client.read(&mut piece).unwrap() > 0 {}
    // A second in all, of which the first piece is a part of 32.
    assert!(
        begun.elapsed() >= Duration::from_millis(500),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn without_latency_nothing_waits() {
    let site = quick();
    for path in ["/index/1", "/files/video-10.mp4"] {
        assert_eq!(get(&site, path).timing(), 0.0);
    }
}

#[test]
fn only_loopback_is_served() {
    let site = quick();
    assert!(site.address().ip().is_loopback());
    let mut others = vec![];
    // All of 127/8 is this machine.
    #[cfg(target_os = "linux")]
    others.push([127, 0, 0, 2].into());
    // The address by which other machines know this one, if there is any. This
    // sends nothing.
    let outward = std::net::UdpSocket::bind(("0.0.0.0", 0)).and_then(|socket| {
        socket.connect(("192.0.2.1", 9))?;
        socket.local_addr()
    });
    others.extend(outward.map(|address| address.ip()));
    for ip in others {
        let address = SocketAddr::new(ip, site.address().port());
        assert!(
            TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_err(),
            "{address}"
        );
    }
}

#[test]
fn an_address_in_use_is_a_sentence() {
    let first = quick();
    let error = Site::builder()
        .address(first.address())
        .start()
        .unwrap_err();
    assert!(matches!(error, SiteError::InUse(address) if address == first.address()));
    assert!(error.to_string().contains("is in use: end the program"));
    // Not of this machine.
    let error = Site::builder()
        .address(([192, 0, 2, 1], 0).into())
        .start()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the site cannot be served at 192.0.2.1:0: ")
    );
}
