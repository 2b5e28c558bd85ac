//! The modules of a crate, and what a path leads to.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::source::{self, Source};

pub struct Module {
    parent: Option<usize>,
    name: String,
    pub file: PathBuf,
    pub source: Source,
    children: BTreeMap<String, usize>,
}

pub struct Tree<'a> {
    pub modules: Vec<Module>,
    /// The modules that define the macros, by the macros' names.
    pub macros: BTreeMap<String, usize>,
    /// Those of them that are at the root of the crate.
    exported: BTreeMap<String, usize>,
    own: Option<&'a str>,
    packages: &'a BTreeSet<String>,
}

const ROOT: usize = 0;

/// What a path leads to.
#[derive(Clone, Debug)]
pub enum Target {
    Module(usize),
    /// An item of this module.
    Item(usize),
    /// Another package of the workspace.
    Package(String),
    /// Of std or of a crate from elsewhere, a variable, a type parameter.
    Unknown,
}

impl<'a> Tree<'a> {
    /// Reads the crate whose root is the file `root`, as `arrows::of_crate` has it.
    pub fn load(
        root: &Path,
        own: Option<&'a str>,
        packages: &'a BTreeSet<String>,
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> Result<Self, String> {
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
        Ok(tree)
    }

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
    pub fn path(&self, module: usize) -> String {
        let one = &self.modules[module];
        match one.parent {
            None => String::new(),
            Some(ROOT) => one.name.clone(),
            Some(parent) => format!("{}::{}", self.path(parent), one.name),
        }
    }

    pub fn is_below(&self, module: usize, above: usize) -> bool {
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
    pub fn whole_file(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent
            && self.modules[parent].file == self.modules[module].file
        {
            module = parent;
        }
        module
    }

    pub fn resolve(&self, at: usize, path: &[String]) -> Target {
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
                    // What is re-exported from another package is used where it is shown.
                    Some(Target::Package(_)) => Target::Item(module),
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
    pub fn look_up(
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
            Target::Module(target) if target != module => {
                match self.look_up(target, name, seen)? {
                    Target::Package(_) => Some(Target::Item(target)),
                    found => Some(found),
                }
            }
            _ => None,
        })
    }

    /// The modules whose items a glob of `module` brings in, and their names. The
    /// items of `module` itself have `None` for a name: all of them are meant.
    pub fn offered(
        &self,
        module: usize,
        seen: &mut BTreeSet<usize>,
    ) -> Vec<(Option<String>, usize)> {
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
                (Target::Module(_), Some(_)) => {}
                // Of another package, but shown here.
                (Target::Package(_) | Target::Unknown, name) => {
                    offered.push((name.clone(), module));
                }
            }
        }
        offered
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
