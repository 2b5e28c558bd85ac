//! The pages as they are built: links that lead nowhere, pictures without
//! words, and anything that would need a network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Html, Selector};

use crate::captured;
use crate::project::Project;
use crate::sources::pattern;

/// Not pages of their own: all pages in one, and the frame without scripts.
const COLLECTIONS: [&str; 2] = ["print.html", "toc.html"];

/// What a browser loads by itself: element, attribute.
const LOADED: [(&str, &str); 12] = [
    ("script", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("source", "src"),
    ("source", "srcset"),
    ("video", "src"),
    ("audio", "src"),
    ("iframe", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("use", "href"),
    ("image", "href"),
];

/// Kinds of `<link>` that load something.
const LOADING_LINKS: [&str; 5] = ["stylesheet", "icon", "preload", "prefetch", "modulepreload"];

static URL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:url\(\s*["']?|@import\s+["'])([^"')\s]+)"#));
static CALLS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:fetch|importScripts|import|EventSource|WebSocket)\(\s*["'`]((?:https?:|wss?:)?//[^"'`]+)"#,
    )
});

struct Page {
    html: Html,
    ids: BTreeSet<String>,
}

/// Everything that is wrong with the built book.
pub fn problems(project: &Project) -> Result<Vec<String>, String> {
    let book = project.book().join("book");
    let files = captured::files(&book)?;
    let mut pages = BTreeMap::new();
    let mut problems: Vec<Problem> = Vec::new();
    for file in &files {
        let path = file.strip_prefix(&book).unwrap_or(file).to_path_buf();
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("html") => {
                let html = Html::parse_document(&read(file)?);
                let ids = html
                    .select(&selector("[id], a[name]"))
                    .filter_map(|element| element.attr("id").or(element.attr("name")))
                    .map(str::to_string)
                    .collect();
                pages.insert(path, Page { html, ids });
            }
            Some("css") => problems.extend(foreign_in_css(&path, &read(file)?)),
            Some("svg") => problems.extend(foreign_in_css(&path, &read(file)?)),
            _ => {}
        }
    }
    let there: BTreeSet<PathBuf> = files
        .iter()
        .filter_map(|file| file.strip_prefix(&book).ok().map(Path::to_path_buf))
        .collect();
    for (path, page) in &pages {
        // What is in them is on the pages.
        if !COLLECTIONS.iter().any(|name| path == Path::new(name)) {
            problems.extend(foreign(path, page));
            problems.extend(dead_links(path, page, &pages, &there));
            problems.extend(pictures_without_words(path, page));
        }
    }
    let sentence = |problem: Problem| {
        let place = place(&book, &problem.path, &problem.about);
        format!("{place}: {}", problem.what)
    };
    Ok(problems.into_iter().map(sentence).collect())
}

/// Something that is wrong with a built file.
#[derive(Debug)]
struct Problem {
    path: PathBuf,
    /// What to look for in the source.
    about: String,
    what: String,
}

