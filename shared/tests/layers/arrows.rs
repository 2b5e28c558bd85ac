//! Which file uses which.
//!
//! A path is followed through modules and re-exports to the file that defines the
//! item it names. That file is what is used: a parent that only declares its
//! children and re-exports their items is a face that nothing depends on.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::source::{self, Source};

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
    let mut tree = Tree {
        modules: Vec::new(),
        exported: BTreeMap::new(),
        macros: BTreeMap::new(),
        own,
        packages,
    };
    let text = read(root).ok_or_else(|| format!("{} cannot be read", root.display()))?;
    let folder = root.parent().unwrap_or(Path::new("")).to_path_buf();
    tree.add(source::read(&text), None, "", root, &folder, read)?;
    Ok(tree.found())
}

struct Module {
    parent: Option<usize>,
    name: String,
    file: PathBuf,
    source: Source,
    children: BTreeMap<String, usize>,
}

struct Tree<'a> {
    modules: Vec<Module>,
    /// The modules that define the macros, by the macros' names.
    macros: BTreeMap<String, usize>,
    /// Those of them that are at the root of the crate.
    exported: BTreeMap<String, usize>,
    own: Option<&'a str>,
    packages: &'a BTreeSet<String>,
}

const ROOT: usize = 0;

/// What a path leads to.
#[derive(Clone, Debug)]
enum Target {
    Module(usize),
    /// An item of this module.
    Item(usize),
    /// Another package of the workspace.
    Package(String),
    /// Of std or of a crate from elsewhere, a variable, a type parameter.
    Unknown,
}

