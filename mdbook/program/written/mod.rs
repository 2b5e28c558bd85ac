//! The pages, README and their like, as they are written.
//!
//! | what | where |
//! |---|---|
//! | directives: known, of a section that there is | here, and in [`crate::sources`] |
//! | each section's page shows that section | [`own`] |
//! | every page is in SUMMARY.md, every file is used | [`named`] |
//! | commands and options work | [`commands`] |
//! | links lead somewhere | [`links`] |
//! | transcripts are true | [`transcripts`], [`stories`] |
//! | titles, the facts under them, counted sections | [`stated`] |
//! | the numbers of the Python are those of the Rust | [`python`] |

mod commands;
mod document;
mod links;
mod named;
mod own;
mod python;
mod stated;
mod stories;
mod transcripts;
mod workspace;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::project::{Project, Section};
use crate::runner::Programs;
use crate::sources::{self, Directive, Page, SUMMARY, Word};
use crate::{captured, exercise, legal};
use document::Document;
use own::Shows;
use transcripts::Truth;
use workspace::Workspace;

/// The folders whose Markdown files are read beside those of the project's own folder.
const FOLDERS: [&str; 6] = [".", "exercises", "lessons", "mdbook", "shared", "solutions"];

/// The chapters' programs, which are asked whether a command is right.
pub struct Chapters<'a> {
    programs: &'a Programs,
    sections: Vec<Section>,
    answers: RefCell<HashMap<Vec<String>, (bool, String)>>,
}

impl<'a> Chapters<'a> {
    pub fn new(programs: &'a Programs, sections: Vec<Section>) -> Self {
        Chapters {
            programs,
            sections,
            answers: RefCell::default(),
        }
    }
}

impl commands::Chapters for Chapters<'_> {
    fn sections(&self) -> &[Section] {
        &self.sections
    }

    fn ask(&self, chapter: &str, arguments: &[&str]) -> Result<(bool, String), String> {
        let words = [chapter].into_iter().chain(arguments.iter().copied());
        let key: Vec<String> = words.map(str::to_string).collect();
        if let Some(answer) = self.answers.borrow().get(&key) {
            return Ok(answer.clone());
        }
        let answer = self.programs.ask(chapter, arguments)?;
        self.answers.borrow_mut().insert(key, answer.clone());
        Ok(answer)
    }
}

/// What is wrong with the pages and the other Markdown files. `captured` are the sections
/// that can be captured.
pub fn problems(
    project: &Project,
    chapters: &impl commands::Chapters,
    captured: &[Section],
    pages: &[Page],
) -> Result<Vec<String>, String> {
    let known = chapters.sections();
    let mut problems = of_directives(project, known, pages);
    problems.extend(of_sections(project, known, captured, pages));
    problems.extend(of_exercises(project, pages)?);
    problems.extend(
        captured
            .iter()
            .filter_map(|section| of_captured(project, section)),
    );
    for path in captured::orphans(project, known)? {
        problems.push(format!("{path}: it belongs to no section: remove it"));
    }
    let of_book: Vec<Document> = (pages.iter())
        .map(|page| Document::new(&page.path, &page.text))
        .collect();
    problems.extend(named::problems(project, &of_book)?);
    problems.extend(stated::wrong_titles(&of_book));
    let others = others(project)?;
    let workspace = Workspace::read(&project.root)?;
    let stories = stories::Sources::read(&project.root)?;
    let truth = Truth {
        project,
        sections: known,
        pages: pages.len(),
        stories: &stories,
    };
    for document in of_book.iter().chain(&others) {
        let mut found = commands::problems(document, &workspace, chapters);
        found.extend(transcripts::problems(document, &truth));
        found.extend(stated::wrong_counts(document, known));
        let own = known.iter().find(|section| section.page() == document.path);
        if let Some(section) = own {
            found.extend(stated::wrong_facts(document, section));
            let source = section.source();
            let program = std::fs::read_to_string(project.root.join(&source));
            let program = program.unwrap_or_default();
            found.extend(python::problems(document, &program, &source));
        }
        let sentence = |(line, what)| format!("{}:{line}: {what}", document.path);
        problems.extend(found.into_iter().map(sentence));
    }
    for document in &others {
        problems.extend(links::problems(project, document));
    }
    Ok(problems)
}

