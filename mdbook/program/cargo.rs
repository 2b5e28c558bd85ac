//! Builds the chapters with cargo.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;

use regex::Regex;
use serde_json::Value;

use crate::ansi;
use crate::interrupt;
use crate::project::Project;
use crate::text::pattern;

/// What cargo says of its own work, which takes no decision from a person.
static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ *(?:Compiling|Finished|Fresh|Dirty|Checking|Downloading|Downloaded|Locking|Updating|Adding|Building) ",
    )
});

/// Builds the program of each package, and says where it is.
pub fn build(project: &Project, packages: &[String]) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut cargo = Command::new(program());
    cargo
        .current_dir(&project.root)
        // Not `--quiet`: then cargo would not say what it waits for.
        .args(["build", "--message-format=json-render-diagnostics"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if std::io::stderr().is_terminal() {
        cargo.args(["--color", "always"]);
    }
    for package in packages {
        cargo.args(["--package", package, "--bin", package]);
    }
    let mut child = interrupt::start(&mut cargo).map_err(|what| format!("cargo {what}"))?;
    let complaints = child.stderr.take().map(|pipe| {
        thread::spawn(move || {
            let mut last = String::new();
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                // It waits for the same thing again and again.
                if let Some(line) = worth_saying(line).filter(|line| *line != last) {
                    eprintln!("{line}");
                    last = line;
                }
            }
        })
    });
    let mut messages = Vec::new();
    if let Some(mut pipe) = child.stdout.take() {
        let _ = pipe.read_to_end(&mut messages);
    }
    if let Some(complaints) = complaints {
        let _ = complaints.join();
    }
    let group = interrupt::group(&child);
    let status = child.wait();
    interrupt::ended(group);
    let status = status.map_err(|error| format!("cargo cannot be waited for: {error}"))?;
    if !status.success() {
        return Err("the chapters do not compile".to_string());
    }
    Ok(executables(&String::from_utf8_lossy(&messages)))
}

/// The cargo that runs this program, or else the usual one.
pub fn program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn worth_saying(line: String) -> Option<String> {
    let plain = ansi::plain(&line);
    if let Some((_, what)) = plain.split_once("Blocking waiting for file lock on ") {
        let hint = match what.trim() {
            "build directory" => {
                ", perhaps rust-analyzer's, that builds in the same folder; with another \
                 CARGO_TARGET_DIR there is nothing to wait for"
            }
            _ => ", which will soon have done",
        };
        return Some(format!(
            "waiting for another cargo (the {}){hint}",
            what.trim()
        ));
    }
    (!PROGRESS.is_match(&plain)).then_some(line)
}

fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let (Some(name), Some(path)) = (
            message["target"]["name"].as_str(),
            message["executable"].as_str(),
        ) {
            found.insert(name.to_string(), PathBuf::from(path));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_for_another_cargo_is_told_and_progress_is_not() {
        let said = |line: &str| worth_saying(line.to_string());
        let waits = "\x1b[1m    Blocking\x1b[0m waiting for file lock on build directory";
        assert!(said(waits).unwrap().contains("CARGO_TARGET_DIR"));
        assert_eq!(said("   Compiling pools v0.1.0 (/a/pools)"), None);
        assert_eq!(said("    Finished `dev` profile in 0.1s"), None);
        let error = "error[E0308]: mismatched types";
        assert_eq!(said(error).as_deref(), Some(error));
    }
}
