//! What stands behind each address, in realistic markup: nested, with entities,
//! no two links written alike.

use crate::catalog::{CATALOG, Entry, Fate, MOVED, QUERIED, QUERY};
use crate::latency::Latencies;
use crate::movies::{Movie, movies};
use crate::server::{Answer, Body, Request};

const FILMS_A_PAGE: usize = 10;

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
/// written. Each video is there, some twice.
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

/// The answer to a request. `own` is the site's host and port, for requests that
/// do not name one that can stand in a link.
pub(crate) fn answer(request: &Request, own: &str, latencies: &Latencies) -> Answer {
    let (path, query) = match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.target.as_str(), None),
    };
    let host = request.host.as_deref().unwrap_or(own);
    let mut answer = find(path, query, host, latencies).unwrap_or_else(|| not_found(path));
    answer.wait = latencies.of(path);
    answer
}

fn find(path: &str, query: Option<&str>, host: &str, latencies: &Latencies) -> Option<Answer> {
    if path == "/" {
        return Some(Answer::page(200, start()));
    }
    let (folder, name) = path.strip_prefix('/')?.split_once('/')?;
    match folder {
        "index" => Some(Answer::page(200, index(number(name, INDEX.len())?, host))),
        "board" => Some(Answer::page(
            200,
            board(number(name, movies().len() / FILMS_A_PAGE)?),
        )),
        "video" => video(Entry::find(name)?, query, host),
        "old" => {
            let entry = Entry::find(name).filter(|entry| entry.number == MOVED)?;
            let mut answer = Answer::page(302, message("Moved", "This page has a new address."));
            answer.header = Some(("Location", format!("/video/{}", entry.number)));
            Some(answer)
        }
        "files" => {
            let entry = Entry::find_file(name)?;
            let mut answer = Answer::page(200, String::new());
            answer.kind = "application/octet-stream";
            answer.transfer = latencies.transfer(entry);
            answer.body = Body::File(entry);
            Some(answer)
        }
        _ => None,
    }
}

/// A page's number from 1 to `last`, written as in the links.
fn number(text: &str, last: usize) -> Option<usize> {
    let number = text.parse().ok()?;
    ((1..=last).contains(&number) && number.to_string() == text).then_some(number)
}

fn not_found(path: &str) -> Answer {
    let text = format!("There is nothing at <code>{}</code>.", escaped(path));
    Answer::page(404, message("Not found", &text))
}

fn video(entry: &'static Entry, query: Option<&str>, host: &str) -> Option<Answer> {
    if entry.number == QUERIED && query != Some(QUERY) {
        return None;
    }
    let mut answer = Answer::page(200, String::new());
    match entry.fate {
        Fate::Gone => return None,
        Fate::HangsUp => answer.body = Body::Silence,
        Fate::Slow => answer.body = Body::Slow(message("At last", "Was anybody still waiting?")),
        Fate::Fails => {
            let text = "Something went wrong in the server.";
            return Some(Answer::page(500, message("Internal server error", text)));
        }
        _ => answer.body = Body::Text(detail(entry, host)),
    }
    Some(answer)
}