/// Wrong directives, and includes that include nothing.
fn of_directives(project: &Project, known: &[Section], pages: &[Page]) -> Vec<String> {
    let mut problems = Vec::new();
    for page in pages {
        problems.extend(sources::broken_includes(page));
        let directives = match sources::directives(&page.text) {
            Ok(directives) => directives,
            Err((line, problem)) => {
                problems.push(format!("{}:{line}: {problem}", page.path));
                continue;
            }
        };
        for Directive {
            word,
            section,
            line,
            ..
        } in &directives
        {
            let path = &page.path;
            if *word == Word::Exercise {
                if let Err(problem) = exercise::part(project, section) {
                    problems.push(format!("{path}:{line}: {problem}"));
                }
            } else if !known.contains(section) {
                problems.push(format!("{path}:{line}: there is no section {section}"));
            }
        }
        let own = known.iter().find(|section| section.page() == page.path);
        let document = Document::new(&page.path, &page.text);
        let foreign = own::foreign(&document, own, &directives);
        let sentence = |(line, what)| format!("{}:{line}: {what}", page.path);
        problems.extend(foreign.into_iter().map(sentence));
    }
    problems
}

/// Sections without a page, or with one that does not show them.
fn of_sections(
    project: &Project,
    known: &[Section],
    captured: &[Section],
    pages: &[Page],
) -> Vec<String> {
    let summary = sources::summary(pages);
    let mut problems = Vec::new();
    for section in known {
        let path = section.page();
        let Some(page) = pages.iter().find(|page| page.path == path) else {
            problems.push(format!(
                "{path}: the section {section} has no page: write it"
            ));
            continue;
        };
        let link = format!("{}/{}.md", section.chapter, section.name);
        if !summary.contains(&format!("({link})")) {
            problems.push(format!("{SUMMARY}: {link} is not in it"));
        }
        let shows = match captured.contains(section) {
            false => Shows::Program,
            true if project.root.join(section.script()).is_file() => Shows::ProgramAndOutput,
            true => Shows::All,
        };
        // What is wrong with the directives themselves is reported elsewhere.
        let directives = sources::directives(&page.text).unwrap_or_default();
        let missing = own::missing(section, shows, &directives);
        problems.extend(missing.iter().map(|what| format!("{path}:1: {what}")));
    }
    problems
}

/// What is wrong with a captured run by itself: it was changed by hand.
fn of_captured(project: &Project, section: &Section) -> Option<String> {
    let path = section.captured("ansi");
    let run = match captured::read(project, section) {
        Ok(run) => run,
        Err(problem) => return Some(format!("{path}: {problem}")),
    };
    let source = std::fs::read_to_string(project.root.join(section.source()));
    let fit = legal::fit_to_show_as(&run, &source.unwrap_or_default());
    fit.err()
        .map(|why| format!("{path}: {why}; {}", captured::again(section)))
}

/// Exercises that no page has.
fn of_exercises(project: &Project, pages: &[Page]) -> Result<Vec<String>, String> {
    let mut shown = BTreeSet::new();
    for page in pages {
        let directives = sources::directives(&page.text).unwrap_or_default();
        let exercises = directives
            .into_iter()
            .filter(|one| one.word == Word::Exercise);
        shown.extend(exercises.map(|one| one.section));
    }
    let listed = exercise::listed(project)?.into_iter();
    let missing = listed.filter(|exercise| !shown.contains(exercise));
    let sentence = |Section { chapter, name }| {
        format!("mdbook/src/{chapter}: no page has {{{{#exercise {chapter} {name}}}}}")
    };
    Ok(missing.map(sentence).collect())
}

/// README.md and the other Markdown files that are no pages.
fn others(project: &Project) -> Result<Vec<Document>, String> {
    let mut documents = Vec::new();
    for folder in FOLDERS {
        let entries = std::fs::read_dir(project.root.join(folder));
        let entries = entries.map_err(|error| format!("cannot read {folder}: {error}"))?;
        let mut names: Vec<String> = (entries.filter_map(Result::ok))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".md"))
            .collect();
        names.sort();
        for name in names {
            let path = match folder {
                "." => name,
                _ => format!("{folder}/{name}"),
            };
            let text = std::fs::read_to_string(project.root.join(&path))
                .map_err(|error| format!("{path} cannot be read: {error}"))?;
            documents.push(Document::new(&path, &text));
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn project() -> Project {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        Project {
            root: root.to_path_buf(),
        }
    }

    #[test]
    fn an_exercise_without_a_page_is_reported() {
        let mut pages = sources::pages(&project()).unwrap();
        let missing = |pages: &[Page]| of_exercises(&project(), pages).unwrap().len();
        assert_eq!(missing(&pages), 0);
        for page in &mut pages {
            page.text = page.text.replace("{{#exercise", "{{exercise");
        }
        assert_eq!(missing(&pages), exercise::listed(&project()).unwrap().len());
    }
}
