//! The frame around a chapter, seen from outside: what a person types, what
//! comes out, and how the program ends.

mod common;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;

use common::{Door, Ended, Running, program, run, said, state_of, until};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use shared::prelude::*;

fn chapter(arguments: &[&str]) -> Command {
    program("chapter", arguments)
}

fn mishap(section: &str) -> Command {
    let mut command = program("mishaps", &[section]);
    // Only some of the mishaps are about the watchdog.
    command.env("LESSON_WATCHDOG", "0");
    command
}

/// With this command line, the program refuses to begin: one sentence, code 2.
#[track_caller]
fn assert_refused(command: &mut Command, sentence: &str) {
    let ended = run(command);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(ended.stderr, format!("{sentence}\n"));
    assert_eq!(ended.stdout, "");
}

/// The sections that ran, in their order.
fn sections(ended: &Ended) -> Vec<&str> {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let names = said(&ended.stdout).into_iter();
    names
        .filter_map(|text| Some(text.split_once(" took ")?.0))
        .collect()
}

fn code_line(file: &str, marked: &str) -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let source = std::fs::read_to_string(format!("{folder}/examples/{file}")).unwrap();
    let marked = format!("// {marked}");
    let line = source.lines().position(|line| line.ends_with(&marked));
    format!("shared/examples/{file}:{}", line.unwrap() + 1)
}

#[test]
fn without_names_all_sections_run_in_order_except_those_that_wait_for_a_person() {
    let ended = run(&mut chapter(&["--speed", "100"]));
    assert_eq!(sections(&ended), ["first", "crawl", "pace", "workers"]);
}

#[test]
fn named_sections_run_in_the_order_in_which_they_are_named() {
    // So slow that no time is seen to pass.
    let ended = run(&mut chapter(&["crawl", "first", "--speed", "0.01"]));
    assert_eq!(sections(&ended), ["crawl", "first"]);
    let expected = [
        "crawl: Has options.",
        "crawl took 0.0 s",
        "first: The first one.",
        "the first section runs",
        "first took 0.0 s",
    ];
    assert_eq!(said(&ended.stdout), expected);
}

#[test]
fn options_may_stand_before_or_after_the_name_and_one_pair_of_dashes_is_dropped() {
    for arguments in [
        "first --speed 9",
        "--speed 9 first",
        "-- first --speed 9",
        "first -- --speed 9",
        "--speed 9 -- first",
        "first --speed=9 --",
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let ended = run(&mut chapter(&arguments));
        assert_eq!(sections(&ended), ["first"], "{arguments:?}");
    }
}

#[test]
fn list_gives_one_line_for_each_section() {
    for arguments in [&["--list"][..], &["--", "--list"], &["first", "--list"]] {
        let ended = run(&mut chapter(arguments));
        assert_eq!(ended.code, Some(0));
        assert_eq!(ended.stderr, "");
        let expected = "\
            first    The first one.\n\
            crawl    Has options.\n\
            pace     Pauses, and draws lots.\n\
            workers  Two processes at work.\n\
            serve    Waits for a person. (only when named)\n";
        assert_eq!(ended.stdout, expected);
    }
}

#[test]
fn help_shows_sections_and_all_options() {
    for option in ["--help", "-h"] {
        let ended = run(&mut chapter(&[option]));
        assert_eq!(ended.code, Some(0));
        assert_eq!(ended.stderr, "");
        for part in [
            "A well-behaved chapter, for the tests of the lessons' frame.\n",
            "cargo run --bin chapter",
            "    first    The first one.\n",
            "    serve    Waits for a person. (only when named)\n",
            "--speed N",
            "LESSON_SPEED",
            "--seed N",
            "the default is 7",
            "--list",
            "--help",
            "Options of crawl:\n",
            "    --workers N              how many crawl at once\n",
            "    --mode fast|polite       how it crawls\n",
            "Options of serve:\n",
            "    --addr HOST:PORT         where to listen\n",
        ] {
            assert!(ended.stdout.contains(part), "{part:?} in {}", ended.stdout);
        }
    }
}

