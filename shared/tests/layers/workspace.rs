//! The packages of the workspace, as cargo sees them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// All paths start at the root of the workspace.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub manifest_path: PathBuf,
    pub targets: Vec<Target>,
    pub dependencies: Vec<Dependency>,
}

/// A library, a program, a test, a benchmark or an example.
#[derive(Deserialize)]
pub struct Target {
    name: String,
    kind: Vec<String>,
    pub src_path: PathBuf,
}

impl Target {
    /// The name of a library in code.
    pub fn library(&self) -> Option<String> {
        let is_library = self.kind == ["lib"];
        is_library.then(|| self.name.replace('-', "_"))
    }

    pub fn only_for_tests(&self) -> bool {
        ["test", "bench", "example"].contains(&self.kind[0].as_str())
    }
}

#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    /// `dev` or `build`.
    pub kind: Option<String>,
    /// That of a package of the workspace.
    pub path: Option<PathBuf>,
}

pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the workspace")
}

pub fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let text = text.replace(&format!("{}/", root().display()), "");
    let metadata: Metadata = serde_json::from_str(&text).expect("the format of cargo");
    metadata.packages
}