const STYLE: &str = ":root{color-scheme:light dark}\
body{font:1.05rem/1.55 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
header,footer{opacity:.85}h1{line-height:1.2}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid #8886}\
code{font-size:.9em}.card{border:1px solid #8886;border-radius:.5rem;padding:.1rem 1rem;margin:.8rem 0}\
.board-wrapper dd{margin:.8rem 0;padding:.1rem 1rem;border:1px solid #8886;border-radius:.5rem}\
nav a{margin-right:1rem}";

fn document(title: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><a href=\"/\">Videos for crawlers</a></header>\n\
         <main>\n{main}</main>\n\
         <footer><p>Everything here is made up by a program on this machine.</p></footer>\n\
         </body>\n</html>\n"
    )
}

/// A page with a headline and a sentence. `text` is markup.
pub(crate) fn message(title: &str, text: &str) -> String {
    document(title, &format!("<h1>{title}</h1>\n<p>{text}</p>\n"))
}

fn start() -> String {
    let row = |address: &str, what: &str| {
        format!("<tr><td><a href=\"{address}\">{address}</a></td><td>{what}</td></tr>\n")
    };
    let traps = [
        ("/video/5", "404: listed, but removed"),
        ("/video/9", "answers after 20 seconds of real time"),
        (
            "/old/11",
            "a redirect to <code>/video/11</code>, which is listed only so",
        ),
        (
            "/video/12?part=1&amp;lang=fr",
            "found only with both parts of the query",
        ),
        ("/video/13", "its file ends early"),
        (
            "/video/15",
            "suggests a file name that climbs out of the folder",
        ),
        ("/video/17", "one byte of its file is damaged"),
        ("/video/19", "500: an error of the server"),
        ("/video/22", "suggests a file name at the root"),
        ("/video/23", "the page is cut off in the middle"),
        ("/video/26", "hangs up without an answer"),
    ];
    let traps: String = (traps.iter().map(|(address, what)| row(address, what))).collect();
    let offers = [
        (
            "/index/1",
            "to <a href=\"/index/10\">/index/10</a>: the lists of the videos",
        ),
        (
            "/video/7",
            "the page of a video: title, size, checksum, link",
        ),
        (
            "/files/video-07.mp4",
            "its file: random bytes, not a film; it is sent slowly",
        ),
        (
            "/board/1",
            "to <a href=\"/board/5\">/board/5</a>: 50 films, ten on a page",
        ),
    ];
    let offers: String = (offers.iter().map(|(address, what)| row(address, what))).collect();
    let table = |rows: &str| {
        format!(
            "<table>\n<thead><tr><th>Address</th><th>What is there</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n"
        )
    };
    let main = format!(
        "<h1>A website to be crawled</h1>\n\
         <p>The crawlers of the lessons fetch these pages. Each answer takes its time, \
         a quarter of a second to three seconds; the header <code>Server-Timing</code> says \
         how long it was meant to take.</p>\n\
         <h2>What there is</h2>\n{}\
         <h2>What goes wrong</h2>\n\
         <p>As everywhere, some links lead to trouble. A careful crawler gets the 24 good videos, \
         or 22 if it refuses the two whose pages suggest a hostile name; it counts what failed, \
         and hangs on nothing.</p>\n{}",
        table(&offers),
        table(&traps)
    );
    document("A website to be crawled", &main)
}

fn index(page: usize, host: &str) -> String {
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

fn detail(entry: &Entry, host: &str) -> String {
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
    // Another video, so that the first link is not always the right one.
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

fn board(page: usize) -> String {
    let films: String = (movies().iter())
        .skip((page - 1) * FILMS_A_PAGE)
        .take(FILMS_A_PAGE)
        .map(film)
        .collect();
    let title = format!(
        "Movie board, page {page} of {}",
        movies().len() / FILMS_A_PAGE
    );
    let main = format!("<h1>{title}</h1>\n<dl class=\"board-wrapper\">\n{films}</dl>\n");
    document(&title, &main)
}

fn film(movie: &Movie) -> String {
    let index = movie.index;
    let title = with_entities(&movie.title);
    let name = match index % 3 {
        0 => format!("<a title=\"{title}\" href=\"#film-{index}\">{title}</a>"),
        1 => format!("<a href=\"#film-{index}\" title=\"{title}\">{title}</a>"),
        _ => format!("<a href='#film-{index}'\n          data-act='film'>{title}</a>"),
    };
    format!(
        "  <dd id=\"film-{index}\">\n    <i class=\"board-index\">{index}</i>\n    \
         <div class=\"board-item-main\">\n      <div class=\"movie-item-info\">\n        \
         <p class=\"name\">{name}</p>\n        \
         <p class=\"star\">\n          主演：{}\n        </p>\n        \
         <p class=\"releasetime\">上映时间：{}</p>\n      </div>\n    </div>\n  </dd>\n",
        with_entities(&movie.actors),
        with_entities(&movie.release_time)
    )
}

/// With the entities that markup needs.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut text, c| {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            _ => text.push(c),
        }
        text
    })
}

/// With the entities that people and their programs write besides: named,
/// decimal, hexadecimal; others are left as they are.
fn with_entities(text: &str) -> String {
    let replaced = [
        ("é", "&eacute;"),
        ("è", "&egrave;"),
        ("ü", "&uuml;"),
        ("ö", "&ouml;"),
        ("ï", "&iuml;"),
        ("ñ", "&ntilde;"),
        ("æ", "&aelig;"),
        ("½", "&frac12;"),
        ("’", "&#8217;"),
        ("–", "&#8211;"),
        ("·", "&#xB7;"),
        ("«", "&laquo;"),
        ("»", "&raquo;"),
        ("“", "&#x201C;"),
        ("”", "&rdquo;"),
    ];
    (replaced.iter()).fold(escaped(text), |text, (plain, entity)| {
        text.replace(plain, entity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_video_is_listed() {
        for entry in &CATALOG {
            let entries = INDEX.iter().flat_map(|page| page.iter());
            assert!(
                entries.clone().any(|(number, _)| *number == entry.number),
                "{entry:?}"
            );
        }
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(with_entities("<é & ’>"), "&lt;&eacute; &amp; &#8217;&gt;");
        let Body::Text(page) = not_found("/<script>").body else {
            panic!("a page is a text");
        };
        assert!(!page.contains("<script>"));
    }
}
