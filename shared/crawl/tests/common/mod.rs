//! A server that misbehaves as asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crawl::Client;

/// Answers each connection with a function of the path that was asked for. Ends
/// with the test's process.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let paths = Arc::clone(&asked);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let (paths, answer) = (Arc::clone(&paths), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut socket = socket.unwrap();
                    if let Some(path) = path_of(&mut socket) {
                        paths.lock().unwrap().push(path.clone());
                        answer(&path, &mut socket);
                    }
                });
            }
        });
        Server { address, asked }
    }

    /// The same bytes whatever is asked for.
    pub fn always(bytes: &'static [u8]) -> Self {
        Self::start(move |_, socket| {
            let _ = socket.write_all(bytes);
        })
    }

    pub fn client(&self) -> Client {
        Client::new(&self.address).unwrap()
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A whole answer.
pub fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[allow(dead_code)]
pub fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

/// Reads the head of a request.
fn path_of(socket: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if socket.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    head.split(' ').nth(1).map(str::to_string)
}

/// A number that no other test has.
#[allow(dead_code)]
pub fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
