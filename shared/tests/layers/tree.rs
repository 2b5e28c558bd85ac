//! The modules of a crate, and the files that they are in.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use syn::{Expr, Item, ItemMod, Lit, Meta};

use crate::source::{self, Source};

#[derive(Default)]
pub struct Module {
    /// The root is its own parent.
    pub parent: usize,
    pub children: BTreeMap<String, usize>,
    /// From the root, as `a::b`; that of the root is empty.
    pub name: String,
    pub file: PathBuf,
    /// The name of the module that is the whole file.
    pub file_name: String,
    /// Where the files of its children are.
    folder: PathBuf,
    pub source: Source,
}

pub const ROOT: usize = 0;

/// Gives the text of a file, if there is one.
pub type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// The modules of the crate whose root is that file, `ROOT` first.
pub fn modules(root: &Path, read: Read) -> Result<Vec<Module>, String> {
    let text = read(root).ok_or_else(|| format!("{} cannot be read", root.display()))?;
    let module = Module {
        file: root.to_path_buf(),
        folder: root.with_file_name(""),
        ..Module::default()
    };
    let mut modules = Vec::<Module>::new();
    let mut next = vec![(module, parse(root, &text)?.items)];
    while let Some((mut module, items)) = next.pop() {
        let here = modules.len();
        module.source = source::read(&items);
        for item in items {
            if let Item::Mod(child) = item {
                next.extend(declared(child, here, &module, read)?);
            }
        }
        let name = module.name.rsplit("::").next().unwrap_or_default();
        if let Some(parent) = modules.get_mut(module.parent) {
            parent.children.insert(name.to_string(), here);
        }
        modules.push(module);
    }
    Ok(modules)
}

/// A child and its items, or `None` if it is compiled only for tests.
fn declared(
    child: ItemMod,
    number: usize,
    parent: &Module,
    read: Read,
) -> Result<Option<(Module, Vec<Item>)>, String> {
    let name = child.ident.to_string();
    let mut module = Module {
        parent: number,
        name: match parent.name.as_str() {
            "" => name.clone(),
            above => format!("{above}::{name}"),
        },
        file: parent.file.clone(),
        file_name: parent.file_name.clone(),
        folder: parent.folder.join(&name),
        ..Module::default()
    };
    if source::only_for_tests(&child.attrs) {
        return Ok(None);
    }
    if let Some((_, items)) = child.content {
        return Ok(Some((module, items)));
    }
    let beside = module.folder.with_extension("rs");
    let mut places = vec![beside.clone(), module.folder.join("mod.rs")];
    for attribute in &child.attrs {
        // `#[path = "…"]`
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("path")
            && let Expr::Lit(value) = &pair.value
            && let Lit::Str(path) = &value.lit
        {
            places = vec![flat(&parent.file.with_file_name(path.value()))];
        }
    }
    let mut found = places
        .iter()
        .filter_map(|place| Some((read(place)?, place)));
    let Some((text, file)) = found.next() else {
        let file = parent.file.display();
        return Err(format!("{file} declares `{name}`: no such file"));
    };
    if *file != beside {
        module.folder = file.with_file_name("");
    }
    module.file = file.clone();
    module.file_name = module.name.clone();
    let parsed = parse(file, &text)?;
    Ok((!source::only_for_tests(&parsed.attrs)).then_some((module, parsed.items)))
}

fn parse(file: &Path, text: &str) -> Result<syn::File, String> {
    syn::parse_file(text).map_err(|error| {
        let line = error.span().start().line;
        format!("{}:{line}: {error}", file.display())
    })
}

/// Without `..`, so that each file has one name.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            flat.pop();
        } else {
            flat.push(part);
        }
    }
    flat
}
