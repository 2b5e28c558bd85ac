//! The outcome of a crawl: everything that went wrong, by kind and by address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::folder::Saved;
use crate::page::Page;
use crate::text::plain;
use crate::trouble::Trouble;

/// How many addresses, and how many different sentences of a kind, are listed.
const LISTED: usize = 20;

/// A list that tasks and callbacks write, and that is read at the end. Clones are
/// handles to the same list.
///
/// It is sorted, and has paths instead of whole addresses. So it is the same in
/// every run, in whatever order the tasks end.
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
    pages: u64,
    saved: u64,
    there: u64,
    redirected: BTreeSet<(Address, String)>,
    /// By kind, then by address. Of a kind, an address has one trouble.
    troubles: BTreeMap<&'static str, BTreeMap<Address, Trouble>>,
}

/// A path that is sorted as a person would sort it: `/video/9` before `/video/10`.
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
            path: plain(path),
        }
    }
}

impl Report {
    /// An empty report.
    ///
    /// ```
    /// assert_eq!(crawl::Report::new().lines(), ["0 files saved, 0 were there already"]);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Enters that a file is there.
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

    /// Enters that a page is there, and whether redirects led to it.
    ///
    /// ```
    /// let report = crawl::Report::new();
    /// report.page(&crawl::Page::new("http://127.0.0.1:8000/video/7", "").unwrap());
    /// assert_eq!(report.lines().len(), 1); // no redirect, so nothing to report
    /// ```
    pub fn page(&self, page: &Page) {
        let mut entries = self.lock();
        entries.pages += 1;
        if page.redirects() > 0 {
            let entry = (Address::of(page.asked()), page.path().to_string());
            entries.redirected.insert(entry);
        }
    }

    /// Enters what went wrong with the page or file at `path`.
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

    /// Returns the value of an `Ok`, and enters the trouble of an `Err`.
    ///
    /// ```
    /// use crawl::{Report, Trouble};
    ///
    /// let report = Report::new();
    /// assert_eq!(report.check("/video/7", Ok(7)), Some(7));
    /// assert_eq!(report.check::<u32>("/video/8", Err(Trouble::HungUp)), None);
    /// assert_eq!(report.troubles(), 1);
    /// ```
    #[must_use = "use `trouble` if there is no value"]
    pub fn check<T>(&self, path: &str, result: Result<T, Trouble>) -> Option<T> {
        result.map_err(|trouble| self.trouble(path, trouble)).ok()
    }

    /// How many addresses had trouble.
    ///
    /// ```
    /// use crawl::{Report, Trouble};
    ///
    /// let report = Report::new();
    /// report.trouble("/video/7", Trouble::HungUp);
    /// report.trouble("/video/7", Trouble::HungUp);
    /// assert_eq!(report.troubles(), 1);
    /// ```
    #[must_use]
    pub fn troubles(&self) -> usize {
        self.lock().troubles.values().map(BTreeMap::len).sum()
    }

    /// Whether the crawl as a whole has failed. A page that is broken is the site's
    /// fault; that there is no page at all, or that a file cannot be written, is a
    /// failure of the run.
    ///
    /// # Errors
    ///
    /// A sentence that says which of the two.
    ///
    /// ```
    /// use crawl::{Page, Report, Trouble};
    ///
    /// let report = Report::new();
    /// assert_eq!(report.verdict(), Err("no page could be fetched".to_string()));
    ///
    /// report.page(&Page::new("http://127.0.0.1:8000/video/7", "").unwrap());
    /// report.trouble("/video/8", Trouble::HungUp);
    /// assert_eq!(report.verdict(), Ok(()));
    ///
    /// report.trouble("/files/7", Trouble::Disk("no space".to_string()));
    /// assert_eq!(report.verdict(), Err("1 file could not be written".to_string()));
    /// ```
    pub fn verdict(&self) -> Result<(), String> {
        let entries = self.lock();
        let is_disk = |trouble: &&Trouble| matches!(trouble, Trouble::Disk(_));
        let troubles = entries.troubles.values().flat_map(BTreeMap::values);
        match (troubles.filter(is_disk).count(), entries.pages) {
            (0, 0) => Err("no page could be fetched".to_string()),
            (0, _) => Ok(()),
            (1, _) => Err("1 file could not be written".to_string()),
            (count, _) => Err(format!("{count} files could not be written")),
        }
    }

    /// The report as lines of text.
    ///
    /// ```
    /// for line in crawl::Report::new().lines() {
    ///     shared::say!("{line}");
    /// }
    /// ```
    #[must_use]
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
            let moved = moved.map(|(from, to)| format!("{} led to {to}", from.path));
            let count = moved.len();
            lines.push(format!("{count} redirected: {}", listed(moved)));
        }
        for (kind, of_kind) in &entries.troubles {
            // Addresses with the same sentence share a line.
            let mut by_sentence: Vec<(String, Vec<&str>)> = Vec::new();
            let mut others = 0;
            for (address, trouble) in of_kind {
                let is_full = by_sentence.len() == LISTED;
                let sentence = trouble.to_string();
                match by_sentence.iter_mut().find(|(known, _)| *known == sentence) {
                    Some((_, paths)) => paths.push(&address.path),
                    None if is_full => others += 1,
                    None => by_sentence.push((sentence, vec![&address.path])),
                }
            }
            for (sentence, paths) in by_sentence {
                let count = paths.len();
                let paths = listed(paths.into_iter());
                lines.push(format!("{count} {kind}: {paths}: {sentence}"));
            }
            if others > 0 {
                lines.push(format!("{others} {kind}: more of the same kind"));
            }
        }
        lines
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first of them, and how many there are besides.
fn listed(items: impl ExactSizeIterator<Item = impl Into<String>>) -> String {
    let others = items.len().saturating_sub(LISTED);
    let shown: Vec<String> = items.take(LISTED).map(Into::into).collect();
    match others {
        0 => shown.join(", "),
        _ => format!("{} and {others} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::trouble::Trouble;

    /// What depends on the other side has a limit, and is printed as text.
    #[test]
    fn a_long_report_is_cut() {
        let report = Report::new();
        for n in 0..1000 {
            report.trouble(&format!("/\u{202e}/{n}"), Trouble::HungUp);
            report.trouble(&format!("/{n}"), Trouble::Elsewhere(n.to_string()));
        }
        let lines = report.lines();
        assert_eq!(lines.len(), 1 + 21 + 1, "{lines:#?}");
        assert_eq!(lines[21], "980 another site: more of the same kind");
        assert!(
            lines[22].starts_with(r"1000 hung up: /\u{202e}/0, "),
            "{lines:#?}"
        );
        assert!(lines[22].contains(" and 980 more: "), "{lines:#?}");
    }

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
