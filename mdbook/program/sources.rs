//! The pages as they are written: their directives, and the traps into which
//! mdBook steps without a word.
//!
//! A directive stands in double braces, as mdBook's own do, and names a section:
//! `\{{#output pools bounded}}`. See [`preprocess`](crate::preprocess).

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::captured;
use crate::project::{Project, Section};

/// One page.
#[derive(Debug)]
pub struct Page {
    /// From the project's folder.
    pub path: String,
    pub text: String,
    file: PathBuf,
}

/// A directive of ours: `{{#output pools bounded}}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Directive {
    pub word: Word,
    /// Or the exercise.
    pub section: Section,
    /// What stands behind the section: lines, a function, a text.
    pub part: Option<String>,
    /// Where it stands in its page, in bytes.
    pub place: std::ops::Range<usize>,
    pub line: usize,
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// What the section printed.
    Output,
    /// The picture of that run.
    Timeline,
    /// A drawing of the figures that it printed.
    Plot,
    /// The section's program, or one function of it.
    Listing,
    /// Words that it printed.
    Quote,
    /// How many of the printed lines have these words.
    Count,
    /// An exercise: what there is to do, the commands, the hints.
    Exercise,
}

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\\?\{\{\s*#(output|timeline|plot|listing|quote|count|exercise)\b([^}]*)\}\}")
});
static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\\?\{\{\s*#(include|rustdoc_include|playground)\s+([^}\s]+)[^}]*\}\}")
});

/// A pattern that is written in this program.
pub fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
}

/// All pages, by name.
pub fn pages(project: &Project) -> Result<Vec<Page>, String> {
    captured::files(&project.pages())?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .map(|file| {
            let path = project.shown(&file);
            let text = std::fs::read_to_string(&file)
                .map_err(|error| format!("{path} cannot be read: {error}"))?;
            Ok(Page { path, text, file })
        })
        .collect()
}

/// The directives of a page, or what is wrong with one.
pub fn directives(text: &str) -> Result<Vec<Directive>, (usize, String)> {
    let mut found = Vec::new();
    for captures in DIRECTIVE.captures_iter(text) {
        let (Some(whole), Some(word), Some(rest)) =
            (captures.get(0), captures.get(1), captures.get(2))
        else {
            continue;
        };
        // A backslash in front: the page speaks about the directive.
        if whole.as_str().starts_with('\\') {
            continue;
        }
        let line = line_of(text, whole.start());
        let mut words = rest.as_str().trim().splitn(3, char::is_whitespace);
        let (Some(chapter), Some(name)) = (words.next(), words.next()) else {
            let complaint = format!("`{}` needs a chapter and a name", whole.as_str());
            return Err((line, complaint));
        };
        let part = words.next().map(|part| part.trim().to_string());
        found.push(Directive {
            word: match word.as_str() {
                "output" => Word::Output,
                "timeline" => Word::Timeline,
                "plot" => Word::Plot,
                "listing" => Word::Listing,
                "quote" => Word::Quote,
                "exercise" => Word::Exercise,
                _ => Word::Count,
            },
            section: Section::new(chapter, name),
            part,
            place: whole.range(),
            line,
        });
    }
    Ok(found)
}

/// Counted from 1.
pub fn line_of(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

/// Includes of files or anchors that are not there, each with page and line.
pub fn broken_includes(page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    for captures in INCLUDE.captures_iter(&page.text) {
        let (Some(whole), Some(target)) = (captures.get(0), captures.get(2)) else {
            continue;
        };
        if whole.as_str().starts_with('\\') {
            continue;
        }
        let mut parts = target.as_str().split(':');
        let path = parts.next().unwrap_or_default();
        let anchor = parts.next().unwrap_or_default();
        let file = page.file.parent().unwrap_or(Path::new(".")).join(path);
        let problem = match std::fs::read_to_string(&file) {
            Err(error) => Some(format!(
                "the included file `{path}` cannot be read: {error}"
            )),
            Ok(text) => missing_part(&text, anchor)
                .map(|what| format!("the included file `{path}` has no {what}")),
        };
        if let Some(problem) = problem {
            let line = line_of(&page.text, whole.start());
            problems.push(format!("{}:{line}: {problem}", page.path));
        }
    }
    problems
}

/// An anchor, or a line number, that the file does not have.
fn missing_part(text: &str, anchor: &str) -> Option<String> {
    if anchor.is_empty() {
        return None;
    }
    if let Ok(line) = anchor.parse::<usize>() {
        return (line == 0 || line > text.lines().count()).then(|| format!("line {line}"));
    }
    let begin = format!("ANCHOR: {anchor}");
    let there = text.lines().any(|line| line.trim_end().ends_with(&begin));
    (!there).then(|| format!("anchor `{anchor}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_found_with_their_lines() {
        let text =
            "# Title\n\n{{#output pools bounded}}\n\\{{#output a b}}\n{{#listing pools map}}";
        let found = directives(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].section, Section::new("pools", "bounded"));
        assert_eq!((found[0].word, found[0].line), (Word::Output, 3));
        assert_eq!((found[1].word, found[1].line), (Word::Listing, 5));
        let quote = &directives("{{#quote pools bounded all tasks are done}}").unwrap()[0];
        assert_eq!(quote.part.as_deref(), Some("all tasks are done"));
        assert_eq!(directives("\n{{#output bounded}}").unwrap_err().0, 2);
    }

    #[test]
    fn a_missing_anchor_is_seen() {
        let text = "// ANCHOR: work\nfn work() {}\n// ANCHOR_END: work\n";
        assert_eq!(missing_part(text, "work"), None);
        assert_eq!(missing_part(text, ""), None);
        assert_eq!(missing_part(text, "wor"), Some("anchor `wor`".to_string()));
        assert_eq!(missing_part(text, "4"), Some("line 4".to_string()));
    }
}
