//! What each section's run must show. Orders that the program enforces are
//! checked as such. Where an order is made by the clock, the pauses differ by a
//! quarter of a second of real time or more.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};
use testing::{Run, Scratch, numbers};

const CHAPTER: &str = env!("CARGO_BIN_EXE_callbacks");

fn run(section: &str, speed: u32) -> Run {
    testing::run(CHAPTER, section, speed)
}

#[test]
fn every_section_is_a_program_of_its_own() {
    testing::every_section_is_a_program_of_its_own(
        env!("CARGO_MANIFEST_DIR"),
        env!("CARGO_TARGET_TMPDIR"),
    );
}

/// Which actor printed that line.
fn who<'a>(run: &'a Run, text: &str) -> &'a str {
    &run.lines[run.place(text)].actor
}

#[test]
fn thread_callback_is_over_before_the_result_is_there() {
    let run = run("thread_callback", 4);
    run.expect_order(&["start", "over", "the work is done", "the result is 9"]);
    assert_eq!(run.said_by("main"), ["start", "over"]);
    assert_eq!(
        run.said_by("worker"),
        ["the work is done", "the result is 9"]
    );
}

#[test]
fn pool_callback_is_given_the_finished_future() {
    let run = run("pool_callback", 4);
    // In finishing order, not in the order of submission.
    run.expect_order(&[
        "over",
        "quick ends",
        "I was given <Future task 1: finished>",
        r#"its result is "hello from quick""#,
        "slow ends",
        "I was given <Future task 0: finished>",
        r#"its result is "hello from slow""#,
        "one future may have several callbacks",
    ]);
    // The worker that finished the task calls; after the end, the adder does.
    let quick = who(&run, "quick ends");
    let slow = who(&run, "slow ends");
    assert!(quick.starts_with("pool-0_") && slow.starts_with("pool-0_"));
    for (text, actor) in [
        ("I was given <Future task 1: finished>", quick),
        ("I was given <Future task 0: finished>", slow),
        ("one future may have several callbacks", slow),
        ("added last, called at once", "main"),
    ] {
        assert_eq!(who(&run, text), actor, "{text}");
    }
    // Added after the end, it overtakes one that was added before.
    run.expect_order(&[
        "slow ends",
        "added last, called at once",
        "add_done_callback has returned",
        "one future may have several callbacks",
    ]);
}

/// The thread ids in a line. They are the proof, not what the line says of them.
fn thread_ids(text: &str) -> Vec<&str> {
    let parts = text.split("ThreadId(").skip(1);
    parts
        .map(|part| part.split_once(')').expect("an id in brackets").0)
        .collect()
}

#[test]
fn who_runs_is_proven_by_ids() {
    let run = run("who_runs", 2);
    run.expect_order(&[
        "1. pool of threads",
        "2. the task has ended already",
        "3. the task is cancelled",
        "4. pool of processes",
    ]);
    let compared: Vec<_> = (run.lines.iter())
        .filter(|line| line.text.contains("the callback runs on "))
        .collect();
    for line in &compared {
        let ids = thread_ids(&line.text);
        assert_eq!(ids.len(), 2, "{line:?}");
        assert_eq!(ids[0], ids[1], "{line:?}");
        assert!(line.text.ends_with(": true"), "{line:?}");
    }
    let [quick, slow, done, cancelled] = &compared[..] else {
        panic!("{compared:#?}");
    };
    let main = thread_ids(&done.text)[0];
    for line in [quick, slow] {
        assert!(line.actor.starts_with("pool-0_"), "{line:?}");
        assert!(line.text.contains("the task ran on"), "{line:?}");
        assert_ne!(thread_ids(&line.text)[0], main);
    }
    // Both tasks ran at once, so they had a worker each; the one that was idle
    // when the second task ended was not asked.
    assert_ne!(quick.actor, slow.actor);
    assert_eq!(done.actor, "main");
    assert!(done.text.contains("it was added on"));
    assert_eq!(cancelled.actor, "main");
    assert!(cancelled.text.contains("the task was cancelled on"));
    assert_eq!(thread_ids(&cancelled.text)[0], main);
}

