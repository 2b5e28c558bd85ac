//! A client of a few lines, which shows what really comes over the wire.
#![allow(dead_code, reason = "no test uses all of it")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Once;
use std::time::{Duration, Instant};

use http_server::{Head, Limits, Listener, Reply, Request, Server};

/// No wait takes longer than this, on any machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) const GET: &[u8] = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n";

/// More than all buffers between a server and a client hold.
pub(crate) const LARGE: usize = 64 << 20;

/// Answers with what it was asked for.
pub(crate) fn echo(request: &Request, reply: &mut Reply<'_>) -> io::Result<()> {
    let text = format!(
        "{} {} {}",
        request.path(),
        request.query().unwrap_or("-"),
        request.host().unwrap_or("-")
    );
    reply.send(&Head::new(200, "text/plain"), text.as_bytes())
}

pub(crate) fn large(_: &Request, reply: &mut Reply<'_>) -> io::Result<()> {
    reply.send(&Head::new(200, "text/plain"), &vec![b'x'; LARGE])
}

/// Ends the tests if one of them hangs, for instance because a server does not stop.
fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::thread::spawn(|| {
            std::thread::sleep(5 * LIMIT);
            eprintln!("a test hangs: it waits for a server or for a client that never ends");
            std::process::exit(1);
        });
    });
}

pub(crate) fn listener(limits: Limits) -> Listener {
    watch();
    let listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    listener.limits(limits).named("http-test")
}

pub(crate) fn serve() -> Server {
    listener(Limits::default()).start(echo).unwrap()
}

pub(crate) fn connect(server: &Server) -> TcpStream {
    let client = TcpStream::connect(server.address()).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client.set_write_timeout(Some(LIMIT)).unwrap();
    client.set_nodelay(true).unwrap();
    client
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn new(head: String) -> Self {
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            head,
            body: Vec::new(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn length(&self) -> usize {
        self.header("Content-Length")
            .map_or(0, |l| l.parse().unwrap())
    }

    pub(crate) fn closes(&self) -> bool {
        self.header("Connection") == Some("close")
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Reads the head of an answer.
pub(crate) fn read_head(client: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    bytes.truncate(bytes.len() - 4);
    Answer::new(String::from_utf8(bytes).unwrap())
}

/// Reads an answer with its body.
pub(crate) fn read_one(client: &mut TcpStream) -> Answer {
    let mut answer = read_head(client);
    answer.body = vec![0; answer.length()];
    client.read_exact(&mut answer.body).unwrap();
    answer
}

/// Sends this, closes the sending side, and reads all that comes.
pub(crate) fn exchange(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut client = connect(server);
    // The server may have refused and closed before all was sent.
    let _ = client.write_all(bytes);
    let _ = client.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    client.read_to_end(&mut received).unwrap();
    received
}

/// The only answer to these bytes, which must not have a body behind the
/// announced one.
pub(crate) fn ask(server: &Server, bytes: &[u8]) -> Answer {
    let received = exchange(server, bytes);
    let shown = String::from_utf8_lossy(&received).into_owned();
    let end = received.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer, but {shown:?}"));
    let mut answer = Answer::new(shown[..end].to_string());
    answer.body = received[end + 4..].to_vec();
    answer
}

/// Sends a byte of `bytes` now and then, again and again, until the server ends
/// the connection. Panics if it does not.
pub(crate) fn trickle(client: &mut TcpStream, bytes: &[u8]) {
    let begun = Instant::now();
    let mut bytes = bytes.iter().cycle();
    while begun.elapsed() < LIMIT {
        let byte = bytes.next().unwrap();
        if client.write_all(&[*byte]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the server still takes bytes after {LIMIT:?}");
}
