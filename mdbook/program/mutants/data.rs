//! The changed programs and pages, as `mdbook/mutants` has them.

use std::collections::BTreeSet;
use std::path::Path;

use regex::{NoExpand, Regex};
use serde::Deserialize;

use crate::files;
use crate::project::{PAGES, Project, Section};

/// The file with the classes, among those with the mutants.
const CLASSES: &str = "classes.toml";

/// A kind of mistake.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub name: String,
    /// What is wrong in a program or on a page of this class.
    pub about: String,
}

/// The book with one mistake in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    pub name: String,
    pub class: String,
    /// What is other than the book tells its reader.
    pub about: String,
    /// What has to notice: sections such as `pools/bounded`, or `pages`.
    pub check: Vec<String>,
    /// Whether it is one of the few that every change of this workbook is tried with.
    #[serde(default)]
    pub few: bool,
    /// Why the check lets it pass, if that is known.
    pub missed: Option<String>,
    pub change: Vec<Change>,
}

/// One change of one file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its path from the project's folder; without one, the program of the first section
    /// that is checked.
    file: Option<String>,
    /// This text, which the file has once, becomes `new`.
    old: Option<String>,
    /// What this regular expression finds, once, becomes `new`, which may contain `${1}`.
    pattern: Option<String>,
    /// As often as the file has the text or the pattern.
    #[serde(default)]
    every: bool,
    new: Option<String>,
    /// The file is new and has this text.
    create: Option<String>,
    /// The file gets the text of this other one.
    copy_of: Option<String>,
    /// The file goes.
    #[serde(default)]
    remove: bool,
}

/// All of it.
#[derive(Debug)]
pub struct Data {
    pub classes: Vec<Class>,
    pub mutants: Vec<Mutant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    class: Vec<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutants {
    mutant: Vec<Mutant>,
}

/// Reads the files in `mdbook/mutants`.
pub fn read(project: &Project) -> Result<Data, String> {
    let folder = project.book().join("mutants");
    let mut data = Data {
        classes: Vec::new(),
        mutants: Vec::new(),
    };
    for file in files::below(&folder)? {
        if file.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let shown = project.shown(&file);
        let text = text_of(&file)?;
        let failed = |error: toml::de::Error| format!("{shown}: {error}");
        if file.ends_with(CLASSES) {
            data.classes = toml::from_str::<Classes>(&text).map_err(failed)?.class;
        } else {
            let found: Mutants = toml::from_str(&text).map_err(failed)?;
            data.mutants.extend(found.mutant);
        }
    }
    let mut names = BTreeSet::new();
    for mutant in &data.mutants {
        let Mutant { name, class, .. } = mutant;
        if !names.insert(name) {
            return Err(format!("two mutants are called `{name}`"));
        }
        if !data.classes.iter().any(|known| known.name == *class) {
            let file = folder.join(CLASSES);
            let file = project.shown(&file);
            return Err(format!(
                "the mutant `{name}`: {file} has no class `{class}`"
            ));
        }
        if mutant.change.is_empty() || mutant.check.is_empty() {
            return Err(format!("the mutant `{name}` changes or checks nothing"));
        }
    }
    Ok(data)
}

impl Mutant {
    /// The sections that have to notice.
    pub fn sections(&self) -> Vec<String> {
        let sections = self.check.iter().filter(|place| *place != PAGES);
        sections.cloned().collect()
    }

    /// Whether the check of the pages has to notice.
    pub fn is_of_pages(&self) -> bool {
        self.check.iter().any(|place| place == PAGES)
    }

    fn program(&self) -> String {
        let first = self.check.iter().find_map(|place| place.split_once('/'));
        first.map_or(String::new(), |(chapter, name)| {
            Section::new(chapter, name).source()
        })
    }

