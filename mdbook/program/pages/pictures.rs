//! Pictures without words for those who cannot see them.

use std::path::Path;

use scraper::ElementRef;

use super::page::{Page, Problem, selector};

/// The pictures of a page that are neither described nor marked as decoration.
pub fn without_words(path: &Path, page: &Page) -> Vec<Problem> {
    let mut problems = Vec::new();
    // mdBook's own icons are beside words that say the same.
    for picture in page.html.select(&selector(
        "main img, main svg:not(.fa-svg svg, .blockquote-tag-title svg)",
    )) {
        if !has_words(picture) {
            let source = picture.attr("src").unwrap_or(picture.value().name());
            let what = format!("the picture `{source}` has no words for those who cannot see it");
            problems.push(Problem::new(path, source, what));
        }
    }
    problems
}

/// Whether a picture is described, or is marked as decoration.
fn has_words(picture: ElementRef<'_>) -> bool {
    let given = |name| {
        picture
            .attr(name)
            .is_some_and(|text| !text.trim().is_empty())
    };
    if picture.attr("aria-hidden") == Some("true") || given("aria-label") {
        return true;
    }
    if picture.value().name() == "img" {
        // An empty text marks a decoration.
        return picture.attr("alt").is_some();
    }
    let inside = picture
        .ancestors()
        .filter_map(ElementRef::wrap)
        .any(|outer| {
            // A part of a picture that is described as a whole.
            outer.value().name() == "svg" || outer.attr("aria-hidden") == Some("true")
        });
    let title = picture
        .children()
        .filter_map(ElementRef::wrap)
        .any(|child| {
            matches!(child.value().name(), "title" | "desc")
                && child.text().any(|text| !text.trim().is_empty())
        });
    inside || given("aria-labelledby") || title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_need_words() {
        let path = Path::new("a.html");
        let with = "<main><img alt='a cat'><svg><title>A cat</title></svg>\
                    <svg aria-label='A cat'><g><svg></svg></g></svg><svg aria-hidden='true'></svg>\
                    <svg aria-label='A cat'><svg></svg></svg></main>";
        assert!(without_words(path, &Page::new(with)).is_empty());
        let without = "<main><img src='cat.png'><svg><text>cat</text></svg></main>";
        assert_eq!(without_words(path, &Page::new(without)).len(), 2);
    }
}