#[test]
fn a_wrong_speed_or_seed_is_one_sentence_and_code_2() {
    for given in ["0", "-1", "nine", "1e9", "NaN", ""] {
        let argument = format!("--speed={given}");
        let sentence = format!("--speed takes a number from 0.01 to 1000, not `{given}`");
        assert_refused(&mut chapter(&["first", &argument]), &sentence);
    }
    let sentence = "--speed takes a number from 0.01 to 1000";
    assert_refused(&mut chapter(&["first", "--speed"]), sentence);
    for given in ["-1", "1.5", "x", ""] {
        let argument = format!("--seed={given}");
        let sentence = format!("--seed takes a whole number, 0 or more, not `{given}`");
        assert_refused(&mut chapter(&["first", &argument]), &sentence);
    }
    let sentence = "--seed takes a whole number, 0 or more";
    assert_refused(&mut chapter(&["--seed"]), sentence);
}

#[test]
fn an_unknown_section_is_refused_with_the_valid_names_and_the_nearest() {
    let all = "first, crawl, pace, workers, serve";
    for (given, near) in [
        ("frist", "first"),
        ("worker", "workers"),
        ("Serve", "serve"),
    ] {
        let sentence = format!(
            "unknown section `{given}`: did you mean `{near}`? The sections of chapter are: {all}"
        );
        assert_refused(&mut chapter(&[given]), &sentence);
    }
    let sentence = format!("unknown section `banana`: the sections of chapter are: {all}");
    assert_refused(&mut chapter(&["first", "banana"]), &sentence);
}

#[test]
fn an_unknown_option_is_refused_with_the_nearest() {
    let sentence = "unknown option `--sped`: did you mean `--speed`?";
    assert_refused(&mut chapter(&["--sped", "9"]), sentence);
    let sentence = "unknown option `--worker`: did you mean `--workers`?";
    assert_refused(&mut chapter(&["crawl", "--worker=1"]), sentence);
    let sentence = "unknown option `--banana`: --help shows those there are";
    assert_refused(&mut chapter(&["--banana"]), sentence);
    let sentence = "unknown option `-x`: --help shows those there are";
    assert_refused(&mut chapter(&["-x"]), sentence);
    // Only one pair of dashes is dropped.
    let ended = run(&mut chapter(&["--", "--", "--list"]));
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let sentence = "nothing can stand behind this option, so not `yes`";
    assert_refused(&mut chapter(&["--list=yes"]), sentence);
    assert_refused(&mut chapter(&["crawl", "--upper=yes"]), sentence);
}

#[test]
fn a_sections_own_options_reach_it() {
    let arguments = "--workers 5 crawl --addr 127.0.0.1:80 --out a/b --limit 0.5 --name Egon \
                     --mode polite --upper --workers 500";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let ended = run(&mut chapter(&arguments));
    assert_eq!(sections(&ended), ["crawl"]);
    let said = said(&ended.stdout);
    let expected = [
        "workers is 500",
        "addr is 127.0.0.1:80",
        "out is a/b",
        "limit is 0.5",
        "name is Egon",
        "mode is polite",
        "upper is yes",
    ];
    assert_eq!(said[1..said.len() - 1], expected);
}

#[test]
fn a_sections_own_options_are_checked() {
    for (given, wanted) in [
        ("--workers=0", "a whole number from 1 to 500, not `0`"),
        ("--workers=501", "a whole number from 1 to 500, not `501`"),
        ("--workers=many", "a whole number from 1 to 500, not `many`"),
        (
            "--addr=8888",
            "an address such as 127.0.0.1:8888, not `8888`",
        ),
        ("--addr=a:b", "an address such as 127.0.0.1:8888, not `a:b`"),
        ("--out=", "something behind it, not ``"),
        ("--limit=-1", "a number of seconds, 0 or more, not `-1`"),
        ("--limit=NaN", "a number of seconds, 0 or more, not `NaN`"),
        ("--mode=rude", "one of: fast, polite, not `rude`"),
    ] {
        let name = given.split_once('=').unwrap().0;
        let sentence = format!("{name} takes {wanted}");
        assert_refused(&mut chapter(&["crawl", given]), &sentence);
    }
    let sentence = "--workers N needs a value";
    assert_refused(&mut chapter(&["crawl", "--workers"]), sentence);
}

