//! A crawler, version 4: `main` parses each page as it arrives, without a callback.
//!
//! Watch who parses. Then the parsing takes long: watch who has a core for it.
//!
//! Proves: 4 * "the first result is usable after _ s" < "the whole took _ s"
//! Proves: 1.2 * "the callbacks took _ s" < "main alone took _ s" on two cores
use crawl::{Client, Page, Trouble, options};
use scraper::Selector;
use shared::prelude::*;

pub fn main() -> Result {
    let client = Client::start()?;
    phase!("main parses each page as it arrives");
    let clock = Stopwatch::start();
    let pool = new_pool(options::workers(4))?;
    let mut first = None;
    for future in as_completed(&ten_pages(&client, &pool)?) {
        parse(&future.result()??)?;
        first.get_or_insert_with(|| clock.read("the first result is usable"));
    }
    let first = first.unwrap_or_default();
    say!("the first result is usable after {first:.1} s");
    say!("the whole took {:.1} s", clock.read("all pages are parsed"));

    let repeats = repeats_in(simulated(1.0), &client.get("/index/1")?)?;
    phase!("long parsing: main alone");
    let clock = Stopwatch::start();
    let pool = new_pool(options::workers(10))?;
    for future in as_completed(&ten_pages(&client, &pool)?) {
        parse_long(&future.result()??, repeats)?;
    }
    say!(
        "main alone took {:.1} s",
        clock.read("all pages are parsed")
    );

    phase!("long parsing: a callback for each page");
    let clock = Stopwatch::start();
    let pool = new_pool(options::workers(10))?;
    for future in ten_pages(&client, &pool)? {
        future.add_done_callback(move |done| parse_long(&done.result()??, repeats));
    }
    pool.shutdown()?;
    let seconds = clock.read("all pages are parsed");
    say!("the callbacks took {seconds:.1} s");
    Ok(())
}

fn new_pool(workers: usize) -> Result<ThreadPool> {
    let builder = ThreadPool::builder().workers(workers);
    Ok(builder.name_prefix("crawler").build()?)
}

type Pages = Vec<Future<Result<Page, Trouble>>>;

fn ten_pages(client: &Client, pool: &ThreadPool) -> Result<Pages> {
    let get = |n| {
        let client = client.clone();
        pool.submit(move || client.get(&format!("/index/{n}")))
    };
    Ok((1..=10).map(get).collect::<Result<_, _>>()?)
}

/// Counts the videos that the page lists. The pause stands for more work.
fn parse(page: &Page) -> Result {
    let links = count(page, 1)?;
    pause(0.25);
    say!("parsed {}: {links} links", page.path());
    Ok(())
}

/// Does not pause: looks for the links again and again, which keeps a core busy.
fn parse_long(page: &Page, repeats: u32) -> Result {
    let links = count(page, repeats)?;
    say!("parsed {}: {links} links", page.path());
    Ok(())
}

/// How often a core of this machine finds the links of a page in that time.
fn repeats_in(time: Duration, page: &Page) -> Result<u32> {
    const SAMPLE: u32 = 2000;
    let before = cpu_time();
    count(page, SAMPLE)?;
    let sample = cpu_time() - before;
    Ok((f64::from(SAMPLE) * time.as_secs_f64() / sample.as_secs_f64()) as u32)
}

fn count(page: &Page, repeats: u32) -> Result<usize> {
    let (html, links) = (page.html()?, Selector::parse("a.item")?);
    let found = || html.select(&links).count();
    Ok((1..repeats).fold(found(), |_, _| std::hint::black_box(found())))
}
