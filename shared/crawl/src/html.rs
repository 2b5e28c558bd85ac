//! Parses a page, within limits.
//!
//! The parser accepts every text, as a browser does, and some texts make it slow:
//! for each `<div>` it looks through all elements that are open, and for each
//! attribute through all that its element has. A page of two megabytes can keep it
//! busy for hours. So it is fed in small pieces, and given up between two of them.

use std::time::Duration;

use html5ever::driver::{Parser, parse_document};
use html5ever::tendril::TendrilSink;
use nix::time::{ClockId, clock_gettime};
use scraper::{Html, HtmlTreeSink};

use crate::limits::{DEPTH, NODES, PARSING};
use crate::trouble::Trouble;

/// A piece, in bytes. It opens two hundred elements at most.
const PIECE: usize = 1024;

pub(crate) fn parse(text: &str) -> Result<Html, Trouble> {
    parse_within(text, PARSING)
}

fn parse_within(text: &str, limit: Duration) -> Result<Html, Trouble> {
    let begun = processor_time();
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), Default::default());
    let mut rest = text;
    let mut checked = 0;
    while !rest.is_empty() {
        let piece = first_piece(rest);
        rest = &rest[piece.len()..];
        parser.process(piece.into());
        checked = check_nodes(&parser, checked)?;
        if processor_time().saturating_sub(begun) > limit {
            return Err(Trouble::SlowToParse(limit.as_millis() as u64));
        }
    }
    Ok(parser.finish())
}

fn first_piece(text: &str) -> &str {
    let mut end = PIECE.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Checks the nodes from number `checked` on, and returns how many there are.
fn check_nodes(parser: &Parser<HtmlTreeSink>, checked: usize) -> Result<usize, Trouble> {
    let html = parser.tokenizer.sink.sink.0.borrow();
    let nodes = html.tree.nodes();
    let count = nodes.len();
    if count > NODES {
        return Err(Trouble::TooMany(
            "nodes in the page".to_string(),
            NODES as u64,
        ));
    }
    for node in nodes.rev().take(count - checked) {
        if node.ancestors().nth(DEPTH).is_some() {
            return Err(Trouble::TooDeep(DEPTH as u64));
        }
    }
    Ok(count)
}

/// What this thread has used so far.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use scraper::Selector;

    use super::{parse, parse_within};
    use crate::trouble::Trouble;

    #[test]
    fn a_page_is_parsed_as_if_at_once() {
        let text = "<p title='好&eacute;'>Grüße</p>\r\n<!-- x --><td>é".repeat(200);
        let whole = scraper::Html::parse_document(&text);
        assert_eq!(parse(&text).unwrap(), whole);
    }

    #[test]
    fn what_is_nested_as_deep_as_allowed_is_found() {
        // Besides these there are the document, `html`, `body` and the link.
        let text = format!("{}<a>", "<div>".repeat(252));
        let html = parse(&text).unwrap();
        assert_eq!(html.select(&Selector::parse("a").unwrap()).count(), 1);
    }

    /// The depth of HTML and the time of parsing are bounded.
    #[test]
    fn hostile_pages_are_given_up() {
        let deep = Trouble::TooDeep(256);
        let many = Trouble::TooMany("nodes in the page".to_string(), 50_000);
        // At the end of each piece, the youngest node is not deep.
        let hidden = format!("{:1021}-->", "<div>".repeat(100) + "</html><!--");
        let formats: String = (0..100_000).map(|n| format!("<b a={n}>")).collect();
        for (text, trouble) in [
            ("<div>".repeat(257), deep.clone()),
            ("<div>".repeat(20_000), deep.clone()),
            (hidden.repeat(500), deep.clone()),
            ("<table><tr><td>".repeat(20_000), deep.clone()),
            ("<svg><g>".repeat(20_000), deep.clone()),
            (formats, deep),
            ("<br>".repeat(200_000), many),
        ] {
            assert_eq!(parse(&text).err(), Some(trouble), "{text:.40}");
        }
        // Each is compared with all before it.
        let attributes: String = (0..20_000).map(|n| format!("a{n} ")).collect();
        let slow = parse_within(&format!("<a {attributes}>"), Duration::from_millis(20));
        assert_eq!(slow.err(), Some(Trouble::SlowToParse(20)));
    }
}
