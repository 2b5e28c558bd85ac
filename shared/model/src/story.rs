//! Who did what, in which order, and who waits on what: what a failure is
//! explained with.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

type Place = &'static Location<'static>;

/// One step of a thread in a model.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Starts(String),
    Locks,
    Sleeps,
    Awake,
    /// The number of those who slept.
    WakesOne(usize),
    WakesAll(usize),
    WakesForNoReason,
    Meets,
    Joined(String),
    Ends,
    Panics,
}

/// What a thread waits on.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    Lock,
    Notification,
    Meeting(usize),
    End(String),
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wait::Lock => f.write_str("waits for a lock"),
            Wait::Notification => f.write_str("sleeps until it is notified"),
            Wait::Meeting(threads) => write!(f, "waits until {threads} threads have met"),
            Wait::End(name) => write!(f, "waits for the end of {name}"),
        }
    }
}

/// What happened in the current execution of a model. Its threads share one
/// system thread, and so this.
#[derive(Default)]
struct Story {
    names: BTreeMap<usize, String>,
    steps: Vec<(usize, Step, Option<Place>)>,
    waits: BTreeMap<usize, (Wait, Place)>,
    /// Who is in the wait of which condition variable.
    in_wait: BTreeMap<usize, usize>,
    /// Those that are about to fall asleep.
    drowsy: Vec<(usize, Place)>,
    /// Who could go on when the checker last decided.
    runnable: Vec<usize>,
}

std::thread_local! {
    static IN_MODEL: Cell<bool> = const { Cell::new(false) };
    static NOTING: Cell<bool> = const { Cell::new(false) };
    static STORY: RefCell<Story> = RefCell::default();
}

/// Whether the caller is a thread of a model.
pub(crate) fn in_model() -> bool {
    IN_MODEL.get()
}

/// From now on, this system thread runs a model. Its story is told only if it is
/// noted down.
pub(crate) fn enter_model(noting: bool) {
    IN_MODEL.set(true);
    NOTING.set(noting);
}

/// The current thread of the model. Nobody while a failed model is torn down.
fn me() -> Option<usize> {
    shuttle::current::try_get_current_task().map(usize::from)
}

fn note(note: impl FnOnce(&mut Story, usize)) {
    if NOTING.get()
        && let Some(me) = me()
    {
        STORY.with_borrow_mut(|story| note(story, me));
    }
}

/// Another execution begins.
pub(crate) fn begin() {
    note(|story, me| {
        *story = Story {
            runnable: std::mem::take(&mut story.runnable),
            ..Story::default()
        };
        story.names.insert(me, "main".to_string());
    });
}

/// The current thread has this name.
pub(crate) fn introduce(name: &str) {
    note(|story, me| {
        story.names.insert(me, name.to_string());
    });
}

/// The current thread does this.
pub(crate) fn step(step: impl FnOnce() -> Step, at: Option<Place>) {
    note(|story, me| story.steps.push((me, step(), at)));
}

/// The checker decides who goes on: one of these.
pub(crate) fn decides(runnable: impl Iterator<Item = usize>) {
    if NOTING.get() {
        STORY.with_borrow_mut(|story| {
            story.runnable.clear();
            story.runnable.extend(runnable);
            story.let_fall_asleep();
        });
    }
}

impl Story {
    /// Between the call of `wait` and the sleep others may have a turn. Asleep is
    /// who cannot go on.
    fn let_fall_asleep(&mut self) {
        let Story {
            drowsy,
            runnable,
            steps,
            ..
        } = self;
        drowsy.retain(|(who, at)| {
            let awake = runnable.contains(who);
            if !awake {
                steps.push((*who, Step::Sleeps, Some(at)));
            }
            awake
        });
    }
}

/// The current thread enters the wait of this condition variable.
pub(crate) fn falls_asleep(condvar: usize, at: Place) {
    note(|story, me| {
        story.in_wait.insert(me, condvar);
        story.drowsy.push((me, at));
    });
}

pub(crate) fn is_awake(at: Place) {
    note(|story, me| {
        story.in_wait.remove(&me);
        story.steps.push((me, Step::Awake, Some(at)));
    });
}

/// The current thread has just notified: with so many asleep, this was the step.
/// Who is in the wait and could go on is not asleep yet, or has been notified
/// before.
pub(crate) fn notifies(
    condvar: usize,
    step: impl FnOnce(usize) -> Option<Step>,
    at: Option<Place>,
) {
    note(|story, me| {
        let asleep = story
            .in_wait
            .iter()
            .filter(|(who, waits_on)| **waits_on == condvar && !story.runnable.contains(who));
        if let Some(step) = step(asleep.count()) {
            story.steps.push((me, step, at));
        }
    });
}

/// The steps that are told: the last ones.
const TOLD: usize = 30;

