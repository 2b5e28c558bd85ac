//! A crawler, version 3: parsing is a callback.
//!
//! Watch in which order the pages are parsed, who parses, and that the task
//! knows nothing of it.
//!
//! Proves: 4 * "the first result is usable after _ s" < "the whole took _ s"
use crawl::{Client, Page, options};
use scraper::Selector;
use shared::prelude::*;
use std::sync::{Arc, OnceLock};

pub fn main() -> Result {
    let client = Client::start()?;
    let pool = ThreadPool::builder()
        .workers(options::workers(4))
        .name_prefix("crawler")
        .build()?;
    let clock = Arc::new(Stopwatch::start());
    let first = Arc::new(OnceLock::new());
    for n in 1..=10 {
        let (client, first, clock) = (client.clone(), first.clone(), clock.clone());
        pool.submit(move || client.get(&format!("/index/{n}")))?
            .add_done_callback(move |done| {
                parse(&done.result()??)?;
                first.get_or_init(|| clock.read("the first result is usable"));
                Ok(())
            });
    }
    say!("all pages are submitted");
    pool.shutdown()?;
    let first = first.get().ok_or("no page could be fetched")?;
    say!("the first result is usable after {first:.1} s");
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
