//! The sections' twins in plain Rust print what the sections show. The crawlers among
//! them crawl the workbook's site, five times as fast as usual.

use site::{Latency, Site};
use testing::{Twin, run_twins};

#[test]
fn the_twins_show_what_their_sections_show() {
    let site = Site::builder().latency(Latency::scaled(0.2));
    let site = site.start().expect("a site to crawl");
    let mut twins = twins();
    twins.extend(crawlers(site.url()));
    let runs = run_twins(env!("CARGO_MANIFEST_DIR"), &twins);

    let who = &runs["who_runs"];
    let child = who.numbers("the task ran in process {}");
    assert_ne!(child, who.numbers("the callback runs in process {}"));

    // Version 1 has all pages before it parses one; the others need not.
    let took = |name: &str, line: &str| runs[name].numbers(line)[0][0];
    let all = took("crawler_collect", "all pages are here after {} ms");
    let first = took("crawler_collect", "the first result is usable after {} ms");
    assert!(all < first, "{first} ms, but {all} ms");
    for (name, first) in [
        ("crawler_fused", "the first result is usable after {} ms"),
        ("crawler_callback", "the first result is usable after {} ms"),
    ] {
        assert!(took(name, first) <= took(name, "the whole took {} ms"));
    }
}

#[rustfmt::skip]
fn twins() -> Vec<Twin> {
    vec![
        Twin::new("thread_callback")
            .takes_at_least(1000)
            .in_order(["start", "over", "the work is done", "the result is 9"]),
        Twin::new("pool_callback")
            .takes_at_least(600)
            .in_any_order([
                "over",
                "quick ends",
                r#"its result is "hello from quick""#,
                "slow ends",
                r#"its result is "hello from slow""#,
            ])
            .before("quick ends", r#"its result is "hello from quick""#)
            .before("slow ends", r#"its result is "hello from slow""#)
            .in_order(["all is done"]),
        Twin::new("who_runs").takes_at_least(2 * 300).in_order([
            "1. the thread that ran the task",
            "the callback runs on the thread on which the task ran: true",
            "2. the thread that receives the result",
            "the callback runs on the thread on which the task ran: false",
            "the callback runs on the thread on which main waits: true",
            "the callback runs on the thread on which the task ran: false",
            "the callback runs on the thread on which main waits: true",
            "3. the process that waits for the other one",
            "the task ran in process {}",
            "the callback runs in process {}",
        ]),
        Twin::new("async_or_callback")
            .takes_at_least(4 * 300)
            .in_order([
                "1: synchronous, without a callback",
                "1: the task ends",
                "1: I go on",
                "1: I have the result, 1",
                "2: synchronous, with a callback",
                "2: the task ends",
                "2: I am called with 4",
                "2: I go on",
                "3: asynchronous, without a callback",
            ])
            .in_any_order(["3: I go on", "3: the task ends"])
            .in_order(["3: I fetch the result, 9", "4: asynchronous, with a callback"])
            .in_any_order(["4: I go on", "4: the task ends", "4: I am called with 16"])
            .before("4: the task ends", "4: I am called with 16"),
        Twin::new("errors")
            .in_order([
                "panics: the thread panicked: index out of bounds: the len is 0 but the index is 0",
                "fails: /lost: status 404",
                "good: 1256 bytes",
                "a callback panicked: this callback has a mistake",
                "the next callback is called with 1256",
            ])
            .complains_of(&["index out of bounds", "this callback has a mistake"]),
    ]
}

/// How many videos each index page lists.
const LINKS: [usize; 10] = [3, 4, 3, 3, 4, 4, 3, 5, 3, 5];

fn crawlers(url: &str) -> Vec<Twin> {
    let pages = || (1..).zip(LINKS);
    let parsed = || pages().map(|(n, links)| format!("parsed /index/{n}: {links} links"));
    let collect = Twin::new("crawler_collect")
        .in_order(["all pages are here after {} ms"])
        .in_order(parsed().take(1))
        .in_order(["the first result is usable after {} ms"])
        .in_order(parsed().skip(1))
        .in_order(["the whole took {} ms"]);

    let parsed_by_task = |n| format!("parsed {url}/index/{n}");
    let read = |(n, links)| format!("read /index/{n}: {links} links");
    let first = "the first result is usable after {} ms".to_string();
    let fused = Twin::new("crawler_fused")
        .in_any_order(
            (1..=10)
                .map(parsed_by_task)
                .chain(pages().map(read))
                .chain([first]),
        )
        .in_order(["the whole took {} ms"])
        .before(read((1, 3)), "the first result is usable after {} ms");
    let fused = pages().fold(fused, |fused, page| {
        fused.before(parsed_by_task(page.0), read(page))
    });
    let fused = pages()
        .zip(pages().skip(1))
        .fold(fused, |fused, (one, next)| {
            fused.before(read(one), read(next))
        });

    let submitted = "all pages are submitted".to_string();
    let callback = Twin::new("crawler_callback")
        .in_any_order(parsed().chain([submitted]))
        .in_order([
            "the first result is usable after {} ms",
            "the whole took {} ms",
        ]);

    let as_completed = Twin::new("crawler_as_completed")
        .in_any_order(parsed())
        .in_order([
            "the first result is usable after {} ms",
            "the whole took {} ms",
        ]);

    let sizes = [1587, 1818, 1717, 1620, 1784];
    let page_sizes = Twin::new("page_sizes")
        .in_any_order(
            (1..)
                .zip(sizes)
                .map(|(n, size)| format!("url:/index/{n} size:{size}")),
        )
        .in_order(["/board/1: 5134 bytes are 4814 characters"]);

    let movie_board = Twin::new("movie_board").in_order([
        "index:1 title:霸王别姬 actor:张国荣,张丰毅,巩俐 time:1993-01-01",
        "index:11 title:Сталкер actor:Александр Кайдановский,Анатолий Солоницын,Николай Гринько time:1979",
        "index:21 title:기생충 actor:송강호,이선균,조여정 time:2019-05-30(韩国)",
        "index:31 title:Orfeu Negro actor:Breno Mello,Marpessa Dawn,Lourdes de Oliveira time:1959",
        "index:41 title:Babettes gæstebud actor:Stéphane Audran,Bodil Kjer,Birgitte Federspiel time:1987",
        "50 records",
    ]);
    let crawlers = [
        collect,
        fused,
        callback,
        as_completed,
        page_sizes,
        movie_board,
        video_crawler(url),
    ];
    crawlers.map(|twin| twin.argument(url)).into()
}

/// Each file that comes whole, and each visit that fails.
fn video_crawler(url: &str) -> Twin {
    let files = [
        (1, 1048576),
        (2, 524365),
        (3, 65536),
        (4, 2097152),
        (6, 262144),
        (7, 1572864),
        (8, 786433),
        (10, 8388608),
        (11, 393216),
        (12, 655360),
        (14, 1048576),
        (15, 327680),
        (16, 131081),
        (17, 524288),
        (18, 98304),
        (20, 3145723),
        (21, 204800),
        (22, 458752),
        (24, 1310720),
        (25, 163840),
        (27, 65537),
        (28, 425984),
        (29, 229376),
        (30, 102403),
        (31, 1048577),
    ];
    let files = files.map(|(n, bytes)| format!("{url}/files/video-{n:02}.mp4: {bytes} bytes"));
    let failures = [
        "/video/5: http status: 404",
        "/video/9: timeout: global",
        "/files/video-13.mp4: io: Peer disconnected",
        "/video/19: http status: 500",
        "/video/26: io: Peer disconnected",
    ];
    let failures = failures.map(|failure| format!("{url}{failure}"));
    Twin::new("video_crawler")
        .in_any_order(files.into_iter().chain(failures))
        .in_order(["67 addresses"])
}