#[test]
fn a_sections_own_options_need_exactly_that_section_named() {
    let sentence = "--workers belongs to the section crawl: name just that one";
    for arguments in [
        &["--workers", "5"][..],
        &["first", "--workers", "5"],
        &["crawl", "first", "--workers", "5"],
    ] {
        assert_refused(&mut chapter(arguments), sentence);
    }
    let sentence = "--addr belongs to the section crawl or serve: name just that one";
    assert_refused(&mut chapter(&["first", "--addr", "a:1"]), sentence);
}

#[test]
fn lesson_speed_sets_the_pace_and_the_option_wins() {
    let ended = run(chapter(&["pace"]).env("LESSON_SPEED", "100"));
    let lines = said(&ended.stdout);
    assert!(lines.contains(&"2 seconds passed: true"), "{lines:?}");
    assert!(lines.contains(&"a second takes 10 ms"), "{lines:?}");
    let ended = run(chapter(&["pace", "--speed", "200"]).env("LESSON_SPEED", "0.01"));
    let lines = said(&ended.stdout);
    assert!(lines.contains(&"2 seconds passed: true"), "{lines:?}");
    assert!(lines.contains(&"a second takes 5 ms"), "{lines:?}");
}

#[test]
fn a_wrong_lesson_speed_or_watchdog_is_one_sentence_and_code_2() {
    for given in ["fast", "0", ""] {
        let sentence = format!("LESSON_SPEED takes a number from 0.01 to 1000, not `{given}`");
        assert_refused(chapter(&["first"]).env("LESSON_SPEED", given), &sentence);
    }
    for given in ["soon", "-1", "NaN"] {
        let sentence = format!(
            "LESSON_WATCHDOG takes a number of seconds, or 0 to switch it off, not `{given}`"
        );
        assert_refused(chapter(&["first"]).env("LESSON_WATCHDOG", given), &sentence);
    }
}

#[test]
fn the_seed_decides_what_is_drawn() {
    let lots = |arguments: &[&str]| {
        let ended = run(chapter(arguments).env("LESSON_SPEED", "1000"));
        let lines = said(&ended.stdout);
        let lots = lines.iter().find(|line| line.starts_with("lots: "));
        lots.unwrap().to_string()
    };
    let by_default = lots(&["pace"]);
    assert_eq!(by_default, lots(&["pace"]));
    assert_eq!(by_default, lots(&["first", "pace", "--seed", "7"]));
    assert_ne!(by_default, lots(&["pace", "--seed", "8"]));
}

/// A hang, with a watchdog that does not wait long.
fn hang(section: &str) -> Ended {
    run(mishap(section).env("LESSON_WATCHDOG", "0.3"))
}

/// The lines of the watchdog's report, with the time replaced.
#[track_caller]
fn report(ended: &Ended) -> Vec<String> {
    let mut lines = ended.stderr.lines().map(|line| {
        let (before, rest) = line.split_once(" since ").unwrap_or((line, ""));
        let Some((seconds, at)) = rest.split_once(" s, at ") else {
            return line.to_string();
        };
        assert!(seconds.parse::<f64>().unwrap() >= 0.3, "{line}");
        format!("{before} at {at}")
    });
    let first = lines.next().unwrap();
    assert!(first.starts_with("Nothing has moved for "), "{ended:?}");
    assert!(first.ends_with("this program hangs, and is stopped."));
    lines.collect()
}

#[test]
fn a_hang_ends_with_code_124_and_says_who_waits_on_what_since_when_and_where() {
    let ended = hang("deadlock");
    assert_eq!(ended.code, Some(124), "{ended:?}");
    let mut lines = report(&ended);
    lines.sort();
    let main = code_line("mishaps.rs", "main waits");
    let egon = code_line("mishaps.rs", "egon waits");
    assert!(lines.len() == 2, "{lines:?}");
    assert_eq!(lines[0], format!("  egon waits for a lock at {egon}"));
    assert!(lines[1].starts_with("  main waits for the end of the thread `egon` at "));
    assert!(lines[1].ends_with(&main), "{lines:?}");
}

