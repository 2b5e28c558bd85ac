//! Every exercise is whole: it has its checks, a solution, wrong answers that are
//! judged, and hints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the workspace").to_path_buf()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of the files in a folder that end so, without the ending.
fn names(folder: &str, ending: &str) -> Vec<String> {
    let files = fs::read_dir(root().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
    let names = files.map(|file| file.expect("a file").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = names
        .filter_map(|name| Some(name.strip_suffix(ending)?.to_string()))
        .collect();
    names.sort();
    names
}

/// Chapter and name of each exercise.
fn exercises() -> Vec<(String, String)> {
    let list = read("exercises/order.txt");
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once(' ').expect("a chapter and a name"));
    pairs
        .map(|(chapter, name)| (chapter.to_string(), name.to_string()))
        .collect()
}

#[test]
fn every_exercise_has_all_its_parts() {
    for (chapter, name) in exercises() {
        let stub = read(&format!("exercises/original/{chapter}/{name}.rs"));
        assert!(
            stub.starts_with("//! "),
            "{name}: the first line is its title"
        );
        for file in [
            format!("exercises/src/bin/{name}.rs"),
            format!("exercises/checks/{name}.rs"),
            format!("exercises/hints/{name}.md"),
            format!("solutions/src/bin/{name}_solution.rs"),
        ] {
            assert!(root().join(&file).is_file(), "{name} needs {file}");
        }
        let judged = read(&format!("solutions/tests/{chapter}.rs"));
        assert!(
            judged.contains(&format!("{name}::ANSWERS")),
            "{name} is not judged in solutions/tests/{chapter}.rs"
        );
    }
}

#[test]
fn every_wrong_answer_is_judged_and_says_what_is_wrong() {
    for (_, name) in exercises() {
        let folder = format!("solutions/wrong/{name}");
        let judged = read(&format!("{folder}/mod.rs"));
        let mut wrong = names(&folder, ".rs");
        wrong.retain(|answer| answer != "mod");
        assert!(wrong.len() >= 2, "{folder} has too few wrong answers");
        for answer in wrong {
            assert!(
                judged.contains(&format!("\n    {answer}: ")),
                "{folder}/{answer}.rs is not in the list of {folder}/mod.rs"
            );
            let text = read(&format!("{folder}/{answer}.rs"));
            assert!(
                text.starts_with("//! Wrong: ") && text.contains("It looks right because"),
                "{folder}/{answer}.rs has to say what is wrong and why it looks right"
            );
        }
    }
}

#[test]
fn every_check_is_the_first_to_refuse_some_answer() {
    for (_, name) in exercises() {
        let file = format!("exercises/checks/{name}.rs");
        let text = read(&file);
        let (_, list) = text
            .split_once("checking::checks![")
            .unwrap_or_else(|| panic!("{file} has no list of checks"));
        let (list, _) = list.split_once(']').expect("the list has an end");
        let checks: Vec<&str> = list.split(',').map(str::trim).collect();
        let checks = checks.into_iter().filter(|check| !check.is_empty());

        let file = format!("solutions/wrong/{name}/mod.rs");
        let text = read(&file);
        // Such as `    spins: pop_waits_for_a_task, "goes round and round";`
        let refuses = |line: &str, check: &str| {
            line.trim()
                .split_once(": ")
                .and_then(|(_, by)| by.split_once(','))
                .is_some_and(|(by, _)| by == check)
        };
        for check in checks {
            assert!(
                text.lines().any(|line| refuses(line, check)),
                "no answer in {file} is refused first by {check}: what does it prove?"
            );
        }
    }
}

#[test]
fn the_list_of_exercises_is_complete() {
    let mut listed: Vec<String> = exercises().into_iter().map(|(_, name)| name).collect();
    listed.sort();
    assert_eq!(listed, names("exercises/checks", ".rs"));
    assert_eq!(listed, names("solutions/src/bin", "_solution.rs"));
    assert_eq!(listed, names("exercises/src/bin", ".rs"));
    assert_eq!(listed, names("exercises/hints", ".md"));
}

fn program(name: &str) -> Command {
    let one = Path::new(env!("CARGO_BIN_EXE_task_queue_solution"));
    let mut command = Command::new(one.with_file_name(format!("{name}_solution")));
    command.env("LESSON_SPEED", "20");
    command
}

#[test]
fn every_solution_runs() {
    for (_, name) in exercises() {
        // One that hangs is stopped by its own watchdog.
        let run = program(&name).output().expect("the program starts");
        let output = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success() && output.lines().count() >= 3,
            "{name}_solution: {}\n{output}{}",
            run.status,
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

/// Whoever looks at its limit is on duty.
#[test]
fn an_exercise_has_a_watchdog() {
    let mut command = program("task_queue");
    let run = command.env("LESSON_WATCHDOG", "soon").output();
    let run = run.expect("the program starts");
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(complaint.contains("LESSON_WATCHDOG takes"), "{complaint}");
    assert_eq!(run.status.code(), Some(2));
}