#[test]
fn who_runs_the_callbacks_of_processes_one_after_the_other() {
    let run = run("who_runs", 2);
    let fourth = run.place("4. pool of processes") + 1;
    let lines = &run.lines[fourth..];
    assert_eq!(lines.len(), 4 * 4);
    let one: BTreeSet<&str> = lines.iter().map(|line| line.actor.as_str()).collect();
    assert_eq!(one, BTreeSet::from(["process-2_callbacks"]));
    let (mut workers, mut callers, mut threads) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (place, callback) in lines.chunks(4).enumerate() {
        // No line of another callback in between.
        let [task, caller, proof, end] = callback else {
            panic!("{callback:#?}");
        };
        workers.insert(numbers(&task.text)[0] as u32);
        callers.insert(numbers(&caller.text)[0] as u32);
        threads.extend(thread_ids(&caller.text));
        assert_eq!(proof.text, "in the parent: true, on main's thread: false");
        // The first waits for its task, each further one for the one before.
        let seconds = numbers(&end.text)[0];
        assert!(seconds >= (place + 2) as f64, "{end:?}");
    }
    assert_eq!(
        workers.len(),
        4,
        "a worker process for each task: {workers:?}"
    );
    assert_eq!(callers.len(), 1, "one parent: {callers:?}");
    assert_eq!(threads.len(), 1, "on one thread: {threads:?}");
    assert!(workers.is_disjoint(&callers));
}

#[test]
fn async_or_callback_shows_each_without_the_other() {
    let run = run("async_or_callback", 4);
    // Synchronous: goes on after the task. With a callback: is called before.
    run.expect_order(&["1: the task ends", "1: I go on", "1: I have the result, 1"]);
    run.expect_order(&["2: the task ends", "2: I am called with 4", "2: I go on"]);
    // Asynchronous: goes on before the task has ended.
    run.expect_order(&["3: I go on", "3: the task ends", "3: I fetch the result, 9"]);
    run.expect_order(&["4: I go on", "4: the task ends", "4: I am called with 16"]);
    for (text, actor) in [
        ("1: the task ends", "main"),
        ("1: I have the result, 1", "main"),
        ("2: the task ends", "main"),
        ("2: I am called with 4", "main"),
        ("3: the task ends", "pool-0_0"),
        ("3: I fetch the result, 9", "main"),
        ("4: the task ends", "pool-0_0"),
        ("4: I am called with 16", "pool-0_0"),
    ] {
        assert_eq!(who(&run, text), actor, "{text}");
    }
}

#[test]
fn errors_are_seen_and_stop_nothing_else() {
    let run = run("errors", 4);
    assert_eq!(
        who(&run, "cancelled: the future has Err(Cancelled)"),
        "main"
    );
    let panic = "index out of bounds: the len is 0 but the index is 0";
    assert_eq!(run.after(&format!("task 0 panicked: {panic} (")).len(), 1);
    assert_eq!(
        run.after("a callback of task 2 panicked: this callback has a mistake (")
            .len(),
        1
    );
    run.expect_order(&[
        &format!("panics: the future has Err(Panicked({panic:?}))"),
        r#"fails: the future has Ok(Err("/lost: status 404"))"#,
        "a callback of task 1 failed: /lost: status 404",
        "a callback of task 2 failed: the disk is full",
        "good: the future has Ok(Ok(1256))",
        "the worker takes the next task",
        r#"workers: ["pool-0_0"]"#,
    ]);
    // The cancelled task never ran, and everything else is told by one worker.
    assert_eq!(run.said_by("pool-0_0").len(), 8);
    assert_eq!(run.lines.len(), 10);
}

/// The numbers of the ten index pages in the order in which they are parsed.
fn parsed(lines: &[&str]) -> Vec<usize> {
    let numbers = lines.iter().filter_map(|line| {
        let rest = line.strip_prefix("parsed /index/")?;
        let (number, links) = rest.split_once(": ").expect("it says how many links");
        assert!(numbers(links)[0] >= 3.0, "{line}");
        number.parse().ok()
    });
    numbers.collect()
}

