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

/// The path of the table of contents.
pub const SUMMARY: &str = "mdbook/src/SUMMARY.md";

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
    /// What the section printed, the picture of that run, a caption, and the player.
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

const WORDS: [(&str, Word); 8] = [
    ("run", Word::Run),
    ("output", Word::Output),
    ("timeline", Word::Timeline),
    ("plot", Word::Plot),
    ("listing", Word::Listing),
    ("quote", Word::Quote),
    ("count", Word::Count),
    ("exercise", Word::Exercise),
];

/// What ends the caption of a directive.
pub const END: &str = "{{#end}}";

/// mdBook's own. It leaves any other word on the page, without a warning.
const OF_MDBOOK: [&str; 4] = ["include", "rustdoc_include", "playground", "title"];

static DIRECTIVE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\\?\{\{\s*#\s*([\w-]*)([^{}]*)(\}\}|\{|\}|$)"));
/// A directive with a brace or the `#` left out.
static MISTYPED: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    let words = words.join("|");
    pattern(&format!(
        r"\{{+\s*(?:{words}|end)(?:\s+\w+){{0,2}}[^{{}}\n]*\}}\}}|(?:^|[^{{])\{{\s*#\s*(?:{words}|end)\b"
    ))
});

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

/// The text of the table of contents.
#[must_use]
pub fn summary(pages: &[Page]) -> &str {
    let summary = pages.iter().find(|page| page.path == SUMMARY);
    summary.map_or("", |page| page.text.as_str())
}

/// The directives of a page; those in a caption come after the one that has the caption.
/// The error is the line of a wrong one, and what is wrong with it.
pub fn directives(text: &str) -> Result<Vec<Directive>, (usize, String)> {
    if let Some(mistyped) = MISTYPED.find(text) {
        let shown = mistyped.as_str().trim();
        let line = line_of(text, mistyped.end());
        let complaint =
            format!("`{shown}` is no directive: one begins with {{{{# and ends with }}}}");
        return Err((line, complaint));
    }
    let mut found: Vec<Directive> = Vec::new();
    // The directive whose end has not come yet, as its place in `found`.
    let mut open: Option<usize> = None;
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
        let shown = whole.as_str().lines().next().unwrap_or_default();
        let word = word.as_str();
        if !whole.as_str().ends_with("}}") {
            return Err((line, format!("`{shown}` does not end with }}}}")));
        }
        if OF_MDBOOK.contains(&word) {
            continue;
        }
        if whole.as_str() == END {
            let Some(started) = open.take() else {
                let complaint =
                    "`{{#end}}` ends nothing: write `{{#run CHAPTER SECTION}}` before it";
                return Err((line, complaint.to_string()));
            };
            let directive = &mut found[started];
            directive.inside = Some(directive.place.end..whole.start());
            continue;
        }
        let Some((_, word)) = WORDS.iter().find(|(known, _)| *known == word) else {
            let known: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            let known = known.join(", ");
            let complaint = format!("`{shown}` is not known here; these are: {known}, end");
            return Err((line, complaint));
        };
        let mut words = rest.as_str().trim().splitn(3, char::is_whitespace);
        let (Some(chapter), Some(name)) = (words.next(), words.next()) else {
            return Err((line, format!("`{shown}` needs a chapter and a name")));
        };
        let part = words.next().map(|part| part.trim().to_string());
        if let (Some(started), Word::Run) = (open, word) {
            let line = found[started].line;
            return Err((line, format!("`{{{{#run …}}}}` has no {END} after it")));
        }
        if *word == Word::Run {
            open = Some(found.len());
        }
        found.push(Directive {
            word: *word,
            section: Section::new(chapter, name),
            part,
            inside: None,
            place: whole.range(),
            line,
        });
    }
    match open {
        Some(started) => Err((
            found[started].line,
            format!("`{{{{#run …}}}}` has no {END} after it"),
        )),
        None => Ok(found),
    }
}

/// The files that a page includes, as it writes them.
#[must_use]
pub fn included(text: &str) -> Vec<String> {
    let included = INCLUDE.captures_iter(text);
    let included = included.filter(|found| !found[0].starts_with('\\'));
    included
        .filter_map(|found| Some(found[2].split(':').next()?.to_string()))
        .collect()
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
        for wrong in [
            "{{#run a b}}",
            "{{#end}}",
            "{{#run a b}}{{#run a c}}{{#end}}",
        ] {
            assert_eq!(directives(wrong).unwrap_err().0, 1, "{wrong}");
        }
    }

    /// mdBook leaves an unknown word on the page and says nothing.
    #[test]
    fn a_word_that_is_no_directive_is_reported_wherever_it_stands() {
        for wrong in [
            "{{#outptu pools bounded}}",
            "{{#timelines pools bounded}}",
            "{{# quotes pools bounded ends}}",
            "{{#}}",
            "{{quote pools bounded ends}}",
            "{#quote pools bounded ends}",
            "{#quote pools bounded ends}}",
            "{{#quote pools bounded ends}",
            "{{#quote pools bounded ends",
            "{{#run pools bounded}}{{#picture pools bounded}}{{#end}}",
        ] {
            for text in [
                format!("one\n\n{wrong} two"),
                format!("```python\na\n{wrong}\n```"),
                format!("<summary>\nx <b>{wrong}</b></summary>"),
            ] {
                let found = directives(&text);
                assert!(found.is_err(), "{text}: {found:?}");
                let line = found.unwrap_err().0;
                let is = 1 + text.lines().position(|line| line.contains(wrong)).unwrap();
                assert_eq!(line, is, "{text}");
            }
        }
        for right in [
            "{{#include a.rs}} {{#title A}} {{ #quote pools bounded ends }}",
            "\\{{#quoth pools bounded}}",
            "`println!(\"{{}}\")` and f\"{{{n}}}\" and {run}",
        ] {
            assert!(directives(right).is_ok(), "{right}");
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
