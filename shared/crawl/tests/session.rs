//! A crawl goes no further than its limits.

use crawl::{Client, Folder, Page, Session, Trouble};

fn session() -> Session {
    let client = Client::new("http://127.0.0.1:8000").unwrap();
    Session::new(client, Folder::temporary().unwrap())
}

fn page(number: u32) -> Page {
    Page::new(&format!("http://127.0.0.1:8000/index/{number}"), "").unwrap()
}

fn follow(session: &Session, page: &Page, links: &[String]) -> usize {
    let links = links.iter().map(String::as_str);
    session.new_links(page, links).len()
}

/// The links of a page are limited, and the report says that there are more.
#[test]
fn of_a_page_five_hundred_links_are_followed() {
    let session = session();
    let links: Vec<String> = (0..2000).map(|n| format!("/video/{n}")).collect();
    assert_eq!(follow(&session, &page(1), &links[..500]), 500);
    assert_eq!(session.report().troubles(), 0);
    assert_eq!(follow(&session, &page(2), &links), 0, "all are known");
    assert_eq!(follow(&session, &page(3), &links[500..]), 500);
    assert_eq!(
        session.report().lines()[1..],
        ["2 too many: /index/2, /index/3: more than 500 links on the page"]
    );
}

/// The addresses of a crawl are limited.
#[test]
fn a_crawl_visits_ten_thousand_addresses() {
    let session = session();
    let mut followed = 0;
    for number in 1..=25 {
        let links: Vec<String> = (0..500).map(|n| format!("/video/{number}/{n}")).collect();
        followed += follow(&session, &page(number), &links);
    }
    assert_eq!(followed, 10_000);
    assert_eq!(session.report().troubles(), 5);
    let line = &session.report().lines()[1];
    assert!(
        line.ends_with(": more than 10000 addresses in this crawl"),
        "{line}"
    );
}

/// Links that lead to other hosts and ports are not followed.
#[test]
fn a_crawl_stays_on_its_site() {
    let session = session();
    let links = [
        "http://example.org/video/1",
        "//example.org/video/1",
        "http://127.0.0.1:8001/video/1",
        "https://127.0.0.1:8000/video/1",
        "http://127.0.0.1:8000@example.org/",
        "javascript:alert(1)",
        "/video/1",
    ];
    assert_eq!(session.new_links(&page(1), links), ["/video/1"]);
    assert_eq!(session.report().troubles(), 1, "one for the page");
}

/// What the site offers under the name of a file of the user's own is not fetched.
#[test]
fn a_name_that_is_taken_is_reported_before_anything_is_fetched() {
    // No program listens on port 1.
    let client = Client::new("http://127.0.0.1:1").unwrap();
    let folder = Folder::temporary().unwrap();
    std::fs::write(folder.path().join("Cargo.toml"), "mine").unwrap();
    let session = Session::new(client, folder);
    let offer = crawl::Offer::new("/files/1", "Cargo.toml", "2cf24dba").unwrap();
    assert_eq!(session.get_bytes(&offer), None);
    assert_eq!(session.save(&offer), None);
    assert_eq!(
        session.report().lines()[1..],
        [format!(
            "1 name taken: /files/1: {}",
            Trouble::Taken("Cargo.toml".to_string())
        )]
    );
    std::fs::remove_dir_all(session.folder().path()).unwrap();
}
