//! Where everything is: the chapters, their sections, the pages, the captured runs.

use std::path::{Path, PathBuf};

/// The workbook on this disk.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder with the workspace.
    pub root: PathBuf,
}

/// One section of one chapter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Section {
    pub chapter: String,
    pub name: String,
}

/// The word that stands for all pages, among names of sections.
pub const PAGES: &str = "pages";

/// The endings of the files of a captured run.
pub const ENDINGS: [&str; 2] = ["ansi", "events.json"];

/// The project that contains the current folder.
pub fn find() -> Result<Project, String> {
    let here = std::env::current_dir()
        .map_err(|error| format!("cannot tell the current folder: {error}"))?;
    let root = here
        .ancestors()
        .find(|folder| folder.join("mdbook/book.toml").is_file())
        .ok_or("run this inside the workbook: no mdbook/book.toml is above this folder")?;
    Ok(Project {
        root: root.to_path_buf(),
    })
}

impl Project {
    pub fn book(&self) -> PathBuf {
        self.root.join("mdbook")
    }

    /// The folder of the HTML.
    pub fn built(&self) -> PathBuf {
        self.book().join("book")
    }

    pub fn pages(&self) -> PathBuf {
        self.book().join("src")
    }

    pub fn captured(&self) -> PathBuf {
        self.book().join("captured")
    }

    /// The names of the chapters, sorted: the folders in `lessons`.
    pub fn chapters(&self) -> Result<Vec<String>, String> {
        let folder = self.root.join("lessons");
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
        let mut chapters: Vec<String> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join("Cargo.toml").is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        chapters.sort();
        Ok(chapters)
    }

    /// `path`, relative to the project's folder.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

impl Section {
    pub fn new(chapter: &str, name: &str) -> Self {
        Section {
            chapter: chapter.to_string(),
            name: name.to_string(),
        }
    }

    /// The path of its program, relative to the project's folder.
    #[must_use]
    pub fn source(&self) -> String {
        format!("lessons/{}/src/{}.rs", self.chapter, self.name)
    }

    /// The path of its page, relative to the project's folder.
    #[must_use]
    pub fn page(&self) -> String {
        format!("mdbook/src/{}/{}.md", self.chapter, self.name)
    }

    /// The path of its script, relative to the project's folder: what a person does
    /// while it runs. Only sections that wait for a person have one.
    #[must_use]
    pub fn script(&self) -> String {
        format!("mdbook/scripts/{}/{}.txt", self.chapter, self.name)
    }

    /// The command that runs it.
    #[must_use]
    pub fn command(&self) -> String {
        format!("cargo run --bin {} {}", self.chapter, self.name)
    }

    /// The path of a captured file, relative to the project's folder.
    #[must_use]
    pub fn captured(&self, ending: &str) -> String {
        format!("mdbook/captured/{}/{}.{ending}", self.chapter, self.name)
    }

    /// Whether `word` names this section.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        word == self.name || word == self.to_string()
    }
}

impl std::fmt::Display for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.chapter, self.name)
    }
}
