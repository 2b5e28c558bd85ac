//! Two connectors wait for a database, in plain Rust: three times 0.3 s, no longer.
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Condvar, Mutex};
use std::{thread, time::Duration};

/// The version of the database, as soon as the checker has read it.
type Ready = (Mutex<Option<String>>, Condvar);

fn main() -> io::Result<()> {
    for milliseconds in [1800, 300] {
        println!("the database will be ready after {milliseconds} ms");
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, ready) = (listener.local_addr()?, Ready::default());
        thread::scope(|scope| {
            scope.spawn(|| greet(listener, Duration::from_millis(milliseconds)));
            scope.spawn(|| check(address, &ready));
            let connectors = [(), ()].map(|()| scope.spawn(|| connect(&ready)));
            println!("join returns {:?}", connectors.map(|it| it.join().unwrap()));
        });
    }
    Ok(())
}

/// Stands for the database, which greets its clients when it is ready.
fn greet(listener: TcpListener, after: Duration) -> io::Result<()> {
    let mut client = listener.accept()?.0;
    thread::sleep(after);
    client.write_all(b"version 8.0.0")
}

fn check(address: SocketAddr, (ready, changed): &Ready) {
    let greeting = io::read_to_string(TcpStream::connect(address).unwrap()).unwrap();
    println!("it is ready: {greeting}");
    *ready.lock().unwrap() = Some(greeting);
    changed.notify_all();
}

fn connect((ready, changed): &Ready) -> Result<String, &'static str> {
    for _ in 0..3 {
        let (guard, limit) = (ready.lock().unwrap(), Duration::from_millis(300));
        let waited = changed.wait_timeout_while(guard, limit, |ready| ready.is_none());
        if let Some(version) = &*waited.unwrap().0 {
            return Ok(version.clone());
        }
    }
    Err("timed out after 3 tries")
}
