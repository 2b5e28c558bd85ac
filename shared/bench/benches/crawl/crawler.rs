//! The crawl itself, as the lesson `video_crawler` does it: each step is
//! submitted by the callback of the step before.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crawl::{Client, Folder, Page, Saved, Trouble, name_of};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use scraper::{Html, Selector};
use shared::prelude::{PoolHandle, ThreadPool};

use crate::answer::{Crawl, Result};

/// As in `crawl.py`.
const INDEX_PAGES: u32 = 10;
const TOO_SLOW: &str = "/video/9";

struct Crawler {
    client: Client,
    folder: Folder,
    pool: PoolHandle,
    seen: Mutex<HashSet<String>>,
    pages: AtomicU64,
    files: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
}

pub(crate) fn main(url: &str, workers: &str, folder: &str) -> Result {
    let begun = Instant::now();
    let pool = ThreadPool::new(workers.parse()?)?;
    let crawler = Arc::new(Crawler {
        client: Client::new(url)?,
        folder: Folder::open(folder)?,
        pool: pool.handle(),
        seen: Mutex::default(),
        pages: AtomicU64::new(0),
        files: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        failed: AtomicU64::new(0),
    });
    for number in 1..=INDEX_PAGES {
        index(&crawler, format!("/index/{number}"))?;
    }
    pool.shutdown()?;
    let seconds = begun.elapsed().as_secs_f64();
    let used = getrusage(UsageWho::RUSAGE_SELF)?;
    let cpu = used.user_time() + used.system_time();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let answer = Crawl {
        pages: count(&crawler.pages),
        files: count(&crawler.files),
        bytes: count(&crawler.bytes),
        failed: count(&crawler.failed),
        seconds,
        cpu: cpu.num_microseconds() as f64 / 1e6,
        // KiB on Linux, bytes on macOS.
        peak_kib: used.max_rss() as u64 / if cfg!(target_os = "macos") { 1024 } else { 1 },
    };
    println!("{}", serde_json::to_string(&answer)?);
    Ok(())
}

fn index(crawler: &Arc<Crawler>, path: String) -> Result {
    let (task, then) = (Arc::clone(crawler), Arc::clone(crawler));
    let page = crawler.pool.submit(move || task.client.get(&path))?;
    page.add_done_callback(move |page| -> Result {
        for link in then.links(page.result()?, "a.item") {
            let new = then.seen().insert(link.clone());
            if new && link != TOO_SLOW {
                detail(&then, link)?;
            }
        }
        Ok(())
    });
    Ok(())
}

fn detail(crawler: &Arc<Crawler>, path: String) -> Result {
    let (task, then) = (Arc::clone(crawler), Arc::clone(crawler));
    let page = crawler.pool.submit(move || task.client.get(&path))?;
    page.add_done_callback(move |page| -> Result {
        let page = page.result()?;
        let checksum = page.as_ref().ok().and_then(checksum).unwrap_or_default();
        for link in then.links(page, "a.download") {
            if then.seen().insert(link.clone()) {
                file(&then, link, checksum.clone())?;
            }
        }
        Ok(())
    });
    Ok(())
}

fn file(crawler: &Arc<Crawler>, path: String, checksum: String) -> Result {
    let (task, then) = (Arc::clone(crawler), Arc::clone(crawler));
    let saved = crawler.pool.submit(move || {
        let name = name_of(&path).to_string();
        task.folder.save(&task.client, &path, &name, &checksum)
    })?;
    saved.add_done_callback(move |saved| -> Result {
        match saved.result()? {
            Ok(Saved::Whole(bytes)) => {
                then.files.fetch_add(1, Ordering::Relaxed);
                then.bytes.fetch_add(bytes, Ordering::Relaxed);
            }
            _ => then.fail(),
        }
        Ok(())
    });
    Ok(())
}

impl Crawler {
    fn seen(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Where the links of a kind lead, if there is a page.
    fn links(&self, page: Result<Page, Trouble>, wanted: &str) -> Vec<String> {
        let Ok(page) = page else {
            self.fail();
            return Vec::new();
        };
        self.pages.fetch_add(1, Ordering::Relaxed);
        let html = Html::parse_document(page.text());
        let wanted = selector(wanted);
        let links = html.select(&wanted);
        let links = links.filter_map(|link| page.link(link.attr("href")?).ok());
        links.collect()
    }
}

fn checksum(page: &Page) -> Option<String> {
    let html = Html::parse_document(page.text());
    let checksum = html.select(&selector("code.sha256")).next()?;
    Some(checksum.text().collect::<String>().trim().to_string())
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("it is written in this program")
}
