//! Runs the executions of a model, on a system thread of their own.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

use shuttle::scheduler::{Schedule as Unused, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::decide::{Decisions, Phase, Way};
use crate::engine::{Engine, STEPS, Stop};
use crate::schedule::{Bounds, Schedule};
use crate::threads;
use crate::turns::{Entered, with};
use crate::words::message;

/// How the report of a deadlock begins.
pub const STUCK: &str = "deadlock";

/// How the report begins if a thread goes round and round.
pub const SPINS: &str = "no end";

/// A model.
#[derive(Clone)]
pub(crate) struct Test(Arc<dyn Fn() + Send + Sync>);

impl Test {
    pub(crate) fn new(test: impl Fn() + Send + Sync + 'static) -> Self {
        Test(Arc::new(test))
    }
}

/// The result of some executions.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The first that failed.
    pub(crate) found: Option<Found>,
    /// There are more than were to be tried.
    pub(crate) too_many: bool,
}

/// An execution that failed.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) stop: Stop,
    pub(crate) schedule: Schedule,
    pub(crate) spent: Bounds,
    /// Found in a search that tries simple schedules first.
    pub(crate) in_order: bool,
    /// See [`Engine::watched`].
    pub(crate) watched: bool,
    /// Its steps, and those who wait, if they were noted.
    story: (String, String),
}

impl Found {
    /// What a failure says, in the words of this library.
    pub(crate) fn report(&self) -> String {
        let (steps, waits) = &self.story;
        match &self.stop {
            Stop::OwnLock => {
                format!("{STUCK}: a thread waits for a lock that it holds itself.\n{steps}{waits}")
            }
            Stop::Deadlock => format!(
                "{STUCK}: everybody waits, and nobody is left to wake them.\n{steps}{waits}"
            ),
            Stop::Spins => format!(
                "{SPINS}: after {STEPS} steps a thread still goes round and round. A thread that \
                 has nothing to do has to sleep until it is woken, or to end when nothing more \
                 will come.\n{steps}"
            ),
            Stop::Panic(message) => format!("{message}\n{steps}"),
        }
    }
}

std::thread_local! {
    /// Panics on this thread are not reported: the failure is known, and its story
    /// is told later.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs these phases, up to the first execution that fails.
pub(crate) fn run(phases: Vec<Phase>, test: &Test) -> Outcome {
    let in_order = phases.len() > 1;
    let mut outcome = execute(
        Engine::new(Decisions::new(phases), false, false),
        false,
        test,
    );
    if let Some(found) = &mut outcome.found {
        found.in_order &= in_order;
    }
    outcome
}

/// As [`run`], for a simpler failure than the one that is known.
pub(crate) fn run_quietly(phases: Vec<Phase>, watched: bool, test: &Test) -> Outcome {
    execute(
        Engine::new(Decisions::new(phases), false, watched),
        true,
        test,
    )
}

/// Runs one schedule. If its steps are not noted, nothing is printed, either.
pub(crate) fn replay(schedule: &Schedule, watched: bool, noting: bool, test: &Test) -> Outcome {
    let phase = Phase {
        bounds: Bounds::new(usize::MAX, usize::MAX, usize::MAX),
        way: Way::Replay(schedule.clone()),
    };
    let engine = Engine::new(Decisions::new([phase]), noting, watched);
    execute(engine, !noting, test)
}

fn execute(engine: Engine, quiet: bool, test: &Test) -> Outcome {
    if quiet {
        be_quiet_where_told();
    }
    let test = test.clone();
    // All threads of a model share one system thread. It is a fresh one, so
    // that what a failed model left behind in it harms no other.
    let runner = std::thread::Builder::new().name("model".to_string());
    let runner = runner.spawn(move || {
        QUIET.set(quiet);
        let entered = Entered::new(engine);
        let run = AssertUnwindSafe(|| {
            Runner::new(Turns, config()).run(move || {
                let test = test.0.clone();
                threads::run(move || test(), &threads::Slot::default());
            })
        });
        let panic = catch_unwind(run).err().map(|payload| message(&*payload));
        outcome(entered.leave(), panic)
    });
    let runner = runner.unwrap_or_else(|error| panic!("the system cannot start a thread: {error}"));
    runner.join().unwrap_or_else(|payload| Outcome {
        // Not of the model, but of this library.
        found: Some(Found {
            stop: Stop::Panic(message(&*payload)),
            schedule: Schedule::default(),
            spent: Bounds::default(),
            in_order: true,
            watched: false,
            story: Default::default(),
        }),
        too_many: false,
    })
}

fn config() -> Config {
    let mut config = Config::new();
    config.max_steps = MaxSteps::None;
    config.failure_persistence = FailurePersistence::None;
    config.stack_size = 0x40000;
    config
}

/// After the last execution. A panic that ended all of them came from a
/// destructor at the end of a thread.
fn outcome(engine: Engine, panic: Option<String>) -> Outcome {
    let stop = engine.stopped.clone().or(panic.map(Stop::Panic));
    Outcome {
        found: stop.map(|stop| Found {
            stop,
            schedule: engine.decisions.taken.clone(),
            spent: engine.decisions.spent,
            in_order: engine.decisions.is_systematic(),
            watched: engine.watched,
            story: engine.tell(),
        }),
        too_many: engine.decisions.too_many,
    }
}

/// Hands the engine's decisions to `shuttle`.
#[derive(Debug)]
struct Turns;

impl Scheduler for Turns {
    fn new_execution(&mut self) -> Option<Unused> {
        with(Engine::next_execution).then(|| Unused::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        _is_yielding: bool,
    ) -> Option<TaskId> {
        let goes_on = runnable.iter().any(|task| Some(task.id()) == current);
        let current = current.map(usize::from);
        with(|engine| engine.next_thread(current, goes_on)).map(TaskId::from)
    }

    fn next_u64(&mut self) -> u64 {
        0
    }
}

/// From now on, panics on quiet threads are not reported.
fn be_quiet_where_told() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
}
