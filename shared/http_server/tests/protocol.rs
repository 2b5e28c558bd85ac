//! Requests and answers as RFC 9110 and RFC 9112 have them.

mod client;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use client::{GET, ask, connect, echo, exchange, listener, read_head, read_one, serve};
use http_server::{Head, Limits};

/// A request with these lines between `Host` and the empty line.
fn with(lines: &str) -> String {
    format!("GET /page HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n")
}

/// The servers keep to RFC 9110 and 9112: what is no request is refused, and the
/// connection closed.
#[test]
fn what_is_no_request_is_refused() {
    let server = serve();
    let many = with(&"A: b\r\n".repeat(100));
    let long = with(&format!("A: {}", "a".repeat(20_000)));
    let far = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(9_000));
    let endless = format!("GET /{}", "a".repeat(20_000));
    let word = "a".repeat(20_000);
    for (request, status) in [
        ("\u{16}\u{3}\u{1} hello\r\n\r\n", 400),
        ("GET\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        ("GET / JUNK\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a", 400),
        ("GET / HTTP/7.0\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (&with("A b"), 400),
        (&with("A : b"), 400),
        (&with("A: b\0c"), 400),
        (&with("A: b\rc"), 400),
        (&with("A: b\r\n folded"), 400),
        (&with(" folded: b"), 400),
        (&with("Expect: miracles"), 417),
        (&many, 431),
        (&long, 431),
        (&far, 414),
        (&endless, 414),
        (&word, 501),
    ] {
        let answer = ask(&server, request.as_bytes());
        assert_eq!(answer.status, status, "{request:.60?}");
        assert!(answer.closes(), "{request:.60?}");
        assert_eq!(answer.body.len(), answer.length(), "{request:.60?}");
    }
}

/// One Host: none is an error in HTTP/1.1, and two are always.
#[test]
fn a_request_has_one_host() {
    let server = serve();
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x@a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: \"><script>\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: \u{fc}\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: a.example:\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\n\r\n", 200),
    ] {
        let answer = ask(&server, request.as_bytes());
        assert_eq!(answer.status, status, "{request:?}");
    }
}

/// One length, which is a number. Anything else might be read in two ways.
#[test]
fn a_request_has_one_length() {
    let server = serve();
    for (lines, status) in [
        ("Content-Length: 5\r\nContent-Length: 5", 400),
        ("Content-Length: 5\r\nContent-Length: 6", 400),
        ("Content-Length: 5, 5", 400),
        ("Content-Length: +5", 400),
        ("Content-Length: -5", 400),
        ("Content-Length: 0x5", 400),
        ("Content-Length: 5 5", 400),
        ("Content-Length:", 400),
        ("Content-Length: 99999999999999999999999", 413),
        ("Content-Length: 18446744073709551615", 413),
        ("Content-Length: 65537", 413),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
        ("Transfer-Encoding: identity", 400),
        ("Transfer-Encoding: chunked, gzip", 400),
        ("Transfer-Encoding: chunked, chunked", 400),
        ("Transfer-Encoding: gzip, chunked", 501),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501),
        ("Content-Length: 9", 400),
    ] {
        let answer = ask(&server, format!("{}hello", with(lines)).as_bytes());
        assert_eq!(answer.status, status, "{lines:?}");
        assert!(answer.closes(), "{lines:?}");
    }
    // These would be whole as a chunked body.
    let both = with("Content-Length: 5\r\nTransfer-Encoding: chunked");
    let old = "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    for head in [&both, old] {
        let request = format!("{head}0\r\n\r\n");
        assert_eq!(ask(&server, request.as_bytes()).status, 400, "{head:?}");
    }
}

