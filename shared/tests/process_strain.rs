//! The process pool under strain: no descriptors, no threads, signals, a parent that
//! is killed. Each is a program of its own, so that no other test is concerned.

mod common;

use std::os::unix::process::CommandExt;
use std::process::Command;

use common::{Ended, Running, program, run, said, send_signal, state_of, until};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Runs a section with a limit on its open files.
fn with_few_files(section: &str) -> Ended {
    let mut command = Command::new("sh");
    let line = format!("ulimit -n 64 && exec \"$0\" {section}");
    command
        .args(["-c", &line])
        .arg(program("strains", &[]).get_program());
    run(&mut command)
}

#[track_caller]
fn lines(ended: &Ended) -> Vec<&str> {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stderr, "");
    let lines = said(&ended.stdout);
    lines[1..lines.len() - 1].to_vec()
}

/// A retired worker that cannot be replaced breaks the pool with that error, and
/// `result`, `shutdown` and drop return.
#[test]
fn a_retired_worker_without_a_successor_breaks_the_pool() {
    let ended = with_few_files("nobody_to_replace_it");
    let said = lines(&ended);
    let broken = "broken pool: clerk_1 cannot be started: Too many open files (os error 24)";
    let expected = [
        "first: Ok(())".to_string(),
        format!("second: {broken}"),
        format!("third: {broken}; make a new pool"),
        "the pool has ended".to_string(),
    ];
    assert_eq!(said, expected);
}

/// A callback thread that the system refuses is an error of the pool. The callbacks
/// run nevertheless.
#[test]
fn a_callback_thread_that_cannot_be_started_breaks_the_pool() {
    let ended = run(&mut program("strains", &["no_callback_thread"]));
    let mut said = lines(&ended);
    assert_eq!(said.pop(), Some("the pool has ended"));
    let broken = "broken pool: clerk cannot run callbacks: the system starts no thread";
    let told = said.iter().filter(|line| line.contains(broken)).count();
    assert_eq!(told, 2, "{said:?}");
    assert!(said.contains(&"first: Ok(())"), "{said:?}");
    assert!(said.contains(&"callback: Ok(())"), "{said:?}");
    assert_eq!(said.len(), 4, "{said:?}");
}

/// What retired workers used is given back at once: threads, memory, descriptors.
#[test]
fn what_retired_workers_used_is_given_back_while_the_pool_lives() {
    let ended = run(&mut program("strains", &["many_retire"]));
    let expected = ["threads: 0", "descriptors: 0", "much memory: false"];
    assert_eq!(lines(&ended), expected);
}

/// Signals that were ignored when the program was started stay ignored, in the
/// program and in its workers: `nohup`.
#[test]
fn a_program_that_was_started_with_nohup_outlives_its_terminal() {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP && exec \"$0\" waiting_workers"])
        .arg(program("strains", &[]).get_program())
        .process_group(0);
    let program = Running::start(&mut command);
    program.wait_for_lines(2, "waits");
    killpg(Pid::from_raw(program.id() as i32), Signal::SIGHUP).unwrap();
    let ended = program.end();
    assert!(lines(&ended).contains(&"all is well"), "{ended:?}");
}

/// No child outlives a parent that was killed, not even one that was stopped then.
#[cfg(target_os = "linux")]
#[test]
fn a_stopped_worker_does_not_outlive_a_killed_parent() {
    let program = Running::start(&mut program("strains", &["waiting_workers"]));
    let lines = program.wait_for_lines(2, "waits");
    let (_, line) = lines[0].split_once("process ").unwrap();
    // Behind the actor's name, which begins with the same word.
    let number = line.rsplit_once("process ").map_or(line, |(_, rest)| rest);
    let worker: u32 = number.split(' ').next().unwrap().parse().unwrap();
    send_signal(worker, Signal::SIGSTOP);
    until("the worker to stop", || {
        state_of(&worker.to_string()) == Some('T')
    });
    program.signal(Signal::SIGKILL);
    // Its end includes that of the children.
    let ended = program.end();
    assert_eq!(ended.signal, Some(Signal::SIGKILL as i32));
}
