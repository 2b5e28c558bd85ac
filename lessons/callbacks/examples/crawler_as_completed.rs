//! A crawler in plain Rust, version 4: `main` parses each page as it arrives.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use scraper::{Html, Selector};
use std::sync::mpsc;
use std::{env, error::Error, thread, time::Duration, time::Instant};
use ureq::Agent;

fn main() -> Result<(), Box<dyn Error>> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    let (agent, start) = (Agent::new_with_defaults(), Instant::now());
    let (sender, pages) = mpsc::channel();
    for n in 1..=10 {
        let (sender, agent) = (sender.clone(), agent.clone());
        let address = format!("{site}/index/{n}");
        thread::spawn(move || sender.send((n, fetch(&agent, &address))));
    }
    drop(sender); // Or the loop would wait for pages that this sender might send.
    let mut first = None;
    for (n, page) in pages {
        println!("parsed /index/{n}: {} links", parse(&page?));
        first.get_or_insert_with(|| start.elapsed().as_millis());
    }
    let first = first.unwrap_or_default();
    println!("the first result is usable after {first} ms");
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
