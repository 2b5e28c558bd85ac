//! How a model is run: in which interleavings, and what comes of it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use shuttle::scheduler::{
    DfsScheduler, PctScheduler, RandomScheduler, Schedule, Scheduler, Task, TaskId,
};
use shuttle::{Config, MaxSteps, Runner};

use crate::story;

/// How the report of a model begins in which everybody waits.
pub const STUCK: &str = "deadlock";

/// How the report of a model begins in which a thread goes round and round.
pub const SPINS: &str = "no end";

/// Printed before the interleaving that fails is run once more: what the model
/// prints after this line belongs to it.
pub const AGAIN: &str = "--- once more, the one that fails ---";

/// The name of the threads that wake others for no reason.
pub(crate) const GHOST: &str = "a wake-up for no reason";

/// A thread that spins for ever fails the model instead of hanging it.
const STEPS: usize = 20_000;

/// No more interleavings than this are tried one after the other.
const LIMIT: usize = 50_000;

std::thread_local! {
    static WAKE_UPS: Cell<usize> = const { Cell::new(0) };
    static THREADS_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// How often a condition variable may still wake somebody for no reason.
/// Bounded, because an endless supply would hide every lost wake-up.
pub(crate) struct Budget(AtomicUsize);

impl Default for Budget {
    fn default() -> Self {
        Budget(AtomicUsize::new(WAKE_UPS.get()))
    }
}

impl Budget {
    pub(crate) fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok()
    }
}

/// From now on, so many threads can be started. For a model that wants the
/// system to refuse one.
pub fn threads_left(number: usize) {
    THREADS_LEFT.set(number);
}

pub(crate) fn take_thread() -> std::io::Result<()> {
    match THREADS_LEFT.get().checked_sub(1) {
        Some(left) => {
            THREADS_LEFT.set(left);
            Ok(())
        }
        None => Err(std::io::Error::other("too many threads")),
    }
}

/// The text of a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_string()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a text".to_string()
    }
}

/// How many models run now.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Whether a model runs now, on whatever thread.
///
/// ```
/// assert!(!model::is_running());
/// ```
pub fn is_running() -> bool {
    RUNNING.load(Ordering::Relaxed) > 0
}

/// Runs `test` as often as the scheduler wants, and returns how often. Each
/// condition variable may wake somebody for no reason `wake_ups` times.
fn run(
    scheduler: impl Scheduler + Send + 'static,
    wake_ups: usize,
    test: impl Fn() + Send + Sync + 'static,
) -> usize {
    let test = Arc::new(test);
    let choices = Arc::new(Mutex::new(Vec::new()));
    let scheduler = Noting {
        inner: scheduler,
        choices: Arc::clone(&choices),
    };
    run_once(scheduler, wake_ups, false, Arc::clone(&test)).unwrap_or_else(|failure| {
        // The same once more, this time with a pencil: to note every step of
        // every run would take half as long again.
        let choices = std::mem::take(&mut *choices.lock().unwrap_or_else(PoisonError::into_inner));
        let again = Again {
            choices: Some(choices),
            left: Vec::new().into_iter(),
        };
        println!("{AGAIN}");
        let told = match run_once(again, wake_ups, true, test) {
            Err(again) if again.message == failure.message => again,
            // It depends on something that the checker does not know.
            _ => failure,
        };
        // Said here, and not by the panic: its place in this file means nothing.
        let report = told.report();
        eprintln!("{report}");
        resume_unwind(Box::new(report))
    })
}

/// Why a model failed, in the words of `shuttle`, and its story.
struct Failure {
    message: String,
    steps: String,
    waits: String,
}

fn run_once(
    scheduler: impl Scheduler + Send + 'static,
    wake_ups: usize,
    noting: bool,
    test: Arc<impl Fn() + Send + Sync + 'static>,
) -> Result<usize, Failure> {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS);
    config.failure_persistence = shuttle::FailurePersistence::None;
    config.stack_size = 0x40000;
    let test = move || {
        story::begin();
        test();
    };
    // All threads of a model share one system thread. It is a fresh one, so
    // that what a failed model left behind in it harms no other.
    RUNNING.fetch_add(1, Ordering::Relaxed);
    let runner = std::thread::spawn(move || {
        WAKE_UPS.set(wake_ups);
        story::enter_model(noting);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            Runner::new(scheduler, config).run(test)
        }));
        outcome.map_err(|payload| {
            let message = message(&*payload);
            let (steps, waits) = story::tell(message.starts_with("deadlock"));
            Failure {
                message,
                steps,
                waits,
            }
        })
    });
    let outcome = runner.join();
    RUNNING.fetch_sub(1, Ordering::Relaxed);
    outcome.unwrap_or_else(|payload| {
        Err(Failure {
            message: message(&*payload),
            steps: String::new(),
            waits: String::new(),
        })
    })
}

/// Decides as `inner` does, and keeps what it has decided.
struct Noting<S> {
    inner: S,
    choices: Arc<Mutex<Vec<TaskId>>>,
}

impl<S: Scheduler> Scheduler for Noting<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let mut choices = self.choices.lock().unwrap_or_else(PoisonError::into_inner);
        choices.clear();
        self.inner.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let next = self.inner.next_task(runnable, current, is_yielding)?;
        let mut choices = self.choices.lock().unwrap_or_else(PoisonError::into_inner);
        choices.push(next);
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.inner.next_u64()
    }
}

/// Decides once more what was decided before.
struct Again {
    choices: Option<Vec<TaskId>>,
    left: std::vec::IntoIter<TaskId>,
}

