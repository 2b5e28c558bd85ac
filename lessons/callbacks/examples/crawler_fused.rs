//! A crawler in plain Rust, version 2: each thread fetches a page and parses it.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use scraper::{Html, Selector};
use std::{env, error::Error, thread, time::Duration, time::Instant};
use ureq::Agent;

fn main() -> Result<(), Box<dyn Error>> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    let (agent, start) = (Agent::new_with_defaults(), Instant::now());
    thread::scope(|scope| {
        let fetch = |n| {
            let (agent, address) = (&agent, format!("{site}/index/{n}"));
            scope.spawn(move || fetch_and_parse(agent, &address))
        };
        let threads: Vec<_> = (1..=10).map(fetch).collect();
        for (n, thread) in (1..).zip(threads) {
            // Page 1 is read first, even if others are done long before.
            println!("read /index/{n}: {} links", thread.join().unwrap()?);
            if n == 1 {
                let first = start.elapsed().as_millis();
                println!("the first result is usable after {first} ms");
            }
        }
        println!("the whole took {} ms", start.elapsed().as_millis());
        Ok(())
    })
}

fn fetch_and_parse(agent: &Agent, address: &str) -> Result<usize, ureq::Error> {
    let page = agent.get(address).call()?.body_mut().read_to_string()?;
    let count = parse(&page);
    println!("parsed {address}");
    Ok(count)
}

/// How many videos the page lists. The sleep stands for more work.
fn parse(page: &str) -> usize {
    let links = Selector::parse("a.item").unwrap();
    thread::sleep(Duration::from_millis(50));
    Html::parse_document(page).select(&links).count()
}
