//! The pages as they are written: their directives, and the mistakes that mdBook does
//! not report.
//!
//! A directive is written in double braces, as mdBook's own are, and names a section:
//! `\{{#output pools bounded}}`. `preprocess.rs` lists them.

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
    /// The Markdown between `{{#run …}}` and `{{#end}}`. It may have directives, too.
    pub caption: Option<Caption>,
    /// Its place in the page, in bytes: to the end of `{{#end}}`, if it has one.
    pub place: std::ops::Range<usize>,
    pub line: usize,
}

/// What stands between a directive and its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    pub text: String,
    /// The line of the page in which it begins.
    pub line: usize,
}

/// What a directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// What the section printed, the picture of that run, a caption, and the player.
    Run,
    /// What the section printed.
    Output,
    /// The timeline of that run.
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
const END: &str = "end";

/// mdBook's own. It leaves any other word on the page, without a warning.
const OF_MDBOOK: [&str; 4] = ["include", "rustdoc_include", "playground", "title"];

static DIRECTIVE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\\?\{\{\s*#\s*([\w-]*)([^{}]*)(\}\}|\{|\}|$)"));
/// A directive with a brace or the `#` left out.
static MISTYPED: LazyLock<Regex> = LazyLock::new(|| {
    let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
    let words = words.join("|");
    pattern(&format!(
        r"\{{+\s*(?:{words}|{END})(?:\s+\w+){{0,2}}[^{{}}\n]*\}}\}}|(?:^|[^{{])\{{\s*#\s*(?:{words}|{END})\b"
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

/// The directives of a page, without those in captions. The error is the line of a wrong
/// one, and what is wrong with it.
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
        if word == END {
            let Some(started) = open.take() else {
                let complaint =
                    "this `{{#end}}` ends nothing: write {{#run CHAPTER SECTION}} first";
                return Err((line, complaint.to_string()));
            };
            let directive = &mut found[started];
            directive.caption = Some(Caption {
                text: text[directive.place.end..whole.start()].to_string(),
                line: line_of(text, directive.place.end),
            });
            directive.place.end = whole.end();
            continue;
        }
        let Some((_, word)) = WORDS.iter().find(|(known, _)| *known == word) else {
            let known: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            let known = known.join(", ");
            let complaint = format!("`{shown}` is not known here; these are: {known}, {END}");
            return Err((line, complaint));
        };
        let mut words = rest.as_str().trim().splitn(3, char::is_whitespace);
        let (Some(chapter), Some(name)) = (words.next(), words.next()) else {
            return Err((line, format!("`{shown}` needs a chapter and a name")));
        };
        let part = words.next().map(|part| part.trim().to_string());
        if let Some(started) = open {
            if *word == Word::Run {
                let line = found[started].line;
                let complaint = format!("this comes before the {{{{#end}}}} of line {line}");
                return Err((line, complaint));
            }
            // It is found again in the caption.
            continue;
        }
        if *word == Word::Run {
            open = Some(found.len());
        }
        found.push(Directive {
            word: *word,
            section: Section::new(chapter, name),
            part,
            caption: None,
            place: whole.range(),
            line,
        });
    }
    match open {
        Some(started) => Err((
            found[started].line,
            "`{{#run …}}` needs a caption and `{{#end}}`".to_string(),
        )),
        None => Ok(found),
    }
}

/// The directives of a page, with those in captions, in the order of the page.
pub fn all_directives(text: &str) -> Result<Vec<Directive>, (usize, String)> {
    let mut all = Vec::new();
    for directive in directives(text)? {
        let caption = directive.caption.clone();
        all.push(directive);
        if let Some(Caption { text, line }) = caption {
            let below = |inner: usize| inner + line - 1;
            let inner = directives(&text).map_err(|(inner, what)| (below(inner), what))?;
            all.extend(inner.into_iter().map(|directive| Directive {
                line: below(directive.line),
                ..directive
            }));
        }
    }
    Ok(all)
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
    fn a_run_has_a_caption_with_directives_of_its_own() {
        let text = "a\n{{#run pools map tall}}\n**So**: {{#quote pools map done}}\n{{#end}} b";
        let found = directives(text).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].place.end..], " b");
        assert_eq!(found[0].part.as_deref(), Some("tall"));
        let caption = found[0].caption.as_ref().unwrap();
        assert_eq!(caption.text, "\n**So**: {{#quote pools map done}}\n");
        let all = all_directives(text).unwrap();
        assert_eq!((all[1].word, all[1].line), (Word::Quote, 3));
        for wrong in [
            "{{#run pools map}} no end",
            "no beginning {{#end}}",
            "{{#run pools map}}{{#run pools squares}}{{#end}}{{#end}}",
        ] {
            assert!(directives(wrong).is_err(), "{wrong}");
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
                let found = all_directives(&text);
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
            assert!(all_directives(right).is_ok(), "{right}");
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
