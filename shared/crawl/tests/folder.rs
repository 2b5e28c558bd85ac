//! Whole files or none, and only in the folder.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use common::{Server, number, ok};
use crawl::{Folder, Saved, Trouble};
use shared::prelude::*;

/// The SHA-256 of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// A folder inside a folder, so that what is written beside it is seen, too.
struct Place {
    outer: PathBuf,
    inner: PathBuf,
}

impl Place {
    fn new() -> Self {
        let name = format!("crawl-test-{}-{}", std::process::id(), number());
        let outer = std::env::temp_dir().join(name);
        let inner = outer.join("inner");
        fs::create_dir_all(&inner).unwrap();
        Place { outer, inner }
    }

    fn folder(&self) -> Folder {
        Folder::open(&self.inner).unwrap()
    }

    /// Everything in it, by its path.
    fn files(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.outer.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let path = path.strip_prefix(&self.outer).unwrap();
                    found.insert(path.display().to_string());
                }
            }
        }
        found
    }

    fn expect(&self, files: &[&str]) {
        assert_eq!(
            self.files(),
            files.iter().map(|name| name.to_string()).collect()
        );
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.outer);
    }
}

fn hello() -> Server {
    Server::start(|_, socket| socket.write_all(&ok(b"hello")).unwrap())
}

#[test]
fn a_file_arrives_once() {
    let (place, server) = (Place::new(), hello());
    let client = server.client();
    let folder = place.folder();
    let save = |folder: &Folder| folder.save(&client, "/files/a", "a.mp4", HELLO);
    assert_eq!(save(&folder), Ok(Saved::Whole(5)));
    // Another page of the same run offers it, too.
    assert_eq!(save(&folder), Ok(Saved::WasThere));
    drop(folder);
    // A second run.
    assert_eq!(save(&place.folder()), Ok(Saved::WasThere));
    assert_eq!(server.asked(), ["/files/a"]);
    assert_eq!(fs::read(place.inner.join("a.mp4")).unwrap(), b"hello");
    place.expect(&["inner/a.mp4"]);
}

#[test]
fn a_checksum_may_be_in_capitals() {
    let (place, server) = (Place::new(), hello());
    let sum = format!(" {}\n", HELLO.to_ascii_uppercase());
    let saved = place.folder().save(&server.client(), "/a", "a", &sum);
    assert_eq!(saved, Ok(Saved::Whole(5)));
}

#[test]
fn what_does_not_fit_its_checksum_is_not_kept() {
    let (place, server) = (Place::new(), hello());
    let folder = place.folder();
    let wrong = HELLO.replace('2', "3");
    let saved = folder.save(&server.client(), "/a", "a.mp4", &wrong);
    assert_eq!(saved, Err(Trouble::Checksum("a.mp4".to_string())));
    place.expect(&[]);
    // The name is free again.
    assert_eq!(
        folder.save(&server.client(), "/a", "a.mp4", HELLO),
        Ok(Saved::Whole(5))
    );
}

#[test]
fn what_ends_too_early_is_not_kept() {
    let place = Place::new();
    let server = Server::always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
    let saved = place.folder().save(&server.client(), "/a", "a.mp4", HELLO);
    assert_eq!(
        saved,
        Err(Trouble::Short {
            announced: 9,
            arrived: 5
        })
    );
    place.expect(&[]);
}

#[test]
fn what_is_too_large_is_not_begun() {
    let place = Place::new();
    let server = Server::always(b"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\nhello");
    let saved = place.folder().save(&server.client(), "/a", "a.mp4", HELLO);
    assert_eq!(saved, Err(Trouble::TooLong(64 << 20)));
    place.expect(&[]);
}

#[test]
fn hostile_names_are_refused_before_anything_is_fetched() {
    let (place, server) = (Place::new(), hello());
    let folder = place.folder();
    for name in ["../../etc/x", "/etc/x", "../a", "", ".a", "a\0", r"..\a"] {
        let saved = folder.save(&server.client(), "/a", name, HELLO);
        assert!(
            matches!(saved, Err(Trouble::Name(..))),
            "{name:?}: {saved:?}"
        );
        assert!(
            matches!(folder.create(name), Err(Trouble::Name(..))),
            "{name:?}"
        );
    }
    assert!(server.asked().is_empty());
    place.expect(&[]);
}

#[test]
fn two_files_of_one_name_are_not_one() {
    let (place, server) = (Place::new(), hello());
    let folder = place.folder();
    folder.save(&server.client(), "/a", "a.mp4", HELLO).unwrap();
    let saved = folder.save(&server.client(), "/b", "a.mp4", &HELLO.replace('2', "3"));
    assert!(matches!(saved, Err(Trouble::Name(..))), "{saved:?}");
    assert_eq!(server.asked(), ["/a"]);
}

#[test]
fn a_damaged_file_of_an_earlier_run_is_replaced() {
    let (place, server) = (Place::new(), hello());
    fs::write(place.inner.join("a.mp4"), "hallo").unwrap();
    let saved = place.folder().save(&server.client(), "/a", "a.mp4", HELLO);
    assert_eq!(saved, Ok(Saved::Whole(5)));
    assert_eq!(fs::read(place.inner.join("a.mp4")).unwrap(), b"hello");
}

