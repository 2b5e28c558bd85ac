//! What each kind of page contains.

mod client;

use std::collections::BTreeSet;

use client::{ask, exchange, get, quick, request};
use sha2::{Digest, Sha256};
use site::{Site, movies, videos};

fn sum(bytes: &[u8]) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    Sha256::digest(bytes).iter().map(digits).collect()
}

/// The texts between `begin` and the next `end`.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Vec<&'a str> {
    let parts = text.split(begin).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(end)?.0))
        .collect()
}

fn number(name: &str) -> usize {
    name["video-".len()..][..2].parse().unwrap()
}

/// Where the page of this video is.
fn page_of(number: usize) -> String {
    match number {
        12 => "/video/12?part=1&lang=fr".to_string(),
        _ => format!("/video/{number}"),
    }
}

#[test]
fn the_start_page_leads_everywhere() {
    let site = quick();
    let start = get(&site, "/");
    assert_eq!(start.status, 200);
    assert_eq!(
        start.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        start
            .text()
            .starts_with("<!DOCTYPE html>\n<html lang=\"en\">")
    );
    assert_eq!(
        between(start.text(), "<title>", "</title>"),
        ["A website to be crawled"]
    );
    for address in between(start.text(), "<a href=\"", "\"") {
        if address == "/video/9" || address == "/video/26" {
            continue;
        }
        let expected = match address {
            "/video/5" => 404,
            "/video/19" => 500,
            "/old/11" => 302,
            _ => 200,
        };
        // HEAD spares the whole file.
        let answer = ask(&site, "HEAD", &address.replace("&amp;", "&"));
        assert_eq!(answer.status, expected, "{address}");
    }
}

#[test]
fn the_naive_expression_finds_what_the_documentation_says() {
    let site = quick();
    let found: Vec<Vec<String>> = (1..=10)
        .map(|page| {
            let page = get(&site, &format!("/index/{page}"));
            let found = between(page.text(), "<a class=\"item\" href=\"", "\">");
            found.into_iter().map(str::to_string).collect()
        })
        .collect();
    let host = "http://localhost:80";
    let expected: [&[&str]; 10] = [
        &["/video/1", &format!("{host}/video/3")],
        &["/video/5", "../video/6", &format!("{host}/video/2")],
        &["/video/9", "/video/99"],
        &["/video/10", "/old/11", "/video/12?part=1&amp;lang=fr"],
        &[&format!("{host}/video/15"), "/video/7"],
        &["/video/16", "../video/18", &format!("{host}/video/16")],
        &["/video/19", &format!("{host}/video/20")],
        &[
            "/video/22",
            &format!("{host}/video/24"),
            "/video/1",
            "/video/1#about",
        ],
        &["/video/26", "../video/27"],
        &[
            &format!("{host}/video/28"),
            "/video/31",
            "//localhost:80/video/24",
        ],
    ];
    for (page, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "page {}", page + 1);
    }
    for missed in [
        "<a href=\"/video/2\" class=\"item\">",
        "<a class='item' href='/video/4'>",
        "<a\n      class=\"item\"\n      href=\"/video/7\"\n    >",
        "<a class=item href=/video/8>",
        "<A CLASS=\"item\" HREF=\"/video/14\">",
        "<a class=\"item new\" href=\"/video/21\">",
    ] {
        let on_a_page = (1..=10).any(|page| {
            get(&site, &format!("/index/{page}"))
                .text()
                .contains(missed)
        });
        assert!(on_a_page, "{missed}");
    }
}

#[test]
fn an_absolute_link_leads_back_to_this_site() {
    let site = quick();
    let host = site.url().strip_prefix("http://").unwrap();
    let page = |host: &str| {
        let request = format!("GET /index/1 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        client::Answer::of(&exchange(&site, request.as_bytes()).unwrap())
    };
    let own = format!("href=\"{}/video/3\"", site.url());
    assert!(page(host).text().contains(&own));
    // A host that would break out of the link is not put into it.
    assert!(page("a'b&c").text().contains(&own));
    let old = exchange(&site, b"GET /index/1 HTTP/1.0\r\n\r\n").unwrap();
    assert!(client::Answer::of(&old).text().contains(&own));
}

#[test]
fn every_good_video_has_a_page_and_fits_its_checksum() {
    let site = quick();
    let videos = videos();
    assert_eq!(videos.len(), 24);
    let all: u64 = videos.iter().map(|video| video.size).sum();
    assert!((22 << 20..26 << 20).contains(&all), "{all}");
    let sizes: Vec<u64> = videos.iter().map(|video| video.size).collect();
    assert_eq!(sizes.iter().min(), Some(&(64 << 10)));
    assert_eq!(sizes.iter().max(), Some(&(8 << 20)));
    for video in videos {
        let page = get(&site, &page_of(number(&video.name)));
        let text = page.text();
        assert_eq!(page.status, 200, "{}", video.name);
        assert_eq!(
            between(text, "<code class=\"sha256\">", "</code>"),
            [&video.sha256]
        );
        assert_eq!(
            between(text, "<data class=\"size\" value=\"", "\""),
            [video.size.to_string()]
        );
        assert!(text.contains(&format!("/files/{}", video.name)));
        let file = get(&site, &format!("/files/{}", video.name));
        assert_eq!(
            file.header("Content-Length"),
            Some(video.size.to_string().as_str())
        );
        assert_eq!(file.body.len() as u64, video.size);
        assert_eq!(sum(&file.body), video.sha256, "{}", video.name);
    }
}

#[test]
fn links_that_lead_nowhere() {
    let site = quick();
    for path in [
        "/video/5",
        "/video/99",
        "/video/0",
        "/video/07",
        "/video/+7",
        "/video/12",
        "/video/12?part=1&amp;lang=fr",
        "/video/",
        "/index/0",
        "/index/11",
        "/index",
        "/board/6",
        "/files/video-05.mp4",
        "/files/video-99.mp4",
        "/files/../../etc/passwd",
        "/old/7",
        "//etc/passwd",
        "/../Cargo.toml",
        "/%2e%2e/x",
    ] {
        let answer = get(&site, path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.body.len(), answer.length());
    }
}

#[test]
fn errors_and_redirects() {
    let site = quick();
    assert_eq!(get(&site, "/video/19").status, 500);
    let moved = get(&site, "/old/11");
    assert_eq!(
        (moved.status, moved.header("Location")),
        (302, Some("/video/11"))
    );
    assert_eq!(get(&site, "/video/11").status, 200);
}

#[test]
fn a_page_that_is_cut_off_has_no_link_to_its_file() {
    let site = quick();
    let page = get(&site, "/video/23");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.body.len(),
        page.length(),
        "the page is cut off, not the transfer"
    );
    assert!(!page.text().contains("/files/") && !page.text().contains("</html>"));
    assert!(page.text().ends_with("<data "), "in the middle of a tag");
}

