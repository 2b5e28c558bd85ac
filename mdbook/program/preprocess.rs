//! The directives of the pages, resolved:
//!
//! - `\{{#listing pools bounded}}`: the section's program, with the name of its
//!   file and the command that runs it;
//! - `\{{#output pools bounded}}`: what it printed;
//! - `\{{#timeline pools bounded}}`: the picture of that run.
//!
//! One that cannot be resolved stops the build: an empty block in a book is
//! noticed by nobody.

use std::io;

use mdbook_driver::book::{Book, BookItem};
use mdbook_driver::errors::{Error, Result as MdBookResult};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::project::{Project, Section};
use crate::sources::{self, Directive, Word};
use crate::{ansi, captured};

/// As it is registered in `book.toml`.
pub const NAME: &str = "lessons";

/// The preprocessor, as mdBook sees it.
#[derive(Debug)]
pub struct Lessons;

impl Preprocessor for Lessons {
    fn name(&self) -> &str {
        NAME
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> MdBookResult<Book> {
        let root = context.root.canonicalize()?;
        let root = root.parent().unwrap_or(&root).to_path_buf();
        let project = Project { root };
        let mut problems = Vec::new();
        book.for_each_mut(|item| {
            if let BookItem::Chapter(page) = item {
                match resolved(&project, &page.content) {
                    Ok(text) => page.content = text,
                    Err((line, problem)) => {
                        let path = page.source_path.as_deref();
                        let path = path.map_or(page.name.clone(), |path| {
                            format!("mdbook/src/{}", path.display())
                        });
                        problems.push(format!("{path}:{line}: {problem}"));
                    }
                }
            }
        });
        if problems.is_empty() {
            Ok(book)
        } else {
            Err(Error::msg(problems.join("\n")))
        }
    }
}

/// As a command of its own: a book comes in on standard input and goes out on
/// standard output.
pub fn over_pipes() -> Result<(), String> {
    let (context, book) =
        mdbook_preprocessor::parse_input(io::stdin()).map_err(|error| format!("{error:#}"))?;
    let book = Lessons
        .run(&context, book)
        .map_err(|error| format!("{error:#}"))?;
    serde_json::to_writer(io::stdout(), &book).map_err(|error| error.to_string())
}

/// The page with its directives replaced, or the line of one that cannot be.
fn resolved(project: &Project, text: &str) -> Result<String, (usize, String)> {
    let mut done = String::new();
    let mut rest = 0;
    for directive in sources::directives(text)? {
        let html = html_of(project, &directive).map_err(|problem| (directive.line, problem))?;
        done.push_str(&text[rest..directive.place.start]);
        done.push_str(&html);
        rest = directive.place.end;
    }
    done.push_str(&text[rest..]);
    Ok(done)
}

fn html_of(project: &Project, directive: &Directive) -> Result<String, String> {
    let section = &directive.section;
    match directive.word {
        Word::Output => Ok(terminal(section, &captured::text_of(project, section, "ansi")?)),
        Word::Timeline => picture(section, &captured::text_of(project, section, "svg")?),
        Word::Listing => {
            let path = section.source();
            let code = std::fs::read_to_string(project.root.join(&path))
                .map_err(|error| format!("the program {path} cannot be read: {error}"))?;
            Ok(listing(section, &code))
        }
    }
}

/// The command and what it printed, as on a terminal.
fn terminal(section: &Section, output: &str) -> String {
    // A blank line would end the HTML block for the Markdown parser.
    let html = ansi::to_html(output).trim_end().replace("\n\n", "\n&#8203;\n");
    format!(
        "<figure class=\"terminal\">\n\
         <figcaption>Terminal</figcaption>\n\
         <pre tabindex=\"0\" role=\"region\" aria-label=\"What {section} printed\">\
         <code class=\"nohighlight\"><span class=\"t-prompt\">$ </span>\
         <span class=\"t-command\">{}</span>\n{html}</code></pre>\n\
         </figure>\n",
        section.command()
    )
}

/// The picture, inline, so that it takes its colours from the page's theme.
fn picture(section: &Section, svg: &str) -> Result<String, String> {
    let start = svg
        .find("<svg")
        .ok_or_else(|| format!("{} is no SVG", section.captured("svg")))?;
    let svg: Vec<&str> = svg[start..].lines().filter(|line| !line.trim().is_empty()).collect();
    Ok(format!(
        "<figure class=\"timeline\">\n\
         <div class=\"timeline-picture\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Timeline of {section}\">\n{}\n</div>\n\
         </figure>\n",
        svg.join("\n")
    ))
}

/// The program, under its name. Nothing to run it with: a remote playground
/// does not know the workbook.
fn listing(section: &Section, code: &str) -> String {
    format!(
        "<p class=\"listing-title\"><code>{}</code> · run it: <code>{}</code></p>\n\n\
         ```rust,noplayground,ignore\n{}\n```\n",
        section.source(),
        section.command(),
        code.trim_end()
    )
}
