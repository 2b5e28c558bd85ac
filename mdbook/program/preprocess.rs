//! Replaces the directives of the pages:
//!
//! | directive | what replaces it |
//! |---|---|
//! | `{{#listing pools bounded}}` | the section's program, with the name of its file and the command that runs it |
//! | `{{#listing pools bounded main}}` | one function of it |
//! | `{{#run pools bounded}}Three waves.{{#end}}` | what it printed, and the picture of that run with its caption; the options are in `picture/options.rs` |
//! | `{{#output pools bounded}}` | what it printed |
//! | `{{#output pools bounded 1..4}}` | some lines of it |
//! | `{{#timeline pools bounded}}` | the picture alone |
//! | `{{#quote pools bounded task 1 ends}}` | these words, if it printed them |
//! | `{{#count pools bounded ends}}` | the number of its lines with these words |
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
use crate::{ansi, captured, exercise, picture, player, plot};

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
        if directive.place.start < rest {
            // It is inside of another one.
            continue;
        }
        let at = |problem| (directive.line, problem);
        let html = match &directive.inside {
            None => html_of(project, &directive).map_err(at)?,
            Some(inside) => {
                let caption = resolved(project, &text[inside.clone()])
                    .map_err(|(line, problem)| (directive.line + line - 1, problem))?;
                run(project, &directive, caption.trim()).map_err(at)?
            }
        };
        done.push_str(&text[rest..directive.place.start]);
        done.push_str(&html);
        rest = directive.whole().end;
    }
    done.push_str(&text[rest..]);
    Ok(done)
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
            let first = part.and_then(|part| part.split("..").next()?.parse().ok());
            Ok(terminal(section, &lines, first.unwrap_or(1)))
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
        Word::Timeline => {
            let picture = picture::of_run(project, section, part.unwrap_or_default(), "A run")?;
            Ok(format!("<figure class=\"run\">\n{picture}</figure>\n"))
        }
        Word::Run => Err("the directive needs a caption and {{#end}}".to_string()),
        Word::Plot => {
            let plot = plot::html(section, &captured("ansi")?, "The figures.")?;
            Ok(format!(
                "<figure class=\"run\">\n{}\n</figure>\n",
                plot.into_string()
            ))
        }
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

/// The output of more lines than this scrolls, until the reader wants all of them.
const LINES: usize = 22;

/// What a section printed, its picture and its caption. The player adds to it what it
/// needs.
fn run(project: &Project, directive: &Directive, caption: &str) -> Result<String, String> {
    let section = &directive.section;
    let id = format!("run-{}-{}", section.chapter, section.name);
    let output = captured::text_of(project, section, "ansi")?;
    let options = directive.part.as_deref().unwrap_or_default();
    if caption.is_empty() {
        return Err("the picture has no caption".to_string());
    }
    let picture = picture::of_run(project, section, options, &ansi::words(caption))?;
    // Blank lines around the caption: it is Markdown.
    Ok(format!(
        "{}<figure class=\"run\" id=\"{id}\" aria-labelledby=\"{id}-caption\">\n{}\
         <figcaption id=\"{id}-caption\">\n\n{caption}\n\n</figcaption>\n</figure>\n{}",
        terminal(section, &output, 1),
        picture.replace("\n\n", "\n"),
        player::html(project, section, options)?,
    ))
}

/// The command and what it printed, as on a terminal. `first` is the number of the first
/// line.
fn terminal(section: &Section, output: &str, first: usize) -> String {
    let output = output.trim_end();
    let mut lines = String::new();
    for (line, number) in output.lines().zip(first..) {
        // A blank line would end the HTML block for the Markdown parser.
        let html = match line {
            "" => "&#8203;".to_string(),
            line => ansi::to_html(line),
        };
        lines.push_str(&format!("<span data-l=\"{number}\">{html}</span>\n"));
    }
    let (class, all) = match output.lines().count() {
        count if count > LINES => (
            "terminal long",
            format!(
                "<label class=\"all-lines\"><input type=\"checkbox\"> all {count} lines</label>\n"
            ),
        ),
        _ => ("terminal", String::new()),
    };
    format!(
        "<figure class=\"{class}\" data-section=\"{section}\" aria-label=\"What {section} printed\">\n\
         <pre><code class=\"nohighlight\"><span class=\"t-prompt\">$ </span>\
         <span class=\"t-command\">{}</span>\n{lines}</code></pre>\n{all}</figure>\n",
        section.command()
    )
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
