//! What came of a crawl: everything that went wrong, by kind and by address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Page, Saved, Trouble};

/// A list that tasks and callbacks enter things into, and that is read at the
/// end. Clones are handles to the same list.
///
/// It comes out the same in every run, whoever was first: sorted, and with paths
/// instead of whole addresses.
///
/// ```
/// use crawl::{Report, Saved, Trouble};
///
/// let report = Report::new();
/// report.saved(Saved::Whole(7));
/// report.trouble("/video/10", Trouble::Status(404));
/// report.trouble("/video/9", Trouble::Status(404));
/// assert_eq!(
///     report.lines(),
///     [
///         "1 file saved, 0 were there already",
///         "2 not found: /video/9, /video/10: the server answers 404 Not Found",
///     ],
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct Report {
    entries: Arc<Mutex<Entries>>,
}

#[derive(Debug, Default)]
struct Entries {
    saved: u64,
    there: u64,
    redirected: BTreeSet<(Address, String)>,
    /// By kind, then by address. An address is entered once for a kind.
    troubles: BTreeMap<&'static str, BTreeMap<Address, Trouble>>,
}

/// A path that is sorted as a person would: `/video/9` in front of `/video/10`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Address {
    front: String,
    number: u64,
    path: String,
}

impl Address {
    fn of(path: &str) -> Self {
        let front = path.trim_end_matches(|c: char| c.is_ascii_digit());
        Address {
            front: front.to_string(),
            number: path[front.len()..].parse().unwrap_or(0),
            path: path.to_string(),
        }
    }
}

impl Report {
    /// An empty one.
    ///
    /// ```
    /// assert_eq!(crawl::Report::new().lines(), ["0 files saved, 0 were there already"]);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// A file is there.
    ///
    /// ```
    /// let report = crawl::Report::new();
    /// report.saved(crawl::Saved::WasThere);
    /// assert_eq!(report.lines(), ["0 files saved, 1 was there already"]);
    /// ```
    pub fn saved(&self, saved: Saved) {
        let mut entries = self.lock();
        match saved {
            Saved::Whole(_) => entries.saved += 1,
            Saved::WasThere => entries.there += 1,
        }
    }

    /// A page is there; enters whether redirects led to it.
    ///
    /// ```
    /// let report = crawl::Report::new();
    /// report.page(&crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap());
    /// assert_eq!(report.lines().len(), 1); // no redirect, so nothing to report
    /// ```
    pub fn page(&self, page: &Page) {
        if page.redirects() > 0 {
            let entry = (Address::of(page.asked()), page.path().to_string());
            self.lock().redirected.insert(entry);
        }
    }

    /// Something went wrong with what is at `path`.
    ///
    /// ```
    /// let report = crawl::Report::new();
    /// report.trouble("/video/7", crawl::Trouble::HungUp);
    /// assert_eq!(report.troubles(), 1);
    /// ```
    pub fn trouble(&self, path: &str, trouble: Trouble) {
        let mut entries = self.lock();
        let of_kind = entries.troubles.entry(trouble.kind()).or_default();
        of_kind.insert(Address::of(path), trouble);
    }

    /// How many addresses are in trouble.
    ///
    /// ```
    /// assert_eq!(crawl::Report::new().troubles(), 0);
    /// ```
    pub fn troubles(&self) -> usize {
        self.lock().troubles.values().map(BTreeMap::len).sum()
    }

    /// The whole report, to be said line by line.
    ///
    /// ```
    /// for line in crawl::Report::new().lines() {
    ///     shared::say!("{line}");
    /// }
    /// ```
    pub fn lines(&self) -> Vec<String> {
        let entries = self.lock();
        let files = if entries.saved == 1 { "file" } else { "files" };
        let were = if entries.there == 1 { "was" } else { "were" };
        let mut lines = vec![format!(
            "{} {files} saved, {} {were} there already",
            entries.saved, entries.there
        )];
        if !entries.redirected.is_empty() {
            let moved = entries.redirected.iter();
            let moved: Vec<String> = moved
                .map(|(from, to)| format!("{} led to {to}", from.path))
                .collect();
            lines.push(format!("{} redirected: {}", moved.len(), moved.join(", ")));
        }
        for (kind, of_kind) in &entries.troubles {
            // Those with the same sentence together.
            let mut by_sentence: Vec<(String, Vec<&str>)> = Vec::new();
            for (address, trouble) in of_kind {
                let sentence = trouble.to_string();
                match by_sentence.iter_mut().find(|(known, _)| *known == sentence) {
                    Some((_, paths)) => paths.push(&address.path),
                    None => by_sentence.push((sentence, vec![&address.path])),
                }
            }
            for (sentence, paths) in by_sentence {
                let count = paths.len();
                lines.push(format!("{count} {kind}: {}: {sentence}", paths.join(", ")));
            }
        }
        lines
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::Trouble;

    #[test]
    fn the_order_of_entering_does_not_show() {
        let troubles = [
            ("/video/10", Trouble::Status(500)),
            ("/video/9", Trouble::Status(500)),
            ("/video/3", Trouble::HungUp),
            ("/video/4", Trouble::Missing("link".to_string())),
            ("/video/9", Trouble::Status(500)),
        ];
        let forth = Report::new();
        let back = Report::new();
        for (path, trouble) in troubles.clone() {
            forth.trouble(path, trouble);
        }
        for (path, trouble) in troubles.into_iter().rev() {
            back.trouble(path, trouble);
        }
        assert_eq!(forth.lines(), back.lines());
        assert_eq!(forth.troubles(), 4);
        assert_eq!(
            forth.lines()[1..],
            [
                "1 broken page: /video/4: the page has no link",
                "1 hung up: /video/3: the server hung up without an answer",
                "2 server error: /video/9, /video/10: the server answers 500 Internal Server Error",
            ]
        );
    }
}
