//! From the index to the videos: each step is submitted by the one before.
//!
//! Watch who parses and who submits, and that no bad page stops the others.
use crawl::{Offer, Page, Session, Trouble, name_of, options};
use scraper::Selector;
use shared::prelude::*;

#[derive(Clone)]
struct Crawler {
    session: Session,
    pool: PoolHandle,
}

pub fn main() -> Result {
    let session = Session::start()?;
    let crawler = |pool: &ThreadPool| Crawler {
        session: session.clone(),
        pool: pool.handle(),
    };
    phase!("index pages 1 to 7: main submits the first step, callbacks the others");
    let pool = ThreadPool::new(options::workers(50))?;
    for n in 1..=7 {
        crawler(&pool).get(format!("/index/{n}"), Crawler::parse_index)?;
    }
    // It takes no more tasks from main. Tasks that callbacks submit still run.
    pool.shutdown()?;

    phase!("index pages 8 to 10: main fetches them, the last callback writes");
    let pool = ThreadPool::new(options::workers(50))?;
    for n in 8..=10 {
        let page = session.get(&format!("/index/{n}"));
        for detail in page.map_or(Vec::new(), |page| links(&session, &page)) {
            crawler(&pool).get(detail, Crawler::parse_detail_then_write)?;
        }
    }
    pool.shutdown()?;
    session.say_report()
}

impl Crawler {
    /// Submits a task that fetches a page. If the page comes, `then` is called with it.
    fn get(self, path: String, then: fn(Crawler, &Page) -> Result) -> Result {
        let session = self.session.clone();
        let page = self.pool.submit(move || session.get(&path))?;
        page.add_done_callback(move |done| match done.result()? {
            Some(page) => then(self, &page),
            None => Ok(()),
        });
        Ok(())
    }

    fn parse_index(self, page: &Page) -> Result {
        let mut details = links(&self.session, page).into_iter();
        details.try_for_each(|detail| self.clone().get(detail, Crawler::parse_detail))
    }

    fn parse_detail(self, page: &Page) -> Result {
        if let Some(offer) = self.session.check(page, offer(page)) {
            self.pool.submit(move || self.session.save(&offer))?;
        }
        Ok(())
    }

    fn parse_detail_then_write(self, page: &Page) -> Result {
        if let Some(offer) = self.session.check(page, offer(page)) {
            let (session, wanted) = (self.session.clone(), offer.clone());
            let bytes = self.pool.submit(move || session.get_bytes(&wanted))?;
            bytes.add_done_callback(move |done| {
                if let Some(bytes) = done.result()? {
                    self.session.write(&offer, &bytes);
                }
                Ok(())
            });
        }
        Ok(())
    }
}

/// Where the links of an index page lead, without those that an earlier page had.
fn links(session: &Session, page: &Page) -> Vec<String> {
    let Some(document) = session.check(page, page.html()) else {
        return Vec::new();
    };
    let items = Selector::parse("a.item").expect("a selector");
    let links = document.select(&items).filter_map(|item| item.attr("href"));
    let links = session.new_links(page, links);
    say!("{} has {} new links", page.path(), links.len());
    links
}

/// What a detail page says of its video.
fn offer(page: &Page) -> Result<Offer, Trouble> {
    let document = page.html()?;
    let first = |css| document.select(&Selector::parse(css).ok()?).next();
    let found = first("a.download").zip(first("code.sha256"));
    let (link, sha256) = found.ok_or_else(|| Trouble::Missing("link to a file".into()))?;
    let path = page.link(link.attr("href").unwrap_or_default())?;
    let name = link.attr("download").unwrap_or_else(|| name_of(&path));
    Offer::new(&path, name, &sha256.text().collect::<String>())
}
