//! The sizes of pages in plain Rust: threads fetch, one thread writes the file.
//!
//! Needs the address of a site: `cargo run --bin callbacks site` serves one.
use std::fs::{self, File};
use std::io::Write;
use std::sync::mpsc;
use std::{env, error::Error, process, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let site = env::args().nth(1).ok_or("give the address of a site")?;
    let path = env::temp_dir().join(format!("sizes-{}.txt", process::id()));
    let mut file = File::create_new(&path)?;
    let (sender, pages) = mpsc::channel();
    for n in 1..=5 {
        let (sender, address) = (sender.clone(), format!("{site}/index/{n}"));
        thread::spawn(move || sender.send((n, get_page(&address))));
    }
    drop(sender);
    // Only this thread has the file, so no lock is needed and no line is torn.
    for (n, page) in pages {
        writeln!(file, "url:/index/{n} size:{}", page?.len())?;
    }
    print!("{}", fs::read_to_string(&path)?);
    fs::remove_file(path)?;

    let board = get_page(&format!("{site}/board/1"))?;
    let text = String::from_utf8_lossy(&board);
    let (bytes, characters) = (text.len(), text.chars().count());
    println!("/board/1: {bytes} bytes are {characters} characters");
    Ok(())
}

fn get_page(address: &str) -> Result<Vec<u8>, ureq::Error> {
    ureq::get(address).call()?.body_mut().read_to_vec()
}
