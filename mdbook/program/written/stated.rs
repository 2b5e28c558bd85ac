//! What a page states of its own section, and files of the chapters: the command under
//! the title, the title in SUMMARY.md, how many sections there are.

use std::sync::LazyLock;

use regex::Regex;

use super::document::Document;
use super::named::joined;
use crate::project::Section;
use crate::sources::SUMMARY;
use crate::text::{line_of, pattern};

static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:all|the)\s+(\w+)\s+sections\b(\s+of\s+the\s+first\s+chapter)?")
});
static CHAPTER: LazyLock<Regex> = LazyLock::new(|| pattern(r"`(\w+)`"));

const NUMBERS: [&str; 20] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

/// On a section's page, the command under the title is another section's, or missing.
pub fn wrong_facts(document: &Document, section: &Section) -> Option<(usize, String)> {
    let command = section.command();
    let (line, facts) = (document.text.lines().enumerate())
        .find(|(_, line)| line.starts_with("<p class=\"facts\">"))
        .unwrap_or((0, ""));
    let named = |end: &str| facts.contains(&format!("<code>{command}{end}"));
    (!named("</code>") && !named(" ")).then(|| {
        (
            line + 1,
            format!(
                "the facts under the title do not have the command of this section, `{command}`"
            ),
        )
    })
}

/// Pages that have another title in SUMMARY.md.
pub fn wrong_titles(documents: &[Document]) -> Vec<String> {
    let Some(summary) = documents.iter().find(|one| one.path == SUMMARY) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for link in &summary.links {
        let path = joined(SUMMARY, &link.address);
        let Some(page) = documents.iter().find(|page| page.path == path) else {
            continue;
        };
        if page.title != link.words {
            problems.push(format!(
                "{SUMMARY}:{}: `{}` is the page `{}`: write the same title in both",
                link.line, link.words, page.title
            ));
        }
    }
    problems
}

/// Sentences that count a chapter's sections, and count wrongly. `known` is in the order
/// of the book.
pub fn wrong_counts(document: &Document, known: &[Section]) -> Vec<(usize, String)> {
    let text = &document.text;
    let of_path = document.path.strip_prefix("mdbook/src/");
    let of_path = of_path.and_then(|path| Some(path.split_once('/')?.0));
    let mut problems = Vec::new();
    for found in COUNT.captures_iter(text) {
        let Some(counted) = NUMBERS
            .iter()
            .position(|word| *word == found[1].to_lowercase())
        else {
            continue;
        };
        let place = found.get(0).map_or(0, |whole| whole.start());
        let line = line_of(text, place);
        let written = text.lines().nth(line - 1).unwrap_or_default();
        let named = CHAPTER.captures(written);
        let named = named.as_ref().and_then(|found| found.get(1));
        let chapter = match (found.get(2), named.map(|name| name.as_str()).or(of_path)) {
            (Some(_), _) => known.first().map(|section| section.chapter.as_str()),
            (None, chapter) => chapter,
        };
        let count = |chapter| known.iter().filter(|one| one.chapter == chapter).count();
        match chapter.map(|chapter| (chapter, count(chapter))) {
            Some((chapter, count)) if count > 0 && count != counted + 1 => {
                problems.push((
                    line,
                    format!("{chapter} has {count} sections, not {}", &found[1]),
                ));
            }
            _ => {}
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_have_the_command_of_the_section() {
        let map = Section::new("pools", "map");
        let lines = |facts: &str| {
            let page = format!(
                "# A\n\n<p class=\"facts\"><span>5 minutes</span><span><code>{facts}</code></span></p>\n"
            );
            wrong_facts(&Document::new("a.md", &page), &map).map(|(line, _)| line)
        };
        assert_eq!(lines("cargo run --bin pools map"), None);
        assert_eq!(lines("cargo run --bin pools map -- --workers 3"), None);
        assert_eq!(lines("cargo run --bin pools mapping"), Some(3));
        assert_eq!(lines("cargo run --bin pools bounded"), Some(3));
        assert!(wrong_facts(&Document::new("a.md", "# A\n"), &map).is_some());
    }

    #[test]
    fn a_page_has_one_title() {
        let found = |title: &str| {
            wrong_titles(&[
                Document::new(SUMMARY, "# Summary\n\n- [One `function`](pools/map.md)\n"),
                Document::new("mdbook/src/pools/map.md", &format!("# {title}\n\n# No\n")),
            ])
        };
        assert_eq!(found("One `function`"), Vec::<String>::new());
        assert_eq!(
            found("Two"),
            [
                "mdbook/src/SUMMARY.md:3: `One function` is the page `Two`: write the same title in both"
            ]
        );
    }

    #[test]
    fn sections_are_counted() {
        let known = ["map", "bounded"].map(|name| Section::new("pools", name));
        let lines = |path: &str, text: &str| -> Vec<usize> {
            let found = wrong_counts(&Document::new(path, text), &known);
            found.into_iter().map(|(line, _)| line).collect()
        };
        for text in [
            "All two sections",
            "| `pools` | all three sections",
            "all the sections",
        ] {
            let expected: &[usize] = if text.contains("three") { &[1] } else { &[] };
            assert_eq!(
                lines("mdbook/src/pools/instructor.md", text),
                expected,
                "{text}"
            );
        }
        assert_eq!(
            lines(
                "README.md",
                "\nThen the\nthree sections of the first\nchapter run"
            ),
            [2]
        );
        assert_eq!(
            lines("README.md", "all three sections of something else").len(),
            0
        );
    }
}
