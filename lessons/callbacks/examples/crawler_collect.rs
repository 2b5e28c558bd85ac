//! A crawler in plain Rust, version 1: ten threads fetch, `main` parses at the end.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use scraper::{Html, Selector};
use std::{env, error::Error, thread, time::Duration, time::Instant};
use ureq::Agent;

fn main() -> Result<(), Box<dyn Error>> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    // An agent keeps its connections open, and all threads share them.
    let (agent, start) = (Agent::new_with_defaults(), Instant::now());
    let pages: Vec<_> = thread::scope(|scope| {
        let fetch = |n| {
            let (agent, address) = (&agent, format!("{site}/index/{n}"));
            scope.spawn(move || fetch(agent, &address))
        };
        let threads: Vec<_> = (1..=10).map(fetch).collect();
        let pages = threads.into_iter().map(|thread| thread.join().unwrap());
        pages.collect()
    });
    println!(
        "all pages are here after {} ms",
        start.elapsed().as_millis()
    );
    for (n, page) in (1..).zip(pages) {
        println!("parsed /index/{n}: {} links", parse(&page?));
        if n == 1 {
            let first = start.elapsed().as_millis();
            println!("the first result is usable after {first} ms");
        }
    }
    println!("the whole took {} ms", start.elapsed().as_millis());
    Ok(())
}

fn fetch(agent: &Agent, address: &str) -> Result<String, ureq::Error> {
    agent.get(address).call()?.body_mut().read_to_string()
}

/// How many videos the page lists. The sleep stands for more work.
fn parse(page: &str) -> usize {
    let links = Selector::parse("a.item").unwrap();
    thread::sleep(Duration::from_millis(50));
    Html::parse_document(page).select(&links).count()
}
