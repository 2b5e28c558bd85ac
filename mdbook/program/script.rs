//! A section that waits for a person is captured with a *script*. It says what a person
//! does while the section runs, and is kept in `mdbook/scripts/<chapter>/<section>.txt`.
//!
//! | line | what |
//! |---|---|
//! | `until WORDS` | waits for a new line with these words |
//! | `type WORDS` | types them, and Enter |
//! | `end` | ends the input, as Ctrl-D does |
//! | `interrupt` | Ctrl-C; the section then has to end with exit code 130 |
//! | `# …` | a comment |

use std::io::Write;
use std::process::{ChildStdin, Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};

use crate::ansi;
use crate::child::{Ended, Running};
use crate::interrupt::INTERRUPTED;

/// The longest that a script waits for a line.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Until(String),
    Type(String),
    End,
    Interrupt,
}

/// What a person does, step by step. Without a step, nobody is there: the input ends at
/// once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    steps: Vec<Step>,
}

impl Script {
    /// The error names the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            steps.push(match (word, rest) {
                ("", _) | ("#", _) => continue,
                ("until", words) if !words.is_empty() => Step::Until(words.to_string()),
                ("type", words) => Step::Type(words.to_string()),
                ("end", "") => Step::End,
                ("interrupt", "") => Step::Interrupt,
                _ => {
                    return Err(format!(
                        "line {}: `{line}` is none of `until WORDS`, `type WORDS`, `end`, `interrupt`",
                        number + 1
                    ));
                }
            });
        }
        Ok(Script { steps })
    }

    /// Whether a program has to end like this after the script.
    #[must_use]
    pub fn expects(&self, status: ExitStatus) -> bool {
        match self.steps.contains(&Step::Interrupt) {
            true => status.code() == Some(INTERRUPTED),
            false => status.success(),
        }
    }

    /// Starts the program and follows the script. The program has ended when this
    /// returns, also if it returns an error: it has at most `limit`.
    pub fn play(&self, command: &mut Command, limit: Duration) -> Result<Ended, String> {
        let mut program = Running::start(command, limit)?;
        let mut input: Option<ChildStdin> = program.input();
        // The number of lines up to the one that the script found last.
        let mut lines = 0;
        for step in &self.steps {
            match step {
                Step::Until(words) => lines = until(words, lines, &mut program)?,
                Step::Type(words) => {
                    let input = input.as_mut().ok_or("the script types after `end`")?;
                    writeln!(input, "{words}")
                        .map_err(|error| format!("does not read its input: {error}"))?;
                }
                Step::End => input = None,
                Step::Interrupt => kill(program.process(), Signal::SIGINT)
                    .map_err(|error| format!("cannot be interrupted: {error}"))?,
            }
        }
        drop(input);
        program.end()
    }
}

/// Waits for a line with these words behind the first `known` lines. Returns the number
/// of lines up to it.
fn until(words: &str, known: usize, program: &mut Running) -> Result<usize, String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let plain = ansi::plain(&program.printed());
        let whole = plain.matches('\n').count();
        let found = (plain.lines().take(whole).enumerate().skip(known))
            .find(|(_, line)| line.contains(words));
        if let Some((place, _)) = found {
            return Ok(place + 1);
        }
        if !program.hear(deadline)? {
            return Err(format!("never printed “{words}”, but this:\n{plain}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(script: &str, program: &str) -> Result<Ended, String> {
        let script = Script::parse(script)?;
        script.play(
            Command::new("sh").args(["-c", program]),
            Duration::from_secs(60),
        )
    }

    #[test]
    fn types_and_waits_for_the_answer() {
        let program = "while read line; do echo \"you said $line\"; done; echo bye";
        let script = "# a conversation\ntype one\nuntil said one\ntype two\nuntil said two\nend\n";
        let ended = play(script, program).unwrap();
        assert_eq!(ended.output, "you said one\nyou said two\nbye\n");
        assert!(ended.status.success());
    }

    #[test]
    fn interrupts() {
        let program = "trap 'exit 130' INT; echo ready; while :; do sleep 0.01; done";
        let script = "until ready\ninterrupt";
        let ended = play(script, program).unwrap();
        assert!(Script::parse(script).unwrap().expects(ended.status));
        assert!(!Script::parse("end").unwrap().expects(ended.status));
    }

    #[test]
    fn a_program_that_ends_too_early_is_reported() {
        let complaint = play("until ready", "echo no").unwrap_err();
        assert_eq!(complaint, "never printed “ready”, but this:\nno\n");
    }

    #[test]
    fn an_unknown_line_is_named() {
        let complaint = Script::parse("until ready\nwait").unwrap_err();
        assert!(complaint.starts_with("line 2: `wait` is none of"));
    }
}
