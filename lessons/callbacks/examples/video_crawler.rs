//! From the index to the videos in plain Rust: each step spawns the next, in rayon's scope.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use oxiri::{Iri, IriRef};
use rayon::Scope;
use scraper::{Html, Selector};
use std::{collections::HashSet, env, error::Error, sync::Mutex, time::Duration};

type Seen = Mutex<HashSet<String>>;

fn main() -> Result<(), Box<dyn Error>> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    let seen = Seen::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(50).build()?;
    // Returns when all the visits have ended, whichever of them spawned them.
    pool.scope(|scope| {
        for n in 1..=10 {
            spawn_visit(scope, &seen, &format!("{site}/index/{n}"));
        }
    });
    println!("{} addresses", seen.lock().unwrap().len());
    Ok(())
}

fn spawn_visit<'s>(scope: &Scope<'s>, seen: &'s Seen, address: &str) {
    // What stands behind the `#` leads to a place on the same page.
    let to = address.split('#').next().unwrap_or_default().to_string();
    if seen.lock().unwrap().insert(to.clone()) {
        scope.spawn(move |scope| {
            visit(scope, seen, &to).unwrap_or_else(|error| println!("{to}: {error}"));
        });
    }
}

fn visit<'s>(scope: &Scope<'s>, seen: &'s Seen, address: &str) -> Result<(), Box<dyn Error>> {
    let limit = Some(Duration::from_millis(3500));
    let request = ureq::get(address).config().timeout_global(limit).build();
    let body = request.call()?.body_mut().read_to_vec()?;
    if body.starts_with(b"<!DOCTYPE html>") {
        let page = Html::parse_document(&String::from_utf8_lossy(&body));
        for link in page.select(&Selector::parse("a.item, a.download")?) {
            let link = IriRef::parse(link.attr("href").unwrap_or_default())?;
            spawn_visit(scope, seen, &Iri::parse(address)?.resolve(&link)?);
        }
    } else {
        println!("{address}: {} bytes", body.len());
    }
    Ok(())
}