fn all_ten() -> Vec<usize> {
    (1..=10).collect()
}

#[test]
fn crawler_collect_parses_in_series_when_all_is_there() {
    let run = run("crawler_collect", 20);
    let texts = run.texts();
    assert!(texts[0].starts_with("one page: /index/1 has "), "{texts:?}");
    let series = run.place("one after the other");
    let collect = run.place("four at once, collected at the end");
    assert_eq!(parsed(&texts[series..collect]), all_ten());
    let here = texts
        .iter()
        .position(|text| text.starts_with("all pages are here"));
    let here = here.expect("it says when all pages are there");
    assert!(collect < here);
    assert!(parsed(&texts[collect..here]).is_empty());
    assert_eq!(parsed(&texts[here..]), all_ten());
    assert_eq!(run.said_by("main").len(), run.lines.len(), "main parses");
    // The last page ends 17 quarters of a second after the first begins.
    assert!(numbers(run.after("all pages are here after ")[0])[0] >= 4.2);
    // 55 quarters of a second for the pages, one for each parsing.
    assert!(numbers(run.after("ten pages in series took ")[0])[0] >= 16.25);
}

#[test]
fn crawler_fused_parses_in_the_task_and_reads_in_order() {
    let run = run("crawler_fused", 4);
    let texts = run.texts();
    let second = run.place("a second pool parses");
    let read: Vec<String> = run
        .after("read /index/")
        .iter()
        .map(|text| text.to_string())
        .collect();
    let order: Vec<f64> = read.iter().map(|text| numbers(text)[0]).collect();
    assert_eq!(order, (1..=10).map(f64::from).collect::<Vec<_>>());
    let by_the_tasks = parsed(&texts[..second]);
    assert_ne!(by_the_tasks, all_ten(), "as they are there");
    for n in by_the_tasks {
        let beginning = format!("parsed /index/{n}: ");
        let parsed = texts
            .iter()
            .position(|text| text.starts_with(&beginning))
            .unwrap();
        let read = texts
            .iter()
            .position(|text| text.starts_with(&format!("read /index/{n}: ")));
        assert!(parsed < read.unwrap());
        assert!(run.lines[parsed].actor.starts_with("crawler_"));
    }
    assert_eq!(run.actors("crawler_").len(), 4);
    assert!(run.actors("fetcher_").is_empty(), "the fetchers only fetch");
    let by_the_parsers = run
        .lines
        .iter()
        .filter(|line| line.actor.starts_with("parser_"));
    assert_eq!(by_the_parsers.count(), 10);
    run.place("it may have 4 + 4 threads");
}

#[test]
fn crawler_callback_parses_each_page_as_it_arrives() {
    let run = run("crawler_callback", 3);
    assert_eq!(run.texts()[0], "all pages are submitted");
    let order = parsed(&run.texts());
    // Three moments that are half a second of simulated time apart, or more.
    let place = |n: usize| {
        order
            .iter()
            .position(|other| *other == n)
            .expect("each is parsed")
    };
    assert!(
        place(2) < place(4) && place(4) < place(1) && place(1) < place(7),
        "{order:?}"
    );
    let workers = run
        .lines
        .iter()
        .filter(|line| line.actor.starts_with("crawler_"));
    assert_eq!(workers.count(), 10);
    let first = numbers(run.after("the first result is usable after ")[0])[0];
    let whole = numbers(run.after("the whole took ")[0])[0];
    assert!(first < whole);
}

