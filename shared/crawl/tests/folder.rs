//! Files are whole, or as they were, and only in the folder.

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

/// A folder inside a folder, so that what is written beside it is seen too.
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

/// A file that is there with other contents is never replaced silently.
#[test]
fn a_file_of_the_users_own_stays() {
    let (place, server) = (Place::new(), hello());
    fs::write(place.inner.join("Cargo.toml"), "mine").unwrap();
    let folder = place.folder();
    let taken = || Trouble::Taken("Cargo.toml".to_string());
    let saved = folder.save(&server.client(), "/a", "Cargo.toml", HELLO);
    assert_eq!(saved, Err(taken()));
    assert_eq!(folder.write("Cargo.toml", HELLO, b"hello"), Err(taken()));
    assert_eq!(folder.has("Cargo.toml", HELLO), Err(taken()));
    assert!(server.asked().is_empty());
    assert_eq!(fs::read(place.inner.join("Cargo.toml")).unwrap(), b"mine");
    place.expect(&["inner/Cargo.toml"]);
}

/// The same if it appears while the other one is fetched.
#[test]
fn a_file_that_appears_meanwhile_stays() {
    let place = Place::new();
    let path = place.inner.join("a.mp4");
    for (contents, expected) in [
        ("mine", Err(Trouble::Taken("a.mp4".to_string()))),
        ("hello", Ok(Saved::WasThere)),
    ] {
        let meanwhile = path.clone();
        let server = Server::start(move |_, socket| {
            fs::write(&meanwhile, contents).unwrap();
            socket.write_all(&ok(b"hello")).unwrap();
        });
        let saved = place.folder().save(&server.client(), "/a", "a.mp4", HELLO);
        assert_eq!(saved, expected);
        assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        place.expect(&["inner/a.mp4"]);
        fs::remove_file(&path).unwrap();
    }
}

/// A path is no address: it cannot lead the request to another site.
#[test]
fn a_path_stays_on_the_site() {
    let (place, server) = (Place::new(), hello());
    let (folder, client) = (place.folder(), server.client());
    let saved = folder.save(&client, "@example.org/x", "a.mp4", HELLO);
    assert_eq!(saved, Ok(Saved::Whole(5)));
    assert_eq!(server.asked(), ["/@example.org/x"]);
    let saved = folder.save(&client, "http://example.org/x", "b.mp4", HELLO);
    assert!(matches!(saved, Err(Trouble::Elsewhere(_))), "{saved:?}");
}

#[test]
fn symbolic_links_lead_nowhere() {
    let (place, server) = (Place::new(), hello());
    let outside = place.outer.join("outside");
    fs::write(&outside, "mine").unwrap();
    symlink(&outside, place.inner.join("a.mp4")).unwrap();
    symlink(place.outer.join("not-there"), place.inner.join("b.mp4")).unwrap();
    let folder = place.folder();
    // Twice: what was refused is not there.
    for name in ["a.mp4", "b.mp4", "a.mp4", "b.mp4"] {
        let saved = folder.save(&server.client(), "/a", name, HELLO);
        assert!(matches!(saved, Err(Trouble::Name(..))), "{saved:?}");
    }
    // Nor does a list go through a link.
    assert!(folder.create("a.mp4").unwrap().finish().is_err());
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
        format!(".a.mp4-{gone}-x3Dq1Z.lesson-part"),
        format!(".a.mp4-{alive}-x3Dq1Z.lesson-part"),
        ".a.mp4-x-x3Dq1Z.lesson-part".to_string(),
        format!("a.mp4-{gone}-x3Dq1Z.lesson-part"),
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
    let (one, two) = (file.part(), file.part());
    one.write("one\n").unwrap();
    two.write("two\n").unwrap();
    assert!(!place.inner.join("sizes.txt").exists());
    file.finish().unwrap();
    let text = fs::read_to_string(place.inner.join("sizes.txt")).unwrap();
    assert_eq!(text, "one\ntwo\n");
    // One that is given up leaves nothing.
    drop(folder.create("other.txt").unwrap());
    place.expect(&["inner/sizes.txt"]);
}

/// A file is whole and new, or it is as it was.
#[test]
fn a_text_file_without_one_of_its_parts_replaces_nothing() {
    let place = Place::new();
    let sizes = place.inner.join("sizes.txt");
    fs::write(&sizes, "good\n").unwrap();
    let folder = place.folder();
    let dropped = folder.create("sizes.txt").unwrap();
    dropped.part().write("one\n").unwrap();
    drop(dropped.part());
    let waited_for = folder.create("sizes.txt").unwrap();
    let late = waited_for.part();
    for (file, parts) in [(dropped, 2), (waited_for, 1)] {
        let trouble = Trouble::Incomplete {
            name: "sizes.txt".to_string(),
            missing: 1,
            parts,
        };
        assert_eq!(file.finish(), Err(trouble));
    }
    assert!(matches!(late.write("late\n"), Err(Trouble::Disk(_))));
    assert_eq!(fs::read_to_string(&sizes).unwrap(), "good\n");
    place.expect(&["inner/sizes.txt"]);
}

/// A panic in a callback is like a part that was dropped.
#[test]
fn a_text_file_whose_writer_panics_replaces_nothing() {
    let place = Place::new();
    let file = place.folder().create("sizes.txt").unwrap();
    let part = file.part();
    let writer = std::thread::spawn(move || {
        let _part = part;
        panic!("expected: this page is not as it should be");
    });
    assert!(writer.join().is_err());
    assert!(matches!(file.finish(), Err(Trouble::Incomplete { .. })));
    place.expect(&[]);
}

/// A new list replaces the old one. A new file has the permissions of any new file;
/// one that replaces another has those of the other.
#[test]
fn a_whole_text_file_replaces_the_old_one() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let folder = place.folder();
    for text in ["one\n", "one\n", "two\n"] {
        let file = folder.create("sizes.txt").unwrap();
        file.part().write(text).unwrap();
        file.finish().unwrap();
        let sizes = place.inner.join("sizes.txt");
        assert_eq!(fs::read_to_string(&sizes).unwrap(), text);
        fs::write(place.outer.join("any"), "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&sizes), mode(&place.outer.join("any")));
    }
    let private = fs::Permissions::from_mode(0o100600);
    fs::set_permissions(place.inner.join("sizes.txt"), private.clone()).unwrap();
    let file = folder.create("sizes.txt").unwrap();
    file.part().write("three\n").unwrap();
    file.finish().unwrap();
    let replaced = fs::metadata(place.inner.join("sizes.txt")).unwrap();
    assert_eq!(replaced.permissions(), private);
    place.expect(&["any", "inner/sizes.txt"]);
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
