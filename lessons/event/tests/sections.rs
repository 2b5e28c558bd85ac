//! What each section's run must show. Orders that the program enforces are
//! checked as such. Where an order is made by the clock, the pauses differ by a
//! tenth of a second of real time or more.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};
use std::thread;

use testing::{Run, numbers};

const PROGRAM: &str = env!("CARGO_BIN_EXE_event");

fn run(section: &str, speed: u32) -> Run {
    testing::run(PROGRAM, section, speed)
}

/// Runs `wait_for_database` with options of its own.
fn wait_for_database(options: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("wait_for_database").args(options);
    command.output().expect("the chapter's program starts")
}

/// What it said, without time and name, and what it complained of.
fn texts(output: &Output) -> (Vec<String>, String) {
    let said = String::from_utf8_lossy(&output.stdout);
    let said = said.lines().filter_map(|line| line.split_once(" │ "));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    (said.map(|line| line.1.to_string()).collect(), complaint)
}

#[test]
fn every_section_is_a_program_of_its_own() {
    testing::every_section_is_a_program_of_its_own(
        env!("CARGO_MANIFEST_DIR"),
        env!("CARGO_TARGET_TMPDIR"),
    );
}

#[test]
fn traffic_light_lets_all_ten_go_when_it_is_green() {
    let run = run("traffic_light", 4);
    let red = run.place("the light is red");
    let green = run.place("the light is green");
    for n in 1..=10 {
        let car = format!("car {n}");
        assert_eq!(run.said_by(&car), ["waits at the light", "goes"]);
    }
    let places = |text: &str| -> Vec<usize> {
        let texts = run.texts();
        (0..texts.len())
            .filter(|place| texts[*place] == text)
            .collect()
    };
    assert!(
        places("waits at the light")
            .iter()
            .all(|place| (red..green).contains(place))
    );
    assert!(places("goes").iter().all(|place| *place > green));
    assert_eq!(run.texts().last(), Some(&"all cars have gone"));
    assert!(run.seconds >= 5.0, "red for 5 s");
}

#[test]
fn flag_shows_every_method_and_who_asks_twice() {
    // At normal pace: the waiter has a whole second to begin its wait, and a wait
    // that did not end with the set would be seen by seconds.
    let run = run("flag", 1);
    let expected = [
        "a new event: is_set says false",
        "looks once: false",
        "waits 0.5 s: false",
        "sets the flag",
        "waits 5 s at most: true",
        "a wait changes nothing: is_set says true",
        "after clear: is_set says false",
        "sets the flag, and clears it at once",
        "wait says true",
        "is_set says false",
    ];
    assert_eq!(run.texts(), expected);
    assert!(run.seconds < 5.0, "the wait ended with the set");
}

#[test]
fn by_hand_lets_the_waiting_cars_go_and_one_gives_up() {
    let run = run("by_hand", 4);
    run.expect_order(&[
        "the light is red",
        "waits 1 s at most",
        "turns round",
        "the light is green",
        "the light is red again: green is false",
    ]);
    assert_eq!(run.said_by("car 1"), ["waits 1 s at most", "turns round"]);
    for n in 2..=4 {
        let car = format!("car {n}");
        assert_eq!(run.said_by(&car), ["waits 5 s at most", "goes"]);
    }
    let green = run.place("the light is green");
    let goes = run.texts().iter().position(|text| *text == "goes");
    assert!(goes > Some(green));
    assert!(run.seconds < 5.0, "the waits ended with the set");
}

#[test]
fn under_the_hood_shows_a_lost_wake_up_and_none() {
    let run = run("under_the_hood", 4);
    let texts: Vec<&str> = run.texts();
    let steps = |table: &[&str]| -> Vec<(usize, String)> {
        let row = |row: &&str| {
            let text = row[2..].trim_start();
            (row.len() - text.len(), text.to_string())
        };
        table.iter().map(row).collect()
    };
    // The column tells whose step it is.
    let (waiter, setter) = (6, 20);
    let lost: Vec<(usize, &str)> = vec![
        (waiter, "locks, looks"),
        (waiter, "unlocks"),
        (setter, "locks"),
        (setter, "sets, wakes all"),
        (waiter, "locks again"),
        (waiter, "sleeps"),
    ];
    let found = steps(&texts[2..8]);
    assert!(
        found
            .iter()
            .map(|(column, text)| (*column, text.as_str()))
            .eq(lost),
        "{found:?}"
    );
    assert!(numbers(run.after("no thread woke the waiter: ")[0])[0] >= 1.0);
    let acts: Vec<String> = steps(&texts[11..23])
        .into_iter()
        .map(|(_, act)| act)
        .collect();
    let right = [
        "locks, looks",
        "sleeps",
        "locks, looks",
        "sleeps",
        "locks",
        "sets, wakes all",
        "locks",
        "clears",
        "wakes, looks",
        "goes on",
        "wakes, looks",
        "goes on",
    ];
    assert_eq!(acts, right);
    assert_eq!(
        texts.last(),
        Some(&"both woke up, although the flag now says false")
    );
}

/// What the connectors do before they know.
fn tries(run: &[String], count: usize) {
    for n in 1..=3 {
        let text = format!("try {n} of 3");
        assert_eq!(
            run.iter().filter(|line| **line == text).count(),
            count,
            "{text}"
        );
    }
}

const TIMED_OUT: &str = "Err(\"timed out after 3 tries\")";

