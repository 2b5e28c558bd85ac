//! The judges are judged, too: the solution has to pass, the stub and the wrong
//! answers have to be refused, each by the check that is meant for it.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::check::Check;
use crate::child;
use crate::report::in_parallel;

/// An answer that is kept with the project.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The name of its module.
    pub name: &'static str,
    /// The exercise's checks, compiled with this answer.
    pub checks: &'static [Check],
    /// Where it has to fail. The solution does nowhere.
    pub refused: Option<Refused>,
}

/// Where and why a wrong answer fails.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// The first check that refuses it.
    pub by: &'static str,
    /// Words of what that check says.
    pub because: &'static str,
}

/// All answers to one exercise. Made by [`answers!`](crate::answers).
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    /// The name of the exercise.
    pub exercise: &'static str,
    /// The solution, the stub, the wrong ones.
    pub answers: &'static [Answer],
}

/// The answers to an exercise, each a module, and what has to come of each: the
/// solution passes; every other is refused by the check that is named, with a
/// message that has these words.
///
/// ```ignore
/// checking::answers! {
///     task_queue: solution;
///     stub: pop_waits, "came back with nothing";
///     if_for_while: pop_looks_again, "although the queue is open";
/// }
/// ```
#[macro_export]
macro_rules! answers {
    ($exercise:ident: $solution:ident; $($wrong:ident: $by:ident, $because:literal;)+) => {
        pub const ANSWERS: $crate::Answers = $crate::Answers {
            exercise: stringify!($exercise),
            answers: &[
                $crate::Answer {
                    name: stringify!($solution),
                    checks: $solution::checks::CHECKS,
                    refused: None,
                },
                $($crate::Answer {
                    name: stringify!($wrong),
                    checks: $wrong::checks::CHECKS,
                    refused: Some($crate::Refused {
                        by: stringify!($by),
                        because: $because,
                    }),
                }),+
            ],
        };
    };
}

/// The `main` of a test program: judges all answers to all these exercises, and
/// reports as other test programs do. An argument chooses those in whose name
/// it is.
pub fn judge(exercises: &[Answers]) -> ExitCode {
    if let Ok(wanted) = std::env::var(child::VARIABLE) {
        run_the_check(exercises, &wanted);
    }
    // As other test programs: `--skip NAME` leaves out, a bare name chooses.
    let (mut filters, mut skipped) = (Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--skip" {
            skipped.extend(arguments.next());
        } else if !argument.starts_with('-') {
            filters.push(argument);
        }
    }
    let all = exercises.iter().flat_map(|exercise| {
        let answers = exercise.answers.iter();
        answers.map(|answer| (format!("{}::{}", exercise.exercise, answer.name), answer))
    });
    let total = all.clone().count();
    let chosen: Vec<_> = all
        .filter(|(name, _)| {
            let any = |parts: &[String]| parts.iter().any(|part| name.contains(part.as_str()));
            (filters.is_empty() || any(&filters)) && !any(&skipped)
        })
        .collect();
    if std::env::args().any(|argument| argument == "--list") {
        chosen.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }

    println!("\nrunning {} tests", chosen.len());
    let began = Instant::now();
    let outcomes = in_parallel(&chosen, |(name, answer)| {
        let outcome = judged(name, answer);
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("test {name} ... {word}");
        outcome
    });
    let failures: Vec<_> = chosen
        .iter()
        .zip(&outcomes)
        .filter_map(|((name, _), outcome)| outcome.as_ref().err().map(|text| (name, text)))
        .collect();
    for (name, text) in &failures {
        println!("\n---- {name} ----\n{text}");
    }
    let (word, code) = match failures.is_empty() {
        true => ("ok", ExitCode::SUCCESS),
        false => ("FAILED", ExitCode::FAILURE),
    };
    println!(
        "\ntest result: {word}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out; \
         finished in {:.2}s\n",
        chosen.len() - failures.len(),
        failures.len(),
        total - chosen.len(),
        began.elapsed().as_secs_f64()
    );
    code
}

/// Whether the answer fares as it should; if not, what happened instead.
fn judged(name: &str, answer: &Answer) -> Result<(), String> {
    if let Some(Refused { by, .. }) = answer.refused
        && !answer.checks.iter().any(|check| check.name == by)
    {
        return Err(format!("there is no check `{by}`"));
    }
    for check in answer.checks {
        let command = Command::new(std::env::current_exe().unwrap_or_default());
        let verdict = child::verdict_of(command, &format!("{name}::{}", check.name));
        let Some(text) = verdict.refused else {
            match answer.refused {
                Some(Refused { by, .. }) if by == check.name => {
                    return Err(format!("`{by}` has to refuse it, but lets it pass"));
                }
                _ => continue,
            }
        };
        return match answer.refused {
            None => Err(format!("`{}` refuses it:\n{text}", check.name)),
            Some(Refused { by, .. }) if by != check.name => Err(format!(
                "`{by}` has to refuse it, but `{}` does, and comes first:\n{text}",
                check.name
            )),
            Some(Refused { because, .. }) if !text.contains(because) => Err(format!(
                "refused, but not with the words “{because}”:\n{text}"
            )),
            Some(_) => Ok(()),
        };
    }
    Ok(())
}

/// In the child: `exercise::answer::check`.
fn run_the_check(exercises: &[Answers], wanted: &str) -> ! {
    for exercise in exercises {
        for answer in exercise.answers {
            for check in answer.checks {
                if wanted == format!("{}::{}::{}", exercise.exercise, answer.name, check.name) {
                    child::run(check);
                }
            }
        }
    }
    panic!("there is no check `{wanted}`");
}
