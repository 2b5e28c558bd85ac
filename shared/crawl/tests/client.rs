//! Whatever a server does, a request ends, with a page or with the right trouble.
//! The servers here write to a socket what they like.

mod common;

use std::io::Write;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use common::{Server, ok, redirect};
use crawl::{Client, Trouble};
use stage::record::{self, Kind};

#[test]
fn a_page_comes_as_it_is() {
    let server = Server::start(|_, socket| {
        socket.write_all(&ok("Grüße".as_bytes())).unwrap();
    });
    let page = server.client().get("/index/1?a=b&c").unwrap();
    assert_eq!(page.text(), "Grüße");
    assert_eq!((page.bytes(), page.characters()), (7, 5));
    assert_eq!(page.path(), "/index/1?a=b&c");
    assert_eq!(server.asked(), ["/index/1?a=b&c"]);
    assert_eq!(
        page.link(&format!("{}/video/7", server.address)),
        Ok("/video/7".into())
    );
}

#[test]
fn bytes_come_as_they_are() {
    let server = Server::start(|_, socket| socket.write_all(&ok(b"\xff\0\xfe")).unwrap());
    let bytes = server.client().get_bytes("/files/a").unwrap();
    assert_eq!(&bytes[..], b"\xff\0\xfe");
}

#[test]
fn a_body_in_pieces_and_one_without_a_length_come_whole() {
    let server = Server::start(|path, socket| {
        let answer: &[u8] = match path {
            "/pieces" => {
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
            }
            _ => b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
        };
        socket.write_all(answer).unwrap();
    });
    for path in ["/pieces", "/until-the-end"] {
        assert_eq!(server.client().get(path).unwrap().text(), "hello", "{path}");
    }
}

#[test]
fn what_is_not_ascii_is_encoded() {
    let server = Server::start(|_, socket| socket.write_all(&ok(b"")).unwrap());
    server.client().get("/videos/好").unwrap();
    assert_eq!(server.asked(), ["/videos/%E5%A5%BD"]);
}

/// Whatever a server sends has a limit, and a trouble of its own.
#[test]
fn each_misbehaviour_has_its_trouble() {
    let many = "x".repeat(100_000);
    let long_head = format!("HTTP/1.1 200 OK\r\nX: {many}\r\n\r\n").leak();
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(2000)).leak();
    for (answer, trouble) in [
        (
            &b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"[..],
            Trouble::Status(404),
        ),
        (
            b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n",
            Trouble::Status(500),
        ),
        // A redirect to nowhere is only a status.
        (
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
            Trouble::Status(302),
        ),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Trouble::Status(304)),
        (b"", Trouble::HungUp),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Trouble::HungUp),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
            Trouble::Short {
                announced: 10,
                arrived: 5,
            },
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            Trouble::HungUp,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            Trouble::NotHttp,
        ),
        (b"J\0\0\0\x0a8.0.36\0and so on\r\n\r\n", Trouble::NotHttp),
        (b"220 mail.example.org ESMTP\r\n\r\n", Trouble::NotHttp),
        (long_head.as_bytes(), Trouble::NotHttp),
        (many_headers.as_bytes(), Trouble::NotHttp),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            Trouble::NotHttp,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            Trouble::NotHttp,
        ),
        // Never asked for.
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\0",
            Trouble::NotText,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gbk\r\nContent-Length: 2\r\n\r\n\xba\xc3",
            Trouble::NotText,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe",
            Trouble::NotText,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            Trouble::TooLong(2 << 20),
        ),
    ] {
        let shown = String::from_utf8_lossy(&answer[..answer.len().min(70)]);
        let server = Server::always(answer);
        assert_eq!(server.client().get("/index/1"), Err(trouble), "{shown}");
    }
}

/// The bytes of an answer are limited.
#[test]
fn an_answer_without_end_is_given_up() {
    let server = Server::start(|path, socket| {
        let (head, piece) = match path {
            "/body" => ("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(4096)),
            "/pieces" => (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                format!("1000\r\n{}\r\n", "x".repeat(4096)),
            ),
            "/head" => ("HTTP/1.1 200 OK\r\n", "X: y\r\n".repeat(100)),
            "/line" => ("HTTP/1.1 200 OK\r\nX: ", "x".repeat(4096)),
            _ => ("", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100)),
        };
        let _ = socket.write_all(head.as_bytes());
        // Ends when the client has gone.
        while socket.write_all(piece.as_bytes()).is_ok() {}
    });
    let client = server.client().with_timeout(Duration::from_secs(30));
    let long = Trouble::TooLong(2 << 20);
    for (path, trouble) in [
        ("/body", long.clone()),
        ("/pieces", long),
        ("/head", Trouble::NotHttp),
        ("/line", Trouble::NotHttp),
    ] {
        assert_eq!(client.get(path), Err(trouble), "{path}");
    }
    let hints = server.client().with_timeout(Duration::from_millis(500));
    assert!(hints.get("/hints").is_err());
}

#[test]
fn no_program_listens() {
    // No program uses port 1.
    let client = Client::new("http://127.0.0.1:1").unwrap();
    assert_eq!(client.get("/"), Err(Trouble::Refused));
}

#[test]
fn a_host_that_is_not_there() {
    let trouble = Client::new("http://no-such-host.invalid/").unwrap_err();
    assert!(matches!(trouble, Trouble::Network(_)), "{trouble:?}");
}

