//! What a command can name: packages, programs, tests, recipes, aliases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::cargo;
use crate::text::pattern;

/// The workspace, as far as commands name its parts.
#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    packages: BTreeMap<String, BTreeSet<(Target, String)>>,
    /// The packages that cargo takes without `-p`.
    default: BTreeSet<String>,
    /// What cargo's own aliases stand for.
    pub aliases: BTreeMap<String, Vec<String>>,
    pub recipes: BTreeMap<String, Recipe>,
}

/// What an option of cargo selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Program,
    Example,
    Test,
    Bench,
}

impl Target {
    pub fn shown(self) -> &'static str {
        match self {
            Target::Program => "program",
            Target::Example => "example",
            Target::Test => "test",
            Target::Bench => "benchmark",
        }
    }
}

/// A recipe of the justfile.
#[derive(Debug)]
pub struct Recipe {
    pub takes_nothing: bool,
    /// Its only line, or nothing if it has several.
    pub body: String,
}

static RECIPE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^([a-z][\w-]*)([^:\n]*):[^=\n]*\n((?:    .*\n)*)"));
static ALIAS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?m)^(\w+) = "([^"]*)""#));

impl Workspace {
    pub fn read(root: &Path) -> Result<Self, String> {
        let output = Command::new(cargo::program())
            .current_dir(root)
            .args([
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--offline",
            ])
            .output()
            .map_err(|error| format!("cannot start cargo: {error}"))?;
        let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|_| {
            let complaint = String::from_utf8_lossy(&output.stderr);
            format!("cargo does not list the packages: {}", complaint.trim())
        })?;
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
        let config = read(".cargo/config.toml");
        let aliases = config.split_once("[alias]").map_or("", |(_, rest)| rest);
        let aliases = aliases.split("\n[").next().unwrap_or_default();
        Ok(Workspace {
            root: root.to_path_buf(),
            packages: packages(&metadata),
            default: default_packages(&metadata),
            aliases: (ALIAS.captures_iter(aliases))
                .map(|found| (found[1].to_string(), words(&found[2])))
                .collect(),
            recipes: recipes(&read("justfile")),
        })
    }

    pub fn has_package(&self, name: &str) -> bool {
        self.packages.contains_key(name)
    }

    /// Whether the package, or one of those that cargo takes without it, has this target.
    pub fn has_target(&self, package: Option<&str>, kind: Target, name: &str) -> bool {
        let wanted = (kind, name.to_string());
        let mut named = self.packages.iter();
        named.any(|(package_name, targets)| {
            let meant = match package {
                Some(package) => package == package_name,
                None => self.default.contains(package_name),
            };
            meant && targets.contains(&wanted)
        })
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

fn packages(metadata: &Value) -> BTreeMap<String, BTreeSet<(Target, String)>> {
    let of = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let targets = |package: &Value| {
        let targets = of(&package["targets"]).into_iter();
        let targets = targets.filter_map(|target| {
            let kind = match target["kind"][0].as_str()? {
                "bin" => Target::Program,
                "example" => Target::Example,
                "test" => Target::Test,
                "bench" => Target::Bench,
                _ => return None,
            };
            Some((kind, text(&target["name"])))
        });
        targets.collect()
    };
    let packages = of(&metadata["packages"]).into_iter();
    packages
        .map(|package| (text(&package["name"]), targets(&package)))
        .collect()
}

fn default_packages(metadata: &Value) -> BTreeSet<String> {
    let default = metadata["workspace_default_members"].as_array();
    let default = default.cloned().unwrap_or_default();
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let names = packages
        .iter()
        .filter(|package| default.contains(&package["id"]));
    names
        .filter_map(|package| package["name"].as_str().map(str::to_string))
        .collect()
}

fn recipes(justfile: &str) -> BTreeMap<String, Recipe> {
    let mut recipes = BTreeMap::new();
    for found in RECIPE.captures_iter(&format!("{justfile}\n")) {
        let lines: Vec<&str> = found[3].lines().map(str::trim).collect();
        let body = match lines.as_slice() {
            [only] => only.trim_start_matches('@').to_string(),
            _ => String::new(),
        };
        let takes_nothing = found[2].trim().is_empty();
        recipes.insert(
            found[1].to_string(),
            Recipe {
                takes_nothing,
                body,
            },
        );
    }
    recipes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_have_their_parameters() {
        let text = "# All\nall *ARGS:\n    cargo test {{ARGS}}\n\nci: lint\n    a\n    b\n\none N=\"5\":\n    @./x {{N}}\nx := \"y\"\n";
        let found = recipes(text);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["all", "ci", "one"]);
        assert_eq!(found["all"].body, "cargo test {{ARGS}}");
        assert!(found["ci"].takes_nothing && found["ci"].body.is_empty());
        assert!(!found["one"].takes_nothing);
    }
}
