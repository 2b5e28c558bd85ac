//! Circles among the files of a package.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::arrows::Arrow;

/// Shortest circles, so that each file that is in a circle is in one of them.
pub fn circles(arrows: &BTreeSet<Arrow>) -> Vec<Vec<&Arrow>> {
    let mut from: BTreeMap<&Path, Vec<&Arrow>> = BTreeMap::new();
    for arrow in arrows {
        from.entry(&arrow.from).or_default().push(arrow);
    }
    let mut circles: Vec<Vec<&Arrow>> = (arrows.iter())
        .filter_map(|arrow| {
            let mut circle = vec![arrow];
            circle.extend(way(&from, &arrow.to, &arrow.from)?);
            Some(circle)
        })
        .collect();
    circles.sort_by_key(Vec::len);
    let mut shown: BTreeSet<PathBuf> = BTreeSet::new();
    circles.retain(|circle| {
        let files: Vec<&PathBuf> = circle.iter().map(|arrow| &arrow.from).collect();
        let new = files.iter().any(|file| !shown.contains(*file));
        shown.extend(files.into_iter().cloned());
        new
    });
    circles
}

/// A shortest way along the arrows.
fn way<'a>(
    from: &BTreeMap<&Path, Vec<&'a Arrow>>,
    start: &'a Path,
    end: &Path,
) -> Option<Vec<&'a Arrow>> {
    let mut came_by: BTreeMap<&Path, &Arrow> = BTreeMap::new();
    let mut next = VecDeque::from([start]);
    while let Some(file) = next.pop_front() {
        if file == end {
            let mut way = Vec::new();
            let mut at = file;
            while at != start {
                let arrow = came_by[at];
                way.push(arrow);
                at = &arrow.from;
            }
            way.reverse();
            return Some(way);
        }
        for arrow in from.get(file).into_iter().flatten() {
            if arrow.to != start && !came_by.contains_key(arrow.to.as_path()) {
                came_by.insert(&arrow.to, arrow);
                next.push_back(&arrow.to);
            }
        }
    }
    None
}
