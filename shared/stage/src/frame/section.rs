//! A chapter and its sections.

use super::options::Opt;
use crate::outcome::Result;
use crate::run;

/// A chapter with its sections. Made by [`chapter!`](crate::chapter).
///
/// ```
/// use stage::frame::{Chapter, Section};
///
/// fn hello() {
///     stage::say!("hello");
/// }
///
/// let section = Section::new("hello", "//! Says hello.\n", || Ok(hello()));
/// let chapter = Chapter::new("greetings", "//! How to greet.\n", vec![section]);
/// chapter.run_with(["hello".into()]);
/// ```
#[derive(Debug)]
pub struct Chapter {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) sections: Vec<Section>,
}

/// A section: its name, its title and its program.
///
/// ```
/// let section = stage::frame::Section::new("empty", "//! Does nothing.\n", || Ok(()));
/// assert_eq!(section.title(), "Does nothing.");
/// ```
#[derive(Debug)]
pub struct Section {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) main: fn() -> Result,
    pub(super) options: &'static [Opt],
    pub(super) waits_for_a_person: bool,
}

impl Section {
    /// A section with the title that its `source` begins with.
    ///
    /// ```
    /// # use stage::frame::Section;
    /// assert_eq!(Section::new("a", "//! Title.\n", || Ok(())).title(), "Title.");
    /// ```
    pub fn new(name: &'static str, source: &'static str, main: fn() -> Result) -> Self {
        Section {
            name,
            title: title_of(source),
            main,
            options: &[],
            waits_for_a_person: false,
        }
    }

    /// With options of its own.
    ///
    /// ```
    /// use stage::frame::{Opt, Section, Value};
    ///
    /// const OPTIONS: &[Opt] = &[Opt::new("upper", Value::Flag, "answers in upper case")];
    /// let section = Section::new("echo", "//! Echo.\n", || Ok(())).options(OPTIONS);
    /// # let _ = section;
    /// ```
    #[must_use]
    pub fn options(mut self, options: &'static [Opt]) -> Self {
        self.options = options;
        self
    }

    /// Marks a section that waits for a person or for Ctrl-C: it runs only when it is
    /// named.
    ///
    /// ```
    /// # use stage::frame::Section;
    /// let section = Section::new("serve", "//! Serves.\n", || Ok(())).waits_for_a_person();
    /// # let _ = section;
    /// ```
    #[must_use]
    pub fn waits_for_a_person(mut self) -> Self {
        self.waits_for_a_person = true;
        self
    }

    /// What it is about, in a line.
    ///
    /// ```
    /// # use stage::frame::Section;
    /// assert_eq!(Section::new("a", "//! Title.\n", || Ok(())).title(), "Title.");
    /// ```
    pub fn title(&self) -> &str {
        &self.title
    }
}

impl Chapter {
    /// A chapter with the title that its `source` begins with.
    ///
    /// ```
    /// let chapter = stage::frame::Chapter::new("empty", "//! Nothing yet.\n", vec![]);
    /// # let _ = chapter;
    /// ```
    pub fn new(name: &'static str, source: &'static str, sections: Vec<Section>) -> Self {
        Chapter {
            name,
            title: title_of(source),
            sections,
        }
    }

    pub(super) fn list(&self) -> String {
        let width = self
            .sections
            .iter()
            .map(|section| section.name.len())
            .max()
            .unwrap_or(0);
        let line = |section: &Section| {
            let named = if section.waits_for_a_person {
                " (only when named)"
            } else {
                ""
            };
            format!("{:width$}  {}{named}\n", section.name, section.title)
        };
        self.sections.iter().map(line).collect()
    }

    pub(super) fn help(&self) -> String {
        let mut text = format!(
            "{}\n\n\
             cargo run --bin {} [SECTION]... [OPTION]...\n\n\
             Runs the sections that are named, or else all, in this order:\n\n",
            self.title, self.name
        );
        for line in self.list().lines() {
            text.push_str(&format!("    {line}\n"));
        }
        text.push_str(&format!(
            "\n\
             Options (directly behind `cargo run --bin {}`, write -- before them):\n\n\
             \x20   --speed N    simulated time runs N times faster (or set LESSON_SPEED)\n\
             \x20   --seed N     other random durations; the default is {}\n\
             \x20   --timeline   draw the timeline after each section\n\
             \x20   --trace FILE write the event log as a trace that Perfetto opens\n\
             \x20   --list       the sections, one line each\n\
             \x20   --help       this text\n",
            self.name,
            run::DEFAULT_SEED
        ));
        for section in self
            .sections
            .iter()
            .filter(|section| !section.options.is_empty())
        {
            text.push_str(&format!("\nOptions of {}:\n\n", section.name));
            for option in section.options {
                text.push_str(&format!("    {:<24} {}\n", option.usage(), option.help));
            }
        }
        text
    }
}

/// The first line of a file's documentation.
fn title_of(source: &str) -> String {
    let line = source.lines().find_map(|line| line.strip_prefix("//! "));
    line.unwrap_or("(without a title)").to_string()
}
