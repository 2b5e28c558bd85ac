//! A crawler, version 2: fetching and parsing are one task.
//!
//! Watch when a page is parsed, and when `main` reads that result.
//!
//! Proves: 2 * "the first result is usable after _ s" < the first "the whole took _ s"
use crawl::{Client, Page, Trouble, options};
use scraper::Selector;
use shared::prelude::*;

pub fn main() -> Result {
    let client = Client::start()?;

    phase!("one task fetches and parses");
    let clock = Stopwatch::start();
    let pool = new_pool("crawler")?;
    let mut futures = Vec::new();
    for n in 1..=10 {
        let client = client.clone();
        let task = move || parse(&client.get(&format!("/index/{n}"))?);
        futures.push(pool.submit(task)?);
    }
    for (future, n) in futures.iter().zip(1..) {
        let count = future.result()??;
        say!("read /index/{n}: {count} links");
        if n == 1 {
            let first = clock.read("the first result is usable");
            say!("the first result is usable after {first:.1} s");
        }
    }
    pool.shutdown()?;
    say!("the whole took {:.1} s", clock.read("all results are read"));

    phase!("a second pool parses");
    let clock = Stopwatch::start();
    let (fetchers, parsers) = (new_pool("fetcher")?, new_pool("parser")?);
    let mut fetched = Vec::new();
    for n in 1..=10 {
        let client = client.clone();
        fetched.push(fetchers.submit(move || client.get(&format!("/index/{n}")))?);
    }
    let mut parsed = Vec::new();
    for future in &fetched {
        let page = future.result()??;
        parsed.push(parsers.submit(move || parse(&page))?);
    }
    for future in &parsed {
        future.result()??;
    }
    say!("the whole took {:.1} s", clock.read("all results are read"));
    let (fetching, parsing) = (fetchers.workers(), parsers.workers());
    say!("it may have {fetching} + {parsing} threads");
    Ok(())
}

fn new_pool(prefix: &str) -> Result<ThreadPool> {
    let builder = ThreadPool::builder().workers(options::workers(4));
    Ok(builder.name_prefix(prefix).build()?)
}

/// How many videos the page lists. The pause stands for more work.
fn parse(page: &Page) -> Result<usize, Trouble> {
    let links = Selector::parse("a.item").expect("a selector");
    let count = page.html()?.select(&links).count();
    pause(0.25);
    say!("parsed {}: {count} links", page.path());
    Ok(count)
}
