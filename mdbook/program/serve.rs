//! Shows the book on this machine, and makes it again whenever it changes.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use oxhttp::Server;
use oxhttp::model::header::{CACHE_CONTROL, CONTENT_TYPE};
use oxhttp::model::{Body, Response, StatusCode};

use crate::project::Project;
use crate::{files, html, text};

/// Where a page asks whether there is a newer book.
const VERSION: &str = "/version-of-the-book";

/// Asks every second, and loads the page again when the answer has changed. Put
/// into the pages only as they are served.
const RELOAD: &str = "<script>(() => {
  let known = null;
  setInterval(async () => {
    try {
      const answer = await (await fetch('/version-of-the-book')).text();
      if (known !== null && known !== answer) location.reload();
      known = answer;
    } catch { /* The server has ended. */ }
  }, 1000);
})();</script>";

/// Files change in bursts: this long nothing more may come.
const QUIET: Duration = Duration::from_millis(200);

/// Code 130 says: ended by Ctrl-C, as a shell expects it.
const INTERRUPTED: i32 = 130;

/// All files of the book, by their addresses. What is not in here does not
/// exist, so no address leads out of the book. They are kept in memory: while
/// the book is made again, the old one can still be read.
#[derive(Default)]
struct Shelf {
    files: RwLock<HashMap<String, Arc<File>>>,
    version: AtomicU64,
}

struct File {
    kind: &'static str,
    bytes: Vec<u8>,
}

pub fn serve(project: &Project, address: SocketAddr) -> Result<(), String> {
    ctrlc::set_handler(|| std::process::exit(INTERRUPTED))
        .map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    let address = free(address)?;
    html::build(project)?;
    let shelf = Arc::new(Shelf::default());
    shelf.fill(&project.book().join("book"))?;
    let server = Server::new({
        let shelf = Arc::clone(&shelf);
        move |request| shelf.answer(request.uri().path())
    });
    let server = server
        .bind(address)
        .with_max_concurrent_connections(64)
        .spawn()
        .map_err(|error| cannot_serve(address, &error))?;
    println!("the book is at http://{address} until Ctrl-C");
    let watching = watch(project.clone(), shelf);
    if let Err(problem) = watching {
        eprintln!("changes will not be seen: {problem}");
    }
    server.join().map_err(|error| error.to_string())
}

/// Tries the address before the book is made: whoever mistyped it is told at
/// once. For port 0 the system chooses.
fn free(address: SocketAddr) -> Result<SocketAddr, String> {
    TcpListener::bind(address)
        .and_then(|listener| listener.local_addr())
        .map_err(|error| cannot_serve(address, &error))
}

fn cannot_serve(address: SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "{address} is in use: end the program that uses it, or choose another port with --addr"
        ),
        _ => format!("cannot serve at {address}: {error}"),
    }
}

impl Shelf {
    fn fill(&self, book: &Path) -> Result<(), String> {
        let mut found = HashMap::new();
        for path in files::below(book)? {
            let Ok(inside) = path.strip_prefix(book) else {
                continue;
            };
            let address = format!("/{}", inside.to_string_lossy());
            let mut bytes = std::fs::read(&path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let kind = kind_of(&path);
            if kind.starts_with("text/html") {
                bytes.extend_from_slice(RELOAD.as_bytes());
            }
            let file = Arc::new(File { kind, bytes });
            if let Some(folder) = address.strip_suffix("index.html") {
                found.insert(folder.to_string(), Arc::clone(&file));
            }
            found.insert(address, file);
        }
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = found;
        self.version.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn answer(&self, address: &str) -> Response<Body> {
        if address == VERSION {
            let version = self.version.load(Ordering::Relaxed).to_string();
            return response(StatusCode::OK, "text/plain", version.into_bytes());
        }
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let (status, file) = match files.get(&text::decoded(address)) {
            Some(file) => (StatusCode::OK, Some(file)),
            None => (StatusCode::NOT_FOUND, files.get("/404.html")),
        };
        match file {
            Some(file) => response(status, file.kind, file.bytes.clone()),
            None => response(status, "text/plain", b"no such page\n".to_vec()),
        }
    }
}

fn response(status: StatusCode, kind: &'static str, bytes: Vec<u8>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, kind)
        .header(CACHE_CONTROL, "no-cache")
        .body(Body::from(bytes))
        .expect("these headers can always be sent")
}

fn kind_of(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Makes the book again when something of which it is made has changed.
fn watch(project: Project, shelf: Arc<Shelf>) -> notify::Result<()> {
    let (changed, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is an event, too; making the book reads all of them.
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
        // Dropped, it would stop to watch.
        let _watcher = watcher;
        while changes.recv().is_ok() {
            while changes.recv_timeout(QUIET).is_ok() {}
            let made =
                html::build(&project).and_then(|()| shelf.fill(&project.book().join("book")));
            match made {
                Ok(()) => println!("made again"),
                Err(problem) => eprintln!("{problem}"),
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_leads_out_of_the_book() {
        let shelf = Shelf::default();
        let folder = std::env::temp_dir().join(format!("shelf-{}", std::process::id()));
        files::write_whole(&folder.join("book/a.html"), "<p>in the book</p>").unwrap();
        files::write_whole(&folder.join("secret.html"), "<p>not in the book</p>").unwrap();
        shelf.fill(&folder.join("book")).unwrap();
        assert_eq!(shelf.answer("/a.html").status(), StatusCode::OK);
        for address in [
            "/../secret.html",
            "/%2e%2e/secret.html",
            "/..%2fsecret.html",
            "//etc/passwd",
            "/a.html/../../secret.html",
            "secret.html",
        ] {
            assert_eq!(
                shelf.answer(address).status(),
                StatusCode::NOT_FOUND,
                "{address}"
            );
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
