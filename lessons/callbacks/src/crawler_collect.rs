//! A crawler, version 1: fetch all pages at once, parse them at the end.
//!
//! Watch when the first page is parsed, and who parses.
//!
//! Proves: 1.5 * "the whole took _ s" < "ten pages in series took _ s"
use crawl::{Client, Page, options};
use scraper::Selector;
use shared::prelude::*;

pub fn main() -> Result {
    let client = Client::start()?;
    let page = client.get("/index/1")?;
    say!("one page: {} has {} bytes", page.path(), page.bytes());

    phase!("one after the other");
    let clock = Stopwatch::start();
    for n in 1..=10 {
        let page = client.get(&format!("/index/{n}"))?;
        parse(&page)?;
    }
    let series = clock.read("all pages are parsed");
    say!("ten pages in series took {series:.1} s");

    phase!("four at once, collected at the end");
    let clock = Stopwatch::start();
    let pool = ThreadPool::builder()
        .workers(options::workers(4))
        .name_prefix("crawler")
        .build()?;
    let mut futures = Vec::new();
    for n in 1..=10 {
        let client = client.clone();
        futures.push(pool.submit(move || client.get(&format!("/index/{n}")))?);
    }
    pool.shutdown()?;
    let here = clock.read("all pages are here");
    say!("all pages are here after {here:.1} s");
    for (n, future) in futures.iter().enumerate() {
        parse(&future.result()??)?;
        if n == 0 {
            let first = clock.read("the first result is usable");
            say!("the first result is usable after {first:.1} s");
        }
    }
    say!("the whole took {:.1} s", clock.read("all pages are parsed"));
    Ok(())
}

/// How many videos the page lists. The pause stands for more work.
fn parse(page: &Page) -> Result<usize> {
    let links = Selector::parse("a.item")?;
    let count = page.html()?.select(&links).count();
    pause(0.25);
    say!("parsed {}: {count} links", page.path());
    Ok(count)
}
