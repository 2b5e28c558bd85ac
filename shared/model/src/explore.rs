//! How a model is checked: which schedules are tried, and how a failure is told.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::decide::{Phase, Way};
use crate::runner::{self, Found, Test};
use crate::schedule::{Bounds, Schedule};
use crate::words::message;

/// Printed before the interleaving that fails is run once more: what the model
/// prints after this line belongs to it.
pub const AGAIN: &str = "--- once more, the one that fails ---";

/// No more interleavings than this are tried one after the other.
const LIMIT: usize = 50_000;

/// What is tried in a model, and how thoroughly.
///
/// Systematic phases try the schedules within small bounds, simple ones first, up to
/// 5,000 of each phase (50,000 with more than two switches). Then others are drawn at
/// random, the same ones in every run. All that first without early time-outs and
/// wake-ups for no reason, then with them.
///
/// ```
/// use model::{Checker, Mutex, spawn};
/// use std::sync::Arc;
///
/// let failure = Checker::new().find(|| {
///     let (ours, theirs) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
///     let (first, second) = (Arc::clone(&theirs), Arc::clone(&ours));
///     let other = spawn("other", move || {
///         let _first = first.lock();
///         let _second = second.lock();
///     });
///     let _first = ours.lock();
///     let _second = theirs.lock();
///     drop((_first, _second));
///     other.join().unwrap();
/// });
/// let failure = failure.expect("a deadlock");
/// assert!(failure.report().contains("They wait in a circle"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Checker {
    most: Bounds,
    random: usize,
}

impl Default for Checker {
    fn default() -> Self {
        Checker::new()
    }
}

impl Checker {
    /// As [`explore`] does it: up to two forced switches, one early time-out, no
    /// wake-up for no reason, 400 schedules at random.
    pub const fn new() -> Self {
        Checker {
            most: Bounds::new(2, 1, 0),
            random: 400,
        }
    }

    /// How many *forced* switches there are at most in a systematic phase: those
    /// that stop a thread which could have gone on. Nearly all errors need one or
    /// two.
    #[must_use]
    pub const fn switches(mut self, number: usize) -> Self {
        self.most.switches = number;
        self
    }

    /// How many time-outs come at most although other threads could go on, as if
    /// those were slow. With 0, time passes only when all threads wait, and a test
    /// can compare the clock exactly. With more, a correct program may be late.
    /// Check twice: with 0 and the clock, with 1 and without it.
    #[must_use]
    pub const fn early(mut self, number: usize) -> Self {
        self.most.early = number;
        self
    }

    /// How often a wait may end, or a weak exchange fail, for no reason. Bounded,
    /// because an endless supply would hide every lost wake-up.
    #[must_use]
    pub const fn wake_ups(mut self, number: usize) -> Self {
        self.most.wake_ups = number;
        self
    }

    /// How many schedules are drawn at random, in each phase.
    #[must_use]
    pub const fn random(mut self, number: usize) -> Self {
        self.random = number;
        self
    }

    /// Fails if one of the schedules does.
    ///
    /// # Panics
    ///
    /// With the report of the simplest failure that was found.
    pub fn check(self, test: impl Fn() + Send + Sync + 'static) {
        if let Some(failure) = self.find(test) {
            failure.raise();
        }
    }

    /// What goes wrong in the simplest schedule that fails, if one does.
    pub fn find(self, test: impl Fn() + Send + Sync + 'static) -> Option<Failure> {
        let test = Test::new(test);
        let outcome = runner::run(self.phases(), &test);
        let found = outcome.found?;
        Some(told(simplest(found, &test), &test))
    }

    /// What goes wrong in this one schedule, if something does.
    ///
    /// ```
    /// let test = || assert_eq!(1 + 1, 3, "sums");
    /// let failure = model::Checker::new().find(test).expect("a wrong sum");
    /// let again = model::Checker::new().replay(failure.schedule(), test);
    /// assert_eq!(again.unwrap().report(), failure.report());
    /// ```
    pub fn replay(
        self,
        schedule: &Schedule,
        test: impl Fn() + Send + Sync + 'static,
    ) -> Option<Failure> {
        let test = Test::new(test);
        // Whether others see that a lock is taken is part of the model, and
        // found out by running it.
        [false, true].into_iter().find_map(|watched| {
            let found = runner::replay(schedule, watched, false, &test).found?;
            Some(told(found, &test))
        })
    }

    /// Simple ones first: what fails without something is not explained by it.
    fn phases(self) -> Vec<Phase> {
        let mut phases = Vec::new();
        let most = self.most;
        for (early, wake_ups) in pairs(most) {
            let mut add = |switches, way| {
                let bounds = Bounds::new(switches, early, wake_ups);
                phases.push(Phase { bounds, way });
            };
            // Two special things together, unless more are asked for.
            for switches in 0..=most.switches.min(2_usize.saturating_sub(early + wake_ups)) {
                add(switches, Way::Systematic(LIMIT / 10));
            }
            if [0, most.early].contains(&early) && [0, most.wake_ups].contains(&wake_ups) {
                if most.switches > 2 {
                    add(most.switches, Way::Systematic(LIMIT));
                }
                add(usize::MAX, Way::Random(self.random));
            }
        }
        phases
    }
}

/// All numbers of early time-outs and wake-ups for no reason, in order.
fn pairs(most: Bounds) -> impl Iterator<Item = (usize, usize)> {
    (0..=most.wake_ups).flat_map(move |wake_ups| (0..=most.early).map(move |e| (e, wake_ups)))
}