#[test]
fn symbolic_links_lead_nowhere() {
    let (place, server) = (Place::new(), hello());
    let outside = place.outer.join("outside");
    fs::write(&outside, "mine").unwrap();
    symlink(&outside, place.inner.join("a.mp4")).unwrap();
    symlink(place.outer.join("not-there"), place.inner.join("b.mp4")).unwrap();
    // Where the temporary file of the first download would be.
    let part = format!(".c.mp4-{}-0.lesson-part", std::process::id());
    symlink(&outside, place.inner.join(part)).unwrap();
    let folder = place.folder();
    // The second time as well: what was refused is not there.
    for name in ["a.mp4", "b.mp4", "a.mp4", "b.mp4"] {
        let saved = folder.save(&server.client(), "/a", name, HELLO);
        assert!(matches!(saved, Err(Trouble::Name(..))), "{saved:?}");
    }
    // A temporary name that is taken is left alone, and another one is used.
    let saved = folder.save(&server.client(), "/a", "c.mp4", HELLO);
    assert_eq!(saved, Ok(Saved::Whole(5)));
    assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
    assert!(!place.outer.join("not-there").exists());
}

#[test]
fn leftovers_of_the_dead_go_and_those_of_the_living_stay() {
    let place = Place::new();
    let mut dead = std::process::Command::new("true").spawn().unwrap();
    let gone = dead.id();
    dead.wait().unwrap();
    let alive = std::process::id();
    let names = [
        format!(".a.mp4-{gone}-0.lesson-part"),
        format!(".a.mp4-{alive}-0.lesson-part"),
        ".a.mp4-x-0.lesson-part".to_string(),
        format!("a.mp4-{gone}-0.lesson-part"),
    ];
    for name in &names {
        fs::write(place.inner.join(name), "half").unwrap();
    }
    drop(place.folder());
    let there: Vec<bool> = names
        .iter()
        .map(|name| place.inner.join(name).exists())
        .collect();
    assert_eq!(there, [false, true, true, true]);
}

#[test]
fn a_text_file_is_there_when_it_is_finished() {
    let place = Place::new();
    let folder = place.folder();
    let file = folder.create("sizes.txt").unwrap();
    file.append("one\n").unwrap();
    file.append("two\n").unwrap();
    assert!(!place.inner.join("sizes.txt").exists());
    file.finish().unwrap();
    assert_eq!(
        fs::read_to_string(place.inner.join("sizes.txt")).unwrap(),
        "one\ntwo\n"
    );
    // One that is given up leaves nothing.
    drop(folder.create("other.txt").unwrap());
    place.expect(&["inner/sizes.txt"]);
}

#[test]
fn many_at_once_in_one_folder() -> Result {
    let (place, server) = (Place::new(), hello());
    let folder = place.folder();
    let pool = ThreadPool::new(20)?;
    let tasks = 60;
    let barrier = std::sync::Arc::new(Barrier::new(20));
    let mut saved = Vec::new();
    for n in 0..tasks {
        let (folder, client) = (folder.clone(), server.client());
        let barrier = std::sync::Arc::clone(&barrier);
        saved.push(pool.submit(move || {
            barrier.wait();
            folder.save(&client, "/a", &format!("{}.mp4", n % 30), HELLO)
        })?);
    }
    for saved in saved {
        saved.result()??;
    }
    assert_eq!(server.asked().len(), 30);
    assert_eq!(place.files().len(), 30);
    Ok(())
}

#[test]
fn a_folder_that_cannot_be() {
    let place = Place::new();
    let file = place.inner.join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let trouble = Folder::open(&path).unwrap_err();
        assert!(
            trouble.to_string().contains("choose another one"),
            "{trouble}"
        );
    }
    assert!(Folder::open(Path::new("/proc/none")).is_err());
}

#[test]
fn temporary_folders_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::temporary().unwrap();
    let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    fs::remove_dir_all(folder.path()).unwrap();
}

#[test]
fn a_file_that_another_worker_has_only_begun_is_not_there() {
    let (begun, waited_for) = std::sync::mpsc::channel();
    let (go_on, told) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let server = Server::start(move |path, socket| match path {
        "/damaged" => {
            begun.send(()).unwrap();
            told.lock().unwrap().recv().unwrap();
            socket.write_all(&ok(b"hallo")).unwrap();
        }
        _ => socket.write_all(&ok(b"hello")).unwrap(),
    });
    let place = Place::new();
    let folder = place.folder();
    let save = |path: &'static str| {
        let (folder, client) = (folder.clone(), server.client());
        spawn(path, move || folder.save(&client, path, "a.mp4", HELLO))
    };
    let damaged = save("/damaged");
    waited_for.recv().unwrap();
    let good = save("/good");
    go_on.send(()).unwrap();
    let damaged = damaged.join().unwrap();
    assert_eq!(damaged, Err(Trouble::Checksum("a.mp4".to_string())));
    assert_eq!(good.join().unwrap(), Ok(Saved::Whole(5)));
    place.expect(&["inner/a.mp4"]);
}
