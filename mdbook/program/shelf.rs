//! The built book in memory, and what a browser gets of it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use http_server::{Head, Reply, Request};

use crate::files;

/// Where a page asks whether there is a newer book.
const VERSION: &str = "/version-of-the-book";

/// Asks every second, and loads the page again when the answer has changed. Added
/// to the pages only as they are served.
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

/// All files of the book, by their addresses. An address that is not in here does
/// not exist, so none leads out of the book's folder. The files are kept in
/// memory: while the book is built again, the old one can still be read.
#[derive(Debug, Default)]
pub struct Shelf {
    files: RwLock<HashMap<String, Arc<File>>>,
    version: AtomicU64,
}

#[derive(Debug)]
struct File {
    content_type: &'static str,
    bytes: Vec<u8>,
}

impl Shelf {
    /// Replaces the book by the one in this folder.
    pub fn fill(&self, book: &Path) -> Result<(), String> {
        let mut found = HashMap::new();
        for path in files::below(book)? {
            let Ok(inside) = path.strip_prefix(book) else {
                continue;
            };
            let address = format!("/{}", inside.to_string_lossy());
            let mut bytes = fs::read(&path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let content_type = content_type(&path);
            if content_type.starts_with("text/html") {
                bytes.extend_from_slice(RELOAD.as_bytes());
            }
            let file = Arc::new(File {
                content_type,
                bytes,
            });
            if let Some(folder) = address.strip_suffix("index.html") {
                found.insert(folder.to_string(), Arc::clone(&file));
            }
            found.insert(address, file);
        }
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = found;
        self.version.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Sends the file that was asked for.
    pub fn answer(&self, request: &Request, reply: &mut Reply<'_>) -> io::Result<()> {
        if request.path() == VERSION {
            let version = self.version.load(Ordering::Relaxed).to_string();
            return reply.send(&head(200, "text/plain"), version.as_bytes());
        }
        let asked = request
            .decoded_path()
            .and_then(|address| self.find(&address));
        let (status, file) = match asked {
            Some(file) => (200, Some(file)),
            None => (404, self.find("/404.html")),
        };
        match file {
            Some(file) => reply.send(&head(status, file.content_type), &file.bytes),
            None => reply.send(&head(status, "text/plain"), b"no such page\n"),
        }
    }

    /// The file, in a way that does not keep the shelf locked while it is sent.
    fn find(&self, address: &str) -> Option<Arc<File>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.get(address).map(Arc::clone)
    }
}

fn head(status: u16, content_type: &str) -> Head {
    Head::new(status, content_type).header("Cache-Control", "no-cache")
}

fn content_type(file: &Path) -> &'static str {
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream};
    use std::path::PathBuf;
    use std::time::Duration;

    use http_server::{Listener, Server};

    use super::*;

    /// A served book of one page, beside a file that is not in it.
    struct Served {
        server: Option<Server>,
        shelf: Arc<Shelf>,
        folder: PathBuf,
    }

    impl Served {
        /// `name` tells the tests apart: they run in one process.
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("shelf-{}-{name}", std::process::id()));
            fs::create_dir_all(folder.join("book/a folder")).unwrap();
            fs::write(folder.join("book/a.html"), "<p>in the book</p>").unwrap();
            fs::write(folder.join("book/a folder/index.html"), "<p>ü</p>").unwrap();
            fs::write(folder.join("secret.html"), "<p>not in the book</p>").unwrap();
            let shelf = Arc::new(Shelf::default());
            shelf.fill(&folder.join("book")).unwrap();
            let listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
            let server = listener
                .start({
                    let shelf = Arc::clone(&shelf);
                    move |request, reply| shelf.answer(request, reply)
                })
                .unwrap();
            Served {
                server: Some(server),
                shelf,
                folder,
            }
        }

        fn connect(&self) -> TcpStream {
            let address = self.server.as_ref().unwrap().address();
            let client = TcpStream::connect(address).unwrap();
            let limit = Some(Duration::from_secs(60));
            client.set_read_timeout(limit).unwrap();
            client
        }

        /// What comes back for this request, to the end.
        fn ask(&self, line: &str) -> String {
            let mut client = self.connect();
            let request = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
            client.write_all(request.as_bytes()).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).unwrap();
            answer
        }
    }

    impl Drop for Served {
        fn drop(&mut self) {
            self.server = None;
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn no_address_leads_out_of_the_book() {
        let served = Served::new("inside");
        assert!(served.ask("GET /a.html").starts_with("HTTP/1.1 200 "));
        for address in [
            "/../secret.html",
            "/%2e%2e/secret.html",
            "/..%2fsecret.html",
            "/..%5csecret.html",
            "/a.html%00",
            "/a.html%",
            "/%ff",
            "//etc/passwd",
            "/a.html/../../secret.html",
            "http://a/../secret.html",
        ] {
            let answer = served.ask(&format!("GET {address}"));
            assert!(answer.starts_with("HTTP/1.1 404 "), "{address}: {answer}");
        }
        let answer = served.ask("GET secret.html");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }

    #[test]
    fn files_are_found_by_their_address() {
        let served = Served::new("found");
        for address in [
            "/a%20folder/",
            "/a%20folder/index.html?search=1",
            "http://a/%61%20folder/",
        ] {
            let answer = served.ask(&format!("GET {address}"));
            assert!(answer.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"));
            assert!(answer.contains("\r\nCache-Control: no-cache\r\n"));
            assert!(answer.contains("<p>ü</p><script>"), "{address}: {answer}");
        }
    }

    /// The page asks for the version, and loads itself again when it changes.
    #[test]
    fn a_new_book_has_a_new_version() {
        let served = Served::new("version");
        let before = served.ask(&format!("GET {VERSION}"));
        fs::write(served.folder.join("book/b.html"), "<p>new</p>").unwrap();
        served.shelf.fill(&served.folder.join("book")).unwrap();
        assert!(served.ask("GET /b.html").contains("<p>new</p>"));
        let body = |answer: &str| answer.split("\r\n\r\n").nth(1).map(str::to_string);
        assert_ne!(body(&before), body(&served.ask(&format!("GET {VERSION}"))));
    }

    /// The servers keep to RFC 9110: HEAD is answered without a body.
    #[test]
    fn head_has_no_body() {
        let served = Served::new("head");
        for address in ["/a.html", "/nowhere", VERSION] {
            let answer = served.ask(&format!("HEAD {address}"));
            assert!(answer.ends_with("\r\n\r\n"), "{address}: {answer}");
            assert!(!answer.contains("Content-Length: 0\r\n"), "{address}");
        }
    }

    /// `CONNECT a:1` made the server panic.
    #[test]
    fn connect_is_refused() {
        let served = Served::new("connect");
        let answer = served.ask("CONNECT a:1");
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    }

    /// The server stopped answering at 64 idle connections.
    #[test]
    fn idle_connections_do_not_matter() {
        let served = Served::new("idle");
        let _idle: Vec<TcpStream> = (0..200).map(|_| served.connect()).collect();
        assert!(served.ask("GET /a.html").starts_with("HTTP/1.1 200 "));
    }
}
