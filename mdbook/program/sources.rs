//! The pages as they are written: their directives, and the mistakes that mdBook does
//! not report.
//!
//! A directive is written in double braces, as mdBook's own are, and names a section:
//! `\{{#output pools bounded}}`. `preprocess.rs` lists them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::files;
use crate::project::{Project, Section};
use crate::text::{line_of, pattern};

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
    /// The section, or the exercise.
    pub section: Section,
    /// What follows the section: lines, a function, a text.
    pub part: Option<String>,
    /// Its place in the page, in bytes.
    pub place: Range<usize>,
    /// The place of what stands between it and its end, if it has an end.
    pub inside: Option<Range<usize>>,
    pub line: usize,
}

impl Directive {
    /// The place of all that it replaces.
    #[must_use]
    pub fn whole(&self) -> Range<usize> {
        match &self.inside {
            Some(inside) => self.place.start..inside.end + END.len(),
            None => self.place.clone(),
        }
    }
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A run: what the section printed, and its picture, whose caption stands between
    /// this directive and `{{#end}}`.
    Run,
    /// What the section printed.
    Output,
    /// The picture of that run, without a caption.
    Timeline,
    /// A plot of the figures that it printed.
    Plot,
    /// The section's program, or one function of it.
    Listing,
    /// Words from its output.
    Quote,
    /// The number of printed lines with these words.
    Count,
    /// An exercise: the task, the commands, the hints.
    Exercise,
}

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\\?\{\{\s*#(run|output|timeline|plot|listing|quote|count|exercise)\b([^}]*)\}\}")
});

/// The end of a run's caption.
const END: &str = "{{#end}}";

static INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\\?\{\{\s*#(include|rustdoc_include|playground)\s+([^}\s]+)[^}]*\}\}")
});

/// All pages, sorted by path.
pub fn pages(project: &Project) -> Result<Vec<Page>, String> {
    files::below(&project.pages())?
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

/// The directives of a page. The error is the line of a wrong one, and what is wrong
/// with it.
pub fn directives(text: &str) -> Result<Vec<Directive>, (usize, String)> {
    let mut found = Vec::new();
    for captures in DIRECTIVE.captures_iter(text) {
        let (Some(whole), Some(word), Some(rest)) =
            (captures.get(0), captures.get(1), captures.get(2))
        else {
            continue;
        };
        // With a backslash, the page shows the directive itself.
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
        let inside = match word.as_str() {
            "run" => Some(
                caption(text, whole.end())
                    .ok_or_else(|| (line, format!("`{}` has no {END} after it", whole.as_str())))?,
            ),
            _ => None,
        };
        found.push(Directive {
            word: match word.as_str() {
                "output" => Word::Output,
                "run" => Word::Run,
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
            inside,
            line,
        });
    }
    Ok(found)
}

/// What stands between the directive that ends at `start` and its end.
fn caption(text: &str, start: usize) -> Option<Range<usize>> {
    let end = start + text[start..].find(END)?;
    let another = DIRECTIVE
        .captures_iter(&text[start..end])
        .any(|captures| captures.get(1).is_some_and(|word| word.as_str() == "run"));
    (!another).then_some(start..end)
}

/// Includes of missing files, lines or anchors, each with its page and line.
#[must_use]
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

/// The anchor or the line, if the file does not have it.
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
    fn a_run_has_a_caption_and_an_end() {
        let text = "{{#run pools map zoom}}\n**Why.** {{#count pools map ends}}\n{{#end}}\n";
        let found = directives(text).unwrap();
        assert_eq!((found[0].word, found[1].word), (Word::Run, Word::Count));
        assert_eq!(found[0].part.as_deref(), Some("zoom"));
        let inside = found[0].inside.clone().unwrap();
        assert_eq!(&text[inside], "\n**Why.** {{#count pools map ends}}\n");
        assert_eq!(&text[found[0].whole()], text.trim_end());
        for wrong in ["{{#run a b}}", "{{#run a b}}{{#run a c}}{{#end}}"] {
            assert_eq!(directives(wrong).unwrap_err().0, 1, "{wrong}");
        }
    }

    #[test]
    fn a_missing_anchor_is_reported() {
        let text = "// ANCHOR: work\nfn work() {}\n// ANCHOR_END: work\n";
        assert_eq!(missing_part(text, "work"), None);
        assert_eq!(missing_part(text, ""), None);
        assert_eq!(missing_part(text, "wor"), Some("anchor `wor`".to_string()));
        assert_eq!(missing_part(text, "4"), Some("line 4".to_string()));
    }
}
