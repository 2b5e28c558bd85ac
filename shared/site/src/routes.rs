//! Which answer each address has.

use crate::catalog::{Entry, Fate, MOVED, QUERIED, QUERY};
use crate::markup::{escaped, message};
use crate::{other_pages, video_pages};

/// What a visitor gets.
#[derive(Debug)]
pub(crate) enum Answer {
    Page(u16, String),
    /// A page with a redirect to this address.
    Moved(String, String),
    File(&'static Entry),
    /// A page that comes too late for everyone.
    Slow(String),
    /// Nothing: the server hangs up.
    Silence,
}

/// The answer for an address. `host` is what absolute links have.
pub(crate) fn answer(path: &str, query: Option<&str>, host: &str) -> Answer {
    find(path, query, host).unwrap_or_else(|| not_found(path))
}

fn find(path: &str, query: Option<&str>, host: &str) -> Option<Answer> {
    if path == "/" {
        return Some(Answer::Page(200, other_pages::start()));
    }
    let (folder, name) = path.strip_prefix('/')?.split_once('/')?;
    match folder {
        "index" => {
            let page = number(name, video_pages::INDEX_PAGES)?;
            Some(Answer::Page(200, video_pages::index(page, host)))
        }
        "board" => {
            let page = number(name, other_pages::board_pages())?;
            Some(Answer::Page(200, other_pages::board(page)))
        }
        "video" => video(Entry::find(name)?, query, host),
        "old" => {
            let entry = Entry::find(name).filter(|entry| entry.number == MOVED)?;
            let page = message("Moved", "This page has a new address.");
            Some(Answer::Moved(format!("/video/{}", entry.number), page))
        }
        "files" => Entry::find_file(name).map(Answer::File),
        _ => None,
    }
}

/// A page's number from 1 to `last`, written as in the links: not `07`, not `+7`.
fn number(text: &str, last: usize) -> Option<usize> {
    let number = text.parse().ok()?;
    ((1..=last).contains(&number) && number.to_string() == text).then_some(number)
}

fn not_found(path: &str) -> Answer {
    let text = format!("There is nothing at <code>{}</code>.", escaped(path));
    Answer::Page(404, message("Not found", &text))
}

fn video(entry: &'static Entry, query: Option<&str>, host: &str) -> Option<Answer> {
    if entry.number == QUERIED && query != Some(QUERY) {
        return None;
    }
    Some(match entry.fate {
        Fate::Gone => return None,
        Fate::HangsUp => Answer::Silence,
        Fate::Slow => Answer::Slow(message("At last", "Was anybody still waiting?")),
        Fate::Fails => {
            let text = "Something went wrong in the server.";
            Answer::Page(500, message("Internal server error", text))
        }
        _ => Answer::Page(200, video_pages::detail(entry, host)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_as_text() {
        let Answer::Page(404, page) = answer("/<script>", None, "a") else {
            panic!("there is nothing");
        };
        assert!(page.contains("/&lt;script&gt;") && !page.contains("<script>"));
    }
}