/// Why a model fails, and how.
#[derive(Clone, Debug)]
pub struct Failure {
    report: String,
    schedule: Schedule,
}

impl Failure {
    /// What is wrong, and the story of how it comes to this.
    pub fn report(&self) -> &str {
        &self.report
    }

    /// The decisions that lead there, for [`Checker::replay`].
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn raise(self) -> ! {
        // Said here, and not by the panic: its place in this file means nothing.
        eprintln!("{}", self.report);
        resume_unwind(Box::new(self.report))
    }
}

/// How many schedules of a kind are tried for a simpler failure.
const SIMPLER: usize = 1_000;

/// How many schedules are tried that lack some decisions of one that fails.
const SHORTER: usize = 200;

/// The simplest failure that can be found with little effort.
fn simplest(mut found: Found, test: &Test) -> Found {
    if !found.in_order {
        let spent = found.spent;
        let mut phases = Vec::new();
        for (early, wake_ups) in pairs(spent) {
            let mut add = |switches, way| {
                let bounds = Bounds::new(switches, early, wake_ups);
                if bounds.rank() < spent.rank() {
                    phases.push(Phase { bounds, way });
                }
            };
            for switches in 0..=2 {
                add(switches, Way::Systematic(SIMPLER));
            }
            add(usize::MAX, Way::Random(SIMPLER));
        }
        if let Some(simpler) = runner::run_quietly(phases, found.watched, test).found
            && simpler.spent.rank() <= spent.rank()
        {
            found = simpler;
        }
    }
    let mut left = SHORTER;
    let mut without_something = |found: &Found| {
        let mut shorter = found.schedule.shorter().into_iter();
        shorter.find_map(|schedule| {
            left = usize::checked_sub(left, 1)?;
            let shorter = runner::replay(&schedule, found.watched, false, test).found?;
            let is_simpler = shorter.stop == found.stop
                && shorter.spent.rank() <= found.spent.rank()
                && shorter.schedule.exceptions() < found.schedule.exceptions();
            is_simpler.then_some(shorter)
        })
    };
    while let Some(shorter) = without_something(&found) {
        found = shorter;
    }
    found
}

/// Runs the schedule that fails once more and notes its steps.
fn told(found: Found, test: &Test) -> Failure {
    println!("{AGAIN}");
    let again = runner::replay(&found.schedule, found.watched, true, test).found;
    // If the outcome differs, the model depends on something that the checker does
    // not control.
    let told = again.filter(|again| again.stop == found.stop);
    let told = told.unwrap_or(found);
    Failure {
        report: told.report(),
        schedule: told.schedule,
    }
}

/// Tries many ways in which the threads of `test` can take turns, the simple ones
/// first: with few forced switches, then many at random. Each first without
/// wake-ups for no reason, then with up to so many altogether. For models of any
/// size. A [`Checker`] has more to choose from.
///
/// # Panics
///
/// With the report and the story of the simplest interleaving that fails.
///
/// ```
/// model::explore(1, || {
///     let thread = model::spawn("adder", || 1 + 2);
///     assert_eq!(thread.join().unwrap(), 3);
/// });
/// ```
pub fn explore(wake_ups: usize, test: impl Fn() + Send + Sync + 'static) {
    Checker::new().wake_ups(wake_ups).check(test);
}

/// Many interleavings of a large case, at random: some switch often, some rarely,
/// each without and with wake-ups for no reason.
///
/// # Panics
///
/// As [`explore`].
pub fn many(test: impl Fn() + Send + Sync + Clone + 'static) {
    let phases = [0, 2].map(|wake_ups| Phase {
        bounds: Bounds::new(usize::MAX, 1, wake_ups),
        way: Way::Random(800),
    });
    run(phases.to_vec(), test);
}

/// Every interleaving. For small cases only: their number grows without mercy, so
/// a case that turns out too large fails.
///
/// # Panics
///
/// As [`explore`], or if the case is too large.
pub fn all(wake_ups: usize, test: impl Fn() + Send + Sync + 'static) {
    few(usize::MAX, wake_ups, test);
}

/// Every interleaving with so many *forced* switches at most, those that stop a
/// thread which could have gone on, and so many wake-ups for no reason altogether.
/// Nearly all errors need one or two.
///
/// # Panics
///
/// As [`explore`], or if the case is too large.
pub fn few(switches: usize, wake_ups: usize, test: impl Fn() + Send + Sync + 'static) {
    let phase = Phase {
        bounds: Bounds::new(switches, 1, wake_ups),
        way: Way::Systematic(LIMIT),
    };
    let too_many = run(vec![phase], test);
    assert!(
        !too_many,
        "more than {LIMIT} interleavings: make the case smaller"
    );
}

fn run(phases: Vec<Phase>, test: impl Fn() + Send + Sync + 'static) -> bool {
    let test = Test::new(test);
    let outcome = runner::run(phases, &test);
    if let Some(found) = outcome.found {
        told(simplest(found, &test), &test).raise();
    }
    outcome.too_many
}

/// What the checker finds wrong in `check`, if it finds anything.
///
/// ```
/// let found = model::finds(|| model::explore(0, || panic!("no egg left")));
/// assert!(found.unwrap().starts_with("no egg left"));
/// ```
pub fn finds(check: impl FnOnce()) -> Option<String> {
    catch_unwind(AssertUnwindSafe(check))
        .err()
        .map(|payload| message(&*payload))
}
