//! Links of the files that are not built: README.md and its like. Those of the pages are
//! checked where they lead in the built book.

use std::collections::HashMap;

use super::document::Document;
use super::named::joined;
use crate::project::Project;
use crate::text::decoded;

/// Links to files and headings that are not there.
pub fn problems(project: &Project, document: &Document) -> Vec<String> {
    let mut problems = Vec::new();
    let mut known: HashMap<String, Document> = HashMap::new();
    for link in &document.links {
        let address = link.address.as_str();
        let place = format!("{}:{}", document.path, link.line);
        if address.contains("://") || address.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = match address.split_once('#') {
            Some((file, anchor)) => (decoded(file), Some(decoded(anchor))),
            None => (decoded(address), None),
        };
        let path = match file.as_str() {
            "" => document.path.clone(),
            _ => joined(&document.path, &file),
        };
        if !project.root.join(&path).exists() {
            problems.push(format!(
                "{place}: the link `{address}` leads nowhere: there is no {path}"
            ));
            continue;
        }
        let Some(anchor) = anchor else { continue };
        let target = known.entry(path.clone()).or_insert_with(|| {
            let text = std::fs::read_to_string(project.root.join(&path));
            Document::new(&path, &text.unwrap_or_default())
        });
        if !target.anchors.contains(&anchor) {
            problems.push(format!(
                "{place}: the link `{address}` leads to a heading that {path} does not have"
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project {
            root: folder.path().to_path_buf(),
        };
        std::fs::write(folder.path().join("README.md"), "# Here\n").unwrap();
        std::fs::create_dir(folder.path().join("a b")).unwrap();
        std::fs::write(folder.path().join("a b/c.md"), "# One `two`\n").unwrap();
        let text = "# Here\n[1](a%20b/c.md) [2](a%20b/c.md#one-two) [3](#here) [4](https://a.b/c)\n\
                    [5](a%20b) [6](<a b/../a b/c.md>)";
        let document = Document::new("README.md", text);
        assert_eq!(document.links.len(), 6);
        assert_eq!(problems(&project, &document), Vec::<String>::new());
        let text = "\n[1](c.md) [2](a%20b/c.md#two)\n[3](#there)";
        let found = problems(&project, &Document::new("README.md", text));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("README.md:2: the link `c.md` leads nowhere"));
        assert!(found[2].starts_with("README.md:3: the link `#there` leads to a heading"));
    }
}
