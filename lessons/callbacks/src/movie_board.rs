//! A movie board: five pages on four workers, fifty records in a file.
//!
//! Watch that the pages come as they arrive. In the file, the films of a page stay
//! together.
use crawl::{Client, Folder, Page, TextPart, Trouble, options, plain};
use scraper::{ElementRef, Selector};
use shared::prelude::*;

pub fn main() -> Result {
    let client = Client::start()?;
    let folder = Folder::choose()?;
    let file = folder.create("movie_info.txt")?;
    let pool = ThreadPool::new(options::workers(4))?;
    for n in 1..=5 {
        let (client, part) = (client.clone(), file.part());
        // The closure is called later. `add_done_callback(parse_page(page, part))`
        // would call the function here and now.
        pool.submit(move || client.get(&format!("/board/{n}")))?
            .add_done_callback(move |done| parse_page(done, part));
    }
    pool.shutdown()?;
    // An error if a page has not written its part.
    file.finish()?;
    let text = std::fs::read_to_string(folder.path().join("movie_info.txt"))?;
    say!("{} records in movie_info.txt", text.lines().count());
    say!("the first: {}", text.lines().next().unwrap_or_default());
    say!("it is in the folder {}", folder.path().display());
    Ok(())
}

fn parse_page(done: Future<Result<Page, Trouble>>, part: TextPart) -> Result {
    let page = done.result()??;
    let mut lines = String::new();
    for film in page.html()?.select(&css("dd")) {
        let (index, title) = (text(film, ".board-index")?, text(film, ".name")?);
        let actors = without(3, &text(film, ".star")?);
        let time = without(5, &text(film, ".releasetime")?);
        say!("{index} {title}, {actors}, {time}");
        lines += &format!("index:{index} title:{title} actor:{actors} time:{time}\n");
    }
    if lines.is_empty() {
        return Err(Trouble::Missing("film".into()).into());
    }
    // In one piece: other workers write other pages.
    part.write(&lines)?;
    Ok(())
}

/// The text of the first element within `film` that the selector finds.
fn text(film: ElementRef, selector: &str) -> Result<String, Trouble> {
    let found = film.select(&css(selector)).next();
    let found = found.ok_or_else(|| Trouble::Missing(selector.into()))?;
    Ok(plain(&found.text().collect::<String>()))
}

/// Cuts off the label, 主演： or 上映时间：, by its number of characters, as Python's
/// `text[3:]` does. Rust's `text[3..]` cuts off three bytes: one of these characters.
fn without(label: usize, text: &str) -> String {
    text.chars().skip(label).collect()
}

fn css(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}
