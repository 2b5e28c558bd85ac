//! `cargo book check`: whether the book still tells the truth.
//!
//! Every section runs again and is compared with its captured run. Every page is
//! checked, as it is written and as it is built.

use std::collections::BTreeSet;

use crate::captured::{self, Captured};
use crate::legal::{self, Complaint, Verdict};
use crate::project::{Project, Section};
use crate::runner::{self, Programs};
use crate::sources::{self, Directive, Page, Word};
use crate::{exercise, html, pages, picture};

/// The pace of a section's first run. The orders of the clock can be checked at any
/// pace; this one saves time and seldom needs a second run.
const SPEED: f64 = 8.0;

/// The number of runs after which a late machine counts as a failure.
const TRIES: usize = 4;

pub fn check(project: &Project, wanted: &[String]) -> Result<(), String> {
    let speed = first_speed()?;
    let mut programs = runner::build(project)?;
    programs.clean_up()?;
    let only_pages = wanted.iter().any(|word| word == "pages");
    let wanted: Vec<String> = wanted
        .iter()
        .filter(|word| *word != "pages")
        .cloned()
        .collect();
    let sections = if only_pages && wanted.is_empty() {
        Vec::new()
    } else {
        programs.chosen(&wanted)?
    };
    let pages = sources::pages(project)?;
    let mut problems = Vec::new();
    for section in &sections {
        match check_section(project, &programs, section, speed, &pages) {
            Ok(()) => println!("{section}: as in the book"),
            Err(found) => {
                println!("{section}: NOT as in the book");
                problems.extend(found);
            }
        }
    }
    if only_pages || wanted.is_empty() {
        let known: Vec<Section> = (programs.sections()?.into_iter())
            .map(|listed| listed.section)
            .collect();
        let mut about_pages = check_pages(project, &known, &sections, &pages)?;
        about_pages.extend(match html::build(project) {
            Ok(()) => pages::problems(project)?,
            Err(problem) => vec![problem],
        });
        about_pages.extend(picture::problem(project));
        if about_pages.is_empty() {
            println!("{} pages: in order", pages.len());
        }
        problems.extend(about_pages);
    }
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert(problem.clone()));
    match problems.len() {
        0 => Ok(()),
        1 => Err(format!("\n{}", problems[0])),
        count => Err(format!("\n{}\n{count} problems", problems.join("\n"))),
    }
}

fn first_speed() -> Result<f64, String> {
    let Some(value) = std::env::var_os("LESSON_SPEED") else {
        return Ok(SPEED);
    };
    let value = value.to_string_lossy();
    (value.parse().ok())
        .filter(|speed| (0.01..=1000.0).contains(speed))
        .ok_or_else(|| format!("LESSON_SPEED takes a number from 0.01 to 1000, not `{value}`"))
}

fn check_section(
    project: &Project,
    programs: &Programs,
    section: &Section,
    mut speed: f64,
    pages: &[Page],
) -> Result<(), Vec<String>> {
    let place = shown_at(section, pages);
    let captured = captured::read(project, section).map_err(|problem| vec![problem])?;
    let mut tries = 0;
    let (complaints, late) = loop {
        tries += 1;
        let run = programs
            .run(section, speed)
            .map_err(|problem| vec![format!("{place}: {problem}")])?;
        match legal::compare(&captured, &run.captured) {
            Verdict::Legal => return Ok(()),
            Verdict::Illegal(complaints) => break (complaints, false),
            Verdict::Unclear(complaints, _) if tries == TRIES => break (complaints, true),
            Verdict::Unclear(_, fraction) => speed = (speed * fraction).max(0.25),
        }
    };
    let mut problems: Vec<String> = complaints
        .iter()
        .map(|complaint| sentence(section, &place, complaint, &captured))
        .collect();
    if late {
        problems.push(format!(
            "{place}: the machine was too late in {TRIES} runs, the last one at speed {speed:.2}, \
             so the orders may be right"
        ));
    }
    Err(problems)
}