#[test]
fn crawler_as_completed_parses_in_main_as_the_pages_arrive() {
    let run = run("crawler_as_completed", 4);
    let texts = run.texts();
    let alone = run.place("long parsing: main alone");
    let callbacks = run.place("long parsing: a callback for each page");
    let order = parsed(&texts[..alone]);
    let place = |n: usize| order.iter().position(|other| *other == n);
    // Half a second of simulated time apart, or more.
    assert!(place(2) < place(4) && place(4) < place(1) && place(1) < place(7));
    for part in [
        &texts[..alone],
        &texts[alone..callbacks],
        &texts[callbacks..],
    ] {
        let mut pages = parsed(part);
        pages.sort_unstable();
        assert_eq!(pages, all_ten());
    }
    for line in &run.lines[..callbacks] {
        assert_eq!(line.actor, "main", "{line:?}");
    }
    let by_workers = run.lines[callbacks..].iter();
    let by_workers = by_workers.filter(|line| line.actor.starts_with("crawler_"));
    assert_eq!(by_workers.count(), 10);
    let first = numbers(run.after("the first result is usable after ")[0])[0];
    assert!(first < numbers(run.after("the whole took ")[0])[0]);
    for who in ["main alone took ", "the callbacks took "] {
        assert!(numbers(run.after(who)[0])[0] > 0.0);
    }
}

/// The order "as added" holds for callbacks added before the end; a later one runs at
/// once in the adder. No lock is held while a callback runs.
#[test]
fn from_scratch_calls_as_a_future_does() {
    let run = run("from_scratch", 4);
    run.expect_order(&["over", "the work is done", "main has 9", "callback 3: 9"]);
    assert_eq!(
        run.said_by("worker"),
        [
            "the work is done",
            "callback 1: 9",
            "callback 2 asks again: 9"
        ]
    );
    assert_eq!(run.said_by("main"), ["over", "main has 9", "callback 3: 9"]);
    // `main` waits for the worker's callbacks before it adds its own.
    run.expect_order(&["callback 2 asks again: 9", "callback 3: 9"]);
}

/// The videos that a careful crawler keeps: two come with names that lead out of
/// the folder.
fn videos() -> Vec<site::Video> {
    let refused = ["video-15.mp4", "video-22.mp4"];
    let mut videos = site::videos();
    videos.retain(|video| !refused.contains(&video.name.as_str()));
    assert_eq!(videos.len(), 22);
    videos
}

/// The files in a folder, which has no folders.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| {
        let entry = entry.expect("an entry");
        assert!(entry.file_type().expect("a type").is_file(), "{entry:?}");
        entry.file_name().into_string().expect("a name")
    });
    names.collect()
}

fn expect_whole(folder: &Path, name: &str) {
    let video = site::videos().into_iter().find(|video| video.name == name);
    let video = video.unwrap_or_else(|| panic!("{name} is no video of the site"));
    let bytes = fs::read(folder.join(name)).expect("the file can be read");
    assert_eq!(bytes.len() as u64, video.size, "{name}");
    let sum: String = (Sha256::digest(bytes).iter())
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(sum, video.sha256, "{name}");
}

const REPORT: [&str; 9] = [
    "1 redirected: /old/11 led to /video/11",
    "1 bad file name: /video/15: the page names its file `../../etc/x`: refused, a name has no slash",
    "1 bad file name: /video/22: the page names its file `/etc/x`: refused, a name has no slash",
    "1 broken page: /video/23: the page has no link to a file",
    "1 cut short: /files/video-13.mp4: the answer ends after 524288 of 1048576 bytes",
    "1 hung up: /video/26: the server hung up without an answer",
    "1 not found: /video/5: the server answers 404 Not Found",
    "1 server error: /video/19: the server answers 500 Internal Server Error",
    "1 wrong checksum: /files/video-17.mp4: the SHA-256 of `video-17.mp4` is not the promised one",
];