/// The limit is for the whole exchange: a server that sends a byte from time to
/// time does not start it anew.
#[test]
fn slow_answers_end_at_the_limit() {
    let limit = Duration::from_millis(300);
    let server = Server::start(|path, socket| {
        let (never, nothing) = mpsc::channel::<()>();
        let (head, drip) = match path {
            "/body" => ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "x"),
            "/pieces" => (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "1\r\nx\r\n",
            ),
            "/length-of-a-piece" => ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"),
            "/trailer" => (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                "X: y\r\n",
            ),
            "/head" => ("HTTP/1.1 200 OK\r\nX: ", "x"),
            "/status" => ("HTTP/1.1 200 ", "x"),
            "/hints" => ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
            "/error" => ("HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\n", "x"),
            _ => ("", ""),
        };
        if path == "/round" {
            let _ = nothing.recv_timeout(Duration::from_millis(100));
            let _ = socket.write_all(redirect("/round").as_bytes());
        }
        let _ = socket.write_all(head.as_bytes());
        // Ends when the client has gone.
        while !drip.is_empty() && socket.write_all(drip.as_bytes()).is_ok() {
            let _ = nothing.recv_timeout(Duration::from_millis(20));
        }
        if path == "/nothing" {
            let _ = nothing.recv_timeout(Duration::from_secs(20));
        }
        drop(never);
    });
    let client = server.client().with_timeout(limit);
    for path in [
        "/nothing",
        "/body",
        "/pieces",
        "/length-of-a-piece",
        "/trailer",
        "/head",
        "/status",
        "/hints",
        "/round",
    ] {
        let begin = Instant::now();
        assert_eq!(client.get(path), Err(Trouble::TooSlow(300)), "{path}");
        assert!(begin.elapsed() >= limit, "{path}");
        // Far less than the drops would need to fill anything.
        assert!(begin.elapsed() < Duration::from_secs(10), "{path}");
    }
    // The error is known; that its page is slow does not matter.
    assert_eq!(client.get("/error"), Err(Trouble::Status(500)));
}

#[test]
fn redirects_are_followed_and_told() {
    let server = Server::start(|path, socket| {
        let answer = match path {
            "/a" => redirect("/deep/b").into_bytes(),
            "/deep/b" => redirect("c?d#e").into_bytes(),
            _ => ok(b"here"),
        };
        socket.write_all(&answer).unwrap();
    });
    let page = server.client().get("/a").unwrap();
    assert_eq!(
        (page.asked(), page.path(), page.redirects()),
        ("/a", "/deep/c?d", 2)
    );
    assert_eq!(server.asked(), ["/a", "/deep/b", "/deep/c?d"]);
}

#[test]
fn redirects_have_an_end_and_stay_on_the_site() {
    let other = Server::always(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
    let elsewhere = format!("{}/secret", other.address);
    let link = elsewhere.clone();
    let server = Server::start(move |path, socket| {
        let to = match path {
            "/away" => link.clone(),
            "/long" => format!("/{}", "x".repeat(3000)),
            "/hostile" => "/a\u{202e}".to_string(),
            "/scheme" => "file:///etc/passwd".to_string(),
            _ => "/round".to_string(),
        };
        socket.write_all(redirect(&to).as_bytes()).unwrap();
    });
    let get = |path| server.client().get(path);
    assert!(matches!(get("/long"), Err(Trouble::BadAddress(_))));
    assert!(matches!(get("/scheme"), Err(Trouble::Elsewhere(_))));
    // Only ASCII is an address in a head.
    assert_eq!(get("/hostile"), Err(Trouble::Status(302)));
    let before = server.asked().len();
    assert_eq!(server.client().get("/round"), Err(Trouble::Redirects(5)));
    assert_eq!(server.asked().len() - before, 6);
    assert_eq!(
        server.client().get("/away"),
        Err(Trouble::Elsewhere(elsewhere))
    );
    assert!(other.asked().is_empty());
}

/// The record says how long each wait was to take.
#[test]
fn the_wait_for_an_answer_is_in_the_log() {
    let server = Server::start(|path, socket| {
        let head = match path {
            "/moved" => "302 Found\r\nLocation: /told",
            "/none" => "404 Not Found",
            _ => "200 OK",
        };
        let timing = match path {
            "/untold" => "",
            "/told" => "Server-Timing: cache;dur=3, wait;dur=750\r\n",
            _ => "Server-Timing: wait;dur=250\r\n",
        };
        let answer = format!("HTTP/1.1 {head}\r\n{timing}Content-Length: 0\r\n\r\n");
        socket.write_all(answer.as_bytes()).unwrap();
    });
    let client = server.client();
    record::start();
    let paths = ["/untold", "/told", "/moved", "/none"];
    // The other tests of this file wait as well.
    let me = shared::prelude::spawn("visitor", move || {
        for path in paths {
            let _ = client.get(path);
        }
    });
    me.join().unwrap();
    let log = record::take();
    let mine = |kind: Kind| {
        log.iter()
            .filter(move |event| event.actor.name == "visitor" && event.kind == kind)
            .map(|event| event.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        mine(Kind::Wait),
        paths.map(|path| format!("the answer to GET {path}"))
    );
    assert_eq!(mine(Kind::Wake), ["", "0.75", "1", "0.25"]);
    let here = log
        .iter()
        .filter(|event| event.kind == Kind::Wait && event.actor.name == "visitor");
    assert!(
        here.into_iter()
            .all(|event| event.file.ends_with("client.rs"))
    );
}
