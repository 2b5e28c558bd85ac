//! The decisions of one execution, what each costs, and how they are written down.

use std::fmt;
use std::str::FromStr;

/// One decision. Threads are numbered in the order in which they are started;
/// `main` is number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// This thread goes on.
    Go(usize),
    /// The limit of this thread's wait is over although others could go on.
    TimeOut(usize),
    /// This thread wakes up for no reason.
    WakeUp(usize),
    /// The notification wakes this thread.
    Notify(usize),
    /// A weak exchange succeeds.
    Exchange,
    /// A weak exchange fails for no reason.
    Fail,
}

/// What an option costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    Nothing,
    /// A thread is stopped although it could go on.
    Switch,
    /// A limit of time is over although others could go on.
    Early,
    /// Something happens for no reason.
    WakeUp,
}

/// What one execution may spend, or has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) switches: usize,
    pub(crate) early: usize,
    pub(crate) wake_ups: usize,
}

impl Bounds {
    pub(crate) const fn new(switches: usize, early: usize, wake_ups: usize) -> Self {
        Bounds {
            switches,
            early,
            wake_ups,
        }
    }

    /// What can be spent, or was spent, on this.
    pub(crate) fn of(&mut self, price: Price) -> Option<&mut usize> {
        match price {
            Price::Nothing => None,
            Price::Switch => Some(&mut self.switches),
            Price::Early => Some(&mut self.early),
            Price::WakeUp => Some(&mut self.wake_ups),
        }
    }

    /// Whether the price can be paid.
    pub(crate) fn allow(mut self, price: Price) -> bool {
        self.of(price).is_none_or(|left| *left > 0)
    }

    /// The simpler of two causes comes first: without anything for no reason,
    /// then without an early time-out, then with fewer switches.
    pub(crate) fn rank(self) -> (usize, usize, usize) {
        (self.wake_ups, self.early, self.switches)
    }
}

/// The decisions of one execution. `None` stands for the first option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule(pub(crate) Vec<Option<Move>>);

impl Schedule {
    /// How many decisions differ from the simplest option.
    pub(crate) fn exceptions(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// Schedules that lack some of these exceptions, and may fail nevertheless.
    pub(crate) fn shorter(&self) -> Vec<Schedule> {
        let places = self.0.iter().enumerate();
        let special: Vec<usize> = places
            .filter(|(_, decision)| decision.is_some())
            .map(|(place, _)| place)
            .collect();
        let simple = special.iter().rev().map(|place| {
            let mut shorter = self.clone();
            shorter.0[*place] = None;
            shorter
        });
        let ranges = special.iter().enumerate().flat_map(|(first, from)| {
            let ends = special[first + 1..].iter().copied();
            ends.map(move |to| *from..to)
        });
        let cut = ranges.map(|range| {
            let mut shorter = self.clone();
            shorter.0.drain(range);
            shorter
        });
        simple.chain(cut).collect()
    }
}

/// One word a decision.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, decision) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            match decision {
                None => f.write_str("-"),
                Some(Move::Go(thread)) => write!(f, "go{thread}"),
                Some(Move::TimeOut(thread)) => write!(f, "time{thread}"),
                Some(Move::WakeUp(thread)) => write!(f, "wake{thread}"),
                Some(Move::Notify(thread)) => write!(f, "notify{thread}"),
                Some(Move::Exchange) => f.write_str("exchange"),
                Some(Move::Fail) => f.write_str("fail"),
            }?;
        }
        Ok(())
    }
}

/// A text that is not a [`Schedule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSchedule(String);

impl fmt::Display for NoSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a decision of a schedule", self.0)
    }
}

impl std::error::Error for NoSchedule {}

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        let decision = |word: &str| {
            let digits = word
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(word.len());
            let (name, thread) = word.split_at(digits);
            let with = |kind: fn(usize) -> Move| thread.parse().ok().map(kind).map(Some);
            let decision = match (name, thread) {
                ("-", "") => Some(None),
                ("exchange", "") => Some(Some(Move::Exchange)),
                ("fail", "") => Some(Some(Move::Fail)),
                ("go", _) => with(Move::Go),
                ("time", _) => with(Move::TimeOut),
                ("wake", _) => with(Move::WakeUp),
                ("notify", _) => with(Move::Notify),
                _ => None,
            };
            decision.ok_or_else(|| NoSchedule(word.to_string()))
        };
        let decisions: Result<_, _> = text.split_whitespace().map(decision).collect();
        Ok(Schedule(decisions?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shorter_lacks_an_exception() {
        let schedule: Schedule = "go1 - go2 - fail".parse().unwrap();
        let shorter: Vec<String> = schedule.shorter().iter().map(Schedule::to_string).collect();
        let expected = [
            "go1 - go2 - -",
            "go1 - - - fail",
            "- - go2 - fail",
            "go2 - fail",
            "fail",
            "go1 - fail",
        ];
        assert_eq!(shorter, expected);
    }

    #[test]
    fn a_schedule_can_be_written_down_and_read_again() {
        let schedule = Schedule(vec![
            None,
            Some(Move::Go(12)),
            Some(Move::TimeOut(1)),
            Some(Move::WakeUp(2)),
            Some(Move::Notify(3)),
            Some(Move::Fail),
            Some(Move::Exchange),
        ]);
        let text = schedule.to_string();
        assert_eq!(text, "- go12 time1 wake2 notify3 fail exchange");
        assert_eq!(text.parse(), Ok(schedule));
        for wrong in ["go", "went1", "-1", "fail2", "go-1"] {
            let error = wrong.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }
}
