//! The packages of the workspace, as cargo sees them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[derive(Debug)]
pub struct Package {
    pub name: String,
    /// From the root of the workspace.
    pub folder: PathBuf,
    pub crates: Vec<Crate>,
    pub dependencies: Vec<Dependency>,
}

/// A library, a program, a test, a benchmark or an example.
#[derive(Debug)]
pub struct Crate {
    pub root: PathBuf,
    /// The name of a library in code.
    pub library: Option<String>,
    /// A test, a benchmark or an example: what is only for the development.
    pub only_tests: bool,
}

/// A dependency on another package of the workspace.
#[derive(Debug)]
pub struct Dependency {
    pub package: String,
    pub only_tests: bool,
}

pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the workspace").to_path_buf()
}

pub fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let list = |key: &str| value[key].as_array().expect("a list").iter();
    let manifest = inside(&value["manifest_path"]);
    Package {
        name: text(&value["name"]),
        folder: manifest.parent().expect("a folder").to_path_buf(),
        crates: list("targets").map(one_crate).collect(),
        dependencies: list("dependencies")
            .filter(|dependency| dependency["path"].is_string())
            .map(|dependency| Dependency {
                package: text(&dependency["name"]),
                only_tests: dependency["kind"] == "dev",
            })
            .collect(),
    }
}

fn one_crate(value: &Value) -> Crate {
    let kind = text(&value["kind"][0]);
    Crate {
        root: inside(&value["src_path"]),
        library: (kind == "lib").then(|| text(&value["name"]).replace('-', "_")),
        only_tests: ["test", "bench", "example"].contains(&kind.as_str()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_string()
}

/// From the root of the workspace.
fn inside(value: &Value) -> PathBuf {
    let path = PathBuf::from(text(value));
    let inside = path.strip_prefix(root());
    inside.expect("a path in the workspace").to_path_buf()
}