#[test]
fn a_hang_in_a_task_names_the_worker_and_the_thread_that_waits_for_its_result() {
    let ended = hang("lost_notification");
    assert_eq!(ended.code, Some(124), "{ended:?}");
    let mut lines = report(&ended);
    lines.sort();
    assert_eq!(lines[0], "  cook has 1 task running and 0 queued");
    assert!(lines[1].starts_with("  cook_0 waits for a notification at "));
    assert!(lines[2].starts_with("  main waits for the result of task 0 at "));
    assert_eq!(lines.len(), 3);
}

/// A pool that cannot start a worker goes on with those it has and says how many it
/// has; with none, it is broken and says why.
#[test]
fn a_pool_that_gets_no_thread_says_so_and_goes_on_with_those_it_has() {
    let ended = run(&mut mishap("no_memory_for_threads"));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let expected = [
        "the system cannot start the worker cook_2: Resource temporarily unavailable \
         (os error 11); the pool goes on with the 2 workers that it has",
        "all tasks have run",
        "refused: broken pool: the system cannot start its first worker, clerk_0: Resource \
         temporarily unavailable (os error 11); make a new pool",
        "refused again: broken pool: the system cannot start its first worker, clerk_0: \
         Resource temporarily unavailable (os error 11); make a new pool",
    ];
    let said = said(&ended.stdout);
    let said: Vec<_> = said.iter().filter(|line| expected.contains(line)).collect();
    assert_eq!(said.len(), 4, "{ended:?}");
}

/// A pool whose every worker waits for a task that is still in its queue is told as
/// such, with the names.
#[test]
fn a_pool_that_waits_for_its_own_queue_is_told_as_such() {
    let ended = hang("starved_pool");
    assert_eq!(ended.code, Some(124), "{ended:?}");
    let told = "  cook: every worker waits, so none is left for what is queued (2):\n";
    let (_, told) = ended.stderr.split_once(told).expect(&ended.stderr);
    let mut lines: Vec<_> = told.lines().take(2).collect();
    lines.sort();
    let waits = [
        "    cook_0 waits for the result of task ",
        "    cook_1 waits for the result of task ",
    ];
    let mut tasks: Vec<_> = std::iter::zip(lines, waits)
        .map(|(line, begin)| line.strip_prefix(begin).expect(&ended.stderr))
        .collect();
    tasks.sort();
    let expected = [2, 3].map(|task| format!("{task}, which is still in this pool's queue"));
    assert_eq!(tasks, expected);
}

#[test]
fn a_hang_on_an_event_names_it() {
    let ended = hang("nobody_sets_it");
    assert_eq!(ended.code, Some(124), "{ended:?}");
    let at = code_line("mishaps.rs", "for ever");
    let lines = report(&ended);
    assert!(lines.len() == 1 && lines[0].ends_with(&at), "{lines:?}");
    assert!(lines[0].starts_with("  main waits for the green light at "));
}

/// Idle workers neither hide a hang nor appear in its report.
#[test]
fn a_hang_beside_idle_workers_is_the_hang_of_the_lesson() {
    let ended = hang("idle_workers");
    assert_eq!(ended.code, Some(124), "{ended:?}");
    let at = code_line("mishaps.rs", "with idle workers");
    let line = format!("  main waits for the green light at {at}");
    assert_eq!(report(&ended), [line]);
}

/// Ordinary Rust is explained with its line: a channel, a lock and a scope of std.
#[test]
fn a_hang_in_a_wait_of_std_is_told_with_its_line_and_its_call() {
    // Whether `lock` is named, or what it calls, depends on what was inlined.
    let (recv, any) = ("`std::sync::mpsc::Receiver::recv`", "`");
    for (section, waits) in [
        ("silent_channel", &[("main", recv, "no sender")][..]),
        ("taken_std_mutex", &[("main", any, "taken already")]),
        (
            "scoped_threads",
            &[("main", any, "the scope"), ("egon", recv, "in the scope")],
        ),
    ] {
        let ended = hang(section);
        assert_eq!(ended.code, Some(124), "{ended:?}");
        let told = report(&ended);
        assert_eq!(told.len(), waits.len(), "{ended:?}");
        for (told, (name, call, marked)) in told.iter().zip(waits) {
            assert!(
                told.starts_with(&format!("  {name} waits in {call}")),
                "{told}"
            );
            let at = code_line("mishaps.rs", marked);
            assert!(told.ends_with(&format!("`, at {at}")), "{told}");
        }
    }
}

