//! Every section is a whole program: its file, as the `main.rs` of a package
//! that depends on `shared`, compiles and runs without the chapter around it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Proves it of every section of the chapter in the folder `chapter`. `folder` is
/// where the generated package goes: a test's `CARGO_TARGET_TMPDIR`.
pub fn every_section_is_a_program_of_its_own(chapter: &str, folder: &str) {
    let chapter = Path::new(chapter);
    let root = chapter.join("../..").canonicalize().expect("the workspace");
    let folder = Path::new(folder);
    let name = chapter.file_name().expect("a chapter has a name");
    let name = format!("standalone-{}", name.to_string_lossy());
    let package = folder.join(&name);
    fs::create_dir_all(&package).expect("a folder for the package");

    let sections = sections(&chapter.join("src"));
    assert!(
        !sections.is_empty(),
        "{} has no sections",
        chapter.display()
    );
    let shared = root.join("shared");
    let mut manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\nshared = {{ path = {shared:?} }}\n"
    );
    for section in &sections {
        let name = name_of(section);
        manifest.push_str(&format!("\n[[bin]]\nname = {name:?}\npath = {section:?}\n"));
    }
    fs::write(package.join("Cargo.toml"), manifest).expect("the manifest");
    // The same versions as everywhere, which are all on this machine already.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("the lock file");

    // One for all chapters, so that what they depend on is compiled once.
    let target = folder.join("standalone-target");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .expect("cargo runs");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );

    for section in &sections {
        let name = name_of(section);
        let run = Command::new(target.join("debug").join(&name))
            .env("LESSON_SPEED", "20")
            .output()
            .expect("the program starts");
        let output = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success(),
            "{name}: {output}{}",
            String::from_utf8_lossy(&run.stderr)
        );
        assert!(
            output.lines().count() >= 4,
            "{name} prints next to nothing:\n{output}"
        );
        assert!(
            !output.contains("s  lesson "),
            "{name} has the chapter's frame:\n{output}"
        );
    }
}

fn sections(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the chapter's sources");
    let files = files.map(|file| file.expect("a file").path());
    let mut sections: Vec<PathBuf> = files.filter(|file| !file.ends_with("main.rs")).collect();
    sections.sort();
    sections
}

fn name_of(section: &Path) -> String {
    section
        .file_stem()
        .expect("a file name")
        .to_string_lossy()
        .into_owned()
}
