//! Dependencies point one way: between packages, between the files of a package, and
//! between the modules of the library and of its ground. The test reads the sources,
//! so it names a wrong arrow with its line.
//!
//! What counts: `use` lines, globs and nested braces among them, and paths in the
//! code. A path leads to the file that defines the item; re-exports are followed. So
//! a `mod.rs` that declares its children and re-exports their items is no circle with
//! them, but one that calls a child whose code uses the parent is. What is compiled
//! only for tests is left out.

// The modules are this program's own.
#![allow(unreachable_pub)]

mod arrows;
mod order;
mod samples;
mod source;
mod tree;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use workspace::{Dependency, Package, Target};

type Names = &'static [&'static str];

/// NOT YET CLEAN: packages with wrong arrows that are still to be mended. The list is
/// exact: a package that has become clean has to leave it. With the environment variable
/// `LAYERS_SHOW_ALL`, the test shows what is wrong with them.
const NOT_YET: Names = &[];

/// Each package, or all packages in a folder; what it stands on; and what its tests,
/// benchmarks and examples may use besides. What a package may use is what it stands
/// on and what that stands on. The ground first.
const LAYERS: &[(&str, Names, Names)] = &[
    ("stage", &[], &[]),
    ("testing", &[], &[]),
    ("model", &["stage"], &[]),
    ("checking", &["model"], &[]),
    ("workers", &["stage"], &[]),
    ("shared", &["workers"], &["model", "testing"]),
    ("weak", &["stage"], &[]),
    ("database", &["shared"], &["testing"]),
    ("turns", &["shared"], &[]),
    ("http_server", &[], &["testing"]),
    ("site", &["shared", "http_server"], &["testing"]),
    ("crawl", &["site"], &["testing"]),
    ("lessons/", &["crawl", "database", "turns"], &["testing"]),
    ("exercises", &["crawl", "database"], &["checking"]),
    ("solutions", &["crawl", "database"], &["checking"]),
    ("book", &["stage", "http_server"], &["testing"]),
    (
        "bench",
        &["crawl", "database", "checking", "testing", "weak"],
        &[],
    ),
];

/// A package and its folder, which only that package names.
const BOOK: (&str, &str) = ("book", "mdbook");