/// A program without line numbers hangs in a wait that cannot be explained, and is told
/// so.
#[test]
fn a_hang_in_a_program_without_line_numbers_ends_too() {
    let folder = testing::Scratch::new();
    let stripped = folder.path().join("mishaps");
    let program = mishap("").get_program().to_os_string();
    let copied = Command::new("strip")
        .arg("-o")
        .arg(&stripped)
        .arg(program)
        .status();
    if !copied.is_ok_and(|status| status.success()) {
        return; // Not installed: such a program cannot be had.
    }
    let mut command = Command::new(&stripped);
    let ended = run(command.arg("silent_channel").env("LESSON_WATCHDOG", "0.3"));
    assert_eq!(ended.code, Some(124), "{ended:?}");
    let said = "  main is in a wait that this workbook cannot see into";
    assert_eq!(report(&ended), [said]);
}

/// What the watchdog says if it does not know whether the program hangs: the lines
/// about who does what, each once.
#[track_caller]
fn doubts(ended: &Ended) -> Vec<String> {
    let (told, lines): (Vec<&str>, Vec<&str>) = ended
        .stderr
        .lines()
        .partition(|line| line.starts_with("Nothing has moved for "));
    assert!(!told.is_empty(), "{ended:?}");
    for line in told {
        assert!(line.contains("so the program goes on"), "{ended:?}");
    }
    let lines = lines
        .into_iter()
        .map(|line| match line.split_once(" since ") {
            Some((before, _)) => before.to_string(),
            None => line.to_string(),
        });
    let lines: std::collections::BTreeSet<String> = lines.collect();
    lines.into_iter().collect()
}

/// A program that sleeps, or waits for the world outside, is told of, and not ended.
#[test]
fn a_sleep_and_a_child_process_are_told_of_and_go_on() {
    for (section, lines) in [
        ("sleeping", &["  main sleeps"][..]),
        (
            "sleeping_beside_a_hang",
            &["  egon sleeps", "  main waits for the green light"],
        ),
        ("child_process", &["  main waits for a child process"]),
        // A task of a process pool may wait for as long as it likes, too.
        (
            "child_process_in_a_task",
            &["  clerk_0 waits for a child process"],
        ),
    ] {
        let folder = testing::Scratch::new();
        let gate = folder.path().join("gate");
        let mut command = mishap(section);
        command.env("TEST_GATE", &gate);
        let program = Running::start(command.env("LESSON_WATCHDOG", "0.1"));
        // Long after the time limit it still runs, and ends as it would without one.
        program.wait_for_errors(2, "so the program goes on");
        program.wait_for_errors(1, lines[0]);
        std::fs::write(gate, "").unwrap();
        let ended = program.end();
        assert_eq!(sections(&ended), [section]);
        assert!(ended.stdout.contains("all is well"), "{ended:?}");
        assert_eq!(doubts(&ended), lines);
    }
}

/// So is one that reads from a connection without a limit.
#[test]
fn a_read_from_outside_is_told_of_and_goes_on() {
    let door = Door::new();
    let mut command = mishap("waiting_for_the_test");
    command.env("TEST_PORT", door.port().to_string());
    let program = Running::start(command.env("LESSON_WATCHDOG", "0.1"));
    let guest = door.guest();
    program.wait_for_errors(2, "outside of this program");
    guest.let_go();
    let ended = program.end();
    assert_eq!(sections(&ended), ["waiting_for_the_test"]);
    let line = "  main waits for something outside of this program, to read or write";
    assert_eq!(doubts(&ended), [line]);
}

#[test]
fn a_hang_in_a_worker_process_is_reported_by_it_and_breaks_the_pool() {
    let ended = hang("hanging_process");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let lines = report(&ended);
    let at = code_line("mishaps.rs", "the process waits");
    assert_eq!(
        lines[0],
        format!("  clerk_0 waits for a notification at {at}")
    );
    assert!(lines[1].starts_with("hanging_process failed: broken pool: clerk_0"));
    assert!(lines[1].ends_with("exited with code 124"), "{lines:?}");
}

