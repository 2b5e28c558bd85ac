//! A crawler in plain Rust, version 3: what becomes of a page is a callback.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use scraper::{Html, Selector};
use std::sync::OnceLock;
use std::{env, error::Error, thread, time::Duration, time::Instant};
use ureq::Agent;

type Page = Result<String, ureq::Error>;

fn main() -> Result<(), Box<dyn Error>> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    let (agent, start) = (Agent::new_with_defaults(), Instant::now());
    let first = OnceLock::new();
    thread::scope(|scope| {
        for n in 1..=10 {
            let (agent, first, address) = (&agent, &first, format!("{site}/index/{n}"));
            let callback = move |page: Page| match page {
                Ok(page) => {
                    println!("parsed /index/{n}: {} links", parse(&page));
                    first.get_or_init(|| start.elapsed().as_millis());
                }
                Err(error) => println!("/index/{n}: {error}"),
            };
            scope.spawn(move || fetch(agent, &address, callback));
        }
        println!("all pages are submitted");
    });
    let first = first.get().ok_or("no page could be fetched")?;
    println!("the first result is usable after {first} ms");
    println!("the whole took {} ms", start.elapsed().as_millis());
    Ok(())
}

/// Knows nothing of what becomes of the page.
fn fetch(agent: &Agent, address: &str, callback: impl FnOnce(Page)) {
    let answer = agent.get(address).call();
    callback(answer.and_then(|mut page| page.body_mut().read_to_string()));
}

/// How many videos the page lists. The sleep stands for more work.
fn parse(page: &str) -> usize {
    let links = Selector::parse("a.item").unwrap();
    thread::sleep(Duration::from_millis(50));
    Html::parse_document(page).select(&links).count()
}
