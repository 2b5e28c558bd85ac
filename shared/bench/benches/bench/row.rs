//! What a row is: something that is done, by whom, and where its threads run.

use std::time::Duration;

use bench::placement::Placement;

use crate::sampler::{Outcome, Sampler};

/// Something that is measured and compared.
#[derive(Debug)]
pub(crate) struct Row {
    /// The name on the command line.
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) table: Table,
    pub(crate) placements: &'static [Placement],
    /// The placements that the README's table shows.
    pub(crate) in_readme: &'static [Placement],
    /// The first one is this library.
    pub(crate) peers: &'static [Peer],
    /// This library must be faster than this.
    pub(crate) limit: Option<Duration>,
}

/// The table of the book's page that shows a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Table {
    /// One for each row: a line for each peer, a column for each placement.
    Placements,
    /// The process pool: a line for each row.
    Processes,
    /// Events: a line for each row and placement.
    Events,
}

/// Who does it.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The name on the command line.
    pub(crate) name: &'static str,
    /// The name in a table.
    pub(crate) label: &'static str,
    pub(crate) how: How,
    /// How many times faster than this peer the library must be, in the order of
    /// [`Placement::ALL`].
    pub(crate) targets: [Option<f64>; 3],
}

#[derive(Debug)]
pub(crate) enum How {
    /// In this program, started again.
    Here(fn(&Sampler) -> Outcome),
    /// By `peers.py`: the kind of pool, and what is asked of it.
    Python(&'static str, &'static str),
}

pub(crate) const NO_TARGET: [Option<f64>; 3] = [None; 3];

/// The same target wherever the threads run.
pub(crate) const fn everywhere(times: f64) -> [Option<f64>; 3] {
    [Some(times); 3]
}

impl Peer {
    pub(crate) const fn shared(run: fn(&Sampler) -> Outcome) -> Self {
        Peer::here("shared", "this workbook", run, NO_TARGET)
    }

    pub(crate) const fn here(
        name: &'static str,
        label: &'static str,
        run: fn(&Sampler) -> Outcome,
        targets: [Option<f64>; 3],
    ) -> Self {
        Peer {
            name,
            label,
            how: How::Here(run),
            targets,
        }
    }

    pub(crate) const fn python(
        label: &'static str,
        kind: &'static str,
        request: &'static str,
        targets: [Option<f64>; 3],
    ) -> Self {
        Peer {
            name: "python",
            label,
            how: How::Python(kind, request),
            targets,
        }
    }

    pub(crate) fn target(&self, placement: Placement) -> Option<f64> {
        let place = Placement::ALL
            .iter()
            .position(|&other| other == placement)?;
        self.targets[place]
    }
}