fn sentence(section: &Section, place: &str, complaint: &Complaint, captured: &Captured) -> String {
    let what = &complaint.what;
    match complaint.line {
        None => format!("{place}: {what}"),
        Some(line) => {
            let plain = crate::ansi::plain(&captured.output);
            let text = plain.lines().nth(line - 1).unwrap_or_default().trim();
            let file = section.captured("ansi");
            format!("{place}: {what}\n    {file}:{line}: {text}")
        }
    }
}

fn is_whole_output(directive: &Directive) -> bool {
    directive.word == Word::Output && directive.part.is_none()
}

/// The page and the line that show the section's output.
fn shown_at(section: &Section, pages: &[Page]) -> String {
    for page in pages {
        for directive in sources::directives(&page.text).unwrap_or_default() {
            if is_whole_output(&directive) && directive.section == *section {
                return format!("{}:{}", page.path, directive.line);
            }
        }
    }
    format!("{}:1", section.page())
}

/// What is wrong with the pages as they are written, given the list of sections.
fn check_pages(
    project: &Project,
    known: &[Section],
    captured: &[Section],
    pages: &[Page],
) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    let mut shown = BTreeSet::new();
    let mut exercises = BTreeSet::new();
    for page in pages {
        problems.extend(sources::broken_includes(page));
        let directives = match sources::directives(&page.text) {
            Ok(directives) => directives,
            Err((line, problem)) => {
                problems.push(format!("{}:{line}: {problem}", page.path));
                continue;
            }
        };
        for directive in directives {
            let (path, line, section) = (&page.path, directive.line, &directive.section);
            if directive.word == Word::Exercise {
                exercises.insert(section.clone());
                if let Err(problem) = exercise::part(project, section) {
                    problems.push(format!("{path}:{line}: {problem}"));
                }
            } else if !known.contains(section) {
                problems.push(format!("{path}:{line}: there is no section {section}"));
            } else if is_whole_output(&directive) {
                shown.insert((page.path.clone(), section.clone()));
                if let Err(problem) = captured::text_of(project, section, "ansi") {
                    problems.push(format!("{path}:{line}: {problem}"));
                }
            }
        }
    }
    let summary = pages
        .iter()
        .find(|page| page.path == "mdbook/src/SUMMARY.md");
    let summary = summary.map_or("", |page| page.text.as_str());
    for section in known {
        let path = section.page();
        let link = format!("{}/{}.md", section.chapter, section.name);
        if !pages.iter().any(|page| page.path == path) {
            problems.push(format!("{path}: the section {section} has no page"));
        } else if !summary.contains(&format!("({link})")) {
            problems.push(format!("mdbook/src/SUMMARY.md: {link} is not in it"));
        } else if captured.contains(section) && !shown.contains(&(path.clone(), section.clone())) {
            problems.push(format!("{path}: it does not show what {section} prints"));
        }
    }
    for exercise in exercise::listed(project)? {
        if !exercises.contains(&exercise) {
            let Section { chapter, name } = &exercise;
            problems.push(format!(
                "mdbook/src/{chapter}: no page has {{{{#exercise {chapter} {name}}}}}"
            ));
        }
    }
    for path in captured::orphans(project, known)? {
        problems.push(format!("{path}: it belongs to no section"));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn an_exercise_without_a_page_is_reported() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let project = Project {
            root: root.to_path_buf(),
        };
        let mut pages = sources::pages(&project).unwrap();
        let missing = |pages: &[Page]| {
            let mut problems = check_pages(&project, &[], &[], pages).unwrap();
            problems.retain(|problem| problem.contains("no page has {{#exercise"));
            problems.len()
        };
        assert_eq!(missing(&pages), 0);
        for page in &mut pages {
            page.text = page.text.replace("{{#exercise", "{{exercise");
        }
        let listed = exercise::listed(&project).unwrap();
        assert_eq!(missing(&pages), listed.len());
    }
}
