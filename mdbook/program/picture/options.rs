//! What a page says about its picture: the words behind the section's name in
//! `{{#run pools bounded hide=main labels="task (\d+)"}}`.
//!
//! | option | what it does |
//! |---|---|
//! | `kind=timeline`, `steps`, `plot`, `none` | the kind of picture; several with commas. Without it the log decides |
//! | `beside="polling, callbacks/errors:2"` | draws other sections, or a phase of one, below this one on the same scale; with this section among them, in the order of the list |
//! | `titles="submit all / submit one"` | what stands behind the panels' names |
//! | `phases="2, 3"` | shows only these phases, counted from 1 |
//! | `scale=own` | gives each panel a scale of its own |
//! | `labels="chapter (\d+)"` | a task's name: what the group matches in the first of its lines that has it |
//! | `names="3.0 = last"` | the name of the first task of pool 3 |
//! | `band="red, green"` | what an event is called while it is clear, and while it is set |
//! | `zoom` | enlarges the moments in which most of it happens |
//! | `fold`, `fold=no` | draws actors that do the same as one row, or never |
//! | `hide="main, car 3"` | leaves these actors out |
//! | `only="main, car 3"` | leaves all others out |
//! | `wrong=4`, `wrong=2.4` | the step that is the mistake: the fourth, or that of the second table |
//! | `work` | says how much work the tasks were, beside the time that it took |
//! | `queue=no` | leaves the queues out |

use std::sync::LazyLock;

use regex::Regex;

use super::model::naming::Labels;
use crate::project::Section;
use crate::text::pattern;

/// The kinds of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Timeline,
    Steps,
    Plot,
}

/// Another section in the same picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    pub section: Section,
    /// Only this phase of it, counted from 1.
    pub phase: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `None`: as the log suggests.
    pub forms: Option<Vec<Form>>,
    pub beside: Vec<Rival>,
    pub titles: Vec<String>,
    /// Counted from 1.
    pub phases: Vec<usize>,
    pub own_scale: bool,
    pub labels: Labels,
    /// What an event is called while it is clear, and while it is set.
    pub band: Option<(String, String)>,
    pub zoom: bool,
    pub fold: Option<bool>,
    pub hide: Vec<String>,
    pub only: Vec<String>,
    /// Table and step, counted from 1.
    pub wrong: Vec<(usize, usize)>,
    pub work: bool,
    pub no_queue: bool,
}

static OPTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^([a-z]+)(?:=(?:"([^"]*)"|(\S+)))?(?:\s+|$)"#));

impl Options {
    /// The options of a picture of `section`.
    pub fn parse(section: &Section, text: &str) -> Result<Options, String> {
        let mut options = Options::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let found = OPTION
                .captures(rest)
                .ok_or_else(|| format!("`{rest}` is no option of a picture"))?;
            let value = found.get(2).or(found.get(3)).map(|value| value.as_str());
            options.take(section, &found[1], value)?;
            rest = &rest[found[0].len()..];
        }
        Ok(options)
    }

    fn take(&mut self, section: &Section, name: &str, value: Option<&str>) -> Result<(), String> {
        let given = || value.ok_or_else(|| format!("the option `{name}` needs a value"));
        match (name, value) {
            ("kind", _) => self.forms = Some(forms(given()?)?),
            ("beside", _) => {
                let rivals = list(given()?).into_iter();
                self.beside = rivals
                    .map(|name| rival(section, &name))
                    .collect::<Result<_, _>>()?;
            }
            ("titles", _) => {
                self.titles = given()?
                    .split('/')
                    .map(|title| title.trim().to_string())
                    .collect();
            }
            ("phases", _) => {
                let words = list(given()?);
                self.phases = words
                    .iter()
                    .map(|word| number(word))
                    .collect::<Result<_, _>>()?;
            }
            ("scale", Some("own")) => self.own_scale = true,
            ("labels", _) => {
                let words = given()?;
                let regex = Regex::new(words).map_err(|error| error.to_string())?;
                if regex.captures_len() != 2 {
                    return Err(format!("`{words}` needs one group, for a task's name"));
                }
                self.labels.pattern = Some(regex);
            }
            ("names", _) => {
                let names = list(given()?).into_iter();
                self.labels.given = names.map(|words| named(&words)).collect::<Result<_, _>>()?;
            }
            ("band", _) => match list(given()?).as_slice() {
                [clear, set] => self.band = Some((clear.clone(), set.clone())),
                _ => return Err("`band` takes two words, such as `red, green`".to_string()),
            },
            ("zoom", None) => self.zoom = true,
            ("fold", None) => self.fold = Some(true),
            ("fold", Some("no")) => self.fold = Some(false),
            ("hide", _) => self.hide = list(given()?),
            ("only", _) => self.only = list(given()?),
            ("wrong", _) => {
                self.wrong = list(given()?)
                    .iter()
                    .map(|word| step(word))
                    .collect::<Result<_, _>>()?;
            }
            ("work", None) => self.work = true,
            ("queue", Some("no")) => self.no_queue = true,
            _ => {
                let value = value.map_or(String::new(), |value| format!("={value}"));
                return Err(format!("`{name}{value}` is no option of a picture"));
            }
        }
        Ok(())
    }

    /// Whether the actor has a row.
    #[must_use]
    pub fn shows(&self, actor: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == actor);
        !named(&self.hide) && (self.only.is_empty() || named(&self.only))
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(|word| word.trim().to_string())
        .collect()
}

