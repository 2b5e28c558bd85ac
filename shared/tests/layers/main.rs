//! Dependencies point one way: between packages, between the files of a package, and
//! between the modules of the library and of its ground. The sources themselves are
//! read, so a wrong arrow is named with its line.
//!
//! What counts: `use` lines, globs and nested braces among them, and paths in the
//! code. A path leads to the file that defines the item; re-exports are followed. So
//! a `mod.rs` that declares its children and re-exports their items is no circle with
//! them, but one that calls a child whose code uses the parent is. What is compiled
//! for tests only is left out.

// The modules are this program's own.
#![allow(unreachable_pub)]

mod arrows;
mod circles;
mod order;
mod samples;
mod source;
mod tokens;
mod tree;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrows::Found;
use workspace::{Dependency, Package};

/// NOT YET CLEAN: packages with wrong arrows that are still to be mended. The list is
/// exact: a package that has become clean has to leave it. With the environment variable
/// `LAYERS_SHOW_ALL`, the test shows what is wrong with them.
const NOT_YET: &[&str] = &["shared"];

/// A package, or all packages in a folder; what it stands on; and what its tests,
/// benchmarks and examples may use besides. What a package may use is what it stands
/// on and what that stands on.
struct Layer {
    name: &'static str,
    stands_on: &'static [&'static str],
    tests_use: &'static [&'static str],
}

const fn layer(
    name: &'static str,
    stands_on: &'static [&'static str],
    tests_use: &'static [&'static str],
) -> Layer {
    Layer {
        name,
        stands_on,
        tests_use,
    }
}

/// The ground first.
const LAYERS: &[Layer] = &[
    layer("stage", &[], &[]),
    layer("testing", &[], &[]),
    layer("model", &["stage"], &[]),
    layer("checking", &["model"], &[]),
    layer("shared", &["stage"], &["model", "testing"]),
    layer("weak", &["stage"], &[]),
    layer("database", &["shared"], &["testing"]),
    layer("http_server", &[], &["testing"]),
    layer("site", &["shared", "http_server"], &["testing"]),
    layer("crawl", &["site"], &["testing"]),
    layer("lessons/", &["crawl", "database"], &["testing"]),
    layer("exercises", &["crawl", "database"], &["checking"]),
    layer("solutions", &["crawl", "database"], &["checking"]),
    layer("book", &["stage", "http_server"], &["testing"]),
    layer(
        "bench",
        &["crawl", "database", "checking", "testing", "weak"],
        &["crawl", "database", "checking", "testing", "weak"],
    ),
];

/// Only this package names the folder that it is in.
const BOOK: &str = "book";

/// The modules of these packages, the ground first: none uses one that comes later.
const MODULES: &[(&str, &[&str])] = &[
    (
        "stage",
        &[
            "outcome", "threads", "context", "run", "record", "ending", "waits", "panics",
            "narrate", "pace", "work", "timeline", "trace", "frame",
        ],
    ),
    (
        "shared",
        &[
            "error",
            "primitives",
            "event",
            "turns",
            "future",
            "pool",
            "coroutine",
            "greenlet",
            "hub",
        ],
    ),
];

#[test]
fn dependencies_point_one_way() {
    let packages = workspace::packages();
    let mut problems: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for package in &packages {
        let found = problems_of(package, &packages);
        if !found.is_empty() {
            problems.insert(&package.name, found);
        }
    }
    let not_yet = match std::env::var_os("LAYERS_SHOW_ALL") {
        Some(_) => &[],
        None => NOT_YET,
    };
    let wrong = wrong(problems, not_yet);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The problems of the packages that have to be clean, and the packages that are clean
/// although the list says that they are not.
fn wrong(problems: BTreeMap<&str, Vec<String>>, not_yet: &[&str]) -> Vec<String> {
    let clean = not_yet.iter().filter(|name| !problems.contains_key(*name));
    let mut wrong: Vec<String> = clean
        .map(|name| format!("{name} is clean: take it out of NOT_YET"))
        .collect();
    for (name, found) in &problems {
        if !not_yet.contains(name) {
            wrong.extend_from_slice(found);
        }
    }
    wrong
}

/// The layer of a package, with everything that it may use, or its tests.
fn may_use(layer: &Layer, tests: bool) -> BTreeSet<&'static str> {
    let mut allowed = BTreeSet::new();
    let mut next: Vec<&str> = layer.stands_on.to_vec();
    if tests {
        next.extend(layer.tests_use);
    }
    while let Some(name) = next.pop() {
        if allowed.insert(name) {
            let below = LAYERS.iter().find(|layer| layer.name == name);
            next.extend(below.map_or(&[][..], |layer| layer.stands_on));
        }
    }
    allowed
}

fn layer_of(package: &Package) -> Option<&'static Layer> {
    let fits = |layer: &&Layer| match layer.name.strip_suffix('/') {
        Some(folder) => package.folder.starts_with(folder),
        None => layer.name == package.name,
    };
    LAYERS.iter().find(fits)
}