#[test]
fn the_watchdog_raises_no_false_alarm_while_a_thread_pauses() {
    let ended = hang("pausing");
    assert_eq!(sections(&ended), ["pausing"]);
    assert!(ended.stdout.contains("all is well"));
}

/// A program that computes does not hang.
#[test]
fn the_watchdog_raises_no_false_alarm_while_a_thread_computes() {
    let ended = hang("computing");
    assert_eq!(sections(&ended), ["computing"]);
    assert!(ended.stdout.contains("all is well"));
}

#[test]
fn the_watchdog_raises_no_false_alarm_after_the_program_was_stopped_for_long() {
    let door = Door::new();
    let mut command = mishap("waiting_for_the_test");
    command.env("TEST_PORT", door.port().to_string());
    let program = Running::start(command.env("LESSON_WATCHDOG", "1"));
    let guest = door.guest();
    // Its start was work that the watchdog has seen; now it sees none.
    std::thread::sleep(Duration::from_millis(200));
    program.signal(Signal::SIGSTOP);
    let id = guest.process.to_string();
    until("the program to stop", || state_of(&id) == Some('T'));
    std::thread::sleep(Duration::from_millis(1200));
    program.signal(Signal::SIGCONT);
    std::thread::sleep(Duration::from_millis(100));
    guest.let_go();
    assert_eq!(sections(&program.end()), ["waiting_for_the_test"]);
}

#[test]
fn the_watchdog_leaves_a_section_alone_that_waits_for_a_person() {
    let mut command = chapter(&["serve", "--addr", "[::1]:80"]);
    let serving = Running::start(command.env("LESSON_WATCHDOG", "0.1"));
    serving.wait_for_lines(1, "serving at [::1]:80");
    // Many times its limit. That it was not stopped shows in the code.
    std::thread::sleep(Duration::from_millis(500));
    serving.signal(Signal::SIGINT);
    assert_eq!(serving.end().code, Some(130));
}

#[test]
fn ctrl_c_and_other_requests_to_end_print_a_summary_and_end_with_code_130() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let program = Running::start(&mut mishap("busy_threads"));
        program.wait_for_lines(2, "runs");
        program.signal(signal);
        let ended = program.end();
        assert_eq!(ended.code, Some(130), "{ended:?}");
        let (first, rest) = ended.stderr.trim_start().split_once('\n').unwrap();
        assert!(first.starts_with("Interrupted after "), "{ended:?}");
        assert!(first.ends_with(" s in section `busy_threads`."));
        assert_eq!(
            rest,
            "  cook: 1 tasks done, 2 interrupted, 3 never started\n"
        );
        assert!(!ended.stdout.contains("took"), "{ended:?}");
    }
}

#[test]
fn after_ctrl_c_no_child_is_left_also_in_the_middle_of_a_task() {
    for to_the_whole_group in [false, true] {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            let program = Running::start(mishap("busy_processes").process_group(0));
            program.wait_for_lines(3, "toils");
            if to_the_whole_group {
                // As a terminal does.
                killpg(Pid::from_raw(program.id() as i32), signal).unwrap();
            } else {
                program.signal(signal);
            }
            // Its end includes that of the children.
            let ended = program.end();
            assert_eq!(ended.code, Some(130), "{ended:?}");
            let summary = "  clerk: 0 tasks done, 3 interrupted, 2 never started\n";
            assert!(ended.stderr.ends_with(summary), "{ended:?}");
            assert_eq!(ended.stderr.lines().count(), 3, "{ended:?}");
        }
    }
}

#[test]
fn after_sigkill_of_the_parent_no_child_is_left_also_in_the_middle_of_a_task() {
    let program = Running::start(&mut mishap("busy_processes"));
    program.wait_for_lines(3, "toils");
    program.signal(Signal::SIGKILL);
    // Its end includes that of the children.
    let ended = program.end();
    assert_eq!(ended.signal, Some(Signal::SIGKILL as i32));
    assert_eq!(ended.stderr, "");
}