/// The modules of these packages, the ground first: none uses one that comes later.
const MODULES: &[(&str, Names)] = &[
    (
        "stage",
        &[
            "outcome",
            "threads",
            "context",
            "run",
            "record",
            "ending",
            "waits",
            "panics",
            "narrate",
            "pace",
            "stopwatch",
            "work",
            "timeline",
            "trace",
            "frame",
        ],
    ),
    (
        "workers",
        &[
            "call",
            "machine",
            "protocol",
            "world",
            "worker",
            "child",
            "link",
            "processes",
        ],
    ),
    (
        "shared",
        &[
            "__private",
            "error",
            "primitives",
            "event",
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
    let named = problems.iter().filter(|(name, _)| !not_yet.contains(name));
    wrong.extend(named.flat_map(|(_, found)| found.clone()));
    wrong
}

/// Everything that the packages of a layer may use, or their tests.
fn may_use(layer: usize, tests: bool) -> BTreeSet<&'static str> {
    let (_, ground, besides) = LAYERS[layer];
    let mut allowed = BTreeSet::new();
    for name in ground.iter().chain(if tests { besides } else { &[] }) {
        let below = LAYERS[..layer].iter().position(|(below, ..)| below == name);
        allowed.extend(may_use(below.expect("the ground first"), false));
        allowed.insert(*name);
    }
    allowed
}

fn problems_of(package: &Package, packages: &[Package]) -> Vec<String> {
    let (name, manifest) = (&package.name, &package.manifest_path);
    let fits = |layer: &str| match layer.strip_suffix('/') {
        Some(folder) => manifest.starts_with(folder),
        None => layer == name,
    };
    let Some(layer) = LAYERS.iter().position(|(layer, ..)| fits(layer)) else {
        return vec![format!("{name} has no place in the table of layers")];
    };
    let mut problems = BTreeSet::new();
    for dependency in package.dependencies.iter().filter(|one| one.path.is_some()) {
        let (other, tests) = (&dependency.name, dependency.kind.as_deref() == Some("dev"));
        if !may_use(layer, tests).contains(other.as_str()) {
            let manifest = manifest.display();
            let other = format!("`{other}`{}", if tests { " for its tests" } else { "" });
            problems.insert(format!(
                "{manifest}: {name} depends on {other}, which does not stand below it"
            ));
        }
    }
    // The packages, by the names that they have in code.
    let mut libraries = BTreeMap::new();
    for package in packages {
        let names = package.targets.iter().filter_map(Target::library);
        libraries.extend(names.map(|library| (library, &package.name)));
    }
    let names = libraries.keys().cloned().collect();
    let read = |path: &Path| std::fs::read_to_string(workspace::root().join(path)).ok();
    for target in &package.targets {
        let own = target.library();
        let found = match arrows::of_crate(&target.src_path, own.as_deref(), &names, &read) {
            Ok(found) => found,
            Err(problem) => {
                problems.insert(problem);
                continue;
            }
        };
        let allowed = may_use(layer, target.only_for_tests());
        for ((file, library), line) in &found.foreign {
            let (file, other) = (file.display(), libraries[library]);
            if other != name && !allowed.contains(other.as_str()) {
                problems.insert(format!(
                    "{file}:{line} uses `{other}`, which does not stand below {name}"
                ));
            }
        }
        for file in found.files.keys().filter(|_| name != BOOK.0) {
            let text = read(file).unwrap_or_default();
            problems.extend(order::naming(file, &text, BOOK.1));
        }
        problems.extend(order::circles(&found));
        if target.src_path.starts_with(manifest.with_file_name("src")) {
            if manifest.starts_with("lessons") {
                problems.extend(order::between_sections(&found, &target.src_path));
            }
            let modules = MODULES.iter().find(|(package, _)| package == name);
            if let Some((_, modules)) = modules {
                problems.extend(order::upwards(&found, modules));
            }
        }
    }
    problems.into_iter().collect()
}

#[test]
fn a_dependency_on_what_stands_above_is_named() {
    let problems = |name: &str, folder: &str, others: &[(&str, &str)]| {
        let dependency = |(name, kind): &(&str, &str)| Dependency {
            name: name.to_string(),
            kind: Some(kind.to_string()),
            path: Some(PathBuf::new()),
        };
        let package = Package {
            name: name.to_string(),
            manifest_path: Path::new(folder).join("Cargo.toml"),
            targets: Vec::new(),
            dependencies: others.iter().map(dependency).collect(),
        };
        problems_of(&package, &[])
    };
    let shared = |others: &[_]| problems("shared", "shared", others);
    assert_eq!(shared(&[("stage", ""), ("model", "dev")]), [""; 0]);
    assert_eq!(
        shared(&[("crawl", ""), ("model", "build"), ("book", "dev")]),
        ["`book` for its tests", "`crawl`", "`model`"].map(|other| format!(
            "shared/Cargo.toml: shared depends on {other}, which does not stand below it"
        ))
    );
    // Any package in that folder; and what stands further below.
    let below = [("crawl", ""), ("stage", "")];
    assert_eq!(problems("pools", "lessons/pools", &below), [""; 0]);
    let stray = "stray has no place in the table of layers";
    assert_eq!(problems("stray", "stray", &[]), [stray]);
}

#[test]
fn a_package_that_has_become_clean_has_to_leave_the_list() {
    let wrong = |not_yet: &[&str]| {
        let problems = ["bench", "site"].map(|name| (name, vec![format!("in {name}")]));
        wrong(problems.into(), not_yet)
    };
    assert_eq!(wrong(&["bench", "site"]), [""; 0]);
    assert_eq!(wrong(&["bench"]), ["in site"]);
    let clean = "model is clean: take it out of NOT_YET";
    assert_eq!(wrong(&["bench", "model", "site"]), [clean]);
}
