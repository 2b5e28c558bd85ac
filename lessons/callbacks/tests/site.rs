//! The website of the section `site`, as a person starts and ends it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// No wait takes longer, on whatever machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Ends the program, whatever becomes of the test.
struct Serving(Option<Child>);

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_callbacks"))
            .args(["site", "--speed", "20"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Serving(Some(child))
    }

    /// The first lines that it prints, up to the last one that it prints at all.
    fn lines(&mut self) -> Vec<String> {
        let output = self.0.as_mut().unwrap().stdout.take().unwrap();
        let (send, received) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = Vec::new();
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let last = line.ends_with("Ctrl-C ends it");
                lines.push(line);
                if last {
                    break;
                }
            }
            let _ = send.send(lines);
        });
        received
            .recv_timeout(LIMIT)
            .expect("it prints its addresses")
    }

    fn signal(&self, signal: Signal) {
        let id = self.0.as_ref().unwrap().id();
        kill(Pid::from_raw(id as i32), signal).unwrap();
    }

    fn end(mut self) -> Output {
        let child = self.0.take().unwrap();
        let id = Pid::from_raw(child.id() as i32);
        let (send, received) = mpsc::channel();
        thread::spawn(move || send.send(child.wait_with_output()));
        let ended = received.recv_timeout(LIMIT);
        if ended.is_err() {
            let _ = kill(id, Signal::SIGKILL);
        }
        ended.expect("it ends").unwrap()
    }
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let request = format!("GET {path} HTTP/1.0\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_serves_until_ctrl_c() {
    let mut serving = Serving::start(&[]);
    let lines = serving.lines();
    let addresses: Vec<&str> = (lines.iter())
        .filter_map(|line| Some(line.split_once("http://")?.1))
        .collect();
    assert_eq!(addresses.len(), 7, "{lines:#?}");
    let (host, _) = addresses[0].split_once('/').unwrap();
    let address: SocketAddr = host.parse().unwrap();
    assert!(address.ip().is_loopback());
    assert!(get(address, "/").contains("<title>A website to be crawled</title>"));
    for listed in &addresses[..5] {
        let path = listed.strip_prefix(host).unwrap();
        // A file is no text: its page says that it is there.
        let path = path.replace("/files/video-07.mp4", "/video/7");
        assert!(
            get(address, &path).starts_with("HTTP/1.1 200 OK"),
            "{listed}"
        );
    }

    // Also while somebody waits for the page that is too slow.
    let mut waiting = TcpStream::connect(address).unwrap();
    waiting.write_all(b"GET /video/9 HTTP/1.0\r\n\r\n").unwrap();
    serving.signal(Signal::SIGINT);
    let ended = serving.end();
    assert_eq!(ended.status.code(), Some(130));
    let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        complaint.trim().starts_with("Interrupted after "),
        "{complaint}"
    );
    TcpListener::bind(address).expect("the port is free");
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let ended = Serving::start(&["--addr", &address]).end();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&ended.stderr),
        format!(
            "site failed: {address} is in use: end the program that uses it, or choose another port\n"
        )
    );
}

#[test]
fn an_address_can_be_chosen() {
    // A port that was free a moment ago; somebody may take it in between.
    for _ in 0..10 {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut serving = Serving::start(&["--addr", &format!("localhost:{port}")]);
        let lines = serving.lines();
        if (lines.iter()).any(|line| line.ends_with(&format!(":{port}/index/1"))) {
            serving.signal(Signal::SIGINT);
            assert_eq!(serving.end().status.code(), Some(130));
            return;
        }
    }
    panic!("it never served where it was told to");
}

/// A site that other machines can reach says so. The addresses that it prints are
/// those for this machine.
#[test]
fn an_open_site_warns() {
    let mut serving = Serving::start(&["--addr", "0.0.0.0:0"]);
    let lines = serving.lines();
    assert!(
        lines.iter().any(|line| line.contains("http://127.0.0.1:")),
        "{lines:#?}"
    );
    serving.signal(Signal::SIGINT);
    let ended = serving.end();
    let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        complaint.starts_with("warning: 0.0.0.0:") && complaint.contains("open to other machines"),
        "{complaint}"
    );
}

#[test]
fn what_is_no_address_is_refused() {
    let ended = Serving::start(&["--addr", "nobody.invalid:80"]).end();
    assert_eq!(ended.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        complaint.contains("nobody.invalid:80 is no address"),
        "{complaint}"
    );
    assert_eq!(
        Serving::start(&["--addr", "8000"]).end().status.code(),
        Some(2)
    );
}
