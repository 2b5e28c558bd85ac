//! Each section's page shows that section's program, output and picture. Another's may
//! be there as well, if the text around it says whose it is.

use super::document::Document;
use crate::project::Section;
use crate::sources::{Directive, Word};
use crate::text::has_words;

/// What a section's page has to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shows {
    /// Nothing of a run: it cannot be captured.
    Program,
    /// A person types into it, and then there may be nothing to draw.
    ProgramAndOutput,
    All,
}

/// What is missing on the page of `section`.
pub fn missing(section: &Section, shows: Shows, directives: &[Directive]) -> Vec<String> {
    let has = |words: &[Word]| {
        let own = |one: &&Directive| one.section == *section && words.contains(&one.word);
        directives.iter().any(|one| own(&one) && is_whole(one))
    };
    let listed = |one: &Directive| one.section == *section && one.word == Word::Listing;
    let Section { chapter, name } = section;
    let mut missing = Vec::new();
    let mut need = |there: bool, what: &str, directive: &str| {
        if !there {
            missing.push(format!(
                "it does not show {what} {section}: write {{{{#{directive} {chapter} {name}}}}}"
            ));
        }
    };
    need(directives.iter().any(listed), "the program of", "listing");
    if shows != Shows::Program {
        need(has(&[Word::Run, Word::Output]), "what is printed by", "run");
    }
    if shows == Shows::All {
        let drawn = has(&[Word::Run, Word::Timeline, Word::Plot]);
        need(drawn, "the picture of", "run");
    }
    missing
}

/// Whether a part, if there is one, leaves nothing out.
fn is_whole(directive: &Directive) -> bool {
    directive.word == Word::Run || directive.part.is_none()
}

/// What is another section's, and the text does not say so: the line and a sentence.
/// `own` is the section of the page, if it is the page of a section.
pub fn foreign(
    document: &Document,
    own: Option<&Section>,
    directives: &[Directive],
) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for directive in directives {
        let (section, line) = (&directive.section, directive.line);
        if own == Some(section) || directive.word == Word::Exercise {
            continue;
        }
        if !names(&without_directives(&document.text), section) {
            let what = match directive.word {
                Word::Listing => "the program",
                Word::Quote | Word::Count => "words",
                Word::Output => "the output",
                _ => "the picture",
            };
            problems.push((
                line,
                format!(
                    "this shows {what} of another section, {section}, and the text does not name \
                     it: name it, or show this page's own"
                ),
            ));
        }
    }
    problems
}

/// Whether the text has the name of the section, or a link to its page.
fn names(text: &str, section: &Section) -> bool {
    let link = format!("{}.md", section.name);
    has_words(text, &section.name) || text.contains(&link)
}

fn without_directives(text: &str) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        done.push_str(before);
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    done + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::directives;

    const WHOLE: &str =
        "# Title\n\n{{#listing pools map}}\n\n## Run\n\n{{#run pools map}}x{{#end}}\n";

    fn problems(text: &str) -> (usize, Vec<usize>) {
        let map = Section::new("pools", "map");
        let found = directives(text).unwrap();
        let document = Document::new("a.md", text);
        let foreign = foreign(&document, Some(&map), &found);
        let lines = foreign.into_iter().map(|(line, _)| line).collect();
        (missing(&map, Shows::All, &found).len(), lines)
    }

    #[test]
    fn a_page_shows_its_own_section() {
        assert_eq!(problems(WHOLE), (0, vec![]));
        let old = WHOLE.replace(
            "{{#run pools map}}x{{#end}}",
            "{{#output pools map}}{{#timeline pools map}}",
        );
        assert_eq!(problems(&old), (0, vec![]));
        // None, or only a part of it.
        assert_eq!(problems("# Title\n"), (3, vec![]));
        assert_eq!(
            problems(&old.replace("{{#timeline pools map}}", "")),
            (1, vec![])
        );
        assert_eq!(
            problems(&old.replace("output pools map", "output pools map 1..2")),
            (1, vec![])
        );
    }

    #[test]
    fn anothers_picture_is_not_taken_for_it() {
        let other = WHOLE.replace("{{#run pools map}}", "{{#run pools bounded}}");
        assert_eq!(problems(&other), (2, vec![7]));
        let other = WHOLE.replace("listing pools map", "listing pools bounded");
        assert_eq!(problems(&other), (1, vec![3]));
        let more = format!("{WHOLE}\n## More\n\n{{{{#timeline pools bounded}}}}\n");
        assert_eq!(problems(&more), (0, vec![11]));
        let quote = format!("{WHOLE}\n{{{{#quote pools bounded ends}}}}\n");
        assert_eq!(problems(&quote), (0, vec![9]));
        for named in ["And `bounded`:", "And [that one](bounded.md):"] {
            assert_eq!(problems(&more.replace("## More", named)), (0, vec![]));
            assert_eq!(problems(&format!("{named}\n\n{quote}")), (0, vec![]));
        }
        // A name that is a part of another one is none.
        assert_eq!(problems(&format!("unbounded\n\n{more}")), (0, vec![13]));
    }
}
