//! The command line of `cargo book`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
cargo book COMMAND

    build                   builds the HTML, in mdbook/book
    serve [--addr HOST:PORT]
                            serves the book, and builds it again on every
                            change; the address is 127.0.0.1:3000
    capture [--anyway] [SECTION]...
                            runs the sections and keeps what they print; says
                            first which files it will write. A section that
                            measures is not captured while other programs keep
                            the machine busy, except with --anyway
    check [SECTION]... [pages]
                            runs them again and says which page is no longer
                            true; `pages` alone runs none of them
    mutants [--few] [--in FOLDER] [NAME]...
                            checks copies of the book with a mistake each, as
                            mdbook/mutants lists them; the folder is kept

A SECTION is `bounded` or `pools/bounded`; without one, all of them run.

The exit code is 0, 1 if something is wrong, 2 if the command line is, and 130
after Ctrl-C. `check` ends with 3 if it found nothing wrong, but the machine was
too busy to judge every section: it lists them.
";

const DEFAULT_ADDRESS: &str = "127.0.0.1:3000";

/// Which mutants to try, and where.
#[derive(Debug, Default, PartialEq)]
pub struct Wanted {
    /// Names or parts of them, classes, or places of checking; none means all.
    pub words: Vec<String>,
    /// Only those for every change of the workbook.
    pub few: bool,
    /// The copy is made here and stays, which makes the next run faster.
    pub folder: Option<PathBuf>,
}

/// What a person can ask for.
#[derive(Debug, PartialEq)]
pub enum Command {
    Help,
    Capture {
        sections: Vec<String>,
        /// Also on a busy machine.
        anyway: bool,
    },
    Check(Vec<String>),
    Mutants(Wanted),
    Build,
    Serve(SocketAddr),
    /// mdBook sends a book on standard input.
    Preprocess,
    /// mdBook asks whether the preprocessor supports this renderer.
    Supports(String),
}

/// The command that the arguments name. The error is one sentence.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut words = Vec::new();
    let mut address = None;
    let mut anyway = false;
    let (mut few, mut folder) = (false, None);
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long("addr") => {
                let value = parser.value().map_err(|error| error.to_string())?;
                address = Some(value.string().map_err(|error| error.to_string())?);
            }
            Arg::Long("anyway") => anyway = true,
            Arg::Long("few") => few = true,
            Arg::Long("in") => {
                let value = parser.value().map_err(|error| error.to_string())?;
                folder = Some(PathBuf::from(value));
            }
            Arg::Value(word) => words.push(word.string().map_err(|error| error.to_string())?),
            other => return Err(format!("{} (cargo book --help)", other.unexpected())),
        }
    }
    let mut words = words.into_iter();
    let command = words.next();
    let rest: Vec<String> = words.collect();
    if address.is_some() && command.as_deref() != Some("serve") {
        return Err("--addr is an option of `serve` (cargo book --help)".to_string());
    }
    if anyway && command.as_deref() != Some("capture") {
        return Err("--anyway is an option of `capture` (cargo book --help)".to_string());
    }
    if (few || folder.is_some()) && command.as_deref() != Some("mutants") {
        let options = "--few and --in are options of `mutants` (cargo book --help)";
        return Err(options.to_string());
    }
    match command.as_deref() {
        None | Some("help") => Ok(Command::Help),
        Some("capture") => Ok(Command::Capture {
            sections: rest,
            anyway,
        }),
        Some("check") => Ok(Command::Check(rest)),
        Some("mutants") => Ok(Command::Mutants(Wanted {
            words: rest,
            few,
            folder,
        })),
        Some("preprocess") => match rest.as_slice() {
            [] => Ok(Command::Preprocess),
            [word, renderer] if word == "supports" => Ok(Command::Supports(renderer.clone())),
            _ => Err("`preprocess` takes nothing, or `supports RENDERER`".to_string()),
        },
        Some("build" | "serve") if !rest.is_empty() => Err(format!(
            "unexpected argument `{}` (cargo book --help)",
            rest.join(" ")
        )),
        Some("build") => Ok(Command::Build),
        Some("serve") => {
            let address = address.unwrap_or_else(|| DEFAULT_ADDRESS.to_string());
            address.parse().map(Command::Serve).map_err(|_| {
                format!("--addr takes an address such as {DEFAULT_ADDRESS}, not `{address}`")
            })
        }
        Some(other) => Err(format!(
            "there is no command `{other}`: try build, serve, capture or check (cargo book --help)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn options_may_come_before_or_after_the_command() {
        let address = "127.0.0.1:80".parse().unwrap();
        assert_eq!(
            parsed("serve --addr 127.0.0.1:80"),
            Ok(Command::Serve(address))
        );
        assert_eq!(
            parsed("--addr 127.0.0.1:80 serve"),
            Ok(Command::Serve(address))
        );
        assert_eq!(
            parsed("check bounded"),
            Ok(Command::Check(vec!["bounded".into()]))
        );
        let capture = |anyway| Command::Capture {
            sections: vec!["bounded".into()],
            anyway,
        };
        assert_eq!(parsed("capture --anyway bounded"), Ok(capture(true)));
        assert_eq!(parsed("capture bounded"), Ok(capture(false)));
        let few = Command::Mutants(Wanted {
            words: vec!["bounded".into()],
            few: true,
            folder: Some("copy".into()),
        });
        assert_eq!(parsed("mutants --in copy bounded --few"), Ok(few));
        assert_eq!(parsed(""), Ok(Command::Help));
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for line in [
            "serve --addr 127.0.0.1",
            "serve 3000",
            "build --addr 127.0.0.1:1",
            "check --anyway",
            "bake",
            "check --few",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
