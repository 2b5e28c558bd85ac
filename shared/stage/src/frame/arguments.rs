//! The command line of a chapter.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};

use super::options::{Opt, Value};
use super::recorder::Wanted;
use super::section::{Chapter, Section};
use crate::run;

/// What the command line asks for.
#[derive(Debug)]
pub(super) enum Wish {
    Help,
    List,
    Run(Plan),
}

/// Which sections to run, and how.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) sections: Vec<usize>,
    pub(super) speed: f64,
    pub(super) seed: u64,
    pub(super) wanted: Wanted,
    /// The options of the section that is named, as they were given.
    pub(super) options: Vec<(&'static str, String)>,
}

/// Reads the command line. The error is one sentence.
pub(super) fn parse(
    chapter: &Chapter,
    mut arguments: Vec<OsString>,
    speed_from_environment: Option<f64>,
) -> Result<Wish, String> {
    // Cargo passes the dashes of `cargo run --bin pools bounded -- --speed 9` on.
    if let Some(dashes) = arguments.iter().position(|argument| argument == "--") {
        arguments.remove(dashes);
    }
    let mut parser = Parser::from_args(arguments);
    let mut plan = Plan {
        sections: Vec::new(),
        speed: speed_from_environment.unwrap_or(1.0),
        seed: run::DEFAULT_SEED,
        wanted: Wanted::default(),
        options: Vec::new(),
    };
    let mut list = false;
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Wish::Help),
            Arg::Long("list") => list = true,
            Arg::Long("speed") => {
                let given = value(&mut parser, "--speed takes a number from 0.01 to 1000")?;
                plan.speed = run::parse_speed(&given).ok_or_else(|| {
                    format!("--speed takes a number from 0.01 to 1000, not `{given}`")
                })?;
            }
            Arg::Long("seed") => {
                let given = value(&mut parser, "--seed takes a whole number, 0 or more")?;
                plan.seed = given.parse().map_err(|_| {
                    format!("--seed takes a whole number, 0 or more, not `{given}`")
                })?;
            }
            Arg::Long("timeline") => plan.wanted.timeline = true,
            Arg::Long("trace") => {
                let path = parser.value().ok().filter(|path| !path.is_empty());
                let path = path.ok_or("--trace takes the name of a file to write")?;
                plan.wanted.trace = Some(path);
            }
            Arg::Long(name) => {
                let name = name.to_string();
                let option = find_option(chapter, &name)?;
                let given = match option.value {
                    Value::Flag => "yes".to_string(),
                    _ => value(&mut parser, &format!("{} needs a value", option.usage()))?,
                };
                if let Some(wanted) = option.complaint(&given) {
                    return Err(format!("--{name} takes {wanted}, not `{given}`"));
                }
                plan.options.push((option.name, given));
            }
            Arg::Short(letter) => return Err(unknown_option(chapter, &format!("-{letter}"))),
            Arg::Value(name) => {
                let name = name.to_string_lossy().into_owned();
                let known = chapter
                    .sections
                    .iter()
                    .position(|section| section.name == name);
                plan.sections
                    .push(known.ok_or_else(|| unknown_section(chapter, &name))?);
            }
        }
        if let Some(unexpected) = parser.optional_value() {
            let unexpected = unexpected.to_string_lossy().into_owned();
            return Err(format!(
                "nothing can stand behind this option, so not `{unexpected}`"
            ));
        }
    }
    if list {
        return Ok(Wish::List);
    }
    for (name, _) in &plan.options {
        if !matches!(plan.sections[..], [only] if has_option(&chapter.sections[only], name)) {
            let owners: Vec<&str> = owners(chapter, name).map(|section| section.name).collect();
            return Err(format!(
                "--{name} belongs to the section {}: name just that one",
                owners.join(" or ")
            ));
        }
        for other in find_option(chapter, name)?.without {
            if plan.options.iter().any(|(given, _)| given == other) {
                return Err(format!("give --{name} or --{other}, not both"));
            }
        }
    }
    if plan.sections.is_empty() {
        let by_itself = |index: &usize| !chapter.sections[*index].waits_for_a_person;
        plan.sections = (0..chapter.sections.len()).filter(by_itself).collect();
    }
    Ok(Wish::Run(plan))
}

fn value(parser: &mut Parser, complaint: &str) -> Result<String, String> {
    let value = parser.value().map_err(|_| complaint.to_string())?;
    value.string().map_err(|_| complaint.to_string())
}

fn has_option(section: &Section, name: &str) -> bool {
    section.options.iter().any(|option| option.name == name)
}

fn owners<'a>(chapter: &'a Chapter, name: &'a str) -> impl Iterator<Item = &'a Section> {
    chapter
        .sections
        .iter()
        .filter(move |section| has_option(section, name))
}

fn find_option(chapter: &Chapter, name: &str) -> Result<Opt, String> {
    let all = chapter.sections.iter().flat_map(|section| section.options);
    let found = all.copied().find(|option| option.name == name);
    found.ok_or_else(|| unknown_option(chapter, &format!("--{name}")))
}

fn unknown_option(chapter: &Chapter, given: &str) -> String {
    let mut known = [
        "--help",
        "--list",
        "--speed",
        "--seed",
        "--timeline",
        "--trace",
    ]
    .map(String::from)
    .to_vec();
    known.extend(
        chapter
            .sections
            .iter()
            .flat_map(|section| section.options)
            .map(|option| format!("--{}", option.name)),
    );
    match nearest(given, known.iter().map(String::as_str)) {
        Some(near) => format!("unknown option `{given}`: did you mean `{near}`?"),
        None => format!("unknown option `{given}`: --help shows those there are"),
    }
}

fn unknown_section(chapter: &Chapter, given: &str) -> String {
    let names = || chapter.sections.iter().map(|section| section.name);
    let all = names().collect::<Vec<_>>().join(", ");
    match nearest(given, names()) {
        Some(near) => {
            format!(
                "unknown section `{given}`: did you mean `{near}`? The sections of {} are: {all}",
                chapter.name
            )
        }
        None => format!(
            "unknown section `{given}`: the sections of {} are: {all}",
            chapter.name
        ),
    }
}

/// The known word that was probably meant: at most a third of its letters is wrong.
fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|word| (strsim::damerau_levenshtein(given, word), word))
        .filter(|(distance, word)| distance * 3 <= word.chars().count().max(given.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}
