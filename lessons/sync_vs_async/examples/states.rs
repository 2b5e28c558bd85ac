//! Running, ready, blocked in plain Rust: what Linux says of the threads of a process.
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Barrier};
use std::{fs, hint, thread, time::Duration};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut friend = TcpStream::connect(listener.local_addr()?)?;
    let mut socket = listener.accept()?.0;

    let named = |name: &str| thread::Builder::new().name(name.to_string());
    let started = Arc::new(Barrier::new(3));
    let [first, second] = [(), ()].map(|()| Arc::clone(&started));
    named("computing").spawn(move || {
        first.wait();
        loop {
            hint::spin_loop();
        }
    })?;
    let reader = named("reader").spawn(move || -> io::Result<TcpStream> {
        let mut text = [0; 5];
        second.wait();
        socket.read_exact(&mut text)?;
        println!("the read returns {:?}", String::from_utf8_lossy(&text));
        Ok(socket)
    })?;
    started.wait();
    thread::sleep(Duration::from_millis(300));
    // One folder a thread. Only Linux has them: elsewhere nothing is printed.
    for thread in fs::read_dir("/proc/self/task").into_iter().flatten() {
        let status = fs::read_to_string(thread?.path().join("status"))?;
        let field = |name| status.lines().find_map(|line| line.strip_prefix(name));
        let (name, state) = (field("Name:"), field("State:"));
        println!("{}: {}", name.unwrap().trim(), state.unwrap().trim());
    }

    friend.write_all(b"hello")?;
    let mut socket = reader.join().unwrap()?;
    // The same call on the same empty socket: it fails instead of waiting.
    socket.set_nonblocking(true)?;
    let read = socket.read(&mut [0; 5]).map_err(|error| error.kind());
    println!("a read that may not block: {read:?}");
    Ok(()) // The end of `main` ends the thread that computes.
}