impl Scheduler for Again {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.left = self.choices.take()?.into_iter();
        Some(Schedule::new(0))
    }

    fn next_task(&mut self, runnable: &[&Task], _: Option<TaskId>, _: bool) -> Option<TaskId> {
        story::decides(runnable.iter().map(|task| task.id().into()));
        let next = self.left.next()?;
        runnable
            .iter()
            .any(|task| task.id() == next)
            .then_some(next)
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}

impl Failure {
    /// What a failure says, in the words of this library.
    fn report(self) -> String {
        let Failure {
            message,
            steps,
            waits,
        } = self;
        if message.contains("tried to acquire a Mutex it already holds") {
            format!("{STUCK}: a thread waits for a lock that it holds itself.\n{steps}{waits}")
        } else if message.starts_with("deadlock! blocked tasks") {
            format!("{STUCK}: everybody waits, and nobody is left to wake them.\n{steps}{waits}")
        } else if message.starts_with("exceeded max_steps bound") {
            format!(
                "{SPINS}: after {STEPS} steps a thread still goes round and round. A thread that \
                 has nothing to do has to sleep until it is woken, or to end when nothing more \
                 will come.\n{steps}"
            )
        } else {
            format!("{message}\n{steps}")
        }
    }
}

/// Tries many ways in which the threads of `test` can take turns, the simple ones
/// first: with few forced switches, then many at random. Each first without
/// wake-ups for no reason, then with up to so many altogether. For models of any
/// size.
///
/// # Panics
///
/// With the report and the story of the first interleaving that fails.
///
/// ```
/// model::explore(1, || {
///     let thread = model::spawn("adder", || 1 + 2);
///     assert_eq!(thread.join().unwrap(), 3);
/// });
/// ```
pub fn explore(wake_ups: usize, test: impl Fn() + Send + Sync + 'static) {
    let test = Arc::new(test);
    let test = move || test();
    for switches in 0..=2 {
        for wake_ups in 0..=wake_ups.min(2 - switches) {
            let few = Few::new(switches, wake_ups, LIMIT / 10);
            run(few, wake_ups, test.clone());
        }
    }
    for wake_ups in 0..=wake_ups {
        let random = RandomScheduler::new_from_seed(SEED, 400);
        run(random, wake_ups, test.clone());
    }
}

const SEED: u64 = 13;

/// Many interleavings of a large case: at random, and with few but well placed
/// switches, each without and with wake-ups for no reason.
///
/// # Panics
///
/// As [`explore`].
pub fn many(test: impl Fn() + Send + Sync + Clone + 'static) {
    for wake_ups in [0, 2] {
        let random = RandomScheduler::new_from_seed(SEED, 400);
        run(random, wake_ups, test.clone());
        let few = PctScheduler::new_from_seed(SEED, 3, 400);
        run(few, wake_ups, test.clone());
    }
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
    let count = run(Few::new(switches, wake_ups, LIMIT), wake_ups, test);
    assert!(
        count < LIMIT,
        "more than {LIMIT} interleavings: make the case smaller"
    );
}

struct Few {
    every: DfsScheduler,
    switches: usize,
    wake_ups: usize,
    switches_left: usize,
    /// Those that have begun to wake somebody.
    ghosts: Vec<TaskId>,
}

impl Few {
    fn new(switches: usize, wake_ups: usize, limit: usize) -> Self {
        Few {
            every: DfsScheduler::new(Some(limit), false),
            switches,
            wake_ups,
            switches_left: 0,
            ghosts: Vec::new(),
        }
    }
}

impl Scheduler for Few {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.switches_left = self.switches;
        self.ghosts.clear();
        self.every.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        let is_ghost = |task: &Task| task.name().as_deref() == Some(GHOST);
        let goes_on = runnable.iter().any(|task| Some(task.id()) == current);
        let allowed: Vec<&Task> = runnable
            .iter()
            .copied()
            .filter(|task| {
                if is_ghost(task) && !self.ghosts.contains(&task.id()) {
                    self.ghosts.len() < self.wake_ups
                } else {
                    !goes_on || self.switches_left > 0 || Some(task.id()) == current
                }
            })
            .collect();
        // When nobody but ghosts is left, they may run: there is no harm in it.
        let choice = if allowed.is_empty() {
            runnable
        } else {
            &allowed
        };
        let next = self.every.next_task(choice, current, is_yielding)?;
        let chosen = choice.iter().find(|task| task.id() == next)?;
        if is_ghost(chosen) && !self.ghosts.contains(&next) {
            self.ghosts.push(next);
        } else if goes_on && Some(next) != current {
            self.switches_left -= 1;
        }
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.every.next_u64()
    }
}

/// Something that a model waits for and that happens once. It has no wake-ups for
/// no reason: they would only multiply the interleavings.
///
/// ```
/// model::explore(0, || {
///     let gate = model::Gate::default();
///     let opener = gate.clone();
///     let thread = model::spawn("opener", move || opener.open());
///     gate.wait();
///     thread.join().unwrap();
/// });
/// ```
#[derive(Clone, Default)]
pub struct Gate(Arc<(shuttle::sync::Mutex<bool>, shuttle::sync::Condvar)>);

impl Gate {
    /// Lets everybody through, now and later.
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits until the gate is open.
    pub fn wait(&self) {
        let mut open = self.0.0.lock().unwrap();
        while !*open {
            open = self.0.1.wait(open).unwrap();
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate { .. }")
    }
}

/// What the checker finds wrong in `check`, if it finds anything.
pub fn finds(check: impl FnOnce()) -> Option<String> {
    catch_unwind(AssertUnwindSafe(check))
        .err()
        .map(|payload| message(&*payload))
}
