//! The samples of a row: one process for each, the peers in turns.
//!
//! What disturbs the machine for a while then disturbs all peers. The order is
//! rotated, so that no peer always comes after the same one.

use std::process::Command;

use bench::busy::Reading;
use bench::options::Options;
use bench::placement::Placement;
use bench::spread::Spread;

use crate::row::{How, Peer, Row};
use crate::sampler::{Figures, Outcome};
use crate::{child, python};

/// A row in one placement.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) row: &'static Row,
    pub(crate) placement: Placement,
    pub(crate) peers: Vec<Samples>,
    /// The cores that other programs kept busy meanwhile.
    pub(crate) others: Option<f64>,
}

/// What the processes of one peer have measured.
#[derive(Debug)]
pub(crate) struct Samples {
    pub(crate) peer: &'static Peer,
    pub(crate) figures: Vec<Figures>,
}

impl Samples {
    /// Nanoseconds for one item.
    pub(crate) fn time(&self) -> Spread {
        Spread::of(self.figures.iter().map(|figures| figures.time))
            .expect("each peer has at least one sample")
    }

    /// How many cores its threads and processes kept busy.
    pub(crate) fn cores(&self) -> Option<f64> {
        let cores = Spread::of(self.figures.iter().filter_map(|figures| figures.cores));
        cores.map(|cores| cores.median)
    }
}

impl Measured {
    /// This library, if it was measured.
    pub(crate) fn here(&self) -> Option<&Samples> {
        self.samples("shared")
    }

    /// The peer with this name, if it was measured.
    pub(crate) fn samples(&self, name: &str) -> Option<&Samples> {
        self.peers.iter().find(|samples| samples.peer.name == name)
    }

    /// How many times as long as this library the peer took.
    pub(crate) fn ratio(&self, samples: &Samples) -> Option<f64> {
        Some(samples.time().median / self.here()?.time().median)
    }

    /// Nanoseconds to move a cache line between the two cores.
    pub(crate) fn line(&self) -> Option<Spread> {
        let figures = self.peers.iter().flat_map(|samples| &samples.figures);
        Spread::of(figures.filter_map(|figures| figures.line))
    }
}

/// Takes all samples of a row in one placement.
pub(crate) fn measure(
    row: &'static Row,
    placement: Placement,
    samples: usize,
    options: &Options,
) -> Outcome<Measured> {
    let wanted = row.peers.iter().filter(|peer| {
        let present = matches!(peer.how, How::Here(_)) || python::version().is_ok();
        present && (peer.name == "shared" || options.wants_peer(peer.name))
    });
    let mut peers: Vec<Samples> = wanted
        .map(|peer| Samples {
            peer,
            figures: Vec::new(),
        })
        .collect();
    let begun = Reading::now();
    for turn in 0..samples {
        peers.rotate_left(turn.min(1));
        for samples in &mut peers {
            let figures = sample(row, samples.peer, placement, options.seconds)?;
            samples.figures.push(figures);
        }
    }
    peers.sort_by_key(|samples| {
        let place = row
            .peers
            .iter()
            .position(|peer| peer.name == samples.peer.name);
        place.expect("the peer is one of the row's")
    });
    Ok(Measured {
        row,
        placement,
        peers,
        others: begun.and_then(|begun| begun.others_since()),
    })
}

fn sample(row: &Row, peer: &Peer, placement: Placement, seconds: f64) -> Outcome {
    let mut command = match peer.how {
        How::Here(_) => {
            let myself = std::env::current_exe()
                .map_err(|error| format!("this program cannot be started again: {error}"))?;
            let mut command = Command::new(myself);
            command.args(["--seconds", &seconds.to_string()]);
            command.args(["--sample", row.name, peer.name, placement.name()]);
            command
        }
        How::Python(kind, request) => python::sample(kind, request, placement, seconds)?,
    };
    let what = format!("`{}` of {} ({})", row.name, peer.name, placement.name());
    child::sample(&mut command, seconds, &what)
}
