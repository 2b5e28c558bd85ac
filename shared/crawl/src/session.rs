//! A crawl from its beginning to its report.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use shared::say;

use crate::{Client, Folder, Page, Report, Saved, Trouble, safe_name};

/// A client, a folder, a report, and the addresses that are known: what the steps
/// of a crawl share. Clones are handles to the same.
///
/// What goes wrong goes into the report, and `None` comes back: there is nothing
/// to go on with at *that* address, and every other one goes on. (Python programs
/// do the first half of this with `except: pass`.)
///
/// ```no_run
/// use crawl::Session;
///
/// # fn main() -> shared::prelude::Result {
/// let session = Session::start()?;
/// if let Some(page) = session.get("/index/1") {
///     println!("{}", page.text());
/// }
/// session.say_report();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    client: Client,
    folder: Folder,
    report: Report,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

/// A file, as a page offers it.
///
/// ```
/// let offer = crawl::Offer::new("/files/a.mp4", "a.mp4", "2CF24DBA\n").unwrap();
/// assert_eq!(offer.sha256, "2cf24dba");
///
/// assert!(crawl::Offer::new("/files/a.mp4", "../../etc/x", "2CF24DBA").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// Where it is.
    pub path: String,
    /// How it is to be called: a [`safe_name`].
    pub name: String,
    /// Its SHA-256 in small hexadecimal digits, as the page promises it.
    pub sha256: String,
}

impl Offer {
    /// What a page says of a file.
    ///
    /// # Errors
    ///
    /// [`Trouble::Name`] if no file may be called so.
    ///
    /// ```
    /// assert!(crawl::Offer::new("/files/a.mp4", "a.mp4", "2cf24dba").is_ok());
    /// ```
    pub fn new(path: &str, name: &str, sha256: &str) -> Result<Self, Trouble> {
        Ok(Offer {
            path: path.to_string(),
            name: safe_name(name)?.to_string(),
            sha256: sha256.trim().to_ascii_lowercase(),
        })
    }
}

impl Session {
    /// With [`Client::start`] and [`Folder::choose`], so with the options `--url`
    /// and `--out`.
    ///
    /// # Errors
    ///
    /// As those two.
    ///
    /// ```no_run
    /// let session = crawl::Session::start().unwrap();
    /// ```
    pub fn start() -> shared::prelude::Result<Self> {
        Ok(Self::new(Client::start()?, Folder::choose()?))
    }

    /// With this client and this folder.
    ///
    /// ```
    /// use crawl::{Client, Folder, Session};
    ///
    /// let client = Client::new("http://127.0.0.1:8000").unwrap();
    /// let session = Session::new(client, Folder::temporary().unwrap());
    /// # std::fs::remove_dir_all(session.folder().path()).unwrap();
    /// ```
    pub fn new(client: Client, folder: Folder) -> Self {
        Session {
            client,
            folder,
            report: Report::new(),
            seen: Arc::default(),
        }
    }

    /// Where the files go.
    ///
    /// ```no_run
    /// println!("{}", crawl::Session::start().unwrap().folder().path().display());
    /// ```
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What has come of it so far.
    ///
    /// ```no_run
    /// assert_eq!(crawl::Session::start().unwrap().report().troubles(), 0);
    /// ```
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// A page (see [`Client::get`]).
    ///
    /// ```no_run
    /// let index = crawl::Session::start().unwrap().get("/index/1");
    /// ```
    #[track_caller]
    pub fn get(&self, path: &str) -> Option<Page> {
        let page = self.report.check(path, self.client.get(path))?;
        self.report.page(&page);
        Some(page)
    }

    /// A file, in memory (see [`Client::get_bytes`]), to be saved with
    /// [`write`](Self::write). If it is there from an earlier run, it is not
    /// fetched; this says so.
    ///
    /// ```no_run
    /// # let (path, name, sha256) = ("", "", "");
    /// let offer = crawl::Offer::new(path, name, sha256).unwrap();
    /// let session = crawl::Session::start().unwrap();
    /// if let Some(bytes) = session.get_bytes(&offer) {
    ///     session.write(&offer, &bytes);
    /// }
    /// ```
    #[track_caller]
    pub fn get_bytes(&self, offer: &Offer) -> Option<Arc<[u8]>> {
        if self.folder.has(&offer.name, &offer.sha256) == Ok(true) {
            self.tell(offer, Ok(Saved::WasThere));
            return None;
        }
        self.report
            .check(&offer.path, self.client.get_bytes(&offer.path))
    }

