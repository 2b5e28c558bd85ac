//! Every decision of a model: which thread goes on, which sleeper a notification
//! wakes, when a limit of time is over, which wake-up comes for no reason.
//!
//! A decision is made among options, each with a price. The first option is the
//! simplest one and costs nothing: the thread that runs goes on. [`Bounds`] limit
//! what one execution may spend. All decisions of an execution together are its
//! [`Schedule`]; the same schedule always gives the same execution.

use std::collections::VecDeque;

use crate::schedule::{Bounds, Move, Price, Schedule};

/// How the executions of a phase differ from each other.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// All schedules within the bounds, but not more than this number.
    Systematic(usize),
    /// So many schedules at random, the same ones in every run.
    Random(usize),
    /// This one schedule.
    Replay(Schedule),
}

/// A number of executions with the same bounds.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    pub(crate) bounds: Bounds,
    pub(crate) way: Way,
}

/// All schedules within some bounds were tried.
struct Covered {
    bounds: Bounds,
    /// Which bounds forbade an option; a larger bound of the others adds nothing.
    cut: Bounds,
}

impl Covered {
    fn covers(&self, wanted: Bounds) -> bool {
        let enough = |had: usize, cut: usize, wanted: usize| wanted <= had || cut == 0;
        enough(self.bounds.switches, self.cut.switches, wanted.switches)
            && enough(self.bounds.early, self.cut.early, wanted.early)
            && enough(self.bounds.wake_ups, self.cut.wake_ups, wanted.wake_ups)
    }
}

/// Makes the decisions, execution after execution, phase after phase.
pub(crate) struct Decisions {
    phases: VecDeque<Phase>,
    phase: Option<Phase>,
    covered: Vec<Covered>,
    /// Options that the bounds of this phase forbade, by kind.
    cut: Bounds,
    /// The decisions of the systematic search: the one taken, of how many.
    stack: Vec<(usize, usize)>,
    random: SplitMix,
    /// Executions of this phase, and of all.
    runs: usize,
    pub(crate) all_runs: usize,
    /// A systematic phase ended at its limit.
    pub(crate) too_many: bool,
    /// Of the current execution: decisions so far, and those on the stack.
    at: usize,
    depth: usize,
    left: Bounds,
    pub(crate) spent: Bounds,
    pub(crate) taken: Schedule,
}

const SEED: u64 = 13;

impl Decisions {
    pub(crate) fn new(phases: impl IntoIterator<Item = Phase>) -> Self {
        Decisions {
            phases: phases.into_iter().collect(),
            phase: None,
            covered: Vec::new(),
            cut: Bounds::default(),
            stack: Vec::new(),
            random: SplitMix(SEED),
            runs: 0,
            all_runs: 0,
            too_many: false,
            at: 0,
            depth: 0,
            left: Bounds::default(),
            spent: Bounds::default(),
            taken: Schedule::default(),
        }
    }

    /// Prepares the next execution. False if there is none.
    pub(crate) fn next_execution(&mut self) -> bool {
        let more = match self.phase.clone() {
            None => false,
            Some(phase) => match phase.way {
                Way::Systematic(limit) => {
                    let more = self.backtrack();
                    if !more {
                        self.covered.push(Covered {
                            bounds: phase.bounds,
                            cut: self.cut,
                        });
                    } else if self.runs >= limit {
                        self.too_many = true;
                    }
                    more && self.runs < limit
                }
                Way::Random(runs) => self.runs < runs,
                Way::Replay(_) => false,
            },
        };
        if !more && !self.next_phase() {
            return false;
        }
        self.runs += 1;
        self.all_runs += 1;
        self.at = 0;
        self.depth = 0;
        self.left = self.phase.as_ref().map(|p| p.bounds).unwrap_or_default();
        self.spent = Bounds::default();
        self.taken.0.clear();
        true
    }

    /// Starts the current phase again: its executions have more decisions than
    /// was known.
    pub(crate) fn restart_phase(&mut self) {
        if let Some(phase) = self.phase.take() {
            self.phases.push_front(phase);
        }
    }

    /// Whether the current phase is one of those that try all schedules.
    pub(crate) fn is_systematic(&self) -> bool {
        let way = self.phase.as_ref().map(|phase| &phase.way);
        matches!(way, Some(Way::Systematic(_)))
    }

    fn next_phase(&mut self) -> bool {
        self.runs = 0;
        self.stack.clear();
        self.cut = Bounds::default();
        self.random = SplitMix(SEED);
        self.phase = loop {
            let Some(phase) = self.phases.pop_front() else {
                break None;
            };
            let bounds = phase.bounds;
            let is_replay = matches!(phase.way, Way::Replay(_));
            if is_replay || !self.covered.iter().any(|covered| covered.covers(bounds)) {
                break Some(phase);
            }
        };
        self.phase.is_some()
    }

    /// The next branch of the search: the deepest decision that has an option
    /// left takes it.
    fn backtrack(&mut self) -> bool {
        while let Some((taken, options)) = self.stack.pop() {
            if taken + 1 < options {
                self.stack.push((taken + 1, options));
                return true;
            }
        }
        false
    }