/// The chunked coding is understood; chunks that are not valid are refused.
#[test]
fn chunks_are_read() {
    let server = serve();
    let chunked = |chunks: &str| format!("{}{chunks}", with("Transfer-Encoding: Chunked"));
    for chunks in [
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "5;a=b\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nTrailer: yes\r\n\r\n",
    ] {
        let mut bytes = chunked(chunks).into_bytes();
        bytes.extend_from_slice(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        let received = exchange(&server, &bytes);
        let text = String::from_utf8(received).unwrap();
        assert!(text.ends_with("/next - a"), "{chunks:?}: {text}");
    }
    let endless = "1;a=bcdefgh\r\nx\r\n".repeat(10_000);
    for (chunks, status) in [
        ("\r\n\r\n", 400),
        ("g\r\n", 400),
        ("-5\r\nhello\r\n", 400),
        ("5\nhello\r\n0\r\n\r\n", 400),
        ("5;a\nb\r\nhello\r\n0\r\n\r\n", 400),
        ("5\r\nhello!\r\n0\r\n\r\n", 400),
        ("5\r\nhel", 400),
        ("0\r\nno trailer\r\n\r\n", 400),
        ("fffffffffffffffff\r\n", 400),
        ("ffffffffffffffff\r\n", 413),
        ("7fffffffffffffff\r\n", 413),
        ("10001\r\n", 413),
        (&endless, 413),
    ] {
        let answer = ask(&server, chunked(chunks).as_bytes());
        assert_eq!(answer.status, status, "{chunks:.40?}");
        assert!(answer.closes(), "{chunks:.40?}");
    }
}

/// HEAD without a body: also where it is refused, not found, or announced.
#[test]
fn head_has_no_body() {
    let server = listener(Limits::default())
        .start(|request, reply| {
            let head = Head::new(200, "text/plain");
            match request.path() {
                "/pieces" => {
                    reply.begin(&head, 10)?;
                    reply.write(b"01234")?;
                    reply.write(b"56789")
                }
                "/panic" => panic!("as it should"),
                _ => reply.send(&head, b"hello"),
            }
        })
        .unwrap();
    for (request, status) in [
        ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("HEAD /panic HTTP/1.1\r\nHost: a\r\n\r\n", 500),
        ("\r\nHEAD * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("HEAD / HTTP/1.1\r\n\r\n", 400),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            400,
        ),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n",
            413,
        ),
    ] {
        let head = ask(&server, request.as_bytes());
        let get = ask(&server, request.replace("HEAD", "GET").as_bytes());
        assert_eq!((head.status, get.status), (status, status), "{request:?}");
        assert_eq!(head.text(), "", "{request:?}");
        assert_ne!(get.text(), "", "{request:?}");
        assert_eq!(head.length(), get.body.len(), "{request:?}");
    }
}

/// Pipelining: all requests are answered, in order, also with HEAD in between.
#[test]
fn requests_in_one_packet_are_answered_in_order() {
    let server = serve();
    let mut client = connect(&server);
    client
        .write_all(
            b"GET /one HTTP/1.1\r\nHost: a\r\n\r\n\
              HEAD /two HTTP/1.1\r\nHost: a\r\n\r\n\
              \r\n\
              POST /three HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
              OPTIONS /four HTTP/1.1\r\nHost: a\r\n\r\n\
              BREW /five HTTP/1.1\r\nHost: a\r\n\r\n\
              GET /six HTTP/1.1\r\nHost: a\r\nConnection: te, Close\r\n\r\n\
              GET /never HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .unwrap();
    assert_eq!(read_one(&mut client).text(), "/one - a");
    let head = read_head(&mut client);
    assert_eq!((head.status, head.length()), (200, "/two - a".len()));
    assert_eq!(read_one(&mut client).status, 405);
    assert_eq!(read_one(&mut client).status, 204);
    assert_eq!(read_one(&mut client).status, 501);
    let last = read_one(&mut client);
    assert!(last.closes());
    assert_eq!(last.text(), "/six - a");
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"", "the client said that /six was the last");
}

