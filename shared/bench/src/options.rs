//! The options of the benchmarks.

use std::ffi::OsString;

use lexopt::prelude::*;

use crate::placement::Placement;

/// What is printed for `--help`.
pub const HELP: &str = "\
cargo bench --package bench [-- [OPTION]... [ROW]...]

With the name of a row, or a part of it (`pool`, `event-wake`, `crawl`), only
such rows are measured.

  --list              the names of the rows and of their peers
  --samples N         so many processes for each peer and placement (default 9;
                      for the crawl 3)
  --seconds S         measure for so long in each process (default 0.15)
  --quick             a first impression: 3 samples of 0.05 s
                      (one crawl)
  --placement NAME    only this placement: apart, together or unpinned
  --peer NAME         only this peer, beside `shared`; may be given again
  --markdown          print the tables of the book's page and of the README as well
  --sample ROW PEER PLACEMENT
                      measure once, in this process, and print the figures as
                      JSON: for a profiler. Set --seconds before it
  --help              this text
";

/// The time of a sample when nothing else is said.
const SECONDS: f64 = 0.15;

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Parts of the names of rows. Empty: all rows.
    pub rows: Vec<String>,
    /// As given with `--samples`.
    pub samples: Option<usize>,
    /// Whether a first impression is enough.
    pub quick: bool,
    /// How long each process measures.
    pub seconds: f64,
    /// The placements to measure.
    pub placements: Vec<Placement>,
    /// Names of peers. Empty: all peers.
    pub peers: Vec<String>,
    /// Whether the tables of the book and the README are wanted, too.
    pub markdown: bool,
    /// What to do.
    pub task: Task,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Measure and compare.
    Compare,
    /// Print the names.
    List,
    /// Print [`HELP`].
    Help,
    /// One sample, in this process.
    Sample {
        /// The name of the row.
        row: String,
        /// The name of the peer.
        peer: String,
        /// Where its threads run.
        placement: Placement,
    },
}

impl Options {
    /// Reads the words of the command line, without the name of the program.
    ///
    /// # Errors
    ///
    /// A sentence, if there is an unknown option or a value out of range.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let unusable = |error: lexopt::Error| format!("{error}. `--help` lists what can be said.");
        read(lexopt::Parser::from_args(words)).map_err(unusable)
    }

    /// Whether the row with this name is to be measured.
    pub fn wants_row(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|part| name.contains(part.as_str()))
    }

    /// Whether the peer with this name is to be measured.
    pub fn wants_peer(&self, name: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|wanted| wanted == name)
    }

    /// The number of samples of each peer in each placement: `usual`, if nothing
    /// else was said.
    pub fn samples_or(&self, usual: usize) -> usize {
        self.samples.unwrap_or(usual)
    }
}

fn read(mut parser: lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options {
        rows: Vec::new(),
        samples: None,
        quick: false,
        seconds: SECONDS,
        placements: Vec::new(),
        peers: Vec::new(),
        markdown: false,
        task: Task::Compare,
    };
    while let Some(word) = parser.next()? {
        match word {
            // From cargo.
            Long("bench") => {}
            Long("list") => options.task = Task::List,
            Long("help") | Short('h') => options.task = Task::Help,
            Long("markdown") => options.markdown = true,
            Long("quick") => {
                options.quick = true;
                options.seconds = 0.05;
            }
            Long("samples") => {
                let samples: usize = parser.value()?.parse()?;
                if !(1..=1_000).contains(&samples) {
                    return Err("--samples takes a number from 1 to 1000".into());
                }
                options.samples = Some(samples);
            }
            Long("seconds") => {
                let seconds: f64 = parser.value()?.parse()?;
                if !(0.001..=3_600.0).contains(&seconds) {
                    return Err("--seconds takes a number from 0.001 to 3600".into());
                }
                options.seconds = seconds;
            }
            Long("placement") => options.placements.push(placement(parser.value()?)?),
            Long("peer") => options.peers.push(parser.value()?.string()?),
            Long("sample") => {
                options.task = Task::Sample {
                    row: parser.value()?.string()?,
                    peer: parser.value()?.string()?,
                    placement: placement(parser.value()?)?,
                };
            }
            Value(row) => options.rows.push(row.string()?),
            _ => return Err(word.unexpected()),
        }
    }
    if options.placements.is_empty() {
        options.placements = Placement::ALL.to_vec();
    }
    Ok(options)
}

fn placement(word: OsString) -> Result<Placement, lexopt::Error> {
    let name = word.string()?;
    Placement::from_name(&name)
        .ok_or_else(|| format!("`{name}` is no placement: apart, together, unpinned").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        Options::read(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn rows_are_chosen_by_a_part_of_their_name() {
        let options = read("--bench pool event-wake").unwrap();
        assert!(options.wants_row("thread-pool-batch"));
        assert!(options.wants_row("event-wake-10"));
        assert!(!options.wants_row("event-is-set"));
        assert!(read("--bench").unwrap().wants_row("event-is-set"));
    }

    #[test]
    fn a_sample_is_named_by_three_words() {
        let options = read("--seconds 2 --sample thread-pool-batch shared together").unwrap();
        assert_eq!(options.seconds, 2.0);
        let wanted = Task::Sample {
            row: "thread-pool-batch".to_string(),
            peer: "shared".to_string(),
            placement: Placement::Together,
        };
        assert_eq!(options.task, wanted);
    }

    #[test]
    fn a_mistake_is_explained() {
        for (line, part) in [
            ("--placement nowhere", "no placement"),
            ("--samples 0", "1 to 1000"),
            ("--seconds nan", "0.001 to 3600"),
            ("--what", "--what"),
            ("--sample x", "--sample"),
        ] {
            let sentence = read(line).unwrap_err();
            assert!(sentence.contains(part), "{line}: {sentence}");
        }
    }
}