impl Problem {
    fn new(path: &Path, about: &str, what: String) -> Self {
        Problem {
            path: path.to_path_buf(),
            about: about.to_string(),
            what,
        }
    }
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// A selector that is written in this program.
fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Where a person finds `what` in the page: in its source, if it has one.
fn place(book: &Path, path: &Path, what: &str) -> String {
    let sources = match path.file_name().and_then(|name| name.to_str()) {
        Some("index.html") => ["README.md", "index.md"].map(|name| path.with_file_name(name)),
        _ => [path.with_extension("md"), path.with_extension("md")],
    };
    for source in sources {
        let Ok(text) = std::fs::read_to_string(book.join("../src").join(&source)) else {
            continue;
        };
        // A link to a page is written with the ending of its source.
        let written = what.replace(".html", ".md");
        let line = text
            .lines()
            .position(|line| line.contains(&written) || line.contains(what));
        let line = line.map_or(1, |line| line + 1);
        return format!("mdbook/src/{}:{line}", source.display());
    }
    format!("mdbook/book/{}", path.display())
}

/// Whether a browser would go to another server for it.
fn is_foreign(address: &str) -> bool {
    let address = address.trim();
    if address.starts_with("//") {
        return true;
    }
    match address.split_once(':') {
        Some((scheme, _)) => {
            !scheme.contains(['/', '#', '?']) && !matches!(scheme, "data" | "blob" | "about")
        }
        None => false,
    }
}

fn foreign(path: &Path, page: &Page) -> Vec<Problem> {
    let mut addresses: Vec<String> = Vec::new();
    for (element, attribute) in LOADED {
        for found in page.html.select(&selector(element)) {
            let value = found.attr(attribute).or_else(|| {
                // In an SVG it may be written with the old prefix.
                (attribute == "href")
                    .then(|| found.attr("xlink:href"))
                    .flatten()
            });
            addresses.extend(value.map(str::to_string));
        }
    }
    for link in page.html.select(&selector("link[href]")) {
        let kinds = link.attr("rel").unwrap_or_default();
        if kinds
            .split_whitespace()
            .any(|kind| LOADING_LINKS.contains(&kind))
        {
            addresses.extend(link.attr("href").map(str::to_string));
        }
    }
    for styled in page.html.select(&selector("[style], style")) {
        let text = match styled.attr("style") {
            Some(style) => style.to_string(),
            None => styled.text().collect(),
        };
        addresses.extend(URL.captures_iter(&text).map(|found| found[1].to_string()));
    }
    for script in page.html.select(&selector("script:not([src])")) {
        let text: String = script.text().collect();
        addresses.extend(CALLS.captures_iter(&text).map(|found| found[1].to_string()));
    }
    // A playground asks a remote server as soon as the page is open.
    if page
        .html
        .select(&selector("pre.playground"))
        .next()
        .is_some()
    {
        addresses.push("https://play.rust-lang.org (a runnable code block)".to_string());
    }
    addresses
        .into_iter()
        .filter(|address| is_foreign(address))
        .map(|address| Problem::new(path, &address, format!("it needs the network: {address}")))
        .collect()
}

fn foreign_in_css(path: &Path, text: &str) -> Vec<Problem> {
    URL.captures_iter(text)
        .filter(|found| is_foreign(&found[1]))
        .map(|found| Problem::new(path, "", format!("it needs the network: {}", &found[1])))
        .collect()
}

fn dead_links(
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

/// Without percent escapes.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let escaped = (*first == b'%' && others.len() >= 2)
            .then(|| std::str::from_utf8(&others[..2]).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn pictures_without_words(path: &Path, page: &Page) -> Vec<Problem> {
    let mut problems = Vec::new();
    // mdBook's own icons stand beside words that say the same.
    for picture in page.html.select(&selector(
        "main img, main svg:not(.fa-svg svg, .blockquote-tag-title svg)",
    )) {
        if !has_words(picture) {
            let source = picture.attr("src").unwrap_or(picture.value().name());
            let what = format!("the picture `{source}` has no words for those who cannot see it");
            problems.push(Problem::new(path, source, what));
        }
    }
    problems
}

/// A picture is described, or is marked as mere decoration.
fn has_words(picture: ElementRef<'_>) -> bool {
    let given = |name| {
        picture
            .attr(name)
            .is_some_and(|text| !text.trim().is_empty())
    };
    if picture.attr("aria-hidden") == Some("true") || given("aria-label") {
        return true;
    }
    if picture.value().name() == "img" {
        // An empty one says: decoration.
        return picture.attr("alt").is_some();
    }
    let inside = picture
        .ancestors()
        .skip(1)
        .filter_map(ElementRef::wrap)
        .any(|outer| {
            // A part of a picture that is described as a whole.
            outer.value().name() == "svg" || outer.attr("aria-hidden") == Some("true")
        });
    let title = picture
        .children()
        .filter_map(ElementRef::wrap)
        .any(|child| {
            matches!(child.value().name(), "title" | "desc")
                && child.text().any(|text| !text.trim().is_empty())
        });
    inside || given("aria-labelledby") || title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Page {
        Page {
            html: Html::parse_document(html),
            ids: ["here".to_string()].into(),
        }
    }

    #[test]
    fn what_the_browser_loads_from_elsewhere_is_seen() {
        for html in [
            "<script src='https://example.org/a.js'></script>",
            "<img src='//example.org/a.png'>",
            "<link rel='stylesheet' href='http://example.org/a.css'>",
            "<p style='background: url(https://example.org/a.png)'>",
            "<style>@import \"https://example.org/a.css\";</style>",
            "<script>fetch('https://example.org/')</script>",
            "<pre class='playground'></pre>",
        ] {
            assert_eq!(foreign(Path::new("a.html"), &page(html)).len(), 1, "{html}");
        }
        for html in [
            "<a href='https://example.org'>elsewhere</a>",
            "<link rel='canonical' href='https://example.org'>",
            "<img src='a.png'>",
            "<img src='data:image/png;base64,AA'>",
        ] {
            assert!(
                foreign(Path::new("a.html"), &page(html)).is_empty(),
                "{html}"
            );
        }
    }

    #[test]
    fn dead_links_and_fragments_are_seen() {
        let links = "<a href='b.html#here'></a><a href='../c.html'></a><a href='b.html#gone'></a>\
                     <a href='#nowhere'></a><a href='mailto:a@b'></a>";
        let mut pages = BTreeMap::new();
        pages.insert(PathBuf::from("x/b.html"), page(""));
        pages.insert(PathBuf::from("x/a.html"), page(links));
        let there = pages.keys().cloned().collect();
        let path = Path::new("x/a.html");
        let found = dead_links(path, &pages[path], &pages, &there);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn pictures_need_words() {
        let path = Path::new("a.html");
        let with = "<main><img alt='a cat'><svg><title>A cat</title></svg>\
                    <svg aria-label='A cat'><g><svg></svg></g></svg><svg aria-hidden='true'></svg></main>";
        assert!(pictures_without_words(path, &page(with)).is_empty());
        let without = "<main><img src='cat.png'><svg><text>cat</text></svg></main>";
        assert_eq!(pictures_without_words(path, &page(without)).len(), 2);
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