    /// The files that it changes in the project's folder `root`, each with its text before
    /// and after; `None` where there is no file. The error says why it cannot be applied.
    pub fn changed(&self, root: &Path) -> Result<Vec<Changed>, String> {
        let mut all: Vec<Changed> = Vec::new();
        for change in &self.change {
            let file = change.file.clone().unwrap_or_else(|| self.program());
            let earlier = all.iter().position(|changed| changed.file == file);
            let before = match earlier {
                Some(place) => all[place].after.clone(),
                None => text_of(&root.join(&file)).ok(),
            };
            let after = change.applied(root, &file, before.as_deref())?;
            if after == before {
                return Err(format!("nothing changes in {file}"));
            }
            match earlier {
                Some(place) => all[place].after = after,
                None => all.push(Changed {
                    file,
                    before,
                    after,
                }),
            }
        }
        Ok(all)
    }
}

/// A file, before and after.
#[derive(Debug, PartialEq)]
pub struct Changed {
    pub file: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Change {
    fn applied(
        &self,
        root: &Path,
        file: &str,
        before: Option<&str>,
    ) -> Result<Option<String>, String> {
        if let Some(text) = &self.create {
            return match before {
                Some(_) => Err(format!("there is a file {file} already")),
                None => Ok(Some(text.clone())),
            };
        }
        let before = before.ok_or_else(|| format!("there is no file {file}"))?;
        if self.remove {
            return Ok(None);
        }
        if let Some(other) = &self.copy_of {
            return text_of(&root.join(other)).map(Some);
        }
        let new = self.new.as_deref();
        let new = new.ok_or_else(|| format!("a change of {file} has no `new` text"))?;
        let (pattern, literal) = match (&self.old, &self.pattern) {
            (Some(old), None) => (Regex::new(&regex::escape(old)), true),
            (None, Some(pattern)) => (Regex::new(pattern), false),
            _ => return Err(format!("a change of {file} needs `old` or `pattern`")),
        };
        let pattern = pattern.map_err(|error| format!("a change of {file}: {error}"))?;
        match pattern.find_iter(before).count() {
            0 => Err(format!(
                "{file} does not have the text that is to be changed"
            )),
            1 => Ok(()),
            _ if self.every => Ok(()),
            count => Err(format!(
                "{file} has the text that is to be changed {count} times"
            )),
        }?;
        Ok(Some(if literal {
            pattern.replace_all(before, NoExpand(new)).into_owned()
        } else {
            pattern.replace_all(before, new).into_owned()
        }))
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mutants_can_be_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let data = read(&Project {
            root: root.to_path_buf(),
        });
        let data = data.unwrap();
        for class in &data.classes {
            let used = data.mutants.iter().any(|mutant| mutant.class == class.name);
            assert!(used, "no mutant is of the class `{}`", class.name);
        }
    }

    fn changed(change: &str) -> Result<Vec<Changed>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.rs"), "one two one").unwrap();
        std::fs::write(folder.path().join("b.rs"), "three").unwrap();
        let head = "name = ''\nclass = ''\nabout = ''\ncheck = ['pages']\n[[change]]\n";
        let mutant: Mutant = toml::from_str(&format!("{head}{change}")).unwrap();
        mutant.changed(folder.path())
    }

    #[test]
    fn a_text_is_changed_where_it_stands_once() {
        let after = |change: &str| changed(change).map(|mut all| all.remove(0).after);
        let file = "file = 'a.rs'\n";
        let text = |change: &str| after(&format!("{file}{change}")).map(Option::unwrap);
        assert_eq!(text("old = 'two'\nnew = '$1'").unwrap(), "one $1 one");
        assert_eq!(
            text("pattern = '(t.)o'\nnew = '${1}e'").unwrap(),
            "one twe one"
        );
        assert_eq!(
            text("old = 'one'\nevery = true\nnew = 'zero'").unwrap(),
            "zero two zero"
        );
        assert_eq!(text("copy_of = 'b.rs'").unwrap(), "three");
        assert_eq!(after("file = 'a.rs'\nremove = true"), Ok(None));
        let new = "file = 'c.rs'\ncreate = 'four'";
        assert_eq!(after(new), Ok(Some("four".to_string())));
    }

    #[test]
    fn a_mutant_that_does_not_fit_is_stale() {
        for (change, why) in [
            ("file = 'a.rs'\nold = 'one'\nnew = 'x'", "2 times"),
            ("file = 'a.rs'\nold = 'four'\nnew = 'x'", "does not have"),
            ("file = 'a.rs'\nold = 'two'\nnew = 'two'", "nothing changes"),
            ("file = 'a.rs'\ncreate = 'x'", "already"),
            ("file = 'c.rs'\nold = 'two'\nnew = 'x'", "no file"),
            ("file = 'a.rs'\nnew = 'x'", "needs"),
        ] {
            let complaint = changed(change).unwrap_err();
            assert!(complaint.contains(why), "{change}: {complaint}");
        }
    }

    #[test]
    fn changes_of_one_file_add_up() {
        let change = "file = 'a.rs'\nold = 'two'\nnew = 'four'\n\
                      [[change]]\nfile = 'a.rs'\nold = 'four'\nnew = 'five'";
        let all = changed(change).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].before.as_deref(), Some("one two one"));
        assert_eq!(all[0].after.as_deref(), Some("one five one"));
    }
}
