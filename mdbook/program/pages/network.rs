//! What a browser would get from another server.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::page::{Page, Problem, selector};
use crate::text::pattern;

/// What a browser loads by itself: the element and its attribute.
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

/// The kinds of `<link>` that load something.
const LOADING_LINKS: [&str; 5] = ["stylesheet", "icon", "preload", "prefetch", "modulepreload"];

static URL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:url\(\s*["']?|@import\s+["'])([^"')\s]+)"#));
static CALLS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:fetch|importScripts|import|EventSource|WebSocket)\(\s*["'`]((?:https?:|wss?:)?//[^"'`]+)"#,
    )
});

/// Whether an address is on another server.
pub fn is_foreign(address: &str) -> bool {
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

/// What a page loads from other servers.
pub fn foreign(path: &Path, page: &Page) -> Vec<Problem> {
    let mut addresses: Vec<String> = Vec::new();
    for (element, attribute) in LOADED {
        for found in page.html.select(&selector(element)) {
            let value = found.attr(attribute).or_else(|| {
                // In an SVG the attribute may have the old prefix.
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
    // A playground calls a remote server as soon as the page is open.
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

/// What a style sheet or a picture loads from other servers.
pub fn foreign_in_css(path: &Path, text: &str) -> Vec<Problem> {
    URL.captures_iter(text)
        .filter(|found| is_foreign(&found[1]))
        .map(|found| Problem::new(path, "", format!("it needs the network: {}", &found[1])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_loads_from_elsewhere_is_reported() {
        for html in [
            "<script src='https://example.org/a.js'></script>",
            "<img src='//example.org/a.png'>",
            "<link rel='stylesheet' href='http://example.org/a.css'>",
            "<p style='background: url(https://example.org/a.png)'>",
            "<style>@import \"https://example.org/a.css\";</style>",
            "<script>fetch('https://example.org/')</script>",
            "<pre class='playground'></pre>",
        ] {
            assert_eq!(
                foreign(Path::new("a.html"), &Page::new(html)).len(),
                1,
                "{html}"
            );
        }
        for html in [
            "<a href='https://example.org'>elsewhere</a>",
            "<link rel='canonical' href='https://example.org'>",
            "<img src='a.png'>",
            "<img src='data:image/png;base64,AA'>",
        ] {
            assert!(
                foreign(Path::new("a.html"), &Page::new(html)).is_empty(),
                "{html}"
            );
        }
    }
}
