//! Every section is a whole program: its file, as the `main.rs` of a package
//! that depends on what the chapter depends on, compiles and runs without the
//! chapter around it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Scratch;

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
    let mut manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n{}",
        dependencies(chapter, &root)
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

    let scratch = Scratch::new();
    let waiting = sections_that_wait(&chapter.join("src/main.rs"));
    for section in &sections {
        let name = name_of(section);
        if waiting.contains(&name) {
            continue;
        }
        let run = Command::new(target.join("debug").join(&name))
            .env("LESSON_SPEED", "20")
            .env("TMPDIR", scratch.path())
            .output()
            .expect("the program starts");
        let output = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success(),
            "{name}: {output}{}",
            String::from_utf8_lossy(&run.stderr)
        );
        assert!(
            output.lines().count() >= 3,
            "{name} prints next to nothing:\n{output}"
        );
        assert!(
            !output.contains("s  lesson "),
            "{name} has the chapter's frame:\n{output}"
        );
    }
}

/// What the chapter depends on, as lines of a manifest outside of the workspace.
fn dependencies(chapter: &Path, root: &Path) -> String {
    let read = |path: PathBuf| fs::read_to_string(path).expect("a manifest");
    let own = read(chapter.join("Cargo.toml"));
    let all = read(root.join("Cargo.toml"));
    let begin = own
        .find("[dependencies]")
        .expect("a chapter needs `shared`");
    let own = own[begin..].lines().skip(1);
    let own = own.take_while(|line| !line.starts_with('['));
    let names = own.filter_map(|line| line.strip_suffix(".workspace = true"));
    let line_of = |name: &str| {
        let begin = format!("{name} = ");
        let line = all.lines().find(|line| line.starts_with(&begin));
        let line = line.unwrap_or_else(|| panic!("the workspace does not know `{name}`"));
        line.replace("path = \"", &format!("path = \"{}/", root.display())) + "\n"
    };
    names.map(line_of).collect()
}

/// Those that the chapter's list marks as waiting for a person.
fn sections_that_wait(main: &Path) -> Vec<String> {
    let list = fs::read_to_string(main).expect("the chapter's list");
    let entries = list
        .lines()
        .filter(|line| line.contains(".waits_for_a_person()"));
    entries
        .filter_map(|line| line.trim().split('.').next())
        .map(str::to_string)
        .collect()
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
