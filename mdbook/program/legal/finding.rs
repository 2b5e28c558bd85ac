//! What one comparison finds, and what could explain it away.

/// One thing that is wrong, for the person who reads the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// The line of the captured output, counted from 1, if there is one.
    pub line: Option<usize>,
    pub what: String,
}

/// A complaint about one run, which the next run may confirm.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub complaint: Complaint,
    /// The same in every run that complains of the same thing. (The sentence has figures,
    /// which differ.)
    pub key: String,
    pub nature: Nature,
}

/// What else than the program could be the reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nature {
    /// Nothing: no delay brings this about.
    Plain,
    /// A late machine, if this number of simulated seconds shrinks with the pace.
    Late(f64),
    /// The same, of a printed figure. It may be of real time, so that only a run at normal
    /// pace tells.
    Figure(f64),
    /// The pace: real time and simulated time are compared. Only a run at normal pace
    /// tells.
    Pace,
    /// The machine: real work was measured, at normal pace, and others may have been in
    /// the way.
    Measured,
}

impl Finding {
    pub fn new(key: impl Into<String>, line: Option<usize>, what: String, nature: Nature) -> Self {
        Finding {
            complaint: Complaint { line, what },
            key: key.into(),
            nature,
        }
    }

    /// A complaint that nothing explains, and whose sentence is the same every time.
    pub fn plain(line: Option<usize>, what: String) -> Self {
        Finding::new(what.clone(), line, what, Nature::Plain)
    }
}

/// The largest number of complaints that are shown.
const MOST: usize = 5;

/// The complaints that say most, without doubles.
pub fn worst<'a>(found: impl Iterator<Item = &'a Finding>) -> Vec<Complaint> {
    let mut found: Vec<&Finding> = found.collect();
    let rank = |finding: &Finding| match finding.nature {
        Nature::Plain => f64::INFINITY,
        Nature::Pace | Nature::Measured => 1e6,
        Nature::Late(excess) | Nature::Figure(excess) => excess,
    };
    found.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    let mut complaints: Vec<Complaint> = Vec::new();
    for finding in found {
        if complaints.len() < MOST && !complaints.contains(&finding.complaint) {
            complaints.push(finding.complaint.clone());
        }
    }
    complaints
}
