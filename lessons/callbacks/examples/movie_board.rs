//! A movie board in plain Rust: five pages at once, and their records in order.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use rayon::prelude::*;
use scraper::{ElementRef, Html, Selector};
use std::{env, error::Error};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build()?;
    let pages: Vec<Vec<String>> = pool.install(|| {
        let addresses = (1..=5).into_par_iter().map(|n| format!("{site}/board/{n}"));
        // After an error no further page is fetched, as after `?` in a loop.
        addresses
            .map(|address| films(&address))
            .collect::<Result<_, _>>()
    })?;
    for page in &pages {
        println!("{}", page[0]);
    }
    println!("{} records", pages.iter().flatten().count());
    Ok(())
}

fn films(address: &str) -> Result<Vec<String>, Failure> {
    let page = ureq::get(address).call()?.body_mut().read_to_string()?;
    let (page, films) = (Html::parse_document(&page), Selector::parse("dd").unwrap());
    let records = page.select(&films).map(|film| {
        let (index, title) = (text(film, ".board-index")?, text(film, ".name")?);
        let (star, time) = (text(film, ".star")?, text(film, ".releasetime")?);
        // The label as it is written: no number of characters to be counted wrongly.
        let actors = star.strip_prefix("主演：").ok_or("no actors")?;
        let time = time.strip_prefix("上映时间：").ok_or("no time")?;
        Ok(format!(
            "index:{index} title:{title} actor:{actors} time:{time}"
        ))
    });
    records.collect()
}

fn text(film: ElementRef, selector: &str) -> Result<String, Failure> {
    let selector = Selector::parse(selector).unwrap();
    let found = film.select(&selector).next().ok_or("a part is missing")?;
    Ok(found.text().collect::<String>().trim().to_string())
}
