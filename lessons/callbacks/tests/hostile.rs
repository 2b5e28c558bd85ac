//! The crawling sections against servers, folders and disks that fail them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sha2::{Digest, Sha256};
use testing::Scratch;

const CHAPTER: &str = env!("CARGO_BIN_EXE_callbacks");

/// No run takes longer, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Right-to-left override, escape, zero-width space, Hangul filler.
const HOSTILE: [char; 4] = ['\u{202e}', '\u{1b}', '\u{200b}', '\u{3164}'];

/// Answers each request with the body that `answer` has for its path, or with
/// status 500. Ends with the test's process.
fn serve(answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for socket in listener.incoming() {
            // A client may hang up at any moment.
            let _ = respond(socket.expect("a connection"), &answer);
        }
    });
    format!("http://{address}")
}

fn respond(
    mut socket: TcpStream,
    answer: &impl Fn(&str) -> Option<Vec<u8>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if socket.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match answer(path) {
        Some(body) => ("200 OK", body),
        None => ("500 Internal Server Error", Vec::new()),
    };
    write!(
        socket,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    socket.write_all(&body)
}

fn section(name: &str, url: &str, out: &Path) -> Command {
    let mut command = Command::new(CHAPTER);
    command
        .args([name, "--speed", "20", "--url", url, "--out"])
        .arg(out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end, which must come within the limit.
fn end(mut command: Command) -> Output {
    let child = command.spawn().expect("the chapter's program starts");
    let id = Pid::from_raw(child.id() as i32);
    let (send, received) = mpsc::channel();
    thread::spawn(move || send.send(child.wait_with_output()));
    let ended = received.recv_timeout(LIMIT);
    if ended.is_err() {
        let _ = kill(id, Signal::SIGKILL);
    }
    ended.expect("it ends").expect("it was started")
}

/// Everything that it printed, on both streams.
fn printed(output: &Output) -> String {
    let streams = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&streams).into_owned()
}

/// The files in the folder, with their contents.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let read = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let text = fs::read_to_string(entry.path()).expect("text");
        (entry.file_name().into_string().expect("a name"), text)
    });
    read.collect()
}

fn one_file(name: &str, text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(name.to_string(), text.to_string())])
}

fn film(index: u32, title: &str) -> String {
    format!(
        "<dd><i class=board-index>{index}</i><p class=name>{title}</p>\
         <p class=star>主演：A, B</p><p class=releasetime>上映时间：1993-01-01</p></dd>"
    )
}

/// A folder with a good list of an earlier run.
fn with_a_good_list() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path().join("movie_info.txt"), "good\n").expect("a file");
    scratch
}

/// The board's list is as it was, and the program says that it failed.
fn expect_failure(url: &str) -> String {
    let scratch = with_a_good_list();
    let ended = end(section("movie_board", url, scratch.path()));
    let printed = printed(&ended);
    assert_eq!(
        files(scratch.path()),
        one_file("movie_info.txt", "good\n"),
        "{printed}"
    );
    assert_eq!(ended.status.code(), Some(1), "{printed}");
    printed
}

/// A failed run replaces nothing and ends with exit code 1.
#[test]
fn a_board_that_fails_leaves_the_old_list() {
    expect_failure(&serve(|_| None));
}

/// A file is whole, or it is as it was.
#[test]
fn a_board_without_one_of_its_pages_leaves_the_old_list() {
    let url = serve(|path| (path != "/board/3").then(|| film(1, "A film").into()));
    let printed = expect_failure(&url);
    assert!(printed.contains("1 of its 5 parts is missing"), "{printed}");
}

/// A page that is there but lists no film is a failure, too.
#[test]
fn a_board_without_films_leaves_the_old_list() {
    let printed = expect_failure(&serve(|_| Some(b"<p>We have moved.".to_vec())));
    assert!(printed.contains("the page has no film"), "{printed}");
}

/// The depth of HTML and the time of parsing are bounded.
#[test]
fn a_board_of_nested_elements_is_given_up() {
    let printed = expect_failure(&serve(|_| Some("<div>".repeat(100_000).into())));
    assert!(printed.contains("nested"), "{printed}");
}

/// The same for lists that processes and threads fetch.
#[test]
fn sizes_without_one_of_their_pages_leave_the_old_list() {
    let scratch = Scratch::new();
    let list = scratch.path().join("processes.txt");
    fs::write(&list, "good\n").expect("a file");
    let url = serve(|path| (path != "/index/2").then(|| b"hello".to_vec()));
    let ended = end(section("page_sizes", &url, scratch.path()));
    let printed = printed(&ended);
    assert_eq!(
        files(scratch.path()),
        one_file("processes.txt", "good\n"),
        "{printed}"
    );
    assert_eq!(ended.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("processes.txt is not written: 1 of its 5 parts is missing"),
        "{printed}"
    );
}

/// A whole list replaces the one of an earlier run, and the program says so.
#[test]
fn a_new_list_replaces_the_old_one_and_says_so() {
    let scratch = with_a_good_list();
    let url = serve(|path| {
        let number = path.strip_prefix("/board/")?.parse().ok()?;
        Some(film(number, "A film").into())
    });
    let ended = end(section("movie_board", &url, scratch.path()));
    let printed = printed(&ended);
    assert!(ended.status.success(), "{printed}");
    let list = &files(scratch.path())["movie_info.txt"];
    assert_eq!(list.lines().count(), 5, "{list}");
    assert!(
        printed.contains("movie_info.txt replaces the one that was there"),
        "{printed}"
    );
}