#[test]
fn nobody_connects_with_the_figures_of_the_tutorial() {
    // Whatever is drawn: three waits end at 1.5 s, and that is before 2 s.
    for seed in ["1", "2", "3", "4"] {
        let output = wait_for_database(&["--outcome", "timeout", "--speed", "4", "--seed", seed]);
        let (said, complaint) = texts(&output);
        assert!(
            output.status.success(),
            "the timeout is the lesson: {complaint}"
        );
        tries(&said, 2);
        let join = said
            .iter()
            .position(|line| *line == format!("join returns {TIMED_OUT}"));
        let ready = said
            .iter()
            .position(|line| line.starts_with("it is ready: server version"));
        assert!(join.is_some() && join < ready, "{said:#?}");
    }
}

#[test]
fn both_connect_if_the_database_is_ready_in_time() {
    let output = wait_for_database(&["--outcome", "connected"]);
    let (said, complaint) = texts(&output);
    assert!(output.status.success(), "{complaint}");
    let place = |text: &str| said.iter().position(|line| line.starts_with(text));
    let ready = place("it is ready: server version 8.0.0-stand-in, protocol 10");
    let connected = |line: &&String| line.starts_with("connected: server version");
    assert_eq!(said.iter().filter(connected).count(), 2);
    assert!(ready < place("connected: "), "{said:#?}");
    assert!(place("ready for connections") < ready);
    assert_eq!(place("join returns Ok(())"), Some(said.len() - 2));
}

#[test]
fn the_moment_and_the_tries_can_be_chosen() {
    let output = wait_for_database(&["--ready-after", "2.2", "--tries", "8", "--speed", "2"]);
    let (said, complaint) = texts(&output);
    assert!(output.status.success(), "{complaint}");
    assert!(said.contains(&"the database will be ready after 2.2 s".to_string()));
    assert!(
        said.contains(&"join returns Ok(())".to_string()),
        "{said:#?}"
    );
    assert!(said.contains(&"try 4 of 8".to_string()), "{said:#?}");
}

#[test]
fn a_server_that_is_ready_is_told_and_the_code_is_0() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The checker and both connectors.
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let greeting = b"\x1b\0\0\0\x0a8.4.2-test\0\x01\0\0\0abcdefgh\0\0\0";
            listener.accept().unwrap().0.write_all(greeting).unwrap();
        }
    });
    let output = wait_for_database(&["--addr", &address, "--tries", "100"]);
    let (said, complaint) = texts(&output);
    assert_eq!((output.status.code(), complaint.as_str()), (Some(0), ""));
    assert!(said.contains(&"it is ready: server version 8.4.2-test, protocol 10".to_string()));
    server.join().unwrap();
}

#[test]
fn a_server_that_is_not_ready_is_a_sentence_and_the_code_is_1() {
    // It accepts connections, in the system's backlog, and sends nothing.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = silent.local_addr().unwrap().to_string();
    for (address, sentence) in [
        ("127.0.0.1:1", "127.0.0.1:1 refuses the connection"),
        (&*address, "sends no complete greeting in time"),
    ] {
        let output = wait_for_database(&["--addr", address, "--speed", "4"]);
        let (said, complaint) = texts(&output);
        assert_eq!(output.status.code(), Some(1));
        tries(&said, 2);
        assert!(complaint.contains(sentence), "{complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for (options, sentence) in [
        (
            ["--outcome", "timeout", "--ready-after", "1"],
            "give --outcome or --ready-after, not both",
        ),
        (
            ["--outcome", "timeout", "--addr", "127.0.0.1:1"],
            "give --addr or --outcome, not both",
        ),
        (
            ["--addr", "127.0.0.1:1", "--ready-after", "1"],
            "give --addr or --ready-after, not both",
        ),
    ] {
        let output = wait_for_database(&options);
        let (_, complaint) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(sentence), "{complaint}");
    }
}

#[test]
fn a_run_that_ends_otherwise_than_asked_for_is_an_error() {
    for (outcome, tries) in [("connected", "1"), ("timeout", "60")] {
        let options = ["--outcome", outcome, "--tries", tries, "--speed", "4"];
        let output = wait_for_database(&options);
        let (_, complaint) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{complaint}");
        assert!(complaint.contains("as --outcome says: choose other --tries"));
    }
}

#[test]
fn a_server_that_is_gone_when_the_connectors_come_is_an_error() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The checker only: nobody listens any more.
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        drop(listener);
        let greeting = b"\x1b\0\0\0\x0a8.4.2-test\0\x01\0\0\0abcdefgh\0\0\0";
        stream.write_all(greeting).unwrap();
    });
    let output = wait_for_database(&["--addr", &address, "--tries", "100"]);
    let (_, complaint) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("refuses the connection"), "{complaint}");
    server.join().unwrap();
}

#[test]
fn what_cannot_be_is_code_2() {
    for (options, sentence) in [
        (["--addr", "x"], "an address such as"),
        (["--outcome", "maybe"], "one of: connected, timeout"),
        (["--ready-after", "-1"], "a number of seconds"),
        (["--tries", "0"], "a whole number from 1 to 1000"),
    ] {
        let output = wait_for_database(&options);
        let (_, complaint) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(sentence), "{complaint}");
    }
}

#[test]
fn the_checker_speaks_on_magenta_on_a_terminal_only() {
    let mut command = Command::new(PROGRAM);
    command.args([
        "wait_for_database",
        "--outcome",
        "connected",
        "--speed",
        "4",
    ]);
    let coloured = command.env("CLICOLOR_FORCE", "1").output().unwrap();
    let coloured = String::from_utf8_lossy(&coloured.stdout).into_owned();
    assert!(
        coloured.contains("\u{1b}[45mis the database ready?\u{1b}[0m"),
        "{coloured:?}"
    );
    let plain = wait_for_database(&["--outcome", "connected", "--speed", "4"]);
    assert!(!plain.stdout.contains(&0x1b));
}