#[test]
fn after_an_exit_in_the_middle_of_its_tasks_no_child_is_left() {
    let door = Door::new();
    let mut command = mishap("exit_in_the_middle");
    let program = Running::start(command.env("TEST_PORT", door.port().to_string()));
    program.wait_for_lines(3, "toils");
    door.guest().let_go();
    // Its end includes that of the children.
    let ended = program.end();
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert_eq!(ended.stderr, "");
}

/// Without a second request the program would stay for its two seconds of grace. On a
/// busy machine so much time may go by all the same, so one quick end in five is enough:
/// a program that does not listen has none, nor has one that does not wait for its summary.
#[test]
fn a_second_ctrl_c_ends_at_once() {
    let at_once = (0..5).any(|_| end_after_second_ctrl_c() < Duration::from_secs(2));
    assert!(at_once, "it waited");
}

/// How long a program that cannot write its summary lives after the first of two
/// requests.
fn end_after_second_ctrl_c() -> Duration {
    let (unread, stderr) = std::io::pipe().unwrap();
    let mut command = mishap("full_stderr");
    command.stdout(Stdio::piped()).stderr(stderr);
    let program = Running::start_with(&mut command);
    program.wait_for_lines(1, "ready");
    let id = program.id().to_string();
    until("the pipe to be full", || state_of(&id) == Some('S'));
    let first = Instant::now();
    program.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(200));
    let waits_for_its_summary = state_of(&id) != Some('Z');
    program.signal(Signal::SIGINT);
    let ended = program.end();
    let elapsed = first.elapsed();
    assert_eq!(ended.code, Some(130));
    drop(unread);
    if waits_for_its_summary {
        elapsed
    } else {
        Duration::MAX
    }
}

#[test]
fn the_same_request_sent_twice_at_once_counts_once() {
    // `timeout` signals its child and then the whole group.
    for _ in 0..5 {
        let program = Running::start(mishap("busy_threads").process_group(0));
        program.wait_for_lines(2, "runs");
        program.signal(Signal::SIGTERM);
        killpg(Pid::from_raw(program.id() as i32), Signal::SIGTERM).unwrap();
        let ended = program.end();
        assert_eq!(ended.code, Some(130));
        assert!(ended.stderr.contains("never started"), "{ended:?}");
    }
}

#[test]
fn a_closed_pipe_ends_a_program_quietly_and_without_leaving_a_child() {
    for section in ["talkative", "printing", "talkative_processes"] {
        for _ in 0..3 {
            let (reader, stdout) = std::io::pipe().unwrap();
            let mut command = mishap(section);
            command.stdout(stdout).stderr(Stdio::piped());
            let program = Running::start_with(&mut command);
            drop(command);
            // As `| head -2` does.
            let mut lines = BufReader::new(reader).lines();
            lines.next().unwrap().unwrap();
            assert!(lines.next().unwrap().unwrap().ends_with("one more line"));
            drop(lines);
            // Its end includes that of the children.
            let ended = program.end();
            assert_eq!(ended.code, Some(0), "{section}: {ended:?}");
            assert_eq!(ended.stderr, "", "{section}");
        }
    }
}

#[test]
fn a_pipe_gets_no_escapes_unless_they_are_asked_for() {
    let escape = '\u{1b}';
    // So slow that no time is seen to pass.
    let first = || chapter(&["first", "--speed", "0.01"]);
    let plain = run(&mut first()).stdout;
    assert!(!plain.contains(escape), "{plain}");
    let coloured = run(first().env("CLICOLOR_FORCE", "1")).stdout;
    assert!(coloured.contains(escape), "{coloured}");
    let mut uncoloured = String::new();
    for (number, part) in coloured.split(escape).enumerate() {
        // What an escape begins ends with an `m`.
        let text = if number == 0 {
            part
        } else {
            part.split_once('m').unwrap().1
        };
        uncoloured.push_str(text);
    }
    assert_eq!(uncoloured, plain, "colour carries no meaning of its own");
    let off = run(first().env("NO_COLOR", "1")).stdout;
    assert_eq!(off, plain);
}

