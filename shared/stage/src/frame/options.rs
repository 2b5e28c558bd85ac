//! The options of a section.

use parking_lot::Mutex;

/// An option of one section, declared where the chapter lists the section. It appears
/// in `--help` and is checked before the section starts; [`option`] reads it.
///
/// ```
/// use stage::frame::{Opt, Value};
///
/// let workers = Opt::new("workers", Value::Count { min: 1, max: 500 }, "how many crawl at once");
/// assert_eq!(workers.name, "workers");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// The value that it takes.
    pub value: Value,
    /// What it does, in a few words.
    pub help: &'static str,
    /// Options of the same section that cannot be given together with this one.
    pub without: &'static [&'static str],
}

/// The value that an option takes.
///
/// ```
/// let value = stage::frame::Value::OneOf(&["connected", "timeout"]);
/// assert_eq!(format!("{value:?}"), r#"OneOf(["connected", "timeout"])"#);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Value {
    /// None: the option is given or not.
    Flag,
    /// A whole number from `min` to `max`.
    Count {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A number of seconds, 0 or more.
    Seconds,
    /// An address such as `127.0.0.1:8888`.
    Address,
    /// A file or folder.
    Path,
    /// Anything.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl Opt {
    /// An option.
    ///
    /// ```
    /// use stage::frame::{Opt, Value};
    /// let upper = Opt::new("upper", Value::Flag, "answers in upper case");
    /// assert_eq!(upper.help, "answers in upper case");
    /// ```
    pub const fn new(name: &'static str, value: Value, help: &'static str) -> Self {
        Opt {
            name,
            value,
            help,
            without: &[],
        }
    }

    /// The same option, but not together with any of these.
    ///
    /// ```
    /// use stage::frame::{Opt, Value};
    /// let loud = Opt::new("loud", Value::Flag, "answers in upper case").without(&["quiet"]);
    /// assert_eq!(loud.without, ["quiet"]);
    /// ```
    #[must_use]
    pub const fn without(self, others: &'static [&'static str]) -> Self {
        Opt {
            without: others,
            ..self
        }
    }

    /// The form that the help shows: `--workers N`.
    pub(super) fn usage(&self) -> String {
        match self.value {
            Value::Flag => format!("--{}", self.name),
            Value::Count { .. } => format!("--{} N", self.name),
            Value::Seconds => format!("--{} S", self.name),
            Value::Address => format!("--{} HOST:PORT", self.name),
            Value::Path => format!("--{} PATH", self.name),
            Value::Text => format!("--{} TEXT", self.name),
            Value::OneOf(words) => format!("--{} {}", self.name, words.join("|")),
        }
    }

    /// What is wrong with `given`, as the end of a sentence.
    pub(super) fn complaint(&self, given: &str) -> Option<String> {
        match self.value {
            Value::Flag | Value::Path | Value::Text if !given.is_empty() => None,
            Value::Flag | Value::Path | Value::Text => Some("something behind it".to_string()),
            Value::Count { min, max } => {
                let fits = given
                    .parse()
                    .is_ok_and(|number: u64| (min..=max).contains(&number));
                (!fits).then(|| format!("a whole number from {min} to {max}"))
            }
            Value::Seconds => {
                let fits = given
                    .parse()
                    .is_ok_and(|seconds: f64| (0.0..=1e6).contains(&seconds));
                (!fits).then(|| "a number of seconds, 0 or more".to_string())
            }
            Value::Address => {
                let fits = given
                    .rsplit_once(':')
                    .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
                (!fits).then(|| "an address such as 127.0.0.1:8888".to_string())
            }
            Value::OneOf(words) => {
                (!words.contains(&given)).then(|| format!("one of: {}", words.join(", ")))
            }
        }
    }
}

static OPTIONS: Mutex<Vec<(&'static str, String)>> = Mutex::new(Vec::new());

/// The value that was given for this option of the section, if any. It has been
/// checked against the declaration, so parsing it cannot fail.
///
/// ```
/// let workers: usize = stage::frame::option("workers").map_or(50, |n| n.parse().unwrap());
/// assert_eq!(workers, 50);
/// ```
pub fn option(name: &str) -> Option<String> {
    let options = OPTIONS.lock();
    // If an option is given twice, the last one counts, as with other programs.
    let given = options.iter().rev().find(|(known, _)| *known == name);
    given.map(|(_, value)| value.clone())
}

/// From now on these options are given.
pub(super) fn give(options: Vec<(&'static str, String)>) {
    *OPTIONS.lock() = options;
}
