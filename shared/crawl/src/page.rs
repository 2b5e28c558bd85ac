//! A page that was fetched.

use std::sync::Arc;

use scraper::Html;
use serde::{Deserialize, Serialize};

use crate::html;
use crate::links::Origin;
use crate::trouble::Trouble;

/// A page: its text, and where it was found.
///
/// Clones share the text.
///
/// ```
/// let page = crawl::Page::new("http://127.0.0.1:8000/index/1", "Grüße").unwrap();
/// assert_eq!((page.bytes(), page.characters()), (7, 5));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub(crate) site: Origin,
    pub(crate) asked: String,
    pub(crate) path: String,
    pub(crate) redirects: u32,
    pub(crate) text: Arc<str>,
}

impl Page {
    /// A page as if it had been fetched, for tests and examples.
    ///
    /// # Errors
    ///
    /// [`Trouble::BadAddress`] if `address` is not the address of a page.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "<p>seven</p>").unwrap();
    /// assert_eq!(page.text(), "<p>seven</p>");
    /// ```
    pub fn new(address: &str, text: &str) -> Result<Self, Trouble> {
        let site = Origin::of(address)?;
        let path = site.path("/", address)?;
        Ok(Page {
            site,
            asked: path.clone(),
            path,
            redirects: 0,
            text: text.into(),
        })
    }

    /// The path at which it was found: where the last redirect led. It is safe to
    /// print: what is not ASCII is encoded.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/videos/好", "").unwrap();
    /// assert_eq!(page.path(), "/videos/%E5%A5%BD");
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path that was asked for.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap();
    /// assert_eq!(page.asked(), page.path()); // there was no redirect
    /// ```
    #[must_use]
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// How many redirects led from [`asked`](Self::asked) to [`path`](Self::path).
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap();
    /// assert_eq!(page.redirects(), 0);
    /// ```
    #[must_use]
    pub fn redirects(&self) -> u32 {
        self.redirects
    }

    /// Its text: Python's `response.text`. It comes from outside: print it through
    /// [`plain`](crate::plain).
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/", "hello").unwrap();
    /// assert_eq!(page.text(), "hello");
    /// ```
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its tree of elements: Python's `BeautifulSoup(response.text)`.
    ///
    /// # Errors
    ///
    /// [`Trouble::TooDeep`], [`Trouble::TooMany`] or [`Trouble::SlowToParse`] if the
    /// page is built to keep a parser busy: with elements nested more than 256 deep,
    /// with more than 50,000 nodes, or one that takes more than 3 s of processor
    /// time. Any other text is some tree.
    ///
    /// ```
    /// use crawl::{Page, Trouble};
    /// use scraper::Selector;
    ///
    /// let page = Page::new("http://127.0.0.1:8000/", "<a href=/video/7>seven</a>").unwrap();
    /// let html = page.html().unwrap();
    /// let link = html.select(&Selector::parse("a").unwrap()).next().unwrap();
    /// assert_eq!(link.attr("href"), Some("/video/7"));
    ///
    /// let deep = Page::new("http://127.0.0.1:8000/", &"<div>".repeat(20_000)).unwrap();
    /// assert_eq!(deep.html().unwrap_err(), Trouble::TooDeep(256));
    /// ```
    pub fn html(&self) -> Result<Html, Trouble> {
        html::parse(&self.text)
    }

    /// Its size in bytes: what came over the network. Python's
    /// `len(response.content)`.
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/", "好").unwrap();
    /// assert_eq!(page.bytes(), 3);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Its length in characters: Python's `len(response.text)`, which many
    /// programs print as "bytes".
    ///
    /// ```
    /// let page = crawl::Page::new("http://127.0.0.1:8000/", "好").unwrap();
    /// assert_eq!(page.characters(), 1);
    /// ```
    #[must_use]
    pub fn characters(&self) -> usize {
        self.text.chars().count()
    }

    /// The path to which a link on this page leads, relative or absolute.
    ///
    /// # Errors
    ///
    /// [`Trouble::BadAddress`], or [`Trouble::Elsewhere`] if it leads to another
    /// site: another host, another port, anything but `http`.
    ///
    /// ```
    /// use crawl::{Page, Trouble};
    ///
    /// let page = Page::new("http://127.0.0.1:8000/index/3", "").unwrap();
    /// assert_eq!(page.link("../video/7"), Ok("/video/7".to_string()));
    /// assert_eq!(page.link("http://127.0.0.1:8000/video/7"), page.link("/video/7"));
    /// assert!(matches!(page.link("http://example.org/"), Err(Trouble::Elsewhere(_))));
    /// ```
    pub fn link(&self, link: &str) -> Result<String, Trouble> {
        self.site.path(&self.path, link)
    }
}
