//! Words in a bar: one text for a wide page, one for a narrow one, or none where there is
//! no room. The style sheet chooses by the width of the picture in `em`, so that large
//! text counts as narrow.

use maud::{Markup, html};

/// The least width of a row in `em` on a wide page, and on a narrow one: that of the
/// container query in the style sheet, and of a phone, less the column of names.
const WIDE: f64 = 40.0;
const NARROW: f64 = 18.0;

/// The width of a character in `em`, and the room at both ends of a bar.
const CHARACTER: f64 = 0.56;
const MARGIN: f64 = 0.5;

/// A text in the middle of a bar of `width` per cent, around `x` per cent. Of the
/// texts, the first that fits is taken.
#[must_use]
pub fn label(class: &str, texts: &[&str], x: f64, y: f64, width: f64) -> Markup {
    let wide = fitting(texts, width * WIDE / 100.0);
    let narrow = fitting(texts, width * NARROW / 100.0);
    html! {
        @if wide == narrow {
            @if let Some(text) = wide { (words(&format!("{class} m"), text, x, y)) }
        } @else {
            @if let Some(text) = wide { (words(&format!("{class} m w"), text, x, y)) }
            @if let Some(text) = narrow { (words(&format!("{class} m n"), text, x, y)) }
        }
    }
}

/// Whether so many characters fit into so many per cent of a row on a narrow page.
#[must_use]
pub fn room(width: f64, characters: usize) -> bool {
    characters as f64 * CHARACTER <= width * NARROW / 100.0
}

fn fitting<'a>(texts: &[&'a str], room: f64) -> Option<&'a str> {
    let fits = |text: &&&str| text.chars().count() as f64 * CHARACTER + MARGIN <= room;
    texts
        .iter()
        .find(fits)
        .copied()
        .filter(|text| !text.is_empty())
}

/// A text at a place, its middle at `y` em.
#[must_use]
pub fn words(class: &str, text: &str, x: f64, y: f64) -> Markup {
    html! { text class=(class) x=(pct(x)) y=(em(y)) dy=".36em" { (text) } }
}

#[must_use]
pub fn pct(number: f64) -> String {
    format!("{}%", rounded(number))
}

#[must_use]
pub fn em(number: f64) -> String {
    format!("{}em", rounded(number))
}

/// With two decimals and without a negative zero, so that the same log gives the same
/// text.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0 + 0.0
}

/// Places in the log as the player reads them.
#[must_use]
pub fn ids(entries: &[usize]) -> Option<String> {
    let words: Vec<String> = entries.iter().map(usize::to_string).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
