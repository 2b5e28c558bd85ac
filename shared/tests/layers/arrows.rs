//! Which file uses which.
//!
//! A path is followed through modules and re-exports to the file that defines the
//! item it names. That file is what is used: a parent that only declares its
//! children and re-exports their items is a face that nothing depends on.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use crate::tree::{Target, Tree};

/// One file uses another of its package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: PathBuf,
    pub line: usize,
    pub to: PathBuf,
    /// The module that is used, from the root of the crate; empty for the root.
    pub module: String,
}

/// A file uses another package of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    pub from: PathBuf,
    pub line: usize,
    pub package: String,
}

/// What was found in one crate: a library, a program, a test, a benchmark.
#[derive(Debug, Default)]
pub struct Found {
    pub arrows: BTreeSet<Arrow>,
    /// The first use of each package in each file.
    pub foreign: Vec<Foreign>,
    /// The module path of each file.
    pub files: BTreeMap<PathBuf, String>,
    /// Literal strings: the file, the line, the text.
    pub texts: Vec<(PathBuf, usize, String)>,
}

/// Reads the crate whose root is the file `root`. `packages` are the names that the
/// workspace's libraries have in code; `own` is that of this one, if it is a library.
pub fn of_crate(
    root: &Path,
    own: Option<&str>,
    packages: &BTreeSet<String>,
    read: &dyn Fn(&Path) -> Option<String>,
) -> Result<Found, String> {
    Tree::load(root, own, packages, read).map(|tree| tree.found())
}

impl Tree<'_> {
    fn found(&self) -> Found {
        let mut found = Found::default();
        let mut arrows = BTreeMap::new();
        let mut foreign = BTreeMap::new();
        for (number, module) in self.modules.iter().enumerate() {
            let file = &module.file;
            found
                .files
                .entry(file.clone())
                .or_insert_with(|| self.path(number));
            for (text, line) in &module.source.texts {
                found.texts.push((file.clone(), *line, text.clone()));
            }
            for (target, line) in self.uses(number) {
                match target {
                    Target::Item(target) if self.modules[target].file != *file => {
                        let key = (file.clone(), self.whole_file(target));
                        let first = arrows.entry(key).or_insert(line);
                        *first = line.min(*first);
                    }
                    Target::Package(package) => {
                        let key = (file.clone(), package);
                        let first = foreign.entry(key).or_insert(line);
                        *first = line.min(*first);
                    }
                    _ => {}
                }
            }
        }
        let arrows = arrows.into_iter();
        found.arrows = arrows
            .map(|((from, target), line)| Arrow {
                from,
                line,
                to: self.modules[target].file.clone(),
                module: self.path(target),
            })
            .collect();
        let foreign = foreign.into_iter();
        found.foreign = foreign
            .map(|((from, package), line)| Foreign {
                from,
                line,
                package,
            })
            .collect();
        found
    }

    /// Everything that the code of one module uses, with the lines.
    fn uses(&self, number: usize) -> Vec<(Target, usize)> {
        let module = &self.modules[number];
        let source = &module.source;
        let mut uses = Vec::new();
        let line_of = |name: &str| {
            let name = source.names.get(name).or(source.macros_called.get(name));
            name.copied()
        };
        // A package is used where it is named, not where a name comes from a re-export.
        let resolve = |path: &[String]| match self.resolve(number, path) {
            Target::Package(package) if !path.iter().take(2).any(|part| *part == package) => {
                Target::Unknown
            }
            target => target,
        };
        for import in &source.imports {
            let target = resolve(&import.path);
            // A parent shows what its children have.
            let face = |item: usize| import.public && self.is_below(item, self.whole_file(number));
            match (&target, &import.name) {
                (Target::Item(item), Some(name)) if face(*item) => {
                    uses.extend(line_of(name).map(|line| (target.clone(), line)));
                }
                (Target::Module(other), None) => {
                    for (name, item) in self.offered(*other, &mut BTreeSet::new()) {
                        let line = match (&name, face(item)) {
                            (_, false) => Some(import.line),
                            (Some(name), true) => line_of(name),
                            (None, true) => {
                                let defined = &self.modules[item].source.defined;
                                defined.iter().find_map(|name| line_of(name))
                            }
                        };
                        uses.extend(line.map(|line| (Target::Item(item), line)));
                    }
                }
                _ => uses.push((target, import.line)),
            }
        }
        for path in &source.paths {
            uses.push((resolve(&path.parts), path.line));
        }
        // A macro of a module that is textually before this one needs no import.
        for (name, line) in &source.macros_called {
            let known = self.look_up(number, name, &mut HashSet::new());
            if known.is_none()
                && let Some(target) = self.macros.get(name)
            {
                uses.push((Target::Item(*target), *line));
            }
        }
        uses
    }
}
