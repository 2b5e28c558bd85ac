//! The sizes of pages: fetched by processes, then by threads; written by callbacks.
//!
//! Watch which process gets a page, and which one parses it.
use crawl::{Client, Folder, Page, Trouble};
use shared::prelude::*;
use std::process;

pub fn main() -> Result {
    let client = Client::start()?;
    let folder = Folder::choose()?;

    phase!("a pool of three processes");
    let sizes = folder.create("processes.txt")?;
    let pool = ProcessPool::new(3)?;
    for n in 1..=5 {
        let part = sizes.part();
        pool.submit(get_page, format!("{}/index/{n}", client.url()))?
            .add_done_callback(move |done| {
                let page = done.result()??;
                say!("process {} parses {}", process::id(), page.path());
                part.write(&format!("url:<{}> size:[{}]\n", page.path(), page.bytes()))?;
                Ok(())
            });
    }
    pool.shutdown()?;
    sizes.finish()?;
    show(&folder, "processes.txt")?;

    phase!("a pool of threads");
    let sizes = folder.create("threads.txt")?;
    let pool = ThreadPool::with_default_size()?;
    for n in 1..=4 {
        let (part, address) = (sizes.part(), format!("{}/index/{n}", client.url()));
        pool.submit(move || get_page(address))?
            .add_done_callback(move |done| {
                let page = done.result()??;
                say!("process {} parses {}", process::id(), page.path());
                part.write(&format!("url:{} size:{}\n", page.path(), page.bytes()))?;
                Ok(())
            });
    }
    pool.shutdown()?;
    sizes.finish()?;
    show(&folder, "threads.txt")?;

    let page = client.get("/board/1")?;
    let (bytes, characters) = (page.bytes(), page.characters());
    say!("{}: {bytes} bytes are {characters} characters", page.path());
    say!("both lists are in the folder {}", folder.path().display());
    Ok(())
}

process_task!(get_page);
/// Returns the page, which is sent from the worker process to the parent as bytes.
fn get_page(address: String) -> Result<Page, Trouble> {
    let page = Client::new(&address)?.get(&address)?;
    say!("process {} has got {}", process::id(), page.path());
    Ok(page)
}

fn show(folder: &Folder, name: &str) -> Result {
    say!("{name}:");
    let text = std::fs::read_to_string(folder.path().join(name))?;
    text.lines().for_each(|line| say!("  {line}"));
    Ok(())
}