#[test]
fn a_terminal_gets_colour_unless_no_color_is_set() {
    // `script` gives the program a terminal.
    let on_a_terminal = |variable: Option<&str>| {
        let line = format!("{:?} first", chapter(&[]).get_program());
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        if let Some(variable) = variable {
            command.env(variable, "1");
        }
        command.env("TERM", "xterm");
        run(&mut command)
    };
    if Command::new("script").arg("--version").output().is_err() {
        return; // Not installed: the terminal cannot be had.
    }
    let coloured = on_a_terminal(None);
    assert_eq!(coloured.code, Some(0), "{coloured:?}");
    assert!(coloured.stdout.contains('\u{1b}'), "{coloured:?}");
    let plain = on_a_terminal(Some("NO_COLOR"));
    assert!(!plain.stdout.contains('\u{1b}'), "{plain:?}");
}

#[test]
fn every_line_names_its_actor() {
    let ended = run(&mut chapter(&["first"]));
    let names: Vec<&str> = ended
        .stdout
        .lines()
        .map(|line| line.split_once(" s  ").unwrap().1)
        .map(|line| line.split_once("│").unwrap().0.trim())
        .collect();
    assert_eq!(names, ["lesson", "main", "lesson"]);
}

#[test]
fn a_panicking_task_prints_one_narrated_line_and_not_the_default_text() {
    let ended = run(&mut mishap("task_panics"));
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stderr, "");
    let lines = said(&ended.stdout);
    assert_eq!(lines.len(), 4, "{ended:?}");
    let panicked = "task 0 panicked: no egg left (shared/examples/mishaps.rs:";
    assert!(lines[1].starts_with(panicked), "{ended:?}");
    assert_eq!(lines[2], "main got: the task panicked: no egg left");
}

#[test]
fn a_panicking_or_failing_section_is_one_sentence_and_code_1_without_a_backtrace() {
    let ended = run(&mut mishap("section_panics"));
    assert_eq!(ended.code, Some(1));
    let begin = "section_panics panicked: the roof leaks (shared/examples/mishaps.rs:";
    assert!(ended.stderr.starts_with(begin), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");

    let ended = run(&mut mishap("section_fails"));
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr, "section_fails failed: the cellar is full\n");
}

#[test]
fn the_sections_after_a_failing_one_still_run() {
    let mut command = program(
        "mishaps",
        &["section_fails", "section_panics", "task_panics"],
    );
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr.lines().count(), 2);
    assert!(ended.stdout.contains("task_panics took"), "{ended:?}");
}

#[test]
fn what_a_process_task_prints_reaches_the_terminal() {
    let ended = run(&mut chapter(&["workers"]));
    assert_eq!(sections(&ended), ["workers"]);
    for n in 0..4 {
        assert!(said(&ended.stdout).contains(&format!("task {n} speaks").as_str()));
        let printed = format!("task {n} prints");
        assert!(ended.stdout.lines().any(|line| line == printed));
        let complained = format!("task {n} complains");
        assert!(ended.stderr.lines().any(|line| line == complained));
        let square = format!("the square is {}", n * n);
        assert!(said(&ended.stdout).contains(&square.as_str()));
    }
}

#[test]
fn a_worker_never_runs_the_main_of_its_parent() {
    let ended = run(chapter(&["workers"]).env("SAY_MAIN", "1"));
    assert_eq!(sections(&ended), ["workers"]);
    let mains = ended.stderr.lines().filter(|line| *line == "main runs");
    assert_eq!(mains.count(), 1, "{ended:?}");
}

#[test]
fn a_program_with_the_workers_variable_set_by_hand_says_so() {
    let ended = run(chapter(&["first"]).env("LESSON_WORKER", "egon"));
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.starts_with("the worker egon has to stop: "),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("LESSON_WORKER is set by pools only"));
}

#[test]
fn a_worker_that_the_system_refuses_to_start_is_an_error_and_not_a_hang() {
    let mut command = Command::new("sh");
    let line = "ulimit -n 64 && exec \"$0\" no_descriptors";
    command.args(["-c", line]).arg(mishap("").get_program());
    let ended = run(&mut command);
    assert_eq!(sections(&ended), ["no_descriptors"]);
    let lines = said(&ended.stdout);
    let refused = "refused: broken pool: clerk_0 cannot be started: Too many open files";
    assert!(lines[1].starts_with(refused), "{lines:?}");
    assert_eq!(lines[2], "and now it works");
}
