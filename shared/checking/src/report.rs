//! What a student reads.

use std::io::{self, Write};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::check::Check;
use crate::child::{self, Verdict};

/// So many of the last lines that an answer printed are shown.
const PRINTED: usize = 10;

/// So wide is a sentence at most.
const WIDTH: usize = 80;

/// The test of an answer: its checks, one after the other, each in a process of
/// its own, up to the first that fails, and a report on standard error. `module`
/// is the one of the checks.
///
/// # Panics
///
/// If the answer is refused.
pub fn check_this_answer(module: &str, checks: &[Check]) {
    if let Ok(name) = std::env::var(child::VARIABLE) {
        match checks.iter().find(|check| check.name == name) {
            Some(check) => child::run(check),
            None => panic!("there is no check `{name}`"),
        }
    }
    let (answer, path) = module.split_once("::").unwrap_or(("", module));
    say(&format!("\n{answer}\n\n"));
    for (place, check) in checks.iter().enumerate() {
        let mut command = Command::new(std::env::current_exe().unwrap_or_default());
        command.args([&format!("{path}::all"), "--exact", "--nocapture"]);
        let verdict = child::verdict_of(command, check.name);
        if let Some(why) = &verdict.refused {
            say(&format!("  FAIL  {}\n", check.title()));
            for check in &checks[place + 1..] {
                say(&format!("   …    {}\n", check.title()));
            }
            say(&format!("\n{}\n", explanation(why, &verdict)));
            let total = checks.len();
            say(&format!("{place} of {total} checks pass so far.\n\n"));
            // Everything has been said.
            std::panic::resume_unwind(Box::new("refused"));
        }
        say(&format!("  pass  {}\n", check.title()));
    }
    say(&format!("\nAll {} checks pass.\n\n", checks.len()));
}

/// Not through `print!`: that would be shown only in the end, and only if the
/// test fails.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn explanation(why: &str, verdict: &Verdict) -> String {
    let mut text: String = why
        .lines()
        .flat_map(wrapped)
        .map(|l| indented(&l))
        .collect();
    let printed = verdict.printed.as_str();
    let printed = printed
        .rsplit_once(model::AGAIN)
        .map_or(printed, |(_, last)| last);
    let printed: Vec<&str> = printed.trim().lines().collect();
    let skipped = printed.len().saturating_sub(PRINTED);
    if !printed.is_empty() {
        text.push_str("\n  The last lines that it printed:\n");
        for line in &printed[skipped..] {
            text.push_str(&indented(&format!("  {line}")));
        }
    }
    text
}

/// A long sentence, in lines of a readable length. What is indented is a table and
/// stays as it is.
fn wrapped(line: &str) -> Vec<String> {
    if line.starts_with(' ') {
        return vec![line.to_string()];
    }
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last] = word.to_string();
        } else if lines[last].chars().count() + 1 + word.chars().count() <= WIDTH {
            lines[last].push(' ');
            lines[last].push_str(word);
        } else {
            lines.push(word.to_string());
        }
    }
    lines
}

fn indented(line: &str) -> String {
    match line.trim_end() {
        "" => "\n".to_string(),
        line => format!("  {line}\n"),
    }
}

/// Does it for each, a few at a time, and returns the results in order.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        // One more than cores: some of the processes only wait.
        for _ in 0..(cores + 1).min(items.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { break };
                    let result = work(item);
                    done.lock().unwrap().push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}
