//! Which file uses which.
//!
//! A path is followed through modules and re-exports to the file that defines the
//! item it names. That file is what is used: a parent that only declares its
//! children and re-exports their items is a face that nothing depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::tree::{self, Module, ROOT, Read};

/// What was found in one crate: a library, a program, a test, a benchmark.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, and the names of their modules. That of the root is empty.
    pub files: BTreeMap<PathBuf, String>,
    /// One file uses another: the first line that does.
    pub arrows: BTreeMap<(PathBuf, PathBuf), usize>,
    /// A file uses another package of the workspace: the first line that does.
    pub foreign: BTreeMap<(PathBuf, String), usize>,
}

/// Reads the crate whose root is the file `root`. `packages` are the names that the
/// workspace's libraries have in code; `own` is that of this one, if it is a library.
pub fn of_crate(
    root: &Path,
    own: Option<&str>,
    packages: &BTreeSet<String>,
    read: Read,
) -> Result<Found, String> {
    let all = &tree::modules(root, read)?;
    let modules = Modules { all, own };
    let mut found = Found::default();
    for (number, module) in all.iter().enumerate() {
        let file = &module.file;
        found.files.insert(file.clone(), module.file_name.clone());
        for (target, line) in modules.uses(number) {
            let first = match target {
                Target::Item(item) if all[item].file != *file => {
                    let arrow = (file.clone(), all[item].file.clone());
                    found.arrows.entry(arrow).or_insert(line)
                }
                Target::Outside(name) if packages.contains(&name) => {
                    found.foreign.entry((file.clone(), name)).or_insert(line)
                }
                _ => continue,
            };
            *first = line.min(*first);
        }
    }
    Ok(found)
}

/// What a path leads to.
enum Target {
    Module(usize),
    /// An item of this module.
    Item(usize),
    /// Another crate, or a name that no module has: a variable, a type parameter.
    Outside(String),
}

/// What is being looked up: imports can form a circle.
type Seen<'a> = BTreeSet<(usize, &'a str)>;

struct Modules<'a> {
    all: &'a [Module],
    own: Option<&'a str>,
}

impl<'a> Modules<'a> {
    /// What the code of one module uses, with the lines.
    fn uses(&self, number: usize) -> Vec<(Target, usize)> {
        let module = &self.all[number];
        let mut uses = Vec::new();
        for import in &module.source.imports {
            let target = match self.follow(number, &import.path, &mut Seen::new()) {
                // The code mentions which items of a glob it uses, except for traits:
                // it can call their methods without their names.
                Target::Module(shown) if import.name == "*" && self.defines(shown) => {
                    Target::Item(shown)
                }
                target => target,
            };
            // A parent that re-exports an item of its child does not use it yet.
            let shows = |item: usize| import.public && self.is_below(item, &module.file_name);
            if !matches!(target, Target::Item(item) if shows(item)) {
                uses.push((target, import.line));
            }
        }
        for (path, line) in &module.source.mentions {
            let target = self.follow(number, path, &mut Seen::new());
            // A single name that leads outside is a variable.
            if path.contains("::") || !matches!(target, Target::Outside(_)) {
                uses.push((target, *line));
            }
        }
        uses
    }

    fn defines(&self, module: usize) -> bool {
        !self.all[module].source.defined.is_empty()
    }

    fn is_below(&self, module: usize, above: &str) -> bool {
        let rest = self.all[module].name.strip_prefix(above);
        rest.is_some_and(|rest| above.is_empty() || rest.is_empty() || rest.starts_with("::"))
    }

    fn follow(&self, at: usize, path: &'a str, seen: &mut Seen<'a>) -> Target {
        let mut parts = path.trim_start_matches("::").split("::");
        let first = parts.next().unwrap_or_default();
        let known = match path.starts_with("::") {
            true => None,
            false => self.look_up(at, first, seen),
        };
        let mut target = match known {
            Some(target) => target,
            // `extern crate self as …`
            None if self.own == Some(first) => Target::Module(ROOT),
            None => Target::Outside(first.to_string()),
        };
        for name in parts {
            let Target::Module(module) = target else {
                break;
            };
            target = match self.look_up(module, name, seen) {
                // What is re-exported from elsewhere is used where it is shown.
                None | Some(Target::Outside(_)) => Target::Item(module),
                Some(target) => target,
            };
        }
        target
    }

    /// A name in a module: a child, an import, an item, or what a glob brings in.
    fn look_up(&self, at: usize, name: &'a str, seen: &mut Seen<'a>) -> Option<Target> {
        let module = &self.all[at];
        match name {
            "crate" => return Some(Target::Module(ROOT)),
            "self" => return Some(Target::Module(at)),
            "super" => return Some(Target::Module(module.parent)),
            _ => {}
        }
        if let Some(child) = module.children.get(name) {
            return Some(Target::Module(*child));
        }
        if !seen.insert((at, name)) {
            return None;
        }
        let plain = name.trim_end_matches('!');
        let imports = || module.source.imports.iter();
        if let Some(import) = imports().find(|import| import.name == plain) {
            return Some(self.follow(at, &import.path, seen));
        }
        if module.source.defined.contains(name) {
            return Some(Target::Item(at));
        }
        for glob in imports().filter(|import| import.name == "*") {
            let Target::Module(shown) = self.follow(at, &glob.path, seen) else {
                continue;
            };
            match self.look_up(shown, name, seen) {
                Some(Target::Outside(_)) => return Some(Target::Item(shown)),
                None => {}
                found => return found,
            }
        }
        // An exported macro is at the root. The modules that come after the one that
        // defines a macro need no import.
        let called = format!("{plain}!");
        let defines = |module: &Module| module.source.defined.contains(&called);
        let found = self.all.iter().position(defines);
        found
            .filter(|_| at == ROOT || name == called)
            .map(Target::Item)
    }
}
