//! A crawler, version 1: fetch all pages at once, parse them at the end.
//!
//! Watch when the first page is parsed, and who parses.
use crawl::{Client, Page, options};
use scraper::Selector;
use shared::prelude::*;

pub fn main() -> Result {
    let client = Client::start()?;
    let page = client.get("/index/1")?;
    say!("one page: {} has {} bytes", page.path(), page.bytes());

    say!("one after the other");
    let start = elapsed();
    for n in 1..=10 {
        let page = client.get(&format!("/index/{n}"))?;
        parse(&page)?;
    }
    say!("ten pages in series took {:.1} s", elapsed() - start);

    say!("four at once, collected at the end");
    let start = elapsed();
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
    say!("all pages are here after {:.1} s", elapsed() - start);
    for (n, future) in futures.iter().enumerate() {
        parse(&future.result()??)?;
        if n == 0 {
            say!(
                "the first result is usable after {:.1} s",
                elapsed() - start
            );
        }
    }
    say!("the whole took {:.1} s", elapsed() - start);
    Ok(())
}

/// How many videos the page lists. The pause stands for a longer analysis.
fn parse(page: &Page) -> Result<usize> {
    let links = Selector::parse("a.item")?;
    let count = page.html()?.select(&links).count();
    pause(0.25);
    say!("parsed {}: {count} links", page.path());
    Ok(count)
}
