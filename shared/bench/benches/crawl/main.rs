//! A crawl of the whole site, by pools of several sizes, here and in Python, on
//! the same server in the same run: time, CPU time and memory.
//!
//! ```text
//! cargo bench -p bench --bench crawl             four sizes, three times each
//! cargo bench -p bench --bench crawl -- --quick  once each
//! ```
//!
//! Each crawl is a process of its own, which says at its end what it has used.
//! So is the server: what it costs is in neither's figures, but it takes its
//! share of the machine from both. The site's latencies are those of the lessons,
//! ten times faster: 25 to 250 ms. The one page that never answers in time is
//! left out.

#![forbid(unsafe_code)]

mod crawler;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

const WORKERS: [usize; 4] = [1, 4, 50, 200];
const TIMES: usize = 3;
const SPEED: &str = "10";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crawl.py");

/// No crawl takes longer.
const LIMIT: Duration = Duration::from_secs(120);

/// What a crawl answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Crawl {
    pages: u64,
    files: u64,
    bytes: u64,
    failed: u64,
    seconds: f64,
    /// Seconds of CPU time, of the process from its beginning.
    cpu: f64,
    peak_kib: u64,
}

type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["serve"] => serve(),
        ["crawl", url, workers, folder] => crawler::main(url, workers, folder),
        _ if words.contains(&"--help") => {
            println!("cargo bench -p bench --bench crawl [-- --quick]");
            Ok(())
        }
        // Words of other benchmarks of the same command.
        _ if words.iter().any(|word| !word.starts_with("--")) => Ok(()),
        _ => compare(if words.contains(&"--quick") { 1 } else { TIMES }),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The site, until the other end of the input is closed.
fn serve() -> Result {
    let site = site::Site::start()?;
    println!("{}", site.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn compare(times: usize) -> Result {
    let mut server = myself(&["serve"])?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut url = String::new();
    if let Some(output) = server.stdout.take() {
        BufReader::new(output).read_line(&mut url)?;
    }
    let compared = table(url.trim(), times);
    // It ends when its input does.
    drop(server.stdin.take());
    server.wait()?;
    compared
}

fn table(url: &str, times: usize) -> Result {
    let python = python();
    if let Err(why) = &python {
        println!("Python's rows are left out: {why}");
    }
    println!(
        "A crawl of the whole site, in seconds, CPU seconds and MiB at the peak; medians of {times}."
    );
    println!("workers  here                          Python");
    let mut what = String::new();
    for workers in WORKERS {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        // In turn, so that what disturbs the machine disturbs both.
        for _ in 0..times {
            ours.push(crawl(url, workers, &mut myself(&["crawl"])?)?);
            if python.is_ok() {
                theirs.push(crawl(url, workers, Command::new("python3").arg(SCRIPT))?);
            }
        }
        what = same_work(&ours, &theirs)?;
        let ours = median(&ours);
        let row = |crawl: &Crawl| {
            format!(
                "{:6.2} s  {:5.2} s  {:5.1} MiB",
                crawl.seconds,
                crawl.cpu,
                crawl.peak_kib as f64 / 1024.0
            )
        };
        let beside = match theirs.is_empty() {
            true => String::new(),
            false => {
                let theirs = median(&theirs);
                format!(
                    "{}   {:.1} times the time, {:.1} the CPU time, {:.1} the memory",
                    row(&theirs),
                    theirs.seconds / ours.seconds,
                    theirs.cpu / ours.cpu,
                    theirs.peak_kib as f64 / ours.peak_kib as f64
                )
            }
        };
        println!("{workers:7}  {}   {beside}", row(&ours));
    }
    println!("{what}");
    Ok(())
}

/// Who is measured in this run, or why Python is not.
fn python() -> Result<(), String> {
    let output = Command::new("python3")
        .args(["-c", "import requests"])
        .output()
        .map_err(|error| format!("`python3` cannot be started: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err("it has no `requests`; `pip install requests` brings it".to_string()),
    }
}

/// This program again.
fn myself(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).env("LESSON_SPEED", SPEED);
    Ok(command)
}

/// One crawl into an empty folder, in a process of its own.
fn crawl(url: &str, workers: usize, command: &mut Command) -> Result<Crawl> {
    let folder = Folder::new()?;
    let mut child = command
        .args([url, &workers.to_string()])
        .arg(&folder.0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let waited = wait(&mut child);
    if waited.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    waited?;
    let mut answer = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut answer)?;
    }
    serde_json::from_str(answer.trim())
        .map_err(|error| format!("the crawl answers `{}`: {error}", answer.trim()).into())
}

fn wait(child: &mut Child) -> Result {
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > LIMIT {
            return Err(format!("a crawl was not done within {} s", LIMIT.as_secs()).into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Figures can be compared only if all have done the same.
fn same_work(ours: &[Crawl], theirs: &[Crawl]) -> Result<String> {
    let done = |crawl: &Crawl| (crawl.pages, crawl.files, crawl.bytes, crawl.failed);
    let first = &ours[0];
    match ours
        .iter()
        .chain(theirs)
        .find(|crawl| done(crawl) != done(first))
    {
        Some(other) => Err(format!("not the same work: {first:?} and {other:?}").into()),
        None => Ok(format!(
            "Each crawl: {} pages and {} files of {:.1} MiB in all; {} failed, as they should.",
            first.pages,
            first.files,
            first.bytes as f64 / f64::from(1 << 20),
            first.failed
        )),
    }
}

/// Each figure by itself.
fn median(crawls: &[Crawl]) -> Crawl {
    let of = |figure: fn(&Crawl) -> f64| {
        let mut figures: Vec<f64> = crawls.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    Crawl {
        seconds: of(|crawl| crawl.seconds),
        cpu: of(|crawl| crawl.cpu),
        peak_kib: of(|crawl| crawl.peak_kib as f64) as u64,
        ..crawls[0].clone()
    }
}

/// A folder that is gone when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("crawl-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the build folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