fn problems_of(package: &Package, packages: &[Package]) -> Vec<String> {
    let name = &package.name;
    let Some(layer) = layer_of(package) else {
        return vec![format!("{name} has no place in the table of layers")];
    };
    let mut problems = BTreeSet::new();
    for dependency in &package.dependencies {
        let other = &dependency.package;
        if !may_use(layer, dependency.only_tests).contains(other.as_str()) {
            let manifest = package.folder.join("Cargo.toml");
            let for_tests = match dependency.only_tests {
                true => " for its tests",
                false => "",
            };
            problems.insert(format!(
                "{}: {name} depends on `{other}`{for_tests}, which does not stand below it",
                manifest.display()
            ));
        }
    }
    let libraries: BTreeMap<&str, &str> = packages
        .iter()
        .flat_map(|package| {
            let libraries = (package.crates.iter()).filter_map(|one| one.library.as_deref());
            libraries.map(|library| (library, package.name.as_str()))
        })
        .collect();
    let names: BTreeSet<String> = libraries.keys().map(|name| name.to_string()).collect();
    for one in &package.crates {
        let read = |path: &Path| std::fs::read_to_string(workspace::root().join(path)).ok();
        match arrows::of_crate(&one.root, one.library.as_deref(), &names, &read) {
            Ok(found) => {
                let allowed = may_use(layer, one.only_tests);
                for foreign in &found.foreign {
                    let other = libraries[foreign.package.as_str()];
                    if other != name && !allowed.contains(other) {
                        problems.insert(format!(
                            "{}:{} uses `{other}`, which does not stand below {name}",
                            foreign.from.display(),
                            foreign.line
                        ));
                    }
                }
                problems.extend(within(package, &one.root, &found));
                if let Some(book) = packages.iter().find(|one| one.name == BOOK)
                    && package.name != BOOK
                {
                    let folder = format!("{}/", book.folder.display());
                    problems.extend(order::naming(&found, &folder));
                }
            }
            Err(problem) => {
                problems.insert(problem);
            }
        }
    }
    problems.into_iter().collect()
}

/// What is wrong within one crate.
fn within(package: &Package, root: &Path, found: &Found) -> Vec<String> {
    let mut problems = order::circles(found);
    let in_sources = root.starts_with(package.folder.join("src"));
    if package.folder.starts_with("lessons") && in_sources {
        problems.extend(order::between_sections(found, root));
    }
    let order = MODULES.iter().find(|(name, _)| *name == package.name);
    if let Some((_, modules)) = order.filter(|_| in_sources) {
        problems.extend(order::upwards(found, modules));
    }
    problems
}

#[test]
fn a_package_that_has_become_clean_has_to_leave_the_list() {
    let problems = BTreeMap::from([
        ("bench", vec!["in bench".to_string()]),
        ("site", vec!["in site".to_string()]),
    ]);
    assert_eq!(wrong(problems.clone(), &["bench", "site"]), [""; 0]);
    assert_eq!(wrong(problems.clone(), &["bench"]), ["in site"]);
    assert_eq!(
        wrong(problems, &["bench", "model", "site"]),
        ["model is clean: take it out of NOT_YET"]
    );
}

#[test]
fn a_dependency_on_what_stands_above_is_named() {
    let package = |name: &str, folder: &str, others: &[(&str, bool)]| {
        let dependencies = others.iter().map(|(package, only_tests)| Dependency {
            package: package.to_string(),
            only_tests: *only_tests,
        });
        Package {
            name: name.to_string(),
            folder: folder.into(),
            crates: Vec::new(),
            dependencies: dependencies.collect(),
        }
    };
    let problems = |package| problems_of(&package, &[]);
    let shared = |others| package("shared", "shared", others);
    assert_eq!(
        problems(shared(&[("stage", false), ("model", true)])),
        [""; 0]
    );
    assert_eq!(
        problems(shared(&[
            ("crawl", false),
            ("model", false),
            ("book", true)
        ])),
        [
            "shared/Cargo.toml: shared depends on `book` for its tests, which does not stand below it",
            "shared/Cargo.toml: shared depends on `crawl`, which does not stand below it",
            "shared/Cargo.toml: shared depends on `model`, which does not stand below it",
        ]
    );
    // Any package in that folder; and what stands further below.
    let lesson = package(
        "pools",
        "lessons/pools",
        &[("crawl", false), ("stage", false)],
    );
    assert_eq!(problems(lesson), [""; 0]);
    assert_eq!(
        problems(package("stray", "stray", &[])),
        ["stray has no place in the table of layers"]
    );
}

#[test]
fn no_layer_stands_on_itself() {
    for layer in LAYERS {
        assert!(
            !may_use(layer, false).contains(layer.name),
            "{}",
            layer.name
        );
    }
}
