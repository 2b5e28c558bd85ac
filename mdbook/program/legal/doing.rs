//! One thing that a strand does, and what is compared of it.

use super::figures::Figure;

/// The ideal length from which on a wait has to be there, in simulated seconds.
pub const CERTAIN: f64 = 0.21;

/// One thing that a strand does.
#[derive(Clone, Debug)]
pub struct Doing {
    pub event: usize,
    pub text: String,
    /// The words of the run itself. If they are the same, no name or number was
    /// exchanged, whatever it looks like.
    pub raw: String,
    /// The figures that `text` has places for.
    pub figures: Vec<Figure>,
    /// Whether it has to be there in every run. A short wait does not.
    pub certain: bool,
    pub wait: Option<Waited>,
}

impl Doing {
    /// Whether it is the same in another run. Limits of waits and figures are compared
    /// apart.
    #[must_use]
    pub fn is(&self, other: &Doing) -> bool {
        self.text == other.text || (!self.raw.is_empty() && self.raw == other.raw)
    }
}

/// What is compared of two waits for the same thing.
#[derive(Clone, Debug)]
pub struct Waited {
    /// In real seconds.
    pub limit: Option<f64>,
    pub speed: f64,
    pub gave_up: bool,
    /// How long it took, if no pause or limit makes it that long.
    pub open: Option<f64>,
    pub seen: bool,
}

impl Waited {
    /// How much longer it took than a wait that may be missing, if that may be the
    /// machine's doing.
    #[must_use]
    pub fn excess(&self) -> Option<f64> {
        self.open.map(|length| (length - CERTAIN).max(0.0))
    }
}
