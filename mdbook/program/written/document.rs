//! A Markdown file, taken apart: its code blocks, code spans, links and headings, each
//! with its line.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use crate::text::{line_of, pattern};

/// A Markdown file.
#[derive(Debug)]
pub struct Document {
    /// From the project's folder.
    pub path: String,
    pub text: String,
    pub blocks: Vec<Block>,
    pub spans: Vec<Span>,
    pub links: Vec<Link>,
    /// The first heading, without its marks.
    pub title: String,
    /// What a link can lead to.
    pub anchors: BTreeSet<String>,
}

/// A block of code between fences.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub language: String,
    pub text: String,
    /// The line of its first line of code.
    pub line: usize,
}

/// A link, or a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub address: String,
    /// What is shown of it.
    pub words: String,
    pub line: usize,
}

/// A piece of code.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub text: String,
    pub line: usize,
}

static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"<code>([^<]*)</code>"));

impl Document {
    pub fn new(path: &str, text: &str) -> Self {
        let mut document = Document {
            path: path.to_string(),
            text: text.to_string(),
            blocks: Vec::new(),
            spans: Vec::new(),
            links: Vec::new(),
            title: String::new(),
            anchors: BTreeSet::new(),
        };
        let mut block: Option<Block> = None;
        let mut heading: Option<String> = None;
        let mut linked = false;
        let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
        for (event, place) in Parser::new_ext(text, options).into_offset_iter() {
            let line = line_of(text, place.start);
            if let (Event::Code(words) | Event::Text(words), true, Some(link)) =
                (&event, linked, document.links.last_mut())
            {
                link.words.push_str(words);
            }
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let language = info.split([',', ' ']).next().unwrap_or_default();
                    block = Some(Block {
                        language: language.to_string(),
                        text: String::new(),
                        line: line + 1,
                    });
                }
                Event::End(TagEnd::CodeBlock) => document.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(Link {
                        address: dest_url.into_string(),
                        words: String::new(),
                        line,
                    });
                    linked = true;
                }
                Event::End(TagEnd::Link | TagEnd::Image) => linked = false,
                Event::Start(Tag::Heading { id, .. }) => {
                    heading = Some(String::new());
                    document.anchors.extend(id.map(|id| id.into_string()));
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some(title) = heading.take() {
                        document.add_anchor(&title);
                        if document.title.is_empty() {
                            document.title = title.trim().to_string();
                        }
                    }
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    document.spans.push(Span {
                        text: code.into_string(),
                        line,
                    });
                }
                Event::Text(words) => match (&mut block, &mut heading) {
                    (Some(block), _) => block.text.push_str(&words),
                    (None, Some(heading)) => heading.push_str(&words),
                    (None, None) => {}
                },
                Event::Html(html) | Event::InlineHtml(html) => {
                    for found in CODE.captures_iter(&html) {
                        let before = found.get(0).map_or(0, |found| found.start());
                        document.spans.push(Span {
                            text: found[1].replace("&lt;", "<").replace("&gt;", ">"),
                            line: line + line_of(&html, before) - 1,
                        });
                    }
                }
                _ => {}
            }
        }
        document
    }

    /// As GitHub and mdBook make it of a title.
    fn add_anchor(&mut self, title: &str) {
        let kept = title.trim().to_lowercase();
        let kept = kept.chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ => letter.is_alphanumeric().then_some(letter),
        });
        let name: String = kept.collect();
        let numbered = (1..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered);
        let anchor = free.into_iter().find(|name| !self.anchors.contains(name));
        self.anchors.extend(anchor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A `b`, c!\n\nSee `x y` and [z](z.md#here).\n\n## Two\n\n```console\n$ cargo run\nout\n```\n\n\
        <p class=\"f\"><span>5</span><code>a &lt;b&gt;</code></p>\n\n## Two\n\nend";

    #[test]
    fn everything_has_its_line() {
        let document = Document::new("a.md", TEXT);
        let block = Block {
            language: "console".to_string(),
            text: "$ cargo run\nout\n".to_string(),
            line: 8,
        };
        assert_eq!(document.blocks, [block]);
        let spans: Vec<(&str, usize)> = (document.spans.iter())
            .map(|span| (span.text.as_str(), span.line))
            .collect();
        assert_eq!(spans, [("b", 1), ("x y", 3), ("a <b>", 12)]);
        let link = Link {
            address: "z.md#here".to_string(),
            words: "z".to_string(),
            line: 3,
        };
        assert_eq!(document.links, [link]);
        assert_eq!(document.title, "A b, c!");
        let anchors: Vec<&str> = document.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["a-b-c", "two", "two-1"]);
    }
}
