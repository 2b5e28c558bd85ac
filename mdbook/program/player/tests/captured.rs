//! Every captured run can be played.

use std::collections::BTreeSet;

use crate::ansi;
use crate::captured::{self, Captured};
use crate::picture::Naming;
use crate::player::page;
use crate::player::step::{MOST, Step};
use crate::player::steps::steps;
use crate::project::{Project, Section};
use crate::record::Kind;

/// The sections that were captured.
fn sections(project: &Project) -> Vec<Section> {
    let files = crate::files::below(&project.captured()).expect("the captured runs can be read");
    let names = files.iter().filter_map(|file| {
        let name = file.file_name()?.to_str()?.strip_suffix(".events.json")?;
        let chapter = file.parent()?.file_name()?.to_str()?;
        Some(Section::new(chapter, name))
    });
    names.collect()
}

fn all() -> Vec<(Section, Captured, Vec<Step>)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let project = Project { root: root.into() };
    let played = sections(&project).into_iter().map(|section| {
        let captured = captured::read(&project, &section).expect("the run can be read");
        let naming = Naming::new(&captured.log, &Default::default());
        let steps = steps(&captured.log, &naming, &captured.output);
        (section, captured, steps)
    });
    played.collect()
}

/// The player of every captured section: at most a hundred steps, each with a sentence,
/// with lines that exist and with bars that an event begins.
#[test]
fn every_captured_run_is_told_in_at_most_a_hundred_steps() {
    let all = all();
    assert!(all.len() > 20, "there are only {}", all.len());
    for (section, captured, steps) in &all {
        let source = std::fs::read_to_string(
            [env!("CARGO_MANIFEST_DIR"), "..", &section.source()].join("/"),
        );
        let source = source.expect("the section has a source").lines().count();
        let printed = captured.output.lines().count();
        let events = captured.log.events.len();
        assert!(
            (1..=MOST).contains(&steps.len()),
            "{section}: {}",
            steps.len()
        );
        let mut latest = 0;
        for (number, step) in steps.iter().enumerate() {
            let name = format!("{section}, step {}: {}", number + 1, step.words);
            assert!(step.words.ends_with('.'), "{name}");
            assert!((10..400).contains(&step.words.chars().count()), "{name}");
            assert!(
                !step.words.contains("  ") && !step.words.contains('\n'),
                "{name}"
            );
            assert!(step.at >= latest, "{name}");
            latest = step.at;
            if let Some(line) = step.line {
                assert!(
                    (1..=source).contains(&(line as usize)),
                    "{name}: line {line}"
                );
            }
            for (first, last) in &step.printed {
                assert!(
                    1 <= *first && first <= last && *last <= printed,
                    "{name}: {first} to {last}"
                );
            }
            for (first, last) in &step.bars {
                assert!(first <= last && *last < events, "{name}: {first} to {last}");
            }
        }
    }
}

/// Each printed line of an actor is lit in some step, in the order in which they were
/// printed.
#[test]
fn every_printed_line_is_lit() {
    for (section, captured, steps) in &all() {
        let output = ansi::plain(&captured.output);
        let said = output.lines().enumerate().filter(|(_, line)| {
            line.contains('│')
                && !line
                    .split('│')
                    .next()
                    .unwrap_or_default()
                    .contains("lesson")
        });
        let said: BTreeSet<usize> = said.map(|(number, _)| number + 1).collect();
        let lit = steps.iter().flat_map(|step| &step.printed);
        let lit: BTreeSet<usize> = lit.flat_map(|(first, last)| *first..=*last).collect();
        let missing: Vec<&usize> = said.difference(&lit).collect();
        assert!(missing.is_empty(), "{section}: {missing:?}");
        let tables = captured
            .log
            .events
            .iter()
            .any(|event| event.kind == Kind::Step);
        let ends = steps
            .iter()
            .filter_map(|step| Some((step.printed.last()?.1, step.at)));
        let ends: Vec<(usize, u64)> = ends.collect();
        for pair in ends.windows(2).filter(|_| !tables) {
            // Two threads may print in the other order than they entered their lines.
            let at_once = pair[1].1 - pair[0].1 < 20_000;
            assert!(pair[0].0 < pair[1].0 || at_once, "{section}: {pair:?}");
        }
    }
}

/// What stands on the page has no blank line, which would end the HTML, and nothing in it
/// is taken for a tag.
#[test]
fn the_steps_are_whole_html() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let project = Project { root: root.into() };
    let section = Section::new("pools", "bounded");
    let html = page::html(&project, &section, "").expect("the run can be played");
    assert!(!html.contains("\n\n"));
    let parsed = scraper::Html::parse_fragment(&html);
    let items = scraper::Selector::parse("li").expect("a selector");
    let first = parsed.select(&items).next().expect("there is a step");
    assert_eq!(
        first.text().collect::<String>(),
        "main makes pool-0, a pool of at most five workers."
    );
    assert_eq!(parsed.select(&items).count(), html.matches("<li").count());
}
