//! A crawl of the whole site, by pools of several sizes, here and in Python, on
//! the same server in the same run: time, CPU time and memory.
//!
//! ```text
//! cargo bench --package bench --bench crawl               four sizes, three times each
//! cargo bench --package bench --bench crawl -- --quick    once each
//! cargo bench --package bench --bench crawl -- --markdown with the table of the book's page
//! ```
//!
//! Each crawl is a process of its own, which prints at its end what it has used.
//! So is the server: its own cost is in neither's figures, but it takes its share
//! of the machine from both. The site's latencies are those of the lessons, ten
//! times faster: 25 to 250 ms. The one page that never answers in time is left out.

#![forbid(unsafe_code)]

mod answer;
mod crawler;
mod table;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use bench::busy::{Reading, TOO_MUCH};
use bench::options::{HELP, Options, Task};

use answer::{Crawl, Result};
use table::Compared;

const WORKERS: [usize; 4] = [1, 4, 50, 200];
const TIMES: usize = 3;
const SPEED: &str = "10";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crawl.py");

/// No crawl takes longer.
const LIMIT: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        // This program, started by itself.
        ["--serve"] => serve(),
        ["--crawl", url, workers, folder] => crawler::main(url, workers, folder),
        _ => match Options::read(std::env::args_os().skip(1)) {
            Ok(options) => run(&options),
            Err(sentence) => {
                eprintln!("{sentence}");
                return ExitCode::from(2);
            }
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    match options.task {
        Task::Help => print!("{HELP}"),
        Task::List => println!("{:<30}shared, python", "crawl"),
        Task::Compare if options.wants_row("crawl") => compare(options)?,
        Task::Compare => println!("The crawl is left out: it was not named."),
        // Meant for the other benchmark of the same command.
        Task::Sample { .. } => {}
    }
    Ok(())
}

/// The site, until the other end of the input is closed.
fn serve() -> Result {
    let site = site::Site::start()?;
    println!("{}", site.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn compare(options: &Options) -> Result {
    let times = if options.quick {
        1
    } else {
        options.samples_or(TIMES)
    };
    let mut server = myself(&["--serve"])?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut url = String::new();
    if let Some(output) = server.stdout.take() {
        BufReader::new(output).read_line(&mut url)?;
    }
    let begun = Reading::now();
    let compared = crawls(url.trim(), times);
    // It ends when its input does.
    drop(server.stdin.take());
    server.wait()?;
    let compared = compared?;
    if let Some(others) = begun.and_then(|begun| begun.others_since())
        && others > TOO_MUCH
    {
        println!("BUSY: other programs kept {others:.2} cores busy; do not trust these figures.");
    }
    if options.markdown {
        table::markdown(&compared);
    }
    Ok(())
}

/// Crawls with each number of workers, and prints each line as soon as it is known.
fn crawls(url: &str, times: usize) -> Result<Vec<Compared>> {
    let python = python();
    if let Err(why) = &python {
        println!("Python's rows are left out: {why}");
    }
    table::heading(times);
    let mut all = Vec::new();
    for workers in WORKERS {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        // In turn, so that what disturbs the machine disturbs both.
        for _ in 0..times {
            ours.push(crawl(url, workers, &mut myself(&["--crawl"])?)?);
            if python.is_ok() {
                theirs.push(crawl(url, workers, Command::new("python3").arg(SCRIPT))?);
            }
        }
        let compared = Compared::new(workers, &ours, &theirs)?;
        table::line(&compared);
        all.push(compared);
    }
    if let Some(last) = all.last() {
        table::work(last);
    }
    Ok(all)
}

/// Why Python cannot take part, if it cannot.
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
        // Anything left over is in the build folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
