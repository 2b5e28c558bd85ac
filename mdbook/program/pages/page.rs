//! A built page, and what is wrong with it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scraper::{Html, Selector};

pub struct Page {
    pub html: Html,
    /// The names that a link can lead to.
    pub ids: BTreeSet<String>,
}

impl Page {
    pub fn new(text: &str) -> Self {
        let html = Html::parse_document(text);
        let ids = html
            .select(&selector("[id], a[name]"))
            .filter_map(|element| element.attr("id").or(element.attr("name")))
            .map(str::to_string)
            .collect();
        Page { html, ids }
    }
}

/// Something that is wrong with a built file.
#[derive(Debug)]
pub struct Problem {
    /// The file, from the book's folder.
    pub path: PathBuf,
    /// The text that is to be looked for in the source.
    pub about: String,
    pub what: String,
}

impl Problem {
    pub fn new(path: &Path, about: &str, what: String) -> Self {
        Problem {
            path: path.to_path_buf(),
            about: about.to_string(),
            what,
        }
    }
}

/// A selector that is written in this program.
///
/// # Panics
///
/// If it is not a CSS selector.
pub fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| panic!("{error}"))
}
