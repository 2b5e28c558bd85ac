//! Links that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::network::is_foreign;
use super::page::{Page, Problem, selector};
use crate::text::decoded;

/// The links of the page `path` to a file that is not `there`, or to a place that a
/// page does not have.
pub fn dead_links(
    path: &Path,
    page: &Page,
    pages: &BTreeMap<PathBuf, Page>,
    there: &BTreeSet<PathBuf>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for link in page.html.select(&selector("a[href], img[src]")) {
        let address = link.attr("href").or(link.attr("src")).unwrap_or_default();
        if is_foreign(address) || address.starts_with("data:") {
            continue;
        }
        let (file, fragment) = match address.split_once('#') {
            Some((file, fragment)) => (file, Some(fragment)),
            None => (address, None),
        };
        let file = file.split('?').next().unwrap_or_default();
        let target = if file.is_empty() {
            path.to_path_buf()
        } else {
            joined(path, file)
        };
        let problem = if !there.contains(&target) {
            Some("leads nowhere")
        } else if let (Some(fragment), Some(page)) = (fragment, pages.get(&target)) {
            let known = fragment.is_empty() || page.ids.contains(&decoded(fragment));
            (!known).then_some("leads to a place that the page does not have")
        } else {
            None
        };
        problems.extend(
            problem.map(|what| Problem::new(path, address, format!("the link `{address}` {what}"))),
        );
    }
    problems
}

/// The path that a relative link on the page `path` means.
fn joined(path: &Path, link: &str) -> PathBuf {
    let decoded = decoded(link);
    let (mut target, link) = match decoded.strip_prefix('/') {
        Some(link) => (PathBuf::new(), link),
        None => (
            path.parent().unwrap_or(Path::new("")).to_path_buf(),
            decoded.as_str(),
        ),
    };
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => {
                target.pop();
            }
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    if link.ends_with('/') || link.is_empty() {
        target.push("index.html");
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_and_fragments_are_reported() {
        let links = "<a href='b.html#here'></a><a href='../c.html'></a><a href='b.html#gone'></a>\
                     <a href='#nowhere'></a><a href='mailto:a@b'></a>";
        let mut pages = BTreeMap::new();
        pages.insert(PathBuf::from("x/b.html"), Page::new("<p id='here'>"));
        pages.insert(PathBuf::from("x/a.html"), Page::new(links));
        let there = pages.keys().cloned().collect();
        let path = Path::new("x/a.html");
        let found = dead_links(path, &pages[path], &pages, &there);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn escapes_in_links_are_decoded() {
        assert_eq!(decoded("a%20b%C3%A4%"), "a bä%");
        assert_eq!(
            joined(Path::new("x/y.html"), "../a.html"),
            PathBuf::from("a.html")
        );
        assert_eq!(
            joined(Path::new("y.html"), "../../../etc/passwd"),
            PathBuf::from("etc/passwd")
        );
    }
}
