//! The pages as they are built: links that lead nowhere, pictures without words, and
//! anything that would need a network.

mod links;
mod network;
mod page;
mod pictures;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::files;
use crate::project::Project;
use page::{Page, Problem};

/// Not pages of their own: all pages in one, and the table of contents.
const COLLECTIONS: [&str; 2] = ["print.html", "toc.html"];

/// Everything that is wrong with the book that was built into the folder `book`.
pub fn problems(project: &Project, book: &Path) -> Result<Vec<String>, String> {
    let mut there = BTreeSet::new();
    let mut pages = BTreeMap::new();
    let mut problems: Vec<Problem> = Vec::new();
    for file in &files::below(book)? {
        let path = file.strip_prefix(book).unwrap_or(file).to_path_buf();
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("html") => {
                pages.insert(path.clone(), Page::new(&read(file)?));
            }
            Some("css" | "svg") => problems.extend(network::foreign_in_css(&path, &read(file)?)),
            _ => {}
        }
        there.insert(path);
    }
    for (path, page) in &pages {
        // The contents of a collection are checked on their own pages.
        if !COLLECTIONS.iter().any(|name| path == Path::new(name)) {
            problems.extend(network::foreign(path, page));
            problems.extend(links::dead_links(path, page, &pages, &there));
            problems.extend(pictures::without_words(path, page));
        }
    }
    let sentence = |problem: Problem| {
        let place = place(project, &problem.path, &problem.about);
        format!("{place}: {}", problem.what)
    };
    Ok(problems.into_iter().map(sentence).collect())
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// The line of the page's source that has the text `what`, or the built file if the page
/// has no source.
fn place(project: &Project, path: &Path, what: &str) -> String {
    let sources = match path.file_name().and_then(|name| name.to_str()) {
        Some("index.html") => ["README.md", "index.md"].map(|name| path.with_file_name(name)),
        _ => [path.with_extension("md"), path.with_extension("md")],
    };
    for source in sources {
        let Ok(text) = std::fs::read_to_string(project.pages().join(&source)) else {
            continue;
        };
        // In the source, a link to a page has the ending of that page's source.
        let written = what.replace(".html", ".md");
        let line = text
            .lines()
            .position(|line| line.contains(&written) || line.contains(what));
        let line = line.map_or(1, |line| line + 1);
        return format!("mdbook/src/{}:{line}", source.display());
    }
    format!("mdbook/book/{}", path.display())
}