#[test]
fn video_crawler_gets_every_good_video_and_reports_the_others() {
    let outer = Scratch::new();
    let folder = outer.path().join("videos");
    let out = folder.to_str().expect("a path");
    let crawl = || testing::run_with(CHAPTER, "video_crawler", 10, &["--out", out]);

    let first = crawl();
    let names: BTreeSet<String> = videos().into_iter().map(|video| video.name).collect();
    assert_eq!(files(&folder), names);
    assert_eq!(
        fs::read_dir(outer.path()).unwrap().count(),
        1,
        "nothing outside"
    );
    for video in videos() {
        expect_whole(&folder, &video.name);
        let line = format!(
            "{} is whole: {} bytes, SHA-256 {:.8}… verified",
            video.name, video.size, video.sha256
        );
        let speaker = &first.lines[first.place(&line)].actor;
        // Pages 8 to 10 are those of the second shape.
        let number = numbers(&video.name)[0];
        let pool = if number < 24.0 { "pool-0_" } else { "pool-1_" };
        assert!(speaker.starts_with(pool), "{speaker}: {line}");
    }
    first.expect_order(&["22 files saved, 0 were there already"]);
    first.expect_order(&REPORT);
    assert!(
        first
            .after("1 too slow: /video/9: no whole answer within ")
            .len()
            == 1
    );
    first.place(&format!("the files are in the folder {out}"));
    for n in 1..=10 {
        let lines = first.lines.iter();
        let found = lines.filter(|line| line.text.starts_with(&format!("/index/{n} has ")));
        let speakers: Vec<&str> = found.map(|line| line.actor.as_str()).collect();
        assert_eq!(speakers.len(), 1, "page {n}");
        assert_eq!(speakers[0] == "main", n >= 8, "page {n}");
    }

    let before: Vec<_> = names
        .iter()
        .map(|name| modified(&folder.join(name)))
        .collect();
    let second = crawl();
    second.expect_order(&["0 files saved, 22 were there already"]);
    second.expect_order(&REPORT);
    let after: Vec<_> = names
        .iter()
        .map(|name| modified(&folder.join(name)))
        .collect();
    assert_eq!(before, after);
    assert_eq!(files(&folder), names);
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path)
        .and_then(|data| data.modified())
        .expect("the file is there")
}

/// A file is whole, or it is not there: interrupted while files are coming in.
#[test]
fn ctrl_c_leaves_only_whole_videos() {
    // On a busy machine, the crawl may be over before the signal reaches it. Then it
    // is tried again, more slowly.
    let interrupted = ["1", "0.3", "0.1"].into_iter().any(|speed| {
        let outer = Scratch::new();
        let folder = outer.path().join("videos");
        let (status, complaints) = interrupt_amid_files(&folder, speed);
        if status.success() {
            return false;
        }
        assert_eq!(status.code(), Some(130), "{complaints}");
        assert!(complaints.contains("Interrupted after"), "{complaints}");
        let names = files(&folder);
        assert!(!names.is_empty());
        for name in &names {
            expect_whole(&folder, name);
        }
        true
    });
    assert!(interrupted, "the crawl was always over before the signal");
}

/// Crawls into `folder`, and interrupts it when some files are whole and some are not.
fn interrupt_amid_files(folder: &Path, speed: &str) -> (ExitStatus, String) {
    let mut child = Command::new(CHAPTER)
        .args([
            "video_crawler",
            "--workers",
            "20",
            "--speed",
            speed,
            "--out",
        ])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the chapter's program starts");
    let part = |name: &String| name.ends_with(".lesson-part");
    let begin = Instant::now();
    loop {
        let names = if folder.exists() {
            files(folder)
        } else {
            BTreeSet::new()
        };
        let over = child.try_wait().expect("it was started").is_some();
        if over || names.iter().any(part) && !names.iter().all(part) {
            break;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "no file is whole: {names:?}"
        );
        thread::sleep(Duration::from_millis(5));
    }
    // Fails if it has ended, which the status tells.
    let _ = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
    let mut complaints = String::new();
    let mut errors = child.stderr.take().expect("piped");
    errors.read_to_string(&mut complaints).expect("text");
    (child.wait().expect("it was started"), complaints)
}