#[test]
fn a_connection_is_kept() {
    let server = serve();
    let mut client = connect(&server);
    for _ in 0..3 {
        client.write_all(GET).unwrap();
        assert!(!read_one(&mut client).closes());
    }
    // A request may come in pieces.
    for byte in GET {
        client.write_all(&[*byte]).unwrap();
    }
    assert_eq!(read_one(&mut client).status, 200);
    // A body is not taken for the next request.
    let inner = "GET /inner HTTP/1.1\r\nHost: a\r\n\r\n";
    let outer = with(&format!("Content-Length: {}", inner.len()));
    client
        .write_all(format!("{outer}{inner}").as_bytes())
        .unwrap();
    assert_eq!(read_one(&mut client).text(), "/page - a");
    client.write_all(GET).unwrap();
    assert_eq!(read_one(&mut client).text(), "/page - a");
}

#[test]
fn a_connection_is_closed_where_the_client_wants_it() {
    let server = serve();
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    ] {
        let mut client = connect(&server);
        client.write_all(request.as_bytes()).unwrap();
        assert!(read_one(&mut client).closes(), "{request:?}");
        assert_eq!(client.read(&mut [0]).unwrap(), 0, "{request:?}");
    }
}

/// Absolute form: path and host come from the address, not from `Host`.
#[test]
fn an_address_may_be_absolute() {
    let server = serve();
    for (address, expected) in [
        ("http://b:80/x/y?z=1", "/x/y z=1 b:80"),
        ("HTTP://b", "/ - b"),
        ("http://b?z", "/ z b"),
        ("http://[::1]:8000/", "/ - [::1]:8000"),
        ("/x?", "/x  a"),
        ("//x", "//x - a"),
    ] {
        let request = format!("GET {address} HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = ask(&server, request.as_bytes());
        assert_eq!(answer.text(), expected, "{address}");
    }
    for (address, status) in [
        ("https://b/", 421),
        ("ftp://b/", 421),
        ("http:///x", 400),
        ("http://x@b/", 400),
        ("page", 400),
        ("*", 400),
        ("a:1", 400),
    ] {
        let request = format!("GET {address} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(ask(&server, request.as_bytes()).status, status, "{address}");
    }
}

/// `CONNECT a:1` made the book's server panic; `*` is an address of `OPTIONS`.
#[test]
fn other_methods_are_answered() {
    let server = serve();
    for (line, status) in [
        ("CONNECT a:1", 405),
        ("CONNECT /", 405),
        ("POST /", 405),
        ("PUT /", 405),
        ("DELETE /", 405),
        ("PATCH /", 405),
        ("TRACE /", 405),
        ("BREW /", 501),
        ("get /", 501),
        ("OPTIONS /", 204),
        ("OPTIONS *", 204),
        ("OPTIONS http://a", 204),
    ] {
        let request = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = ask(&server, request.as_bytes());
        assert_eq!(answer.status, status, "{line}");
        if status != 501 {
            assert_eq!(answer.header("Allow"), Some("GET, HEAD, OPTIONS"), "{line}");
        }
        if status == 204 {
            assert_eq!(answer.header("Content-Length"), None, "{line}");
            assert_eq!(answer.text(), "", "{line}");
        }
    }
}

#[test]
fn a_client_that_expects_100_gets_it() {
    let server = serve();
    let mut client = connect(&server);
    let request = with("Expect: 100-Continue\r\nContent-Length: 5");
    client.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_head(&mut client).status, 100);
    client.write_all(b"hello").unwrap();
    assert_eq!(read_one(&mut client).status, 200);
    // Nothing is to be continued where there is no body, nor where it has come.
    client
        .write_all(with("Expect: 100-continue").as_bytes())
        .unwrap();
    assert_eq!(read_one(&mut client).status, 200);
    client
        .write_all(format!("{request}hello").as_bytes())
        .unwrap();
    assert_eq!(read_one(&mut client).status, 200);
    // Nor where it is refused.
    let refused = with("Expect: 100-continue\r\nContent-Length: 99999");
    client.write_all(refused.as_bytes()).unwrap();
    assert_eq!(read_one(&mut client).status, 413);
}

/// RFC 9112 allows a server to take a line feed for a line break.
#[test]
fn bare_line_feeds_are_line_breaks() {
    let server = serve();
    let answer = ask(&server, b"GET /page HTTP/1.1\nHost: a\n\n");
    assert_eq!(answer.text(), "/page - a");
}

#[test]
fn a_client_may_close_its_side_first() {
    let server = listener(Limits::default())
        .start(|request, reply| {
            reply.pause_until(std::time::Instant::now() + Duration::from_millis(50))?;
            echo(request, reply)
        })
        .unwrap();
    let mut client = connect(&server);
    client.write_all(&[GET, GET].concat()).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_one(&mut client).text(), "/page - a");
    assert_eq!(read_one(&mut client).text(), "/page - a");
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
}