/// `3.0 = last`.
fn named(words: &str) -> Result<((u32, u64), String), String> {
    let task = words.split_once('=').and_then(|(task, name)| {
        let (pool, number) = task.trim().split_once('.')?;
        Some((
            (pool.parse().ok()?, number.parse().ok()?),
            name.trim().to_string(),
        ))
    });
    task.ok_or_else(|| format!("`{words}` is no task with its name, such as `3.0 = last`"))
}

/// `4`, or `2.4` for a step of the second table.
fn step(word: &str) -> Result<(usize, usize), String> {
    let (table, step) = word.split_once('.').unwrap_or(("1", word));
    match (table.parse(), step.parse()) {
        (Ok(table), Ok(step)) => Ok((table, step)),
        _ => Err(format!("`{word}` is not the number of a step")),
    }
}

/// A section of the same chapter, or of the one that is named; `map:2` is its second
/// phase.
fn rival(section: &Section, words: &str) -> Result<Rival, String> {
    let (name, phase) = match words.split_once(':') {
        Some((name, phase)) => (name, Some(number(phase)?)),
        None => (words, None),
    };
    let section = match name.split_once('/') {
        Some((chapter, name)) => Section::new(chapter, name),
        None => Section::new(&section.chapter, name),
    };
    Ok(Rival { section, phase })
}

fn number(word: &str) -> Result<usize, String> {
    let number = word.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{word}` is not the number of a phase"))
}

fn forms(text: &str) -> Result<Vec<Form>, String> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let form = |word: &String| match word.as_str() {
        "timeline" => Ok(Form::Timeline),
        "steps" => Ok(Form::Steps),
        "plot" => Ok(Form::Plot),
        other => Err(format!("`{other}` is no kind of picture")),
    };
    list(text).iter().map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Options, String> {
        Options::parse(&Section::new("pools", "bounded"), text)
    }

    #[test]
    fn values_may_be_quoted() {
        let words = r#"beside="map, event/flag:2" zoom labels="task (\d+)" hide="main, car 3""#;
        let options = parse(words).unwrap();
        let rival = |section, phase| Rival { section, phase };
        let map = rival(Section::new("pools", "map"), None);
        assert_eq!(
            options.beside,
            [map, rival(Section::new("event", "flag"), Some(2))]
        );
        assert!(options.zoom);
        assert!(!options.shows("car 3") && options.shows("car 4"));
        assert_eq!(
            &options
                .labels
                .pattern
                .unwrap()
                .captures("task 12 ends")
                .unwrap()[1],
            "12"
        );
    }

    #[test]
    fn a_wrong_option_is_named() {
        for wrong in [
            "zom",
            "zoom=1",
            "kind=pie",
            "labels=task",
            "band=red",
            "phases=0",
            "a b\"c",
        ] {
            let complaint = parse(wrong).unwrap_err();
            let name = wrong.split(['=', ' ']).next().unwrap();
            let value = wrong.rsplit('=').next().unwrap();
            assert!(
                complaint.contains(name) || complaint.contains(value),
                "{complaint}"
            );
        }
    }
}