/// Whatever a server says is printed as text.
#[test]
fn hostile_titles_are_printed_as_text() {
    let scratch = Scratch::new();
    let hostile: String = HOSTILE.iter().collect();
    let title = format!("Gone{hostile}dnoB");
    let url = serve(move |_| Some(film(1, &title).into()));
    let ended = end(section("movie_board", &url, scratch.path()));
    let printed = printed(&ended);
    assert!(ended.status.success(), "{printed}");
    assert!(printed.contains(r"Gone\u{202e}\u{1b}\u{200b}\u{3164}dnoB"));
    assert!(!printed.contains(HOSTILE), "{printed:?}");
}

/// A site whose first index page lists a video at each of these links. The page
/// of a video offers a file of the name that `name` gives it.
fn videos(links: &[&str], name: &str, bytes: &'static [u8]) -> String {
    let items = links
        .iter()
        .map(|link| format!("<a class=item href='{link}'>x</a>"));
    let index: String = items.collect();
    let sum: String = (Sha256::digest(bytes).iter())
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let detail = format!(
        "<a class=download href='/files/1' download='{name}'>x</a><code class=sha256>{sum}</code>"
    );
    serve(move |path| match path {
        "/index/1" => Some(index.clone().into()),
        "/files/1" => Some(bytes.to_vec()),
        path if path.starts_with("/index/") => None,
        _ => Some(detail.clone().into()),
    })
}

/// A file that is there with other contents is never replaced silently.
#[test]
fn the_users_own_file_stays_whatever_the_server_calls_its_own() {
    let scratch = Scratch::new();
    fs::write(scratch.path().join("Cargo.toml"), "mine").expect("a file");
    let url = videos(&["/video/1"], "Cargo.toml", b"theirs");
    let ended = end(section("video_crawler", &url, scratch.path()));
    let printed = printed(&ended);
    assert_eq!(
        files(scratch.path()),
        one_file("Cargo.toml", "mine"),
        "{printed}"
    );
    assert!(
        printed.contains("`Cargo.toml` is there already, with other contents"),
        "{printed}"
    );
}

/// Names and addresses from a server are printed as text, and a name with such
/// characters is refused.
#[test]
fn hostile_names_and_addresses_are_printed_as_text() {
    let scratch = Scratch::new();
    let url = videos(
        &[
            "/video/\u{202e}1",
            "/video\u{200b}/2",
            "/video/\u{3164}",
            "/\u{1b}[2J",
        ],
        "a\u{202e}4pm.exe",
        b"theirs",
    );
    let ended = end(section("video_crawler", &url, scratch.path()));
    let printed = printed(&ended);
    assert_eq!(files(scratch.path()), BTreeMap::new(), "{printed}");
    assert!(
        printed.contains(r"`a\u{202e}4pm.exe`: refused"),
        "{printed}"
    );
    assert!(!printed.contains(HOSTILE), "{printed:?}");
}

/// A run that gets no page at all has failed.
#[test]
fn a_crawl_without_a_page_fails() {
    let scratch = Scratch::new();
    let ended = end(section("video_crawler", &serve(|_| None), scratch.path()));
    assert_eq!(ended.status.code(), Some(1), "{}", printed(&ended));
}

/// As `section`, on a disk that takes not a single byte: for lack of one, a limit
/// of the system on the size of files.
fn on_a_full_disk(name: &str, url: &str, out: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "ulimit -f 0; trap '' XFSZ; exec \"$@\"",
            "sh",
            CHAPTER,
        ])
        .args([name, "--speed", "20", "--url", url, "--out"])
        .arg(out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A full disk replaces nothing and ends with exit code 1.
#[test]
fn a_full_disk_leaves_the_old_list() {
    let scratch = with_a_good_list();
    let url = serve(|_| Some(film(1, "A film").into()));
    let ended = end(on_a_full_disk("movie_board", &url, scratch.path()));
    let printed = printed(&ended);
    assert_eq!(files(scratch.path()), one_file("movie_info.txt", "good\n"));
    assert_eq!(ended.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("movie_board failed: cannot write movie_info.txt: "),
        "{printed}"
    );
}

#[test]
fn a_full_disk_fails_the_crawl() {
    let scratch = Scratch::new();
    let url = videos(&["/video/1"], "a.mp4", b"theirs");
    let ended = end(on_a_full_disk("video_crawler", &url, scratch.path()));
    let printed = printed(&ended);
    assert_eq!(files(scratch.path()), BTreeMap::new(), "{printed}");
    assert_eq!(ended.status.code(), Some(1), "{printed}");
    assert!(printed.contains("cannot write"), "{printed}");
}

/// A read-only folder ends with exit code 1. In /proc no program can make a file.
#[test]
fn a_read_only_folder_is_told_in_a_sentence() {
    let url = videos(&["/video/1"], "a.mp4", b"theirs");
    for name in ["movie_board", "page_sizes", "video_crawler"] {
        let ended = end(section(name, &url, Path::new("/proc")));
        let printed = printed(&ended);
        assert_eq!(ended.status.code(), Some(1), "{name}: {printed}");
        assert!(printed.contains("cannot write"), "{name}: {printed}");
    }
}
