//! A client of a few lines, which shows what really comes over the wire.
#![allow(dead_code, reason = "no test uses all of it")]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use site::{Latency, Site};

/// No answer may take longer than this, on any machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn quick() -> Site {
    Site::builder().latency(Latency::none()).start().unwrap()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn length(&self) -> usize {
        let length = self.header("Content-Length");
        length
            .expect("every answer says its length")
            .parse()
            .unwrap()
    }

    /// How long it was made to take, in simulated milliseconds.
    pub(crate) fn timing(&self) -> f64 {
        let timing = self
            .header("Server-Timing")
            .and_then(|value| value.strip_prefix("wait;dur="));
        timing.expect("every answer says its time").parse().unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) fn connect(site: &Site) -> TcpStream {
    let client = TcpStream::connect(site.address()).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client.set_write_timeout(Some(LIMIT)).unwrap();
    client
}

/// Sends this, and reads to the end of the connection.
pub(crate) fn exchange(site: &Site, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut client = connect(site);
    client.write_all(request)?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer)?;
    Ok(answer)
}

pub(crate) fn request(method: &str, path: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost:80\r\nConnection: close\r\n\r\n")
        .into_bytes()
}

pub(crate) fn ask(site: &Site, method: &str, path: &str) -> Answer {
    Answer::of(&exchange(site, &request(method, path)).unwrap())
}

pub(crate) fn get(site: &Site, path: &str) -> Answer {
    ask(site, "GET", path)
}

/// Reads one answer of a connection that is kept.
pub(crate) fn read_one(client: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let mut answer = Answer::of(&bytes);
    answer.body = vec![0; answer.length()];
    client.read_exact(&mut answer.body).unwrap();
    answer
}
