//! What is wrong with the arrows of one crate, in sentences.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::arrows::Found;

type Arrow<'a> = &'a (PathBuf, PathBuf);

/// Circles among the files. Each file that is part of a circle is named in one.
pub fn circles(found: &Found) -> Vec<String> {
    let mut named = BTreeSet::new();
    let mut circles = Vec::new();
    for file in found.files.keys() {
        if !named.contains(file)
            && let Some(circle) = circle(found, file)
        {
            named.extend(circle.iter().map(|(from, _)| from));
            let arrows: Vec<String> = circle.iter().map(|arrow| shown(found, arrow)).collect();
            circles.push(format!("a circle: {}", arrows.join(", ")));
        }
    }
    circles
}

/// A shortest way along the arrows from a file back to it.
fn circle<'a>(found: &'a Found, file: &Path) -> Option<Vec<Arrow<'a>>> {
    let mut reached = BTreeSet::new();
    let mut ways = VecDeque::from([Vec::<Arrow>::new()]);
    while let Some(way) = ways.pop_front() {
        let end = way.last().map_or(file, |(_, to)| to);
        if end == file && !way.is_empty() {
            return Some(way);
        }
        for next in found.arrows.keys().filter(|(from, _)| from == end) {
            if reached.insert(&next.1) {
                ways.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

/// A section never imports another section: only the chapter's `main.rs` does.
pub fn between_sections(found: &Found, main: &Path) -> Vec<String> {
    let arrows = found.arrows.keys().filter(|(from, _)| from != main);
    let sentence = |arrow| format!("{}: a section has to stand alone", shown(found, arrow));
    arrows.map(sentence).collect()
}

/// Arrows from a module to one that comes later in `order`. The root of the crate
/// comes last.
pub fn upwards(found: &Found, order: &[&str]) -> Vec<String> {
    let place = |file: &PathBuf| match found.files[file].split("::").next() {
        None | Some("") => Some(order.len()),
        Some(top) => order.iter().position(|name| *name == top),
    };
    let strays = found.files.iter().filter(|(file, _)| place(file).is_none());
    let mut problems: Vec<String> = strays
        .map(|(file, module)| {
            let file = file.display();
            format!("{file}: the module `{module}` has no place in the order of the modules")
        })
        .collect();
    for arrow in found.arrows.keys() {
        if let (Some(from), Some(to)) = (place(&arrow.0), place(&arrow.1))
            && from < to
        {
            problems.push(format!("{}, which stands above it", shown(found, arrow)));
        }
    }
    problems
}

/// Lines of a file that have a path into that folder.
pub fn naming(file: &Path, text: &str, folder: &str) -> Vec<String> {
    let (file, folder) = (file.display(), format!("{folder}/"));
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| line.contains(&folder));
    let sentence =
        |(_, line)| format!("{file}:{line} names `{folder}`, which only the package in it may");
    lines.map(sentence).collect()
}

pub fn shown(found: &Found, arrow: Arrow) -> String {
    let (from, to) = arrow;
    let module = match found.files[to].as_str() {
        "" => to.file_name().unwrap_or_default().to_string_lossy(),
        module => module.into(),
    };
    format!("{}:{} uses `{module}`", from.display(), found.arrows[arrow])
}
