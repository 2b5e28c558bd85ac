//! The judge on answers of every kind: right, wrong, stuck, gone.

use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use checking::{Answer, Answers, Check, Refused, expect, if_it_hangs, judge, refuse, within};
use model::atomic::{AtomicUsize, Ordering::SeqCst};
use model::{Barrier, Mutex, explore, few, spawn};

const HANG: &str = "It hangs, and this is why.";

fn right() {
    expect(1 + 1, 2, "One and one.");
}

fn wrong_value() {
    expect(1 + 1, 3, "One and one.");
}

fn refused_in_a_model() {
    explore(0, || {
        spawn("other", || ()).join().unwrap();
        refuse("No.");
    });
}

fn panics() {
    let eggs: u32 = "none".parse().expect("an egg");
    println!("{eggs}");
}

fn a_thread_panics_and_is_joined() {
    let thread = spawn("worker", || panic!("a \"broken\" egg"));
    thread.join().unwrap();
}

fn a_thread_panics_and_the_others_wait() {
    if_it_hangs(HANG);
    let meeting = Arc::new(Barrier::new(2));
    let thread = {
        let meeting = Arc::clone(&meeting);
        spawn("worker", move || {
            let eggs: Vec<u32> = Vec::new();
            assert!(eggs.len() == 1, "no egg");
            meeting.wait();
        })
    };
    meeting.wait();
    thread.join().unwrap();
}

fn aborts() {
    std::process::abort();
}

fn leaves_the_program() {
    println!("bye");
    std::process::exit(0);
}

fn stuck_in_a_model() {
    if_it_hangs(HANG);
    explore(0, || {
        let lock = Mutex::new(());
        let _guard = lock.lock();
        drop(lock.lock());
    });
}

fn spins_in_a_model() {
    explore(0, || {
        let lock = Arc::new(Mutex::new(true));
        let other = Arc::clone(&lock);
        let thread = spawn("other", move || while *other.lock() {});
        *lock.lock() = false;
        thread.join().unwrap();
    });
}

fn pauses_in_a_model() {
    within(1);
    explore(0, || {
        let thread = spawn("sleeper", || thread::sleep(Duration::from_secs(60)));
        thread.join().unwrap();
    });
}

fn panics_in_two_ways() {
    // The search comes upon the second one first, but the first one is simpler.
    few(2, 0, || {
        let number = Arc::new(AtomicUsize::new(0));
        let other = Arc::clone(&number);
        let thread = spawn("reader", move || {
            let read = [other.load(SeqCst), other.load(SeqCst)];
            assert!(read != [1, 1], "the simple way");
            assert!(read != [2, 3], "the other way");
        });
        (1..=3).for_each(|next| number.store(next, SeqCst));
        thread.join().unwrap();
    });
}

fn hangs_on_real_threads() {
    if_it_hangs(HANG);
    let meeting = Arc::new(Barrier::new(3));
    let other = Arc::clone(&meeting);
    let thread = spawn("other", move || other.wait());
    meeting.wait();
    thread.join().unwrap();
}

fn hangs_where_nobody_knows() {
    if_it_hangs(HANG);
    within(1);
    loop {
        thread::park();
    }
}

fn prints_much() {
    for n in 0..100_000 {
        println!("line {n}");
    }
    refuse("Enough.");
}

macro_rules! answer {
    ($check:ident) => {
        Answer {
            name: stringify!($check),
            checks: &[
                Check {
                    name: "right",
                    run: right,
                },
                Check {
                    name: stringify!($check),
                    run: $check,
                },
            ],
            refused: None,
        }
    };
    ($check:ident, $because:expr) => {
        Answer {
            refused: Some(Refused {
                by: stringify!($check),
                because: $because,
            }),
            ..answer!($check)
        }
    };
}

/// Each fares as it is said to.
const AS_SAID: Answers = Answers {
    exercise: "as_said",
    answers: &[
        answer!(right),
        answer!(wrong_value, "it should be 3\n  but it is    2"),
        answer!(refused_in_a_model, "No.\n\nHow it comes to this"),
        answer!(panics, "shared/checking/tests/verdicts.rs:30: an egg"),
        answer!(
            a_thread_panics_and_is_joined,
            "Your answer panics at shared/checking/tests/verdicts.rs:35: a \"broken\" egg"
        ),
        answer!(
            a_thread_panics_and_the_others_wait,
            ": no egg\n\nThe other threads wait for the one that is gone.\n\nAfter "
        ),
        answer!(
            panics_in_two_ways,
            "Your answer panics at shared/checking/tests/verdicts.rs:97: the simple way\n\nHow it comes to this, step by step:"
        ),
        answer!(aborts, "ended in the middle of this check"),
        answer!(leaves_the_program, "ended in the middle of this check"),
        answer!(stuck_in_a_model, HANG),
        answer!(spins_in_a_model, "goes round and round"),
        answer!(pauses_in_a_model, "an answer must not pause"),
        answer!(
            hangs_on_real_threads,
            "other waits until 3 threads have met"
        ),
        answer!(hangs_where_nobody_knows, HANG),
        answer!(prints_much, "Enough."),
    ],
};

/// None fares as it is said to: each has to be reported.
const NOT_AS_SAID: Answers = Answers {
    exercise: "not_as_said",
    answers: &[
        answer!(panics),
        answer!(right, "whatever"),
        answer!(wrong_value, "other words"),
        Answer {
            refused: Some(Refused {
                by: "right",
                because: "",
            }),
            ..answer!(wrong_value)
        },
        Answer {
            refused: Some(Refused {
                by: "no_such_check",
                because: "",
            }),
            ..answer!(wrong_value)
        },
    ],
};

/// Tells this program to judge one of those, by its place.
const ONE_OF_THEM: &str = "VERDICTS_ONE_OF_THEM";

fn main() -> ExitCode {
    let list = std::env::args().any(|argument| argument == "--list");
    if list || std::env::var_os("EXERCISE_CHECK").is_some() {
        return judge(&[AS_SAID, NOT_AS_SAID]);
    }
    if let Ok(place) = std::env::var(ONE_OF_THEM) {
        let place: usize = place.parse().expect("a place");
        return judge(&[Answers {
            answers: &NOT_AS_SAID.answers[place..=place],
            ..NOT_AS_SAID
        }]);
    }
    for (place, answer) in NOT_AS_SAID.answers.iter().enumerate() {
        let judged = Command::new(std::env::current_exe().expect("this program"))
            .env(ONE_OF_THEM, place.to_string())
            .output()
            .expect("it starts once more");
        let text = String::from_utf8_lossy(&judged.stdout);
        if judged.status.code() != Some(1) || !text.contains("0 passed; 1 failed") {
            println!(
                "the judge let number {place} pass, {}:\n{text}",
                answer.name
            );
            return ExitCode::FAILURE;
        }
    }
    judge(&[AS_SAID])
}
