//! Every page is in SUMMARY.md, and every other file beside the pages is used by one.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::document::Document;
use crate::files;
use crate::project::Project;
use crate::sources::{SUMMARY, included};

/// Pages that SUMMARY.md does not name, and files that nothing names.
pub fn problems(project: &Project, documents: &[Document]) -> Result<Vec<String>, String> {
    let files = files::below(&project.pages())?;
    let files: Vec<String> = files.iter().map(|file| project.shown(file)).collect();
    Ok(unnamed(&files, documents))
}

fn unnamed(files: &[String], documents: &[Document]) -> Vec<String> {
    let mut pages = BTreeSet::new();
    let mut others = BTreeSet::new();
    let mut problems = Vec::new();
    for document in documents {
        for link in &document.links {
            let target = link.address.split(['#', '?']).next().unwrap_or_default();
            if target.is_empty() || target.contains(':') {
                continue;
            }
            let path = joined(&document.path, target);
            if document.path == SUMMARY {
                if !files.contains(&path) {
                    let line = link.line;
                    problems.push(format!("{SUMMARY}:{line}: there is no file {path}"));
                }
                if !pages.insert(path.clone()) {
                    let line = link.line;
                    problems.push(format!("{SUMMARY}:{line}: {path} is in it twice"));
                }
            }
            others.insert(path);
        }
        let included = included(&document.text);
        others.extend(included.iter().map(|file| joined(&document.path, file)));
    }
    for file in files {
        if file == SUMMARY {
            continue;
        }
        if file.ends_with(".md") && !pages.contains(file) {
            problems.push(format!(
                "{file}:1: this page is not in {SUMMARY}, so nobody finds it: add a line there, or remove it"
            ));
        } else if !others.contains(file) {
            problems.push(format!("{file}: no page names this file: remove it"));
        }
    }
    problems
}

/// The path of `target`, which is written in the file `from`. Both start at the
/// project's folder.
pub fn joined(from: &str, target: &str) -> String {
    let mut path = PathBuf::new();
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(summary: &str, page: &str, files: &[&str]) -> Vec<String> {
        let documents = [
            Document::new(SUMMARY, summary),
            Document::new("mdbook/src/pools/map.md", page),
        ];
        let files: Vec<String> = files
            .iter()
            .map(|file| format!("mdbook/src/{file}"))
            .collect();
        unnamed(&files, &documents)
    }

    #[test]
    fn a_page_that_the_summary_does_not_name_is_reported() {
        let files = ["SUMMARY.md", "pools/map.md", "pools/old.md"];
        let both = "- [Map](pools/map.md)\n- [Old](pools/old.md)";
        assert_eq!(found(both, "", &files), Vec::<String>::new());
        let only = found("- [Map](pools/map.md)", "[old](old.md)", &files);
        assert_eq!(only.len(), 1);
        assert!(only[0].starts_with("mdbook/src/pools/old.md:1: this page is not in"));
        let gone = found(both, "", &files[..2]);
        assert_eq!(
            gone,
            ["mdbook/src/SUMMARY.md:2: there is no file mdbook/src/pools/old.md"]
        );
        let twice = found(&format!("{both}\n- [Map](pools/map.md)"), "", &files);
        assert_eq!(
            twice,
            ["mdbook/src/SUMMARY.md:3: mdbook/src/pools/map.md is in it twice"]
        );
    }

    #[test]
    fn a_file_that_nothing_names_is_reported() {
        let files = ["SUMMARY.md", "pools/map.md", "pools/a.svg", "b.rs"];
        let summary = "- [Map](pools/map.md)";
        let page = "![a](a.svg)\n{{#include ../b.rs:main}}";
        assert_eq!(found(summary, page, &files), Vec::<String>::new());
        let left = found(summary, "", &files);
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
