//! Shows the book on this machine, and builds it again whenever it changes.

use std::io::Write;
use std::net::SocketAddr;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use http_server::Listener;
use notify::{RecursiveMode, Watcher};

use crate::html;
use crate::interrupt::INTERRUPTED;
use crate::project::Project;
use crate::shelf::Shelf;

/// Files change in bursts. The book is built when nothing has changed for this
/// long.
const QUIET: Duration = Duration::from_millis(200);

/// How long a page that is being sent may take when the server is to end.
const GRACE: Duration = Duration::from_secs(1);

pub fn serve(project: &Project, address: SocketAddr) -> Result<(), String> {
    let interrupts = interrupts()?;
    // Before the book is built: a mistyped address is reported at once.
    let failed = |error| cannot_serve(address, &error);
    let listener = Listener::bind(address).map_err(failed)?.named("book");
    let book = project.built();
    html::build(project, &book)?;
    let shelf = Arc::new(Shelf::default());
    shelf.fill(&book)?;
    let started = listener.start({
        let shelf = Arc::clone(&shelf);
        move |request, reply| shelf.answer(request, reply)
    });
    let server = started.map_err(failed)?;
    SERVING.store(true, Ordering::Release);
    say(&format!(
        "the book is at http://{} until Ctrl-C",
        server.local_address()
    ));
    if let Err(problem) = watch(project.clone(), shelf) {
        eprintln!("changes will not be seen: {problem}");
    }
    // The sender is never dropped: this returns on Ctrl-C only.
    let _ = interrupts.recv();
    server.shutdown(GRACE);
    exit(INTERRUPTED)
}

/// Whether there is a server that Ctrl-C has to end first.
static SERVING: AtomicBool = AtomicBool::new(false);

/// Receives the first Ctrl-C while the book is served. Any other ends the program
/// at once.
fn interrupts() -> Result<mpsc::Receiver<()>, String> {
    let (interrupted, interrupts) = mpsc::channel();
    let handler = move || {
        if !SERVING.swap(false, Ordering::AcqRel) || interrupted.send(()).is_err() {
            exit(INTERRUPTED);
        }
    };
    ctrlc::set_handler(handler).map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    Ok(interrupts)
}

fn cannot_serve(address: SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "{address} is in use: end the program that uses it, or choose another port with --addr"
        ),
        _ => format!("cannot serve at {address}: {error}"),
    }
}

/// Prints a line. The server goes on if its output has been closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Builds the book again when something that it is made from has changed.
fn watch(project: Project, shelf: Arc<Shelf>) -> notify::Result<()> {
    let (changed, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is an event, too, and building the book reads all of them.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = changed.send(());
        }
    })?;
    for folder in ["mdbook/src", "mdbook/theme", "mdbook/captured", "lessons"] {
        watcher.watch(&project.root.join(folder), RecursiveMode::Recursive)?;
    }
    watcher.watch(
        &project.book().join("book.toml"),
        RecursiveMode::NonRecursive,
    )?;
    std::thread::spawn(move || {
        // Dropping the watcher would end the watch.
        let _watcher = watcher;
        while changes.recv().is_ok() {
            while changes.recv_timeout(QUIET).is_ok() {}
            let book = project.built();
            let built = html::build(&project, &book).and_then(|()| shelf.fill(&book));
            match built {
                Ok(()) => say("built again"),
                Err(problem) => eprintln!("{problem}"),
            }
        }
    });
    Ok(())
}
