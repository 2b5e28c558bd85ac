//! A crawl from its start to its report.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use shared::say;

use crate::client::Client;
use crate::folder::{Folder, Saved};
use crate::limits::{ADDRESSES, LINKS};
use crate::names::safe_name;
use crate::page::Page;
use crate::report::Report;
use crate::trouble::Trouble;

/// What the steps of a crawl share: a client, a folder, a report, and the addresses
/// that are known. Clones are handles to the same session.
///
/// What goes wrong is entered into the report, and the method returns `None`: the
/// crawl stops at *that* address and goes on at all others. (A Python program that
/// writes `except: pass` has the second half of this, without the report.)
///
/// ```no_run
/// use crawl::Session;
///
/// # fn main() -> shared::prelude::Result {
/// let session = Session::start()?;
/// if let Some(page) = session.get("/index/1") {
///     println!("{}", page.text());
/// }
/// session.say_report()
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
    /// The name that it is to have: a [`safe_name`].
    pub name: String,
    /// Its SHA-256 in small hexadecimal digits, as the page promises it.
    pub sha256: String,
}

impl Offer {
    /// What a page says of a file.
    ///
    /// # Errors
    ///
    /// [`Trouble::Name`] if no file may have this name.
    ///
    /// ```
    /// let offer = crawl::Offer::new("/files/a.mp4", "a.mp4", "2cf24dba").unwrap();
    /// assert_eq!(offer.name, "a.mp4");
    ///
    /// let trouble = crawl::Offer::new("/files/a.mp4", "-rf", "2cf24dba").unwrap_err();
    /// assert_eq!(trouble.kind(), "bad file name");
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
    /// assert!(session.folder().path().is_dir());
    /// ```
    #[must_use]
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
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The report so far.
    ///
    /// ```no_run
    /// assert_eq!(crawl::Session::start().unwrap().report().troubles(), 0);
    /// ```
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Gets a page (see [`Client::get`]).
    ///
    /// ```no_run
    /// let index = crawl::Session::start().unwrap().get("/index/1");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get(&self, path: &str) -> Option<Page> {
        let page = self.report.check(path, self.client.get(path))?;
        self.report.page(&page);
        Some(page)
    }

    /// Gets a file into memory (see [`Client::get_bytes`]), to be saved with
    /// [`write`](Self::write). If it is there from an earlier run, says so and does
    /// not fetch it.
    ///
    /// ```no_run
    /// # let (path, name, sha256) = ("", "", "");
    /// let offer = crawl::Offer::new(path, name, sha256).unwrap();
    /// let session = crawl::Session::start().unwrap();
    /// if let Some(bytes) = session.get_bytes(&offer) {
    ///     session.write(&offer, &bytes);
    /// }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn get_bytes(&self, offer: &Offer) -> Option<Arc<[u8]>> {
        let Offer { path, name, sha256 } = offer;
        if self.report.check(path, self.folder.has(name, sha256))? {
            self.tell(offer, Ok(Saved::WasThere));
            return None;
        }
        self.report.check(path, self.client.get_bytes(path))
    }

    /// Where these links of a page lead. Each address is returned once in a crawl, for
    /// the page on which it is met first. Of a page 500 links are followed, and in a
    /// crawl 10,000; that there are more is entered into the report.
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
    /// ```
    #[must_use = "each address is returned only once"]
    pub fn new_links<'a>(
        &self,
        page: &Page,
        links: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let mut links = links.into_iter();
        let followed = links.by_ref().take(LINKS);
        let paths: Vec<String> = followed
            .filter_map(|link| self.check(page, page.link(link)))
            .collect();
        if links.next().is_some() {
            self.too_many(page, "links on the page", LINKS);
        }
        let mut is_full = false;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = Vec::new();
        for path in paths {
            if seen.len() == ADDRESSES && !seen.contains(&path) {
                is_full = true;
            } else if seen.insert(path.clone()) {
                new.push(path);
            }
        }
        drop(seen);
        if is_full {
            self.too_many(page, "addresses in this crawl", ADDRESSES);
        }
        new
    }

    fn too_many(&self, page: &Page, what: &str, limit: usize) {
        let trouble = Trouble::TooMany(what.to_string(), limit as u64);
        self.report.trouble(page.asked(), trouble);
    }

    /// Returns what was found on a page, or enters why it was not.
    ///
    /// ```
    /// use crawl::{Client, Folder, Page, Session, Trouble};
    ///
    /// let address = "http://127.0.0.1:8000/video/1";
    /// let session = Session::new(Client::new(address).unwrap(), Folder::temporary().unwrap());
    /// let page = Page::new(address, "").unwrap();
    /// let title = session.check::<&str>(&page, Err(Trouble::Missing("title".to_string())));
    /// assert_eq!((title, session.report().troubles()), (None, 1));
    /// ```
    #[must_use]
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

    /// Says the report, and where the files are.
    ///
    /// # Errors
    ///
    /// If the crawl as a whole has failed (see [`Report::verdict`]).
    ///
    /// ```no_run
    /// crawl::Session::start().unwrap().say_report().unwrap();
    /// ```
    #[track_caller]
    pub fn say_report(&self) -> shared::prelude::Result {
        for line in self.report.lines() {
            say!("{line}");
        }
        say!(
            "the files are in the folder {}",
            self.folder.path().display()
        );
        Ok(self.report.verdict()?)
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
