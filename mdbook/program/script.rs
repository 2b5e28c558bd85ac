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

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::ansi;

/// How a program ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub output: String,
    /// What it printed on standard error.
    pub complaints: String,
}

/// The longest that a script waits for a line, or for the end.
const LIMIT: Duration = Duration::from_secs(30);

/// The exit code of a program that was ended by Ctrl-C, as in shells.
const INTERRUPTED: i32 = 130;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Until(String),
    Type(String),
    End,
    Interrupt,
}

/// What a person does, step by step.
#[derive(Clone, Debug, PartialEq)]
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
    /// returns, also if it returns an error.
    pub fn play(&self, command: &mut Command) -> Result<Ended, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot be started: {error}"))?;
        let output = listen(child.stdout.take());
        let complaints = listen(child.stderr.take());
        let mut heard = Heard::default();
        let played = self.steps(&mut child, &output, &mut heard);
        let ended = played.and_then(|()| {
            heard.all_the_rest(&output)?;
            let mut said = Heard::default();
            said.all_the_rest(&complaints)?;
            Ok(said)
        });
        if ended.is_err() {
            // This fails if the program has ended already.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        Ok(Ended {
            status,
            output: heard.text(),
            complaints: ended?.text(),
        })
    }

    fn steps(
        &self,
        child: &mut Child,
        output: &Receiver<Vec<u8>>,
        heard: &mut Heard,
    ) -> Result<(), String> {
        let mut input: Option<ChildStdin> = child.stdin.take();
        for step in &self.steps {
            match step {
                Step::Until(words) => heard.until(words, output)?,
                Step::Type(words) => {
                    let input = input.as_mut().ok_or("the script types after `end`")?;
                    writeln!(input, "{words}")
                        .map_err(|error| format!("does not read its input: {error}"))?;
                }
                Step::End => input = None,
                Step::Interrupt => {
                    let process = i32::try_from(child.id()).map_err(|error| error.to_string())?;
                    kill(Pid::from_raw(process), Signal::SIGINT)
                        .map_err(|error| format!("cannot be interrupted: {error}"))?;
                }
            }
        }
        Ok(())
    }
}

/// Reads on a thread of its own, so that a wait for the bytes can have a limit.
fn listen(source: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        let Some(mut source) = source else { return };
        while let Ok(count @ 1..) = source.read(&mut buffer) {
            if send.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receive
}

/// What was printed until now.
#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    /// The number of lines up to the one that the script found last.
    lines: usize,
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn until(&mut self, words: &str, output: &Receiver<Vec<u8>>) -> Result<(), String> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let plain = ansi::plain(&self.text());
            let whole = plain.matches('\n').count();
            let found = (plain.lines().take(whole).enumerate().skip(self.lines))
                .find(|(_, line)| line.contains(words));
            if let Some((place, _)) = found {
                self.lines = place + 1;
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match output.recv_timeout(left) {
                Ok(bytes) => self.bytes.extend(bytes),
                Err(_) => return Err(format!("never printed “{words}”, but this:\n{plain}")),
            }
        }
    }

    fn all_the_rest(&mut self, output: &Receiver<Vec<u8>>) -> Result<(), String> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match output.recv_timeout(left) {
                Ok(bytes) => self.bytes.extend(bytes),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    return Err(format!("does not end after {} s", LIMIT.as_secs()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(script: &str, program: &str) -> Result<Ended, String> {
        let script = Script::parse(script)?;
        script.play(Command::new("sh").args(["-c", program]))
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
