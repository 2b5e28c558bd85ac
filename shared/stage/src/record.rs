//! The record of a run: what every actor did, when, and what caused it.
//!
//! While a lesson runs, each module enters what happens: which task was submitted,
//! who started it, who waited for what, and what ended the wait. The timelines, the
//! trace files and the check of the book are made from this one record.
//!
//! An [`Entry`] says
//!
//! - **who**: the [`Actor`], a thread, a process, a coroutine or a greenlet;
//! - **for which task**: the [`TaskId`], if it happened inside a task or to one;
//! - **what**: the [`Kind`], with a text;
//! - **where**: source file and line;
//! - **when**: on two clocks, the real one and the simulated one, which runs
//!   `--speed` times faster;
//! - **why**: the entry that caused it. A start is caused by its submission, a
//!   callback by the end of its task, a wake-up by what ended the wait.
//!
//! What a thread waits for without the library, in a channel of the standard library
//! for instance, is seen from outside while a record is kept, and entered on behalf of
//! the actor: see [`Target::Seen`].
//!
//! Recording is off by default. Then [`enter`] costs one relaxed load of a flag.

mod entry;
mod live;
mod store;
#[cfg(test)]
mod tests;
mod watcher;

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::context::{self, current_actor, current_task};
use crate::{run, threads};
use live::{Behalf, Source};
use store::Author;

pub use crate::context::{Actor, ActorKind, TaskId};
pub use entry::{About, Entry, EntryId, Kind, Outcome, Target, WORKER};

/// Begins to record, with an empty record.
///
/// ```
/// stage::record::start();
/// assert!(stage::record::recording());
/// stage::record::take();
/// ```
pub fn start() {
    store::start(threads::own_number());
    watcher::start();
}

/// Stops recording and returns the record, in the order in which this process
/// received the entries. Those of a child process stand behind their causes, but
/// may stand behind entries of this process that are younger. Sort by
/// [`Entry::real`] where time matters.
///
/// ```
/// stage::record::start();
/// stage::say!("one");
/// assert_eq!(stage::record::take().len(), 1);
/// assert!(stage::record::take().is_empty());
/// ```
pub fn take() -> Vec<Entry> {
    store::stop();
    if let Some(number) = threads::own_number() {
        store::goes_on(number, here(current_actor(), Location::caller()));
    }
    watcher::stop();
    store::end();
    store::take()
}

/// Runs `body` without a record, and returns what it returned: keeping a record takes
/// some microseconds an entry, which would be measured with what is to be measured. A
/// picture shows the time as not recorded.
///
/// For all threads: let nothing else go on meanwhile that the picture is to show.
///
/// ```
/// use stage::record;
///
/// record::start();
/// let three = record::unrecorded(|| {
///     stage::say!("this line is printed");
///     1 + 2
/// });
/// stage::say!("so is this one");
/// let log = record::take();
/// assert_eq!((three, log.len()), (3, 1));
/// assert_eq!(log[0].text, "so is this one");
/// ```
pub fn unrecorded<T>(body: impl FnOnce() -> T) -> T {
    struct Resume(bool);
    impl Drop for Resume {
        fn drop(&mut self) {
            store::resume(self.0);
        }
    }
    let _resume = Resume(store::pause());
    body()
}

/// Whether a record is kept. Costs one relaxed load.
///
/// ```
/// assert!(!stage::record::recording());
/// ```
pub fn recording() -> bool {
    store::recording()
}

/// Enters what happened at `at` into the record, if there is one, and returns the
/// name of the entry. `text` is called only then. Without a `task`, the entry
/// belongs to the one that the current actor is in.
///
/// ```
/// use stage::record::{self, Kind};
/// use std::panic::Location;
///
/// record::start();
/// let here = Location::caller();
/// let set = record::enter(Kind::Set, None, None, here, || "the light".to_string());
/// record::enter(Kind::Wake, None, set, here, String::new);
/// let log = record::take();
/// assert_eq!(log[1].cause, Some(log[0].id));
/// ```
pub fn enter(
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EntryId>,
    at: &'static Location<'static>,
    text: impl FnOnce() -> String,
) -> Option<EntryId> {
    enter_about(kind, task, cause, at, || (text(), About::Nothing))
}

/// As [`enter`], with something to say in a form that can be compared.
pub fn enter_about(
    kind: Kind,
    task: Option<TaskId>,
    cause: Option<EntryId>,
    at: &'static Location<'static>,
    text: impl FnOnce() -> (String, About),
) -> Option<EntryId> {
    recording().then(|| {
        let (text, about) = text();
        let what = Behalf {
            from: here(current_actor(), at),
            kind,
            cause,
            text,
            about,
        };
        let (entry, born) = store::append(what, task, author());
        if born {
            // Fails only while the thread ends.
            let _ = LIFE.try_with(|life| life.replace(Some(Life(current_actor()))));
        }
        entry
    })
}

/// A thread that was not started by this library. Dropped when the thread ends.
struct Life(Arc<Actor>);

thread_local! {
    static LIFE: RefCell<Option<Life>> = const { RefCell::new(None) };
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(number) = threads::own_number().filter(|_| recording()) {
            let from = Source {
                task: None,
                ..here(Arc::clone(&self.0), Location::caller())
            };
            store::ends(number, from);
        }
    }
}

/// How often the threads were looked at from outside so far: for tests, which have to
/// know that a wait was long enough to be seen.
#[doc(hidden)]
pub fn looks() -> u64 {
    watcher::looks()
}

/// The current thread serves the library: its birth, its waits and its end are not
/// entered. What it says is.
pub fn leave_out() {
    LEFT_OUT.set(true);
}

thread_local! {
    static LEFT_OUT: Cell<bool> = const { Cell::new(false) };
}

/// The current thread, unless it is none of the lesson's.
fn author() -> Option<Author> {
    let left_out = LEFT_OUT.try_with(Cell::get).unwrap_or(true);
    if left_out || threads::is_background() {
        return None;
    }
    let number = threads::own_number()?;
    // The main thread was there before, as was the one that started the record.
    let birth = number != std::process::id();
    Some(Author { number, birth })
}

/// What `actor` does now.
fn here(actor: Arc<Actor>, at: &'static Location<'static>) -> Source {
    Source {
        actor,
        task: current_task(),
        file: at.file(),
        line: at.line(),
        real: Duration::ZERO,
        active: threads::own_active_time(),
        measured: run::current().elapsed().0,
    }
}

/// Enters the end of an actor that could not do so itself.
#[track_caller]
pub fn enter_death(actor: Arc<Actor>, cause: EntryId, how: String) -> Option<EntryId> {
    recording().then(|| {
        let from = Source {
            task: None,
            active: None,
            ..here(actor, Location::caller())
        };
        let what = Behalf {
            from,
            kind: Kind::Exit,
            cause: Some(cause),
            text: how,
            about: About::Nothing,
        };
        store::append(what, None, None).0
    })
}

/// Takes over an entry from the record of a child process.
pub fn adopt(entry: Entry) {
    if recording() {
        store::adopt(entry);
    }
}

/// In a worker process: from now on the process acts under `name`, and `send` takes
/// its entries to its parent.
pub fn become_process(name: String, recording: bool, send: fn(&Entry)) {
    context::act_as(Actor::new(ActorKind::Process, name));
    store::send_to(send, recording);
    if recording {
        watcher::start();
    }
}
