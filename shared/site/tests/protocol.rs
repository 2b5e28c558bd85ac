//! The site as it comes over the wire: connections and times. What it does with
//! requests that are not valid is tested with the package `http_server`.

mod client;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use client::{LIMIT, ask, connect, get, quick, read_one};
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

/// A client that sends a byte per 0.6 s after its last request kept its slot for
/// hours. Clients that linger are dropped by one deadline.
#[test]
fn a_client_cannot_linger() {
    let site = quick();
    for request in ["GET /video/19 HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n"] {
        let mut client = connect(&site);
        client.write_all(request.as_bytes()).unwrap();
        read_one(&mut client);
        let begun = Instant::now();
        while client.write_all(b"a").is_ok() {
            assert!(begun.elapsed() < LIMIT, "it takes bytes for ever");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn two_hundred_connections_at_once() {
    // Both ends of each connection are in this process, which may be more than
    // some systems allow by default.
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(2048)), hard).unwrap();
    }
    let site = quick();
    let mut clients: Vec<TcpStream> = (0..200).map(|_| connect(&site)).collect();
    for client in &mut clients {
        client.write_all(GET).unwrap();
    }
    for client in &mut clients {
        assert_eq!(read_one(client).status, 200);
    }
    // All of them are still connected: none was closed to make room.
    for client in &mut clients {
        client.write_all(GET).unwrap();
        assert_eq!(read_one(client).status, 200);
    }
}

#[test]
fn the_seed_decides_the_latencies() {
    let timings = |seed| -> Vec<String> {
        let latency = Latency::scaled(0.001);
        let site = Site::builder().seed(seed).latency(latency).start().unwrap();
        // The order of the requests differs each time, and must not matter.
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
    // The address at which other machines reach this one, if there is any.
    // Nothing is sent.
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
