//! The pages about videos, in realistic markup: nested, with entities, no two
//! links written alike.

use crate::catalog::{CATALOG, Entry, Fate, MOVED, QUERIED, QUERY};
use crate::markup::{document, escaped, with_entities};

/// How a link is written.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// `<a class="item" href="/video/7">`
    Plain,
    /// The address first.
    Swapped,
    /// With single quotes.
    Single,
    /// Without quotes.
    Unquoted,
    /// In capitals.
    Capitals,
    /// With line breaks inside the tag.
    Broken,
    /// With a second class.
    Classes,
    /// The address with scheme and host.
    Absolute,
    /// The address without a scheme, but with the host.
    NoScheme,
    /// The address from where the page is.
    Relative,
    /// The address with a place on the page.
    Fragment,
}

use Link::*;

/// The entries of the index pages: the number of the video, and how its link is
/// written. Each video is listed, some twice.
const INDEX: [&[(u8, Link)]; 10] = [
    &[(1, Plain), (2, Swapped), (3, Absolute)],
    &[(4, Single), (5, Plain), (6, Relative), (2, Absolute)],
    &[(7, Broken), (8, Unquoted), (9, Plain)],
    &[(10, Plain), (11, Plain), (12, Plain)],
    &[(13, Swapped), (14, Capitals), (15, Absolute), (7, Plain)],
    &[(16, Plain), (17, Single), (18, Relative), (16, Absolute)],
    &[(19, Plain), (20, Absolute), (21, Classes)],
    &[
        (22, Plain),
        (23, Broken),
        (24, Absolute),
        (1, Plain),
        (1, Fragment),
    ],
    &[(25, Single), (26, Plain), (27, Relative)],
    &[
        (28, Absolute),
        (29, Swapped),
        (30, Unquoted),
        (31, Plain),
        (24, NoScheme),
    ],
];

/// The page of the index that has an entry which is commented out.
const WITH_A_COMMENT: usize = 3;

/// How many pages the index has.
pub(crate) const INDEX_PAGES: usize = INDEX.len();

/// A page of the index, from 1.
pub(crate) fn index(page: usize, host: &str) -> String {
    let mut list = String::from("<div class=\"list\">\n");
    for &(number, link) in INDEX[page - 1] {
        let entry = &CATALOG[usize::from(number) - 1];
        let title = with_entities(entry.title);
        list.push_str(&format!(
            "  <div class=\"card\">\n    <h2>{}{title}</a></h2>\n    <p class=\"info\">\
             No.&nbsp;{number} &middot; <a href=\"/\" class=\"home\">home</a></p>\n  </div>\n",
            open(link, &address(entry), host)
        ));
    }
    if page == WITH_A_COMMENT {
        list.push_str(
            "  <!-- <div class=\"card\">\n    <h2><a class=\"item\" href=\"/video/99\">\
             Taken off the list</a></h2>\n  </div> -->\n",
        );
    }
    list.push_str("</div>\n<nav>");
    if page > 1 {
        list.push_str(&format!(
            "<a rel=\"prev\" href=\"/index/{}\">back</a>",
            page - 1
        ));
    }
    if page < INDEX.len() {
        list.push_str(&format!(
            "<a rel=\"next\" href=\"/index/{}\">on</a>",
            page + 1
        ));
    }
    let title = format!("Videos, page {page} of {}", INDEX.len());
    document(&title, &format!("<h1>{title}</h1>\n{list}</nav>\n"))
}

fn address(entry: &Entry) -> String {
    let number = entry.number;
    match number {
        MOVED => format!("/old/{number}"),
        QUERIED => format!("/video/{number}?{}", escaped(QUERY)),
        _ => format!("/video/{number}"),
    }
}

/// The opening tag of an entry's link.
fn open(link: Link, address: &str, host: &str) -> String {
    match link {
        Plain => format!("<a class=\"item\" href=\"{address}\">"),
        Swapped => format!("<a href=\"{address}\" class=\"item\">"),
        Single => format!("<a class='item' href='{address}'>"),
        Unquoted => format!("<a class=item href={address}>"),
        Capitals => format!("<A CLASS=\"item\" HREF=\"{address}\">"),
        Broken => format!("<a\n      class=\"item\"\n      href=\"{address}\"\n    >"),
        Classes => format!("<a class=\"item new\" href=\"{address}\">"),
        Absolute => format!("<a class=\"item\" href=\"http://{host}{address}\">"),
        NoScheme => format!("<a class=\"item\" href=\"//{host}{address}\">"),
        Relative => format!("<a class=\"item\" href=\"..{address}\">"),
        Fragment => format!("<a class=\"item\" href=\"{address}#about\">"),
    }
}

/// The page of a video.
pub(crate) fn detail(entry: &Entry, host: &str) -> String {
    let (number, file) = (entry.number, entry.file());
    let title = with_entities(entry.title);
    let address = match number % 3 {
        0 => format!("http://{host}/files/{file}"),
        1 => format!("/files/{file}"),
        _ => format!("../files/{file}"),
    };
    let name = match entry.fate {
        Fate::Hostile(name) => name,
        _ => &file,
    };
    let style = match entry.fate {
        Fate::Hostile(_) => 0,
        _ => number % 4,
    };
    let link = match style {
        0 => format!("<a class=\"download\" href=\"{address}\" download=\"{name}\">"),
        1 => format!("<a download='{name}' href='{address}' class='download'>"),
        2 => format!(
            "<a href=\"{address}\"\n         class=\"button download\" download=\"{name}\">"
        ),
        _ => format!("<a class=download href={address} download={name}>"),
    };
    // A link to another video, so that the first link is not always the right one.
    let other = &CATALOG[usize::from(number) % CATALOG.len()];
    let main = format!(
        "<article>\n  <h1 class=\"title\">{title}</h1>\n  \
         <p id=\"about\">See also <a class=\"related\" href=\"{}\">{}</a>.</p>\n  \
         <div class=\"card\">\n    <table>\n      \
         <tr><th>Size</th><td><data class=\"size\" value=\"{}\">{}</data></td></tr>\n      \
         <tr><th>SHA-256</th><td><code class=\"sha256\">{}</code></td></tr>\n    \
         </table>\n    <p>{link}Download <span>&laquo;{title}&raquo;</span></a></p>\n  \
         </div>\n</article>\n",
        self::address(other),
        with_entities(other.title),
        entry.size,
        size_in_words(entry.size),
        entry.sha256(),
    );
    let page = document(&title, &main);
    match entry.fate {
        Fate::Cut => {
            let end = page.find("class=\"size\"").expect("it was just written");
            page[..end].to_string()
        }
        _ => page,
    }
}

fn size_in_words(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_video_is_listed() {
        for entry in &CATALOG {
            let mut entries = INDEX.iter().flat_map(|page| page.iter());
            assert!(
                entries.any(|(number, _)| *number == entry.number),
                "{entry:?}"
            );
        }
    }
}
