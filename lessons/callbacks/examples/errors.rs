//! What fails in a task or in a callback, in plain Rust: `join`, `Result`, `catch_unwind`.
use std::any::Any;
use std::{panic, thread};

fn main() {
    report("panics", || Ok(first_link(&[]).len()));
    report("fails", || fetch("/lost"));
    report("good", || fetch("/"));

    // Each callback runs, whatever becomes of the one before.
    let callbacks: [fn(usize); 2] = [
        |_| panic!("this callback has a mistake"),
        |bytes| println!("the next callback is called with {bytes}"),
    ];
    for callback in callbacks {
        if let Err(panic) = panic::catch_unwind(|| callback(1256)) {
            println!("a callback panicked: {}", message(&*panic));
        }
    }
}

/// One level for what became of the thread, one for what its task returned.
fn report(name: &str, task: fn() -> Result<usize, String>) {
    match thread::spawn(task).join() {
        Ok(Ok(bytes)) => println!("{name}: {bytes} bytes"),
        Ok(Err(error)) => println!("{name}: {error}"),
        Err(panic) => println!("{name}: the thread panicked: {}", message(&*panic)),
    }
}

/// A panic's message is a `String` if it was formatted, else a `&str`.
fn message(panic: &dyn Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("?")
}

fn first_link(links: &[&'static str]) -> &'static str {
    links[0]
}

fn fetch(path: &str) -> Result<usize, String> {
    match path {
        "/lost" => Err(format!("{path}: status 404")),
        _ => Ok(1256),
    }
}