    /// Takes one of these options. The first costs nothing.
    pub(crate) fn pick(&mut self, options: &[(Move, Price)]) -> Move {
        if options.len() < 2 {
            return options[0].0;
        }
        let place = match self.phase.as_ref().map(|phase| &phase.way) {
            Some(Way::Replay(schedule)) => {
                let wanted = schedule.0.get(self.at).copied().flatten();
                let same = |(option, _): &(Move, Price)| Some(*option) == wanted;
                options.iter().position(same).unwrap_or(0)
            }
            way => {
                let random = matches!(way, Some(Way::Random(_)));
                let allowed: Vec<usize> = (0..options.len())
                    .filter(|place| {
                        let price = options[*place].1;
                        let allowed = self.left.allow(price);
                        if !allowed && let Some(cut) = self.cut.of(price) {
                            *cut += 1;
                        }
                        allowed
                    })
                    .collect();
                match allowed.len() {
                    1 => allowed[0],
                    _ if random => self.at_random(options, &allowed),
                    _ => allowed[self.on_the_stack(allowed.len())],
                }
            }
        };
        self.at += 1;
        let (taken, price) = options[place];
        if let Some(left) = self.left.of(price) {
            *left = left.saturating_sub(1);
        }
        if let Some(spent) = self.spent.of(price) {
            *spent += 1;
        }
        self.taken.0.push((place > 0).then_some(taken));
        taken
    }

    fn on_the_stack(&mut self, options: usize) -> usize {
        // Decisions with one option are not on the stack, so its depth counts.
        let depth = self.depth;
        self.depth += 1;
        if let Some((taken, had)) = self.stack.get_mut(depth) {
            *had = options;
            return (*taken).min(options - 1);
        }
        self.stack.push((0, options));
        0
    }

    /// Some executions switch often, some rarely: errors of both kinds exist.
    fn at_random(&mut self, options: &[(Move, Price)], allowed: &[usize]) -> usize {
        let of_price = |wanted: fn(Price) -> bool| -> Vec<usize> {
            let places = allowed.iter().copied();
            places.filter(|place| wanted(options[*place].1)).collect()
        };
        let free = of_price(|price| price == Price::Nothing);
        let switches = of_price(|price| price == Price::Switch);
        let rare = of_price(|price| matches!(price, Price::Early | Price::WakeUp));
        let one_in = [2, 4, 16][self.runs % 3];
        if !rare.is_empty() && self.random.below(8) == 0 {
            rare[self.random.below(rare.len())]
        } else if !switches.is_empty() && self.random.below(one_in) == 0 {
            switches[self.random.below(switches.len())]
        } else {
            free[self.random.below(free.len())]
        }
    }
}

/// A generator of random numbers, small and always the same.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // The remainder is below `limit`, which is a `usize`.
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All executions of two decisions: the thread that runs goes on, or another
    /// one for the price of a switch, or a time-out comes.
    fn executions(phases: impl IntoIterator<Item = Phase>) -> Vec<String> {
        let mut decisions = Decisions::new(phases);
        let mut all = Vec::new();
        while decisions.next_execution() {
            for _ in 0..2 {
                decisions.pick(&[
                    (Move::Go(0), Price::Nothing),
                    (Move::Go(1), Price::Switch),
                    (Move::TimeOut(2), Price::Early),
                ]);
            }
            all.push(decisions.taken.to_string());
        }
        all
    }

    fn systematic(switches: usize, early: usize) -> Phase {
        Phase {
            bounds: Bounds::new(switches, early, 0),
            way: Way::Systematic(100),
        }
    }

    #[test]
    fn a_search_takes_the_simplest_option_first_and_keeps_to_its_bounds() {
        assert_eq!(executions([systematic(0, 0)]), ["- -"]);
        assert_eq!(executions([systematic(1, 0)]), ["- -", "- go1", "go1 -"]);
        let both = executions([systematic(1, 1)]);
        assert_eq!(both.len(), 7, "{both:?}");
        assert!(both.contains(&"go1 time2".to_string()));
        assert_eq!(executions([systematic(2, 2)]).len(), 9);
    }

    #[test]
    fn what_larger_bounds_cannot_change_is_not_tried_again() {
        // Two switches are all that there are, so neither a third nor chance
        // finds more.
        let random = Phase {
            bounds: Bounds::new(usize::MAX, 2, 5),
            way: Way::Random(50),
        };
        let phases = [systematic(2, 2), systematic(3, 2), random.clone()];
        assert_eq!(executions(phases).len(), 9);
        let phases = [systematic(1, 2), random];
        assert!(executions(phases).len() > 50);
    }

    #[test]
    fn what_is_drawn_at_random_is_the_same_in_every_run() {
        let random = || Phase {
            bounds: Bounds::new(usize::MAX, 1, 0),
            way: Way::Random(200),
        };
        let drawn = executions([random()]);
        assert_eq!(drawn, executions([random()]));
        assert!(drawn.contains(&"go1 go1".to_string()));
        assert!(!drawn.contains(&"time2 time2".to_string()), "the bound");
    }

    #[test]
    fn a_replay_takes_the_same_decisions() {
        let schedule: Schedule = "time2 go1".parse().unwrap();
        let replay = Phase {
            bounds: Bounds::new(9, 9, 9),
            way: Way::Replay(schedule.clone()),
        };
        assert_eq!(executions([replay]), [schedule.to_string()]);
    }
}
