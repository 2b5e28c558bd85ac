//! What the book takes from `stage`: the record of a run as a section writes it, and its
//! picture. No other file of this package names that library.

pub use stage::record::{About, ActorKind, Entry, EntryId, Kind};

use stage::timeline::Timeline;

/// The picture of a run as an SVG. Its ids begin with `id`: a page may show several
/// pictures. `None` if nothing was recorded.
#[must_use]
pub fn timeline_svg(entries: &[Entry], id: &str, title: &str) -> Option<String> {
    (!entries.is_empty()).then(|| Timeline::new(entries).to_svg(id, title))
}