    /// Where these links of a page lead: each address once in a crawl, on whichever
    /// page it is met first.
    ///
    /// ```
    /// use crawl::{Client, Folder, Page, Session};
    ///
    /// let address = "http://127.0.0.1:8000/index/1";
    /// let session = Session::new(Client::new(address).unwrap(), Folder::temporary().unwrap());
    /// let page = Page::new(address, "").unwrap();
    /// let links = ["/video/1", "../video/2", "http://127.0.0.1:8000/video/1#about"];
    /// assert_eq!(session.new_links(&page, links), ["/video/1", "/video/2"]);
    /// assert!(session.new_links(&page, links).is_empty());
    /// # std::fs::remove_dir_all(session.folder().path()).unwrap();
    /// ```
    pub fn new_links<'a>(
        &self,
        page: &Page,
        links: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let paths = links
            .into_iter()
            .filter_map(|link| self.check(page, page.link(link)));
        let paths: Vec<String> = paths.collect();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        paths
            .into_iter()
            .filter(|path| seen.insert(path.clone()))
            .collect()
    }

    /// What was found on a page, if it was.
    ///
    /// ```
    /// use crawl::{Client, Folder, Page, Session, Trouble};
    ///
    /// let address = "http://127.0.0.1:8000/video/1";
    /// let session = Session::new(Client::new(address).unwrap(), Folder::temporary().unwrap());
    /// let page = Page::new(address, "").unwrap();
    /// let title = session.check::<&str>(&page, Err(Trouble::Missing("title".to_string())));
    /// assert_eq!((title, session.report().troubles()), (None, 1));
    /// # std::fs::remove_dir_all(session.folder().path()).unwrap();
    /// ```
    pub fn check<T>(&self, page: &Page, found: Result<T, Trouble>) -> Option<T> {
        self.report.check(page.asked(), found)
    }

    /// Fetches a file and saves it (see [`Folder::save`]), and says so.
    ///
    /// ```no_run
    /// # let (path, name, sha256) = ("", "", "");
    /// let offer = crawl::Offer::new(path, name, sha256).unwrap();
    /// crawl::Session::start().unwrap().save(&offer);
    /// ```
    pub fn save(&self, offer: &Offer) -> Option<Saved> {
        let Offer { path, name, sha256 } = offer;
        self.tell(offer, self.folder.save(&self.client, path, name, sha256))
    }

    /// Saves a file that was fetched (see [`Folder::write`]), and says so.
    ///
    /// ```
    /// use crawl::{Client, Folder, Offer, Session};
    ///
    /// let client = Client::new("http://127.0.0.1:8000").unwrap();
    /// let session = Session::new(client, Folder::temporary().unwrap());
    /// let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    /// let offer = Offer::new("/files/hello.mp4", "hello.mp4", sha256).unwrap();
    /// session.write(&offer, b"hello");
    /// assert_eq!(session.report().lines(), ["1 file saved, 0 were there already"]);
    /// # std::fs::remove_dir_all(session.folder().path()).unwrap();
    /// ```
    pub fn write(&self, offer: &Offer, bytes: &[u8]) -> Option<Saved> {
        self.tell(offer, self.folder.write(&offer.name, &offer.sha256, bytes))
    }

    /// Says what came of it: the report, and where the files are.
    ///
    /// ```no_run
    /// crawl::Session::start().unwrap().say_report();
    /// ```
    #[track_caller]
    pub fn say_report(&self) {
        for line in self.report.lines() {
            say!("{line}");
        }
        say!(
            "the files are in the folder {}",
            self.folder.path().display()
        );
    }

    fn tell(&self, offer: &Offer, saved: Result<Saved, Trouble>) -> Option<Saved> {
        let Offer { path, name, sha256 } = offer;
        let saved = self.report.check(path, saved)?;
        match saved {
            Saved::Whole(bytes) => {
                say!("{name} is whole: {bytes} bytes, SHA-256 {sha256:.8}… verified");
            }
            Saved::WasThere => say!("{name} was there already, SHA-256 {sha256:.8}… verified"),
        }
        self.report.saved(saved);
        Some(saved)
    }
}