impl Tree<'_> {
    /// Adds a module and its children. The files of the children are in `folder`.
    fn add(
        &mut self,
        mut source: Source,
        parent: Option<usize>,
        name: &str,
        file: &Path,
        folder: &Path,
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> Result<usize, String> {
        let here = self.modules.len();
        for (name, exported) in &source.macros {
            self.macros.insert(name.clone(), here);
            if *exported {
                self.exported.insert(name.clone(), here);
            }
        }
        let children = std::mem::take(&mut source.children);
        self.modules.push(Module {
            parent,
            name: name.to_string(),
            file: file.to_path_buf(),
            source,
            children: BTreeMap::new(),
        });
        for child in children {
            let below = folder.join(&child.name);
            let number = if let Some(inline) = child.inline {
                if inline.only_tests {
                    continue;
                }
                self.add(inline, Some(here), &child.name, file, &below, read)?
            } else {
                let beside = file.parent().unwrap_or(Path::new(""));
                let places = match &child.path {
                    Some(path) => vec![beside.join(path)],
                    None => vec![below.with_extension("rs"), below.join("mod.rs")],
                };
                let places: Vec<PathBuf> = places.iter().map(|place| flat(place)).collect();
                let found = places.iter().find_map(|place| Some((place, read(place)?)));
                let Some((place, text)) = found else {
                    let file = file.display();
                    return Err(format!("{file} declares `{}`: no such file", child.name));
                };
                let source = source::read(&text);
                if source.only_tests {
                    continue;
                }
                let is_folder = child.path.is_some() || place.ends_with("mod.rs");
                let folder = match place.parent() {
                    Some(parent) if is_folder => parent,
                    _ => &below,
                };
                self.add(source, Some(here), &child.name, place, folder, read)?
            };
            self.modules[here].children.insert(child.name, number);
        }
        Ok(here)
    }

    /// The names from the root to a module.
    fn path(&self, module: usize) -> String {
        let one = &self.modules[module];
        match one.parent {
            None => String::new(),
            Some(ROOT) => one.name.clone(),
            Some(parent) => format!("{}::{}", self.path(parent), one.name),
        }
    }

    fn is_below(&self, module: usize, above: usize) -> bool {
        let mut place = Some(module);
        while let Some(at) = place {
            if at == above {
                return true;
            }
            place = self.modules[at].parent;
        }
        false
    }

    /// The module that a file is, not one that is written within it.
    fn whole_file(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent
            && self.modules[parent].file == self.modules[module].file
        {
            module = parent;
        }
        module
    }

    fn resolve(&self, at: usize, path: &[String]) -> Target {
        self.follow(at, path, &mut HashSet::new())
    }

    fn follow(&self, at: usize, path: &[String], seen: &mut HashSet<(usize, String)>) -> Target {
        let Some((first, rest)) = path.split_first() else {
            return Target::Module(at);
        };
        let parent = |module: usize| self.modules[module].parent.unwrap_or(ROOT);
        let mut target = match first.as_str() {
            "crate" => Target::Module(ROOT),
            "self" => Target::Module(at),
            "super" => Target::Module(parent(at)),
            "" => match rest.split_first() {
                Some((name, _)) => return self.package(name),
                None => return Target::Unknown,
            },
            name => match self.look_up(at, name, seen) {
                Some(target) => target,
                None => self.package(name),
            },
        };
        for part in rest {
            let Target::Module(module) = target else {
                return target;
            };
            target = match part.as_str() {
                "super" => Target::Module(parent(module)),
                "self" => Target::Module(module),
                name => match self.look_up(module, name, seen) {
                    Some(target) => target,
                    None if module == ROOT && self.exported.contains_key(name) => {
                        Target::Item(self.exported[name])
                    }
                    None => Target::Item(module),
                },
            };
        }
        target
    }

    fn package(&self, name: &str) -> Target {
        if self.own == Some(name) {
            // `extern crate self as …`
            Target::Module(ROOT)
        } else if self.packages.contains(name) {
            Target::Package(name.to_string())
        } else {
            Target::Unknown
        }
    }

    /// A name in a module: a child, an import, an item, or what a glob brings in.
    fn look_up(
        &self,
        module: usize,
        name: &str,
        seen: &mut HashSet<(usize, String)>,
    ) -> Option<Target> {
        let one = &self.modules[module];
        if let Some(child) = one.children.get(name) {
            return Some(Target::Module(*child));
        }
        // Globs may lead round in a circle.
        if !seen.insert((module, name.to_string())) {
            return None;
        }
        let imports = &one.source.imports;
        let by_name = |import: &&source::Import| import.name.as_deref() == Some(name);
        if let Some(import) = imports.iter().find(by_name) {
            match self.follow(module, &import.path, seen) {
                // `use colored::colored` in a crate that has a module of that name.
                Target::Unknown => {}
                target => return Some(target),
            }
        }
        if one.source.defined.contains(name) {
            return Some(Target::Item(module));
        }
        let mut globs = imports.iter().filter(|import| import.name.is_none());
        globs.find_map(|glob| match self.follow(module, &glob.path, seen) {
            Target::Module(target) if target != module => self.look_up(target, name, seen),
            _ => None,
        })
    }

    /// The modules whose items a glob of `module` brings in, and their names. The
    /// items of `module` itself have `None` for a name: all of them are meant.
    fn offered(&self, module: usize, seen: &mut BTreeSet<usize>) -> Vec<(Option<String>, usize)> {
        if !seen.insert(module) {
            return Vec::new();
        }
        let mut offered = Vec::new();
        if !self.modules[module].source.defined.is_empty() {
            offered.push((None, module));
        }
        for import in &self.modules[module].source.imports {
            if !import.public {
                continue;
            }
            match (self.resolve(module, &import.path), &import.name) {
                (Target::Item(item), name) => offered.push((name.clone(), item)),
                (Target::Module(other), None) => offered.extend(self.offered(other, seen)),
                _ => {}
            }
        }
        offered
    }

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

/// Without `..`, so that a file has one name.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if flat.file_name().is_some() => {
                flat.pop();
            }
            Component::CurDir => {}
            part => flat.push(part),
        }
    }
    flat
}
