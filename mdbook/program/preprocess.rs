//! Replaces the directives of the pages:
//!
//! | directive | what replaces it |
//! |---|---|
//! | `{{#listing pools bounded}}` | the section's program, with the name of its file and the command that runs it |
//! | `{{#listing pools bounded main}}` | one function of it |
//! | `{{#output pools bounded}}` | what it printed |
//! | `{{#output pools bounded 1..4}}` | some lines of it |
//! | `{{#quote pools bounded task 1 ends}}` | these words, if it printed them |
//! | `{{#count pools bounded ends}}` | the number of its lines with these words |
//! | `{{#run pools bounded}}caption{{#end}}` | its output, the picture of that run, and the caption |
//! | `{{#timeline pools bounded}}` | the timeline of that run |
//! | `{{#plot sync_vs_async polling}}` | a plot of the figures that it printed (see [`plot`]) |
//! | `{{#exercise pools task_queue}}` | an exercise: the task, the commands, the hints |
//!
//! A directive that cannot be replaced stops the build: an empty block on a page would
//! not be noticed.

use std::io;

use mdbook_driver::book::{Book, BookItem};
use mdbook_driver::errors::{Error, Result as MdBookResult};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::project::{Project, Section};
use crate::sources::{self, Directive, Word};
use crate::text::has_words;
use crate::{ansi, captured, exercise, plot};

/// Its name in `book.toml`.
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

/// The preprocessor as a command: reads a book from standard input and writes it to
/// standard output.
pub fn over_pipes() -> Result<(), String> {
    let (context, book) =
        mdbook_preprocessor::parse_input(io::stdin()).map_err(|error| format!("{error:#}"))?;
    let book = Lessons
        .run(&context, book)
        .map_err(|error| format!("{error:#}"))?;
    serde_json::to_writer(io::stdout(), &book).map_err(|error| error.to_string())
}

/// The page with its directives replaced. The error is the line of a wrong one, and what
/// is wrong with it.
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
    Ok(done.replace(sources::END, ""))
}

fn html_of(project: &Project, directive: &Directive) -> Result<String, String> {
    let section = &directive.section;
    let part = directive.part.as_deref();
    let captured = |ending| captured::text_of(project, section, ending);
    let words = || part.ok_or("the directive needs the words after the section's name".to_string());
    match directive.word {
        Word::Output => {
            let output = captured("ansi")?;
            let lines = part.map_or(Ok(output.clone()), |part| some_lines(&output, part))?;
            Ok(terminal(section, &lines))
        }
        Word::Quote => {
            let words = words()?;
            match lines_with(&captured("ansi")?, words) {
                0 => Err(format!("{section} does not print “{words}”")),
                _ => Ok(format!("<q class=\"printed\">{}</q>", ansi::escaped(words))),
            }
        }
        Word::Count => match lines_with(&captured("ansi")?, words()?) {
            0 => Err(format!("{section} does not print “{}”", words()?)),
            count => Ok(count.to_string()),
        },
        Word::Timeline => picture(section, &captured("svg")?),
        Word::Run => Ok(format!(
            "{}\n{}\n",
            terminal(section, &captured("ansi")?),
            picture(section, &captured("svg")?)?
        )),
        Word::Plot => Ok(format!(
            "<figure class=\"timeline plot\">\n{}\n</figure>\n",
            plot::svg(section, &captured("ansi")?)?
        )),
        Word::Exercise => exercise::part(project, section),
        Word::Listing => {
            let path = section.source();
            let code = std::fs::read_to_string(project.root.join(&path))
                .map_err(|error| format!("the program {path} cannot be read: {error}"))?;
            match part {
                None => Ok(listing(section, &code)),
                Some(name) => function(&code, name)
                    .map(rust)
                    .ok_or_else(|| format!("{path} has no function `{name}`")),
            }
        }
    }
}

fn lines_with(output: &str, words: &str) -> usize {
    let plain = ansi::plain(output);
    plain.lines().filter(|line| has_words(line, words)).count()
}

/// The lines `1..4`, both included.
fn some_lines(output: &str, part: &str) -> Result<String, String> {
    let lines: Vec<&str> = output.lines().collect();
    let range = part.split_once("..").and_then(|(first, last)| {
        let first: usize = first.parse().ok()?;
        lines.get(first.checked_sub(1)?..last.parse().ok()?)
    });
    let range =
        range.ok_or_else(|| format!("`{part}` are no lines of the output, such as 1..4"))?;
    Ok(range.join("\n"))
}

/// One function of a program that is formatted as usual.
fn function<'a>(code: &'a str, name: &str) -> Option<&'a str> {
    let begin = [format!("fn {name}("), format!("pub fn {name}(")];
    let mut place = 0;
    let mut start = None;
    for line in code.split_inclusive('\n') {
        if start.is_none() && begin.iter().any(|begin| line.starts_with(begin.as_str())) {
            start = Some(place);
        }
        place += line.len();
        if let (Some(start), "}") = (start, line.trim_end()) {
            return Some(&code[start..place]);
        }
    }
    None
}

/// The command and what it printed, as on a terminal.
fn terminal(section: &Section, output: &str) -> String {
    // A blank line would end the HTML block for the Markdown parser.
    let html = ansi::to_html(output)
        .trim_end()
        .replace("\n\n", "\n&#8203;\n");
    format!(
        "<figure class=\"terminal\" aria-label=\"What {section} printed\">\n\
         <pre><code class=\"nohighlight\"><span class=\"t-prompt\">$ </span>\
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
    let svg: Vec<&str> = svg[start..]
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    Ok(format!(
        "<figure class=\"timeline\">\n{}\n</figure>\n",
        svg.join("\n")
    ))
}

/// The program, under its name. Nothing to run it with: a remote playground
/// does not know the workbook.
fn listing(section: &Section, code: &str) -> String {
    format!(
        "<p class=\"listing-title\"><code>{}</code> <span>run it: <code>{}</code></span></p>\n\n{}",
        section.source(),
        section.command(),
        rust(code)
    )
}

/// Four backquotes: documentation in a program may hold three.
fn rust(code: &str) -> String {
    format!("````rust,noplayground\n{}\n````\n", code.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "use x;\n\npub fn main() -> Result {\n    go(1)\n}\n\nfn go(n: u8) {\n}\n";

    #[test]
    fn a_function_is_found_by_its_name() {
        assert_eq!(
            function(CODE, "main"),
            Some("pub fn main() -> Result {\n    go(1)\n}\n")
        );
        assert_eq!(function(CODE, "go"), Some("fn go(n: u8) {\n}\n"));
        assert_eq!(function(CODE, "g"), None);
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(some_lines("a\nb\nc\n", "2..3"), Ok("b\nc".to_string()));
        for part in ["0..1", "2..4", "3..1", "x"] {
            assert!(some_lines("a\nb\nc\n", part).is_err(), "{part}");
        }
        assert_eq!(
            lines_with("task 1 ends\n\x1b[1mtask\x1b[0m 2 ends\n", "ends"),
            2
        );
    }
}