#[test]
fn page_sizes_has_the_pages_fetched_elsewhere_and_parsed_here() {
    let scratch = Scratch::new();
    let out = scratch.path().to_str().expect("a path");
    let run = testing::run_with(CHAPTER, "page_sizes", 10, &["--out", out]);
    let got: Vec<f64> = run
        .lines
        .iter()
        .filter(|line| line.text.contains(" has got "))
        .map(|line| numbers(&line.text)[0])
        .collect();
    let parsed: BTreeSet<u64> = run
        .lines
        .iter()
        .filter(|line| line.text.contains(" parses "))
        .map(|line| numbers(&line.text)[0] as u64)
        .collect();
    assert_eq!(parsed.len(), 1, "one process parses all");
    let here = *parsed.first().unwrap() as f64;
    assert_eq!(got.len(), 9);
    let elsewhere: BTreeSet<u64> = got
        .iter()
        .filter(|id| **id != here)
        .map(|id| *id as u64)
        .collect();
    assert_eq!(elsewhere.len(), 3);
    assert_eq!(
        got.iter().filter(|id| **id == here).count(),
        4,
        "the threads' pages"
    );
    assert_eq!(run.said_by("process-0_callbacks").len(), 5);
    let sorted = |name: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(scratch.path().join(name)).expect("the list is there");
        text.lines().map(str::to_string).collect()
    };
    let processes = sorted("processes.txt");
    assert_eq!(processes.len(), 5);
    for (n, line) in (1..).zip(&processes) {
        assert!(
            line.starts_with(&format!("url:</index/{n}> size:[")),
            "{line}"
        );
        run.place(&format!("  {line}"));
    }
    let threads = sorted("threads.txt");
    assert_eq!(threads.len(), 4);
    for (n, line) in (1..).zip(&threads) {
        assert!(line.starts_with(&format!("url:/index/{n} size:")), "{line}");
        run.place(&format!("  {line}"));
    }
    assert_eq!(files(scratch.path()).len(), 2);
    let sizes = numbers(run.after("/board/1: ")[0]);
    assert!(sizes[0] > sizes[1], "more bytes than characters");
}

#[test]
fn movie_board_has_fifty_records() {
    let scratch = Scratch::new();
    let out = scratch.path().to_str().expect("a path");
    let run = testing::run_with(CHAPTER, "movie_board", 10, &["--out", out]);
    assert_eq!(
        files(scratch.path()),
        BTreeSet::from(["movie_info.txt".to_string()])
    );
    let text = fs::read_to_string(scratch.path().join("movie_info.txt")).unwrap();
    let written: BTreeSet<&str> = text.lines().collect();
    let mut expected = BTreeSet::new();
    for movie in site::movies() {
        let site::Movie {
            index,
            title,
            actors,
            release_time,
            ..
        } = movie;
        let line = format!("index:{index} title:{title} actor:{actors} time:{release_time}");
        run.place(&format!("{index} {title}, {actors}, {release_time}"));
        expected.insert(line);
    }
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(written, expected);
    assert_eq!(text.lines().count(), 50);
    // The films of a page stay together.
    for page in text.lines().collect::<Vec<_>>().chunks(10) {
        let numbers: Vec<f64> = page.iter().map(|line| numbers(line)[0]).collect();
        assert!(
            numbers.windows(2).all(|two| two[1] == two[0] + 1.0),
            "{numbers:?}"
        );
    }
    run.place("50 records in movie_info.txt");
}

#[test]
fn wrong_options_are_told_in_a_sentence() {
    let scratch = Scratch::new();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();
    for (options, code, sentence) in [
        (
            ["video_crawler", "--url", "nonsense"],
            1,
            "--url takes an address such as",
        ),
        (
            ["movie_board", "--url", "https://127.0.0.1:1"],
            1,
            "--url takes an address such as",
        ),
        (
            ["page_sizes", "--url", "http://127.0.0.1:1"],
            1,
            "nobody listens at http://127.0.0.1:1",
        ),
        (
            ["crawler_callback", "--url", "http://127.0.0.1:1"],
            1,
            "or leave out --url",
        ),
        (
            ["video_crawler", "--workers", "0"],
            2,
            "--workers takes a whole number",
        ),
        (
            ["video_crawler", "--out", file],
            1,
            "is not a folder: choose another one",
        ),
        (
            ["page_sizes", "--workers", "3"],
            2,
            "--workers belongs to the section",
        ),
    ] {
        let output = Command::new(CHAPTER)
            .args(options)
            .env("TMPDIR", scratch.path())
            .output()
            .expect("the chapter's program starts");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{options:?}: {complaints}"
        );
        assert!(complaints.contains(sentence), "{options:?}: {complaints}");
        assert_eq!(complaints.lines().count(), 1, "{options:?}: {complaints}");
    }
}
