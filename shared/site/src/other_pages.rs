//! The pages of the movie board, and the start page.

use crate::markup::{document, with_entities};
use crate::movies::{Movie, movies};

const FILMS_A_PAGE: usize = 10;

/// How many pages the movie board has.
pub(crate) fn board_pages() -> usize {
    movies().len() / FILMS_A_PAGE
}

/// The page that explains the site to a person.
pub(crate) fn start() -> String {
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

/// A page of the movie board, from 1.
pub(crate) fn board(page: usize) -> String {
    let films: String = (movies().iter())
        .skip((page - 1) * FILMS_A_PAGE)
        .take(FILMS_A_PAGE)
        .map(film)
        .collect();
    let title = format!("Movie board, page {page} of {}", board_pages());
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
