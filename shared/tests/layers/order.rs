//! What is wrong with the arrows of one crate, in sentences.

use std::path::Path;

use crate::arrows::{Arrow, Found};
use crate::circles;

/// Each circle among the files of a crate.
pub fn circles(found: &Found) -> Vec<String> {
    let sentences = circles::circles(&found.arrows).into_iter().map(|circle| {
        let arrows: Vec<String> = circle.into_iter().map(shown).collect();
        format!("a circle: {}", arrows.join(", "))
    });
    sentences.collect()
}

/// A section never imports another section: only the chapter's `main.rs` does.
pub fn between_sections(found: &Found, main: &Path) -> Vec<String> {
    let arrows = found.arrows.iter().filter(|arrow| arrow.from != main);
    let sentence = |arrow| format!("{}: a section has to stand alone", shown(arrow));
    arrows.map(sentence).collect()
}

/// Arrows from a module to one that comes later in `order`. The root of the crate
/// comes last.
pub fn upwards(found: &Found, order: &[&str]) -> Vec<String> {
    let place = |module: &str| {
        let top = module.split("::").next().unwrap_or_default();
        match top {
            "" => Some(order.len()),
            top => order.iter().position(|name| *name == top),
        }
    };
    let mut problems = Vec::new();
    for (file, module) in &found.files {
        if place(module).is_none() {
            problems.push(format!(
                "{}: the module `{module}` has no place in the order of the modules",
                file.display()
            ));
        }
    }
    for arrow in &found.arrows {
        let from = found.files.get(&arrow.from).and_then(|from| place(from));
        if let (Some(from), Some(to)) = (from, place(&arrow.module))
            && from < to
        {
            problems.push(format!("{}, which stands above it", shown(arrow)));
        }
    }
    problems
}

/// Literal strings with a path into that folder.
pub fn naming(found: &Found, folder: &str) -> Vec<String> {
    let texts = found
        .texts
        .iter()
        .filter(|(_, _, text)| text.contains(folder));
    let sentence = |(file, line, _): &(std::path::PathBuf, usize, String)| {
        format!(
            "{}:{line} names `{folder}`, which only the package in it may",
            file.display()
        )
    };
    texts.map(sentence).collect()
}

fn shown(arrow: &Arrow) -> String {
    let module = match arrow.module.as_str() {
        "" => arrow.to.file_name().unwrap_or_default().to_string_lossy(),
        module => module.into(),
    };
    format!("{}:{} uses `{module}`", arrow.from.display(), arrow.line)
}