#[test]
fn some_statuses_have_no_body() {
    let server = listener(Limits::default())
        .start(|request, reply| {
            let status = request.path()[1..].parse().unwrap();
            reply.send(&Head::new(status, "text/plain"), b"hello")
        })
        .unwrap();
    for status in [204, 304] {
        let request = format!("GET /{status} HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = ask(&server, request.as_bytes());
        assert_eq!((answer.status, answer.text()), (status, ""));
        assert_eq!(answer.header("Content-Length"), None);
    }
}

#[test]
fn every_answer_has_a_date() {
    let server = serve();
    for request in [GET, b"GET / HTTP/1.1\r\n\r\n"] {
        let answer = ask(&server, request);
        let date = answer.header("Date").unwrap();
        assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    }
}

#[test]
fn a_handler_that_panics_costs_one_answer() {
    let server = listener(Limits::default())
        .start(|request, reply| match request.path() {
            "/panic" => panic!("as it should"),
            "/late" => {
                reply.begin(&Head::new(200, "text/plain"), 10)?;
                reply.write(b"01234")?;
                panic!("as it should")
            }
            _ => echo(request, reply),
        })
        .unwrap();
    let mut client = connect(&server);
    client
        .write_all(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    assert_eq!(read_one(&mut client).status, 500);
    client.write_all(GET).unwrap();
    assert_eq!(read_one(&mut client).status, 200);
    // There is no status for an answer that has begun: it ends early.
    let answer = ask(&server, b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((answer.length(), answer.text()), (10, "01234"));
    assert_eq!(ask(&server, GET).status, 200);
}

/// What a site for crawlers needs: an answer that ends early, and none at all.
#[test]
fn a_handler_may_break_its_promise() {
    let server = listener(Limits::default())
        .start(|request, reply| match request.path() {
            "/silence" => Ok(()),
            "/short" => {
                reply.begin(&Head::new(200, "text/plain"), 10)?;
                reply.write(b"01234")
            }
            "/long" => {
                reply.begin(&Head::new(200, "text/plain"), 3)?;
                reply.write(b"01234")
            }
            _ => {
                reply.send(&Head::new(200, "text/plain"), b"one")?;
                reply.send(&Head::new(200, "text/plain"), b"two")
            }
        })
        .unwrap();
    let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n{next}");
    assert_eq!(exchange(&server, get("/silence").as_bytes()), b"");
    let short = ask(&server, get("/short").as_bytes());
    assert_eq!((short.length(), short.text()), (10, "01234"));
    // What a client would take for the next answer is never sent.
    assert_eq!(ask(&server, get("/long").as_bytes()).text(), "");
    assert_eq!(ask(&server, get("/twice").as_bytes()).text(), "one");
}

#[test]
#[should_panic(expected = "a header's value is one line")]
fn a_header_is_one_line() {
    let _ = Head::new(302, "text/plain").header("Location", "/\r\nSet-Cookie: a=b");
}