#[test]
fn hanging_up_is_an_end_without_a_byte() {
    let site = quick();
    for method in ["GET", "HEAD"] {
        assert_eq!(exchange(&site, &request(method, "/video/26")).unwrap(), b"");
    }
}

#[test]
fn a_short_file_ends_before_its_announced_length() {
    let site = quick();
    let file = get(&site, "/files/video-13.mp4");
    assert_eq!((file.status, file.length()), (200, 1 << 20));
    assert_eq!(file.body.len(), 1 << 19);
}

#[test]
fn a_damaged_file_has_its_length_but_not_its_checksum() {
    let site = quick();
    let page = get(&site, "/video/17");
    let promised = between(page.text(), "<code class=\"sha256\">", "</code>")[0];
    let file = get(&site, "/files/video-17.mp4");
    assert_eq!(file.body.len(), file.length());
    assert_ne!(sum(&file.body), promised);
    for bad in ["video-13.mp4", "video-17.mp4"] {
        assert!(videos().iter().all(|video| video.name != bad));
    }
}

#[test]
fn hostile_names_are_only_suggestions() {
    let site = quick();
    for (number, name) in [(15, "../../etc/x"), (22, "/etc/x")] {
        let page = get(&site, &format!("/video/{number}"));
        let text = page.text();
        assert!(text.contains(&format!("download=\"{name}\"")), "{text}");
        assert!(text.contains(&format!("/files/video-{number}.mp4")));
    }
}

#[test]
fn texts_need_decoding() {
    let site = quick();
    let text = |path| String::from_utf8(get(&site, path).body).unwrap();
    assert!(text("/video/1").contains("<h1 class=\"title\">Tide &amp; time</h1>"));
    assert!(text("/video/2").contains("brûl&eacute;e"));
    assert!(text("/video/4").contains("It&#8217;s"));
    assert!(text("/video/18").contains("&lt;b&gt; &amp; &lt;i&gt;"));
    assert!(text("/video/14").contains("东京的早晨"));
}

#[test]
fn the_board_has_fifty_films() {
    let site = quick();
    let movies = movies();
    let mut seen = BTreeSet::new();
    for page in 1..=5 {
        let page = get(&site, &format!("/board/{page}"));
        let films = between(page.text(), "<dd ", "</dd>");
        assert_eq!(films.len(), 10);
        for film in films {
            let index: usize = between(film, "<i class=\"board-index\">", "</i>")[0]
                .parse()
                .unwrap();
            let movie = &movies[index - 1];
            assert_eq!(movie.index as usize, index);
            seen.insert(index);
            let name = between(film, "<p class=\"name\">", "</p>")[0];
            let name = name
                .split_once('>')
                .and_then(|(_, text)| text.strip_suffix("</a>"));
            assert_eq!(decoded(name.unwrap()), movie.title);
            let star = between(film, "<p class=\"star\">", "</p>")[0].trim();
            // Three characters are cut off, which are nine bytes.
            assert_eq!(
                decoded(&star.chars().skip(3).collect::<String>()),
                movie.actors
            );
            let time = between(film, "<p class=\"releasetime\">", "</p>")[0];
            assert_eq!(time.chars().skip(5).collect::<String>(), movie.release_time);
        }
    }
    assert!(seen.into_iter().eq(1..=50));
}

/// Decodes the entities that occur on the board.
fn decoded(text: &str) -> String {
    [
        ("&eacute;", "é"),
        ("&egrave;", "è"),
        ("&uuml;", "ü"),
        ("&ouml;", "ö"),
        ("&ntilde;", "ñ"),
        ("&iuml;", "ï"),
        ("&aelig;", "æ"),
        ("&frac12;", "½"),
        ("&#8217;", "’"),
        ("&#8211;", "–"),
        ("&#xB7;", "·"),
        ("&laquo;", "«"),
        ("&raquo;", "»"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_string(), |text, (entity, plain)| {
        text.replace(entity, plain)
    })
}

#[test]
fn the_same_in_every_run() {
    let pages = |site: &Site| -> Vec<Vec<u8>> {
        let index = (1..=10).map(|page| get(site, &format!("/index/{page}")).body);
        index
            .chain([get(site, "/files/video-27.mp4").body])
            .collect()
    };
    let other = Site::builder()
        .seed(3)
        .latency(site::Latency::none())
        .start()
        .unwrap();
    assert!(pages(&quick()) == pages(&other));
}