/// The steps of the current execution as lines of text, and those who wait.
pub(crate) fn tell(stuck: bool) -> (String, String) {
    STORY.with_borrow_mut(|story| {
        if stuck {
            // There was nothing left to decide: nobody can go on.
            story.runnable.clear();
            story.let_fall_asleep();
        }
        let name = |who: &usize| story.names.get(who).map_or("?", String::as_str);
        // A thread that spins does the same thousands of times.
        let mut steps: Vec<(&str, String, String)> = Vec::new();
        for (who, step, at) in &story.steps {
            let who = match step {
                Step::WakesForNoReason => "(nobody)",
                _ => name(who),
            };
            let step = (who, step.text(), at.map(place).unwrap_or_default());
            match steps.as_slice() {
                [.., before, last] if *last == step && *before == step => {}
                _ => steps.push(step),
            }
        }
        let left_out = steps.len().saturating_sub(TOLD);
        steps.drain(..left_out);
        let waits = story.waits.iter();
        let waits: Vec<_> = waits
            .map(|(who, (wait, at))| (name(who), wait.to_string(), place(at)))
            .collect();

        let lines = || steps.iter().chain(&waits);
        let names = lines().map(|line| line.0.chars().count()).max();
        let texts = lines().map(|line| line.1.chars().count()).max();
        let (names, texts) = (names.unwrap_or(0), texts.unwrap_or(0));
        let shown = |title: String, lines: &[(&str, String, String)]| {
            let mut text = title;
            for (who, what, at) in lines {
                let line = format!("  {who:names$}  {what:texts$}  {at}");
                let _ = writeln!(text, "{}", line.trim_end());
            }
            match lines {
                [] => String::new(),
                _ => text,
            }
        };
        let title = match left_out {
            0 => "\nHow it comes to this, step by step:\n".to_string(),
            _ => format!("\nHow it comes to this: the last steps, after {left_out} others:\n"),
        };
        let waiting = "And now they wait for ever:\n".to_string();
        (shown(title, &steps), shown(waiting, &waits))
    })
}

impl Step {
    fn text(&self) -> String {
        match self {
            Step::Starts(name) => format!("starts {name}"),
            Step::Locks => "takes the lock".to_string(),
            Step::Sleeps => "gives the lock back, falls asleep".to_string(),
            Step::Awake => "has woken up, has the lock again".to_string(),
            Step::WakesOne(0) | Step::WakesAll(0) => "notifies, but nobody sleeps".to_string(),
            Step::WakesOne(1) => "wakes the one who sleeps".to_string(),
            Step::WakesOne(sleepers) => format!("wakes one of {sleepers} who sleep"),
            Step::WakesAll(sleepers) => format!("wakes all who sleep ({sleepers})"),
            Step::WakesForNoReason => "a wake-up for no reason".to_string(),
            Step::Meets => "has met the others".to_string(),
            Step::Joined(name) => format!("has seen the end of {name}"),
            Step::Ends => "ends".to_string(),
            Step::Panics => "panics".to_string(),
        }
    }
}

/// `bin/task_queue.rs:59`: an exercise and its checks have the same name.
fn place(at: Place) -> String {
    let file = at.file();
    let folder = file.rfind(['/', '\\']).unwrap_or(0);
    let short = file[..folder].rfind(['/', '\\']).map_or(0, |end| end + 1);
    format!("{}:{}", &file[short..], at.line())
}

/// Those that run and wait on real threads, outside of any model.
struct RealThreads {
    /// How many were started by `spawn` and have not ended.
    live: usize,
    waits: Vec<(ThreadId, String, Wait, Place)>,
    /// When the last of them began or ended a wait.
    moved: Option<Instant>,
}

static REAL: Mutex<RealThreads> = Mutex::new(RealThreads {
    live: 0,
    waits: Vec::new(),
    moved: None,
});

fn real() -> MutexGuard<'static, RealThreads> {
    let mut real = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    real.moved = Some(Instant::now());
    real
}

/// A real thread that was started, until this is dropped at its end.
#[derive(Debug)]
pub(crate) struct Live(());

pub(crate) fn live() -> Live {
    real().live += 1;
    Live(())
}

impl Drop for Live {
    fn drop(&mut self) {
        real().live -= 1;
    }
}

/// Who waits now on a real thread, outside of any model: one line each.
///
/// ```
/// assert!(model::who_waits().is_empty());
/// ```
pub fn who_waits() -> Vec<String> {
    let line = |(_, name, wait, at): &(ThreadId, String, Wait, Place)| {
        format!("{name} {wait}, {}", place(at))
    };
    real().waits.iter().map(line).collect()
}

/// For how long all real threads that [`spawn`](crate::spawn) has started, and
/// `others` beside them, have been waiting for each other. `None` if one of them
/// goes on.
///
/// ```
/// assert_eq!(model::all_wait_since(1), None); // This thread goes on.
/// ```
pub fn all_wait_since(others: usize) -> Option<Duration> {
    let real = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    let all = real.live + others;
    (real.waits.len() == all).then(|| real.moved.map(|moved| moved.elapsed()))?
}

/// A wait, in the table until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting(());

pub(crate) fn waiting(wait: impl FnOnce() -> Wait, at: Place) -> Waiting {
    if in_model() {
        note(|story, me| {
            story.waits.insert(me, (wait(), at));
        });
    } else {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("a thread").to_string();
        real().waits.push((thread.id(), name, wait(), at));
    }
    Waiting(())
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !in_model() {
            let me = std::thread::current().id();
            real().waits.retain(|(thread, ..)| *thread != me);
        } else if !std::thread::panicking() {
            // Who panics because the wait would never end is shown as waiting.
            note(|story, me| {
                story.waits.remove(&me);
            });
        }
    }
}
